"""Checks a dashboard against Grafana's own published types, with the TypeScript compiler.

The packages are pinned in typecheck/package-lock.json and kept outside the repository, keyed by it, so that only the
first run needs npm's registry.
"""

import json
import shutil
import subprocess
import tempfile
from hashlib import sha256
from pathlib import Path

from dashboard.model import Json
from localcluster.errors import BuildError, MissingRequirementError
from localcluster.settings import Settings

SOURCES = Path(__file__).parent / "typecheck"
SCHEMAS = {
    "10.4.19": ("grafana-schema-10", "dist/index.d.ts"),
    "13.2.3": ("grafana-schema-13", "dist/types/index.d.ts"),
}
"""Release of Grafana -> the package with its types as typecheck/package.json names it, and the file they are in."""

_MANIFESTS = ("package.json", "package-lock.json")


def complaints(board: Json, grafana: str, settings: Settings) -> str:
    """What the compiler has against the dashboard as one of that release; empty when nothing.

    Raises:
        MissingRequirementError: no node or npm on PATH.
        BuildError: npm could not install the packages.
    """
    modules = _install(settings)
    with tempfile.TemporaryDirectory(prefix="dashboard-types-") as name:
        folder = Path(name)
        (folder / "node_modules").symlink_to(modules)
        shutil.copy(SOURCES / "grafana.ts", folder)
        (folder / "board.ts").write_text(
            f'import type {{ Board }} from "./grafana";\nexport const board: Board = {json.dumps(board, indent=2)};\n'
        )
        (folder / "tsconfig.json").write_text(json.dumps(_compiler_settings(*SCHEMAS[grafana])))
        answer = subprocess.run(
            [modules / ".bin/tsc", "--project", folder, "--pretty", "false"],
            capture_output=True,
            text=True,
            check=False,
        )
    return answer.stdout + answer.stderr


def _compiler_settings(package: str, types: str) -> Json:
    return {
        "compilerOptions": {
            "strict": True,
            "noEmit": True,
            "skipLibCheck": True,
            "target": "es2022",
            "module": "esnext",
            "moduleResolution": "bundler",
            "types": [],
            "paths": {
                "@grafana/schema": [f"./node_modules/{package}/{types}"],
                "@grafana/schema/*": [f"./node_modules/{package}/*"],
            },
        },
        "files": ["board.ts"],
    }


def _install(settings: Settings) -> Path:
    """The folder of the pinned packages; it appears by one rename, so one that is there is complete."""
    if shutil.which("npm") is None or shutil.which("node") is None:
        raise MissingRequirementError(
            "type check of the dashboard: node and npm are not on PATH; install nodejs and npm (Debian: apt install npm)"
        )
    lock = (SOURCES / "package-lock.json").read_bytes()
    target = settings.cache / "npm" / sha256(lock).hexdigest()[:12]
    if not target.is_dir():
        target.parent.mkdir(parents=True, exist_ok=True)
        workspace = Path(tempfile.mkdtemp(prefix=".install-", dir=target.parent))
        for name in _MANIFESTS:
            shutil.copy(SOURCES / name, workspace)
        command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        answer = subprocess.run(command, cwd=workspace, capture_output=True, text=True, check=False)
        if answer.returncode != 0:
            shutil.rmtree(workspace)
            last = "\n".join(answer.stderr.splitlines()[-10:])
            raise BuildError(f"type check of the dashboard: npm ci failed in {SOURCES}:\n{last}")
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
