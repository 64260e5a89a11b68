"""Buildah with a store of its own in the cache: what this tool builds is not mixed with the user's images."""

import subprocess
from pathlib import Path

from localcluster.debian import require_packages
from localcluster.errors import ImageError
from localcluster.overlay import can_overlay


class Buildah:
    """Runs buildah on one store. Chroot isolation: it works as root inside containers as well."""

    def __init__(self, folder: Path) -> None:
        require_packages()
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._store = (
            f"--root={folder / 'storage'}",
            f"--runroot={folder / 'run'}",
            f"--storage-driver={'overlay' if can_overlay(folder) else 'vfs'}",
        )

    def run(self, verb: str, *arguments: str) -> str:
        """Run a verb and return its output.

        Raises:
            ImageError: it failed; the message carries the end of its output.
        """
        command = ["buildah", *self._store, verb, *arguments]
        result = subprocess.run(command, check=False, capture_output=True, text=True)
        if result.returncode != 0:
            last = "\n".join((result.stdout + result.stderr).splitlines()[-15:])
            raise ImageError(f"buildah {verb} failed:\n{last}")
        return result.stdout

    def image_id(self, name: str) -> str | None:
        """The id of an image in the store."""
        try:
            return self.run("inspect", "--type=image", "--format={{.FromImageID}}", name).strip()
        except ImageError:
            return None
