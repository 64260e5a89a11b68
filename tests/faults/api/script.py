"""The events of a plan, each at its moment. Those of the story run beside them."""

from __future__ import annotations

import time
from collections.abc import Sequence

from faults.api.exchange import Checkpoint
from faults.api.plan import Event, ReasonIs, StepTrigger, TimeTrigger, WriteTrigger
from faults.api.registry import perform
from faults.api.world import World

LOOKS_EVERY_S = 0.3
"""Asking the API server costs a processor more than anything else that a plan does."""


class Script:
    """A list of events in their order."""

    def __init__(self, world: World, events: Sequence[Event]) -> None:
        self._world = world
        self._left = [(event, self._arm(event)) for event in events]
        self._since = time.monotonic()
        self._looked_at = 0.0

    @property
    def next(self) -> Event | None:
        """What has not happened yet."""
        return self._left[0][0] if self._left else None

    @property
    def left(self) -> int:
        """How many have not happened yet."""
        return len(self._left)

    def advance(self) -> None:
        """Let happen what is due."""
        while self._left and self._is_due(*self._left[0]):
            event, point = self._left.pop(0)
            try:
                perform(self._world, event.do, event.with_)
            finally:
                if point is not None:
                    point.passed.set()
            self._since = time.monotonic()

    def _arm(self, event: Event) -> Checkpoint | None:
        """A write is counted from the start on, whatever has to happen before."""
        if not isinstance(event.at, WriteTrigger):
            return None
        return self._world.first.proxy.checkpoint(event.at.write, hold=event.at.hold)

    def _is_due(self, event: Event, point: Checkpoint | None) -> bool:
        if isinstance(event.at, StepTrigger | ReasonIs):
            if time.monotonic() - self._looked_at < LOOKS_EVERY_S:
                return False
            self._looked_at = time.monotonic()
        try:
            return self._has_come(event, point)
        # The API server may be away: that is what many plans are about.
        except (OSError, AssertionError):
            return False

    def _has_come(self, event: Event, point: Checkpoint | None) -> bool:
        match event.at:
            case WriteTrigger():
                return point is not None and point.reached.is_set()
            case TimeTrigger():
                return time.monotonic() - self._since >= event.at.after
            case StepTrigger():
                return bool((self._world.stage.status().get("attempt") or {}).get("step") == event.at.step)
            case ReasonIs():
                return self._world.stage.reason(event.at.condition) == event.at.reason
