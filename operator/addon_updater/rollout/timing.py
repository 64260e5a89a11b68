"""How often a running attempt looks, and when its time is over."""

from __future__ import annotations

from datetime import datetime, timedelta

from addon_updater.rollout.render import applied_at
from addon_updater.rollout.revision import (
    Attempt,
)
from addon_updater.rollout.situation import Situation

WATCH = timedelta(seconds=2)
PAUSED_WATCH = timedelta(seconds=30)
SOAK_WATCH = timedelta(seconds=4)
FAIL_FOR = timedelta(seconds=2)
"""A gate fails the attempt only when it has failed for this long: two rounds, not one unlucky one."""


def is_late(situation: Situation, attempt: Attempt) -> bool:
    """Whether the new template has never been complete, and should have been by now."""
    return not situation.workload.was_rolled_out and has_had_its_time(situation, attempt)


def has_had_its_time(situation: Situation, attempt: Attempt) -> bool:
    """Whether what was written last could have become available by now, as far as anybody watched."""
    return has_been_watched(situation, since=applied_at(situation.workload) or attempt.started_at)


def has_been_watched(situation: Situation, *, since: datetime) -> bool:
    """Whether this process has watched for the progress deadline, from that moment on at the earliest.

    While the API server was away, or the process was, neither pods nor anybody who watches them could get on.
    """
    begun = max(since, situation.observed.memory.watched_since(situation.now))
    return situation.now - begun > situation.pace.progress_deadline
