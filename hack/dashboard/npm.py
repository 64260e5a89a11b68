"""Pinned npm packages, kept outside the repository by their lock file, so that only the first run needs a registry."""

import shutil
import subprocess
import tempfile
from hashlib import sha256
from pathlib import Path

from localcluster.errors import BuildError, MissingRequirementError
from localcluster.settings import Settings

_MANIFESTS = ("package.json", "package-lock.json")


def installed(source: Path, settings: Settings) -> Path:
    """The node_modules of a folder with package.json and package-lock.json.

    It appears by one rename, so one that is there is complete.

    Raises:
        MissingRequirementError: no node or npm on PATH.
        BuildError: npm could not install the packages.
    """
    if shutil.which("npm") is None or shutil.which("node") is None:
        raise MissingRequirementError(
            f"{source.name}: node and npm are not on PATH; install them (Debian: apt install nodejs npm)"
        )
    lock = (source / "package-lock.json").read_bytes()
    target = settings.cache / "npm" / f"{source.name}-{sha256(lock).hexdigest()[:12]}"
    if not target.is_dir():
        target.parent.mkdir(parents=True, exist_ok=True)
        workspace = Path(tempfile.mkdtemp(prefix=".install-", dir=target.parent))
        for name in _MANIFESTS:
            shutil.copy(source / name, workspace)
        command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        answer = subprocess.run(command, cwd=workspace, capture_output=True, text=True, check=False)
        if answer.returncode != 0:
            shutil.rmtree(workspace)
            last = "\n".join(answer.stderr.splitlines()[-10:])
            raise BuildError(f"{source.name}: npm ci failed for {source}:\n{last}")
        _take_place(workspace, target)
    return target / "node_modules"


def _take_place(workspace: Path, target: Path) -> None:
    """Rename into place; another process that was faster has installed the same."""
    try:
        workspace.rename(target)
    except OSError:
        shutil.rmtree(workspace)
        if not target.is_dir():
            raise
