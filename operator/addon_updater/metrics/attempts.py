"""How attempts end, counted."""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client import Counter, Histogram

from addon_updater.metrics.registry import REGISTRY
from addon_updater.reasons import Reason
from addon_updater.rollout.revision import Result

RESULTS = tuple(result.value for result in Result if result is not Result.ADOPTED)
FAILURES = frozenset({Result.ROLLED_BACK.value, Result.FAILED.value, Result.ROLLBACK_FAILED.value})
FAILURE_REASONS = (
    Reason.GATE_FAILED,
    Reason.CHECK_FAILED,
    Reason.REHEARSAL_FAILED,
    Reason.BACKUP_FAILED,
    Reason.IMAGE_PULL_FAILED,
    Reason.CRASHED,
    Reason.PROGRESS_DEADLINE_EXCEEDED,
    Reason.ROLLBACK_REQUESTED,
    Reason.ROLLBACK_FAILED,
    Reason.WISH_CHANGED,
    Reason.FOREIGN_OWNER,
)
"""Every reason with which an attempt can fail."""

ATTEMPTS = Counter(
    "addon_updater_attempts_total",
    f"Finished attempts by result: {', '.join(RESULTS)}.",
    ("addon", "result"),
    registry=REGISTRY,
)
ATTEMPT_FAILURES = Counter(
    "addon_updater_attempt_failures_total",
    "Attempts that ended in a rollback or before the switch, by reason.",
    ("addon", "reason"),
    registry=REGISTRY,
)
ATTEMPT_SECONDS = Histogram(
    "addon_updater_attempt_duration_seconds",
    "Seconds from the intent of an attempt to its end, soak included.",
    ("addon", "result"),
    registry=REGISTRY,
    buckets=(15, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14400),
)


def expect_attempts(addons: Iterable[str]) -> None:
    """Begin every counter of these addons at 0: increase() sees no event that brings its series into being."""
    for addon in addons:
        for result in RESULTS:
            ATTEMPTS.labels(addon, result)
            ATTEMPT_SECONDS.labels(addon, result)
        for reason in FAILURE_REASONS:
            ATTEMPT_FAILURES.labels(addon, reason)


def attempt_finished(addon: str, *, result: str, reason: str, seconds: float) -> None:
    """Count the end of an attempt; `reason` says why when it did not succeed."""
    ATTEMPTS.labels(addon, result).inc()
    ATTEMPT_SECONDS.labels(addon, result).observe(seconds)
    if result in FAILURES:
        ATTEMPT_FAILURES.labels(addon, reason).inc()
