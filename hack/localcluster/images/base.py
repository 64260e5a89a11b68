"""The Python base image, made from Debian packages where no registry can be asked for it.

It is committed under the very name the Dockerfile asks for, so that the Dockerfile is the same everywhere.
"""

import shutil
import subprocess
import tempfile
from pathlib import Path

from localcluster.errors import ImageError
from localcluster.images.buildah import Buildah

_SUITE = "bookworm"
_PACKAGES = ("python3", "python3-venv", "ca-certificates")
_DOCUMENTATION = ("usr/share/doc", "usr/share/man", "usr/share/locale", "usr/share/info")
_DOWNLOADS = ("var/cache/apt/archives", "var/lib/apt/lists")


def ensure_base(buildah: Buildah, name: str) -> str:
    """The id of the base image called `name`, made from Debian's packages when it is not in the store.

    Raises:
        ImageError: debootstrap or buildah failed.
    """
    found = buildah.image_id(name)
    if found is not None:
        return found
    with tempfile.TemporaryDirectory(dir=buildah.folder) as folder:
        root = Path(folder) / "root"
        _bootstrap(root)
        container = buildah.run("from", "scratch").strip()
        try:
            buildah.run("copy", "--quiet", container, str(root), "/")
            buildah.run("commit", "--quiet", container, name)
        finally:
            buildah.run("rm", container)
    made = buildah.image_id(name)
    if made is None:
        raise ImageError(f"image {name} is not in the store after its commit")
    return made


def _bootstrap(root: Path) -> None:
    command = ["debootstrap", "--variant=minbase", f"--include={','.join(_PACKAGES)}", _SUITE, str(root)]
    result = subprocess.run(command, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if result.returncode != 0:
        last = "\n".join(result.stdout.splitlines()[-5:])
        raise ImageError(f"debootstrap {_SUITE} failed; is the Debian mirror reachable?\n{last}")
    for path in _DOCUMENTATION:
        shutil.rmtree(root / path, ignore_errors=True)
    for path in _DOWNLOADS:
        for file in (root / path).rglob("*"):
            if file.is_file():
                file.unlink()
