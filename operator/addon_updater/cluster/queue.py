"""A work queue with client-go's promises: a key is worked on once at a time, and never lost.

Own code because asyncio.Queue neither deduplicates nor delays, and Kopf has no requeue for plain event handlers.
"""

from __future__ import annotations

import asyncio
import random
from datetime import timedelta
from typing import NamedTuple

from addon_updater import metrics

BACKOFF_FIRST = timedelta(milliseconds=500)
BACKOFF_LAST = timedelta(minutes=5)


class Key(NamedTuple):
    """One AddonRelease."""

    namespace: str
    name: str


class WorkQueue:
    """Keys that wait for a pass."""

    def __init__(self) -> None:
        self._ready: asyncio.Queue[Key] = asyncio.Queue()
        self._waiting: set[Key] = set()
        self._working: set[Key] = set()
        self._again: set[Key] = set()
        self._timers: dict[Key, asyncio.TimerHandle] = {}
        self._failures: dict[Key, int] = {}

    def add(self, key: Key) -> None:
        """Ask for a pass; a key that already waits is not added twice, one in work gets one more pass."""
        if timer := self._timers.pop(key, None):
            timer.cancel()
        if key in self._working:
            self._again.add(key)
        elif key not in self._waiting:
            self._waiting.add(key)
            self._ready.put_nowait(key)
        metrics.QUEUE_DEPTH.set(len(self._waiting))

    def add_after(self, key: Key, delay: timedelta) -> None:
        """Ask for a pass later; an earlier wish for the same key wins."""
        loop = asyncio.get_running_loop()
        due = loop.time() + max(delay.total_seconds(), 0)
        timer = self._timers.get(key)
        if timer is not None:
            if timer.when() <= due:
                return
            timer.cancel()
        self._timers[key] = loop.call_at(due, self._due, key)

    def _due(self, key: Key) -> None:
        self._timers.pop(key, None)
        self.add(key)

    async def get(self) -> Key:
        """The next key; the caller must call `done` for it."""
        key = await self._ready.get()
        self._waiting.discard(key)
        self._working.add(key)
        metrics.QUEUE_DEPTH.set(len(self._waiting))
        return key

    def done(self, key: Key) -> None:
        """The pass is over; a key that was added meanwhile gets its next one."""
        self._working.discard(key)
        if key in self._again:
            self._again.discard(key)
            self.add(key)

    def succeeded(self, key: Key) -> None:
        """Forget the failures of a key."""
        self._failures.pop(key, None)

    def failed(self, key: Key) -> timedelta:
        """The time until the next try: doubling with jitter, so that many keys do not come back together."""
        count = self._failures[key] = self._failures.get(key, 0) + 1
        doublings: int = min(count - 1, 16)
        delay = min(BACKOFF_FIRST * (1 << doublings), BACKOFF_LAST)
        return delay * random.uniform(0.5, 1.0)  # noqa: S311 - jitter is no secret

    def stop(self) -> None:
        """Cancel every timer."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
