"""What one catalog changes of another, to be reviewed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from addon_updater.cli.catalogs.difference import AddonDifference, Change, Shift
from addon_updater.cli.catalogs.statements import Statement
from addon_updater.cli.output import plain
from addon_updater.cli.render import parts

_STYLES = {"+": "green", "-": "red", "~": "cyan"}


def compared(before: str, after: str, found: Sequence[AddonDifference]) -> RenderableType:
    """Every difference, addon by addon; evidence last told as what it means for versions and minors."""
    return Group(*_compared(before, after, found))


def _compared(before: str, after: str, found: Sequence[AddonDifference]) -> Iterator[RenderableType]:
    yield plain(f"- {before}", _STYLES["-"])
    yield plain(f"+ {after}", _STYLES["+"])
    if not found:
        yield Text("")
        yield plain("Nothing differs.")
    for one in found:
        word = "new" if one.is_new else "gone" if one.is_gone else "changed"
        yield Text("")
        yield Text.assemble(plain(one.addon, "bold"), "  ", plain(word, "dim"))
        for part, changes in groupby(one.changes, key=lambda change: change.subject.part):
            yield parts.section(part.capitalize(), _table(tuple(changes)))
        if one.shifts:
            yield parts.section("How versions then stand on a minor", _shifts(one.shifts))


def _table(changes: Sequence[Change]) -> Table:
    made = Table.grid(padding=(0, 2, 0, 0))
    made.add_column(no_wrap=True)
    made.add_column(no_wrap=True)
    made.add_column(overflow="fold")
    for one in changes:
        sign = "+" if one.is_new else "-" if one.is_gone else "~"
        whole = one.is_new or one.is_gone
        said = [
            *(_statement("-", each, alone=whole) for each in one.gone),
            *(_statement("+", each, alone=whole) for each in one.new),
        ]
        item = plain(one.subject.item, _STYLES[sign])
        made.add_row(plain(sign, _STYLES[sign]), item, Group(*said) if said else plain("listed", "dim"))
    return made


def _statement(sign: str, one: Statement, *, alone: bool) -> Text:
    """A statement; where the item comes or goes as a whole, its own sign says so already."""
    grave = "bold yellow" if one.kind in {"denied", "breaking"} else _STYLES[sign]
    mark = plain("") if alone else plain(f"{sign} ", _STYLES[sign])
    return Text.assemble(mark, plain(f"{one.kind}: ", grave), plain(one.text))


def _shifts(shifts: Sequence[Shift]) -> Table:
    made = Table.grid(padding=(0, 2, 0, 0))
    made.add_column(no_wrap=True)
    made.add_column(no_wrap=True)
    made.add_column(overflow="fold")
    for one in shifts:
        way = Text.assemble(plain(one.before), " -> ", plain(one.after, "bold"))
        made.add_row(plain(one.version), way, plain(f"on {one.minors}", "dim"))
    return made
