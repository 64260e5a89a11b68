"""The operator's own image, from the repository's Dockerfile, as an archive for containerd."""

import configparser
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

from localcluster.errors import ImageError
from localcluster.images.base import ensure_base
from localcluster.images.buildah import Buildah
from localcluster.settings import REPOSITORY, current_settings

OPERATOR_IMAGE = "ghcr.io/addon-updater/addon-updater:dev"

_INPUTS = ("Dockerfile", ".dockerignore", "requirements.lock", "pyproject.toml")
_NETWORK_OPTIONS = (
    "index-url",
    "extra-index-url",
    "trusted-host",
    "proxy",
    "timeout",
    "default-timeout",
    "cert",
)


def operator_image() -> Path:
    """The archive of the operator's image; built when Dockerfile, lock file, source or base changed.

    Raises:
        ImageError: a step of the build failed.
        MissingRequirementError: a Debian package is missing.
    """
    cache = current_settings().cache
    buildah = Buildah(cache / "buildah")
    base = ensure_base(buildah, base_image_name((REPOSITORY / "Dockerfile").read_text()))
    target = cache / "images" / f"operator-{_key(base)}.tar"
    if target.exists():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        options = _pip_options(Path(folder))
        build = ["--isolation=chroot", "--pull-never", "--layers", "--quiet", f"--tag={OPERATOR_IMAGE}"]
        buildah.run("bud", *build, *options, str(REPOSITORY))
        archive = Path(folder) / "image.tar"
        # This archive form keeps the full name and leaves layers uncompressed, which saves half the time.
        buildah.run("push", "--quiet", OPERATOR_IMAGE, f"docker-archive:{archive}:{OPERATOR_IMAGE}")
        archive.rename(target)
    _forget_old(target.parent)
    return target


def _forget_old(folder: Path, keep: int = 3) -> None:
    """Remove all but the newest archives of the operator: each is some 300 MB."""
    archives = sorted(folder.glob("operator-*.tar"), key=lambda path: path.stat().st_mtime)
    for path in archives[:-keep]:
        path.unlink(missing_ok=True)


def base_image_name(dockerfile: str) -> str:
    """The default of the Dockerfile's `ARG PYTHON_IMAGE`.

    Raises:
        ImageError: there is none.
    """
    match = re.search(r"^ARG PYTHON_IMAGE=(\S+)$", dockerfile, re.MULTILINE)
    if match is None:
        raise ImageError("Dockerfile: no line `ARG PYTHON_IMAGE=<image>`")
    return match[1]


def tree_hash(root: Path, paths: Iterable[Path]) -> str:
    """Hash of names, executable bits and contents; the order of `paths` does not matter."""
    digest = sha256()
    for path in sorted(paths):
        content = path.read_bytes()
        header = f"{path.relative_to(root)}\0{bool(path.stat().st_mode & 0o100)}\0{len(content)}\0"
        digest.update(header.encode() + content)
    return digest.hexdigest()[:12]


def _key(base: str) -> str:
    source = [path for path in (REPOSITORY / "operator").rglob("*") if path.is_file()]
    kept = [path for path in source if "__pycache__" not in path.parts and ".egg-info" not in str(path)]
    inputs = [REPOSITORY / name for name in _INPUTS if (REPOSITORY / name).is_file()]
    return sha256(f"{base} {tree_hash(REPOSITORY, [*kept, *inputs])}".encode()).hexdigest()[:12]


def pip_network_settings(listing: str) -> dict[str, str]:
    """What of `pip config list` decides how packages are reached; the environment wins over files."""
    found: dict[str, str] = {}
    for line in sorted(listing.splitlines(), key=lambda text: text.startswith(":env:")):
        match = re.fullmatch(r"[^.]+\.([a-z-]+)='(.*)'", line.strip())
        if match is not None and match[1] in _NETWORK_OPTIONS:
            found[match[1]] = match[2]
    return found


def _pip_options(folder: Path) -> list[str]:
    """Volumes that give the build this machine's way to its packages, without a word in the Dockerfile."""
    listing = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"], check=True, capture_output=True, text=True
    ).stdout
    settings = pip_network_settings(listing)
    config = configparser.ConfigParser(interpolation=None)
    config["global"] = settings
    path = folder / "pip.conf"
    with path.open("w") as file:
        config.write(file)
    volumes = [f"--volume={path}:/etc/pip.conf:ro"]
    if certificate := settings.get("cert"):
        volumes.append(f"--volume={certificate}:{certificate}:ro")
    return volumes
