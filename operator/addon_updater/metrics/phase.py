"""The one word that says where a release stands, derived from its conditions.

The API has no phase: conditions say more. A timeline and a table need one word all the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from addon_updater.api.meta import Condition, ConditionStatus
from addon_updater.reasons import ConditionType, Reason


class Phase(StrEnum):
    """The phases; a step of an attempt has the name of its reason."""

    IDLE = "Idle"
    """The wanted version runs and nothing waits."""
    UNKNOWN = "Unknown"
    """Nobody can tell how the installed version stands."""
    WAITING = "Waiting"
    """A better version waits for a person, a window, the cluster or the workload."""
    PREPARING = "Preparing"
    CHECKING = "Checking"
    REHEARSING = "Rehearsing"
    BACKING_UP = "BackingUp"
    APPLYING = "Applying"
    PROGRESSING = "Progressing"
    SOAKING = "Soaking"
    ROLLING_BACK = "RollingBack"
    BLOCKED = "Blocked"
    """A finding forbids the update, or the installed version does not fit and no other may follow it."""
    STALLED = "Stalled"
    """A person must act."""


PHASE_CODES = {
    Phase.IDLE: 0,
    Phase.UNKNOWN: 5,
    Phase.WAITING: 10,
    Phase.PREPARING: 20,
    Phase.CHECKING: 21,
    Phase.REHEARSING: 22,
    Phase.BACKING_UP: 23,
    Phase.APPLYING: 30,
    Phase.PROGRESSING: 31,
    Phase.SOAKING: 32,
    Phase.ROLLING_BACK: 40,
    Phase.BLOCKED: 50,
    Phase.STALLED: 60,
}
"""Numbers for a timeline, where one series has one value. A number never changes its meaning; gaps take new ones."""

_OF_THE_CLUSTER = frozenset({Reason.CATALOG_BROKEN, Reason.SETTINGS_BROKEN})
"""Told on every release, and no reason for a running attempt to stop."""

_BY_NAME = {phase.value: phase for phase in Phase}


def phase_of(conditions: Iterable[Condition]) -> tuple[Phase, Condition | None]:
    """The phase, and the condition that decides it."""
    by_type = {condition.type: condition for condition in conditions}
    stalled = by_type.get(ConditionType.STALLED)
    stalled = stalled if _is(stalled, ConditionStatus.TRUE) else None
    reconciling = by_type.get(ConditionType.RECONCILING)
    update = by_type.get(ConditionType.UPDATE_AVAILABLE)
    ready = by_type.get(ConditionType.READY)
    if stalled is not None and stalled.reason not in _OF_THE_CLUSTER:
        return Phase.STALLED, stalled
    if reconciling is not None and _is(reconciling, ConditionStatus.TRUE):
        return _BY_NAME.get(reconciling.reason, Phase.PROGRESSING), reconciling
    if stalled is not None:
        return Phase.STALLED, stalled
    if update is not None and _is(update, ConditionStatus.TRUE):
        return (Phase.BLOCKED if update.reason == Reason.BLOCKED else Phase.WAITING), update
    if _is(ready, ConditionStatus.FALSE):
        return Phase.BLOCKED, ready
    return (Phase.IDLE if _is(ready, ConditionStatus.TRUE) else Phase.UNKNOWN), ready


def _is(condition: Condition | None, status: ConditionStatus) -> bool:
    return condition is not None and condition.status is status
