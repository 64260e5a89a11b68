"""What one pass decides: at most one mutating action, what to say, when to look again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum

from addon_updater.api.meta import Condition, ConditionStatus
from addon_updater.reasons import ConditionType, Reason
from addon_updater.resolve import Resolution
from addon_updater.rollout.actions import Action
from addon_updater.rollout.admission import Ruling
from addon_updater.rollout.breaker import Breaker
from addon_updater.rollout.flaws import OpenFlaw
from addon_updater.rollout.gate import Gate, Probe
from addon_updater.rollout.observed import Purpose
from addon_updater.rollout.plan import Plan
from addon_updater.rollout.revision import Quarantine

MESSAGE_LIMIT = 1024
LOOK_AGAIN = timedelta(minutes=1)
"""How soon a stalled release is looked at again: what mends it may be an object that nobody watches."""

TRUE, FALSE, UNKNOWN = ConditionStatus.TRUE, ConditionStatus.FALSE, ConditionStatus.UNKNOWN


@dataclass(frozen=True, slots=True)
class ProbeRequest:
    """A round of probes that the decision needs first; it changes nothing in the cluster."""

    purpose: Purpose
    probes: tuple[Probe, ...]


class EventType(StrEnum):
    """The two types of a Kubernetes Event."""

    NORMAL = "Normal"
    WARNING = "Warning"


@dataclass(frozen=True, slots=True)
class EventNote:
    """One Event about the release. `key` makes a repetition after a crash meet the first one."""

    type: EventType
    reason: Reason
    message: str
    key: str


@dataclass(frozen=True, slots=True)
class Decision:
    """The result of one pass. The defaults describe a healthy release with nothing to do."""

    ready: Condition
    update: Condition
    reconciling: Condition
    stalled: Condition | None = None
    circuit: Condition | None = None
    """That the circuit breaker of the cluster is open; None while it is closed."""
    action: Action | None = None
    probe: ProbeRequest | None = None
    event: EventNote | None = None
    requeue_after: timedelta | None = None
    startable: bool = False
    """Whether nothing holds the start but spec.rollout.startJitter and, after it, the baseline of the gates."""
    version: str | None = None
    revision: str | None = None
    """The name of the revision that is live; None when what runs is not recorded."""
    resolution: Resolution | None = None
    plan: Plan | None = None
    flaws: tuple[OpenFlaw, ...] = ()
    """The known flaws of the installed version that its configuration is open to, the gravest first."""
    next_versions: frozenset[str] = frozenset()
    """The versions that a running attempt may lead to as things are wished now."""
    rulings: tuple[Ruling, ...] = ()
    """What the policy says about each hop of the plan."""
    gates: tuple[Gate, ...] = ()
    quarantines: tuple[Quarantine, ...] = ()
    owners: tuple[str, ...] = ()

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """All conditions in the order in which people read them."""
        parts: Sequence[Condition | None] = (
            self.ready,
            self.update,
            self.reconciling,
            self.stalled,
            self.circuit,
        )
        return tuple(part for part in parts if part is not None)

    def but(self, **changes: object) -> Decision:
        """The same decision with some parts replaced."""
        return replace(self, **changes)  # type: ignore[arg-type]  # field names are checked by dataclasses


def condition(type_: ConditionType, status: ConditionStatus, reason: Reason, message: str = "") -> Condition:
    """A condition with its message cut to what the API accepts."""
    return Condition(type=type_.value, status=status, reason=reason.value, message=shorten(message))


def shorten(message: str, limit: int = MESSAGE_LIMIT) -> str:
    """The message, or its beginning with a mark that something was cut."""
    return message if len(message) <= limit else message[: limit - 1] + "…"


def ready(status: ConditionStatus, reason: Reason, message: str = "") -> Condition:
    """The Ready condition."""
    return condition(ConditionType.READY, status, reason, message)


def update(status: ConditionStatus, reason: Reason, message: str = "") -> Condition:
    """The UpdateAvailable condition."""
    return condition(ConditionType.UPDATE_AVAILABLE, status, reason, message)


def reconciling(reason: Reason, message: str = "") -> Condition:
    """The Reconciling condition: True with the step of a running attempt, False when idle."""
    status = FALSE if reason is Reason.IDLE else TRUE
    return condition(ConditionType.RECONCILING, status, reason, message)


def stalled(reason: Reason, message: str) -> Condition:
    """The Stalled condition; it exists only while a person must act."""
    return condition(ConditionType.STALLED, TRUE, reason, message)


def circuit(breaker: Breaker | None) -> Condition | None:
    """The CircuitBreakerOpen condition; it exists only while the breaker is open."""
    if breaker is None or not breaker.is_open:
        return None
    return condition(ConditionType.CIRCUIT_BREAKER_OPEN, TRUE, Reason.CIRCUIT_BROKEN, breaker.why)


def stopped(reason: Reason, message: str, *, ready_status: ConditionStatus = FALSE) -> Decision:
    """Nothing can be done before a person acts."""
    return Decision(
        ready=ready(ready_status, reason, message),
        update=update(UNKNOWN, reason, message),
        reconciling=reconciling(Reason.IDLE),
        stalled=stalled(reason, message),
        requeue_after=LOOK_AGAIN,
    )
