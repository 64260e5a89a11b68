"""A request that has gone through a proxy, and a write at which something else shall happen."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from faults.api.plan import Match
from faults.api.requests import Asked, meets


@dataclass
class Exchange:
    """One request and what became of it."""

    at: float
    """Seconds of the monotonic clock."""
    asked: Asked
    code: int = 0
    """What the operator was told; 0 while, and if, it was told nothing."""
    fault: str = ""
    events: list[str] = field(default_factory=list)
    """The types of what a watch has brought so far."""


@dataclass
class Checkpoint:
    """A write at which something else shall happen; with `hold` its reply waits until `passed`."""

    match: Match
    hold: bool
    seen: int = 0
    reached: threading.Event = field(default_factory=threading.Event)
    passed: threading.Event = field(default_factory=threading.Event)

    def is_reached_by(self, asked: Asked) -> bool:
        """Count a write that was done; whether it is the one."""
        if not meets(self.match, asked):
            return False
        self.seen += 1
        return self.seen == self.match.nth
