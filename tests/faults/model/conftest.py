"""The engine under faults: in memory, with the world of the unit tests, exhaustive where those are tables."""

from __future__ import annotations

from unit.rollout.conftest import remembered_answers

__all__ = ["remembered_answers"]
