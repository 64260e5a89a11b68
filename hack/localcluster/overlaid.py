"""Builds a module with some of its files replaced, where upstream offers no build tag to leave parts out.

The files lie in the group's folder under their path in the module. The compiler sees a copy of the module with
them in it, by a `replace` that only this build has.
"""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from localcluster.errors import BuildError
from localcluster.groups import Group


@contextmanager
def overlaid(group: Group, folder: Path, environment: dict[str, str]) -> Iterator[list[str]]:
    """The flags for the compiler, while the copy is there; none for a group that replaces nothing.

    Raises:
        BuildError: the module could not be had.
    """
    if not group.overlaid:
        yield []
        return
    with tempfile.TemporaryDirectory(prefix=f".{group.name}-", dir=folder) as name:
        copy = Path(name) / "module"
        origin = _go(group, environment, "list", "-m", "-f={{.Dir}}", group.overlaid)
        # The module cache is read-only; its modes must not come along.
        subprocess.run(["cp", "--recursive", "--no-preserve=mode", origin, str(copy)], check=True)
        for file in replaced_files(group):
            shutil.copyfile(file, copy / file.relative_to(group.module))
        for pin in ("go.mod", "go.sum"):
            shutil.copyfile(group.module / pin, Path(name) / pin)
        _go(group, environment, "mod", "edit", f"-replace={group.overlaid}={copy}", f"{name}/go.mod")
        yield [f"-modfile={name}/go.mod"]


def replaced_files(group: Group) -> list[Path]:
    """The files of the group's folder that take a place in the module, in the order of their paths."""
    return sorted(group.module.rglob("*.go")) if group.overlaid else []


def _go(group: Group, environment: dict[str, str], *arguments: str) -> str:
    """Run Go in the group's folder, with the module surely in the cache."""
    outcome = subprocess.CompletedProcess[str]([], 0, "", "")
    for command in (["mod", "download", group.overlaid], list(arguments)):
        outcome = subprocess.run(
            ["go", *command],
            check=False,
            capture_output=True,
            text=True,
            cwd=group.module,
            env=environment,
        )
        if outcome.returncode != 0:
            raise BuildError(f"build: {group.name}: go {' '.join(command)} failed:\n{outcome.stderr[-2000:]}")
    return outcome.stdout.strip()
