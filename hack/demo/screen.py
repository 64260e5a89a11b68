"""What a person sees of the demo: narration above, a live table below; plain lines where there is no terminal."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass
from types import TracebackType
from typing import Self

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

_HEADINGS = ("addon", "runs", "wants", "step", "update")


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

    def __init__(self) -> None:
        self.console = Console(highlight=False, soft_wrap=True)
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
        self.console.print(f"\n[bold]{self._clock()}  {text}[/bold]")

    def say(self, text: str) -> None:
        """Tell what happens."""
        self.console.print(f"{self._clock()}  {text}")

    def proven(self, text: str) -> None:
        """Tell what was claimed and checked."""
        self.console.print(f"{self._clock()}  [green]✓[/green] {text}")

    def show(self, rows: Sequence[Row]) -> None:
        """Bring the table up to date; without a terminal, print a line for an addon whose step changes."""
        if self.console.is_terminal:
            self._live.update(Group(_table(rows), Text(self.footer(), style="dim")))
            return
        for row in rows:
            if row.runs and row != self._last.get(row.addon):
                self.say("   " + _line(row))
                self._last[row.addon] = row

    def _clock(self) -> str:
        minutes, seconds = divmod(int(self.seconds), 60)
        return f"[dim]{minutes}:{seconds:02}[/dim]"


def _line(row: Row) -> str:
    wants = f" -> {row.wants}" if row.wants and row.wants != row.runs else ""
    return f"[dim]{row.addon} {row.runs}{wants}  {row.step or row.update}[/dim]"


def _table(rows: Sequence[Row]) -> Table:
    table = Table(box=None, padding=(0, 2), header_style="dim")
    for heading in _HEADINGS:
        table.add_column(heading, no_wrap=True)
    for row in rows:
        table.add_row(*(cell or "-" for cell in astuple(row)))
    return table
