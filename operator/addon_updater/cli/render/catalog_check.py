"""What is wrong with catalog files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from addon_updater.catalog import Problem
from addon_updater.cli.output import plain


def checked(found: Mapping[str, Sequence[Problem]]) -> RenderableType:
    """File by file: each problem with its path on a line that can be searched for, and its remedy below."""
    return Group(*_files(found))


def _files(found: Mapping[str, Sequence[Problem]]) -> Iterator[RenderableType]:
    for path, problems in found.items():
        if not problems:
            yield Text.assemble(plain(path), plain("  nothing is wrong", "green"))
        for one in problems:
            style = "bold red" if one.fatal else "yellow"
            yield Text.assemble(plain(f"{path}: "), plain(one.path, style))
            mark = "" if one.fatal else "note, the file can be used: "
            yield Padding(plain(f"{mark}{one.message}"), (0, 0, 0, 2))
            yield Padding(plain(f"remedy: {one.remedy}", "dim"), (0, 0, 0, 2))
