"""The one place that reads the clock.

Decisions wait by comparing moments: a step of the wall clock would end a soak that has not lasted yet, let a deadline
pass that nobody has used, or make an hour of a minute. So time goes on by the monotonic clock, and a step of the wall
clock is taken over only when nothing is being waited for.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta


class SteadyClock:
    """The wall clock's time as of the last `follow`, and from there on by the monotonic clock."""

    def __init__(self, wall: Callable[[], datetime], monotonic: Callable[[], float]) -> None:
        self._wall = wall
        self._monotonic = monotonic
        self._set_at = monotonic()
        self._set_to = wall()

    def now(self) -> datetime:
        """The present; it never jumps by itself."""
        return self._set_to + timedelta(seconds=self._monotonic() - self._set_at)

    def follow(self) -> timedelta:
        """Take over what the wall clock says; how far that jumps, backward when negative."""
        before = self.now()
        self._set_at, self._set_to = self._monotonic(), self._wall()
        return self._set_to - before


def _wall() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - this is the clock


_CLOCK = SteadyClock(_wall, time.monotonic)


def now() -> datetime:
    """The present, in UTC; steady for as long as nobody calls `follow`."""
    return _CLOCK.now()


def follow() -> timedelta:
    """Take over a step of the wall clock. Call it only while nothing is being waited for."""
    return _CLOCK.follow()
