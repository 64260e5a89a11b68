"""What a person sees of the demo: narration above, a live table below; plain lines where there is no terminal."""

from __future__ import annotations

import textwrap
import time
from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass
from types import TracebackType
from typing import Final, Self

from rich.console import Console, Group
from rich.live import Live
from rich.markup import escape
from rich.table import Table
from rich.text import Text

WIDTH: Final = 100
"""Columns that a line of the narration takes at most."""
_HEADINGS = ("addon", "runs", "wants", "step", "update")
_NARROWEST = 60
_RAGGED = 12
"""Columns that words which go on in the next line leave free."""
_CLOCK = 6
"""Columns before the text."""


@dataclass(frozen=True)
class Row:
    """How one addon stands."""

    addon: str
    runs: str
    wants: str
    step: str
    update: str


class Screen:
    """Narrates. Used as a context manager so that the table is taken down whatever happens.

    `footer` is asked for one line below the table, for what is counted all the time.
    """

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(highlight=False, soft_wrap=True)
        is_narrow = self.console.is_terminal and self.console.width < WIDTH
        self._width = max(self.console.width, _NARROWEST) if is_narrow else WIDTH
        self.footer: Callable[[], str] = str
        self._started = time.monotonic()
        self._live = Live(console=self.console, refresh_per_second=4, transient=True)
        self._last: dict[str, Row] = {}

    def __enter__(self) -> Self:
        if self.console.is_terminal:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()

    @property
    def seconds(self) -> float:
        """Seconds since the demo began."""
        return time.monotonic() - self._started

    def step(self, text: str) -> None:
        """Begin a chapter."""
        self.console.print()
        self._tell(text, style="bold")

    def say(self, text: str) -> None:
        """Tell what happens."""
        self._tell(text)

    def quote(self, text: str) -> None:
        """Tell what somebody else says, as the operator in a condition; three lines of it."""
        short = textwrap.shorten(text, 3 * (self._width - _CLOCK - 2) - _RAGGED, placeholder=" ...")
        self._tell(short, mark="  ", style="dim")

    def proven(self, text: str) -> None:
        """Tell what was claimed and checked."""
        self._tell(text, mark="[green]✓[/green] ")

    def show(self, rows: Sequence[Row]) -> None:
        """Bring the table up to date; without a terminal, print a line for an addon whose step changes."""
        if self.console.is_terminal:
            self._live.update(Group(Text(), _table(rows), Text(self.footer(), style="dim")))
            return
        for row in rows:
            if row.runs and row != self._last.get(row.addon):
                self._tell(_line(row), mark="  ", style="dim")
                self._last[row.addon] = row

    def _tell(self, text: str, *, mark: str = "", style: str = "") -> None:
        """Print the text behind the clock; what is too long goes on below itself."""
        indent = _CLOCK + (2 if mark else 0)
        first, *more = textwrap.wrap(text, self._width - indent, break_on_hyphens=False)
        minutes, seconds = divmod(int(self.seconds), 60)
        self.console.print(f"[dim]{minutes}:{seconds:02}[/dim]  {mark}{_styled(first, style)}")
        for line in more:
            self.console.print(" " * indent + _styled(line, style))


def _styled(text: str, style: str) -> str:
    return f"[{style}]{escape(text)}[/{style}]" if style else escape(text)


def _line(row: Row) -> str:
    wants = f" -> {row.wants}" if row.wants and row.wants != row.runs else ""
    return f"{row.addon} {row.runs}{wants}  {row.step or row.update}"


def _table(rows: Sequence[Row]) -> Table:
    table = Table(box=None, padding=(0, 2), header_style="dim")
    for heading in _HEADINGS:
        table.add_column(heading, no_wrap=True)
    for row in rows:
        table.add_row(*(cell or "-" for cell in astuple(row)))
    return table
