"""What a person sees of the demo: narration above, a live table below; plain lines where there is no terminal."""

from __future__ import annotations

import time
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

from rich.console import Console
from rich.live import Live
from rich.table import Table

_HEADINGS = ("Kubernetes", "CoreDNS", "wants", "step", "update", "DNS sent", "lost", "SERVFAIL", "failed")
_NOTHING = "-"


class Screen:
    """Narrates. Used as a context manager so that the table is taken down whatever happens."""

    def __init__(self) -> None:
        self.console = Console(highlight=False, soft_wrap=True)
        self._started = time.monotonic()
        self._live = Live(console=self.console, refresh_per_second=4, transient=True)
        self._last: tuple[str, ...] = ()

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

    def show(self, minor: str, status: Mapping[str, Any], load: Mapping[str, Any]) -> None:
        """Bring the table up to date; without a terminal, print a line when a step changes."""
        conditions = {item["type"]: item for item in status.get("conditions") or ()}
        attempt = status.get("attempt") or {}
        update = conditions.get("UpdateAvailable") or {}
        told = (
            minor,
            (status.get("current") or {}).get("version") or _NOTHING,
            (status.get("target") or {}).get("version") or _NOTHING,
            attempt.get("step") or _NOTHING,
            update.get("reason") or _NOTHING,
        )
        numbers = tuple(f"{int(load.get(key) or 0):,}" for key in ("sent", "lost", "servfail", "failed"))
        if self.console.is_terminal:
            self._live.update(_table((*told, *numbers)))
        elif told != self._last:
            pairs = zip(_HEADINGS, told, strict=False)
            self.say("   " + "  ".join(f"{name} {value}" for name, value in pairs if value != _NOTHING))
        self._last = told

    def _clock(self) -> str:
        minutes, seconds = divmod(int(self.seconds), 60)
        return f"[dim]{minutes}:{seconds:02}[/dim]"


def _table(cells: tuple[str, ...]) -> Table:
    table = Table(box=None, padding=(0, 2), header_style="dim")
    for position, heading in enumerate(_HEADINGS):
        table.add_column(heading, justify="right" if position >= 5 else "left", no_wrap=True)
    table.add_row(*cells)
    return table
