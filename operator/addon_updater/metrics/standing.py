"""How one release stands, in the few values that its metrics tell."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from addon_updater.api.meta import ConditionStatus
from addon_updater.api.release_status import AddonReleaseStatus, AttemptStatus, NextWindowStatus
from addon_updater.metrics.attempts import RESULTS
from addon_updater.metrics.phase import Phase, phase_of
from addon_updater.reasons import ConditionType, Reason
from addon_updater.rollout.gate import Outcome

CONDITION_CODES = {ConditionStatus.TRUE: 1, ConditionStatus.FALSE: 0, ConditionStatus.UNKNOWN: -1}
GATE_CODES = {Outcome.FAIL: 0, Outcome.UNKNOWN: 1, Outcome.SKIPPED: 2, Outcome.PASS: 3}
"""The smaller the worse, so that min() over several gates is their verdict."""


@dataclass(frozen=True, slots=True)
class PlannedHop:
    """One step of the plan; `admitted` is None when nobody has asked whether it may start."""

    start: str
    to: str
    when: str
    is_breaking: bool
    admitted: bool | None


@dataclass(frozen=True, slots=True)
class RunningAttempt:
    """The hop under way."""

    start: str
    to: str
    started_at: datetime


@dataclass(frozen=True, slots=True)
class LastAttempt:
    """The newest attempt that has ended."""

    version: str
    result: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """A release after one pass. Kept apart from the status, whose texts no metric needs.

    `fit` says how the installed version stands with `minor`, the settled minor: True, False, or None for unknown.
    `windows` has when one opens next, or when the open one closes.
    """

    namespace: str
    name: str
    addon: str
    seen_at: datetime
    phase: Phase
    phase_since: datetime
    version: str = ""
    target: str = ""
    minor: str = ""
    fit: bool | None = None
    conditions: tuple[tuple[str, str, int], ...] = ()
    hops: tuple[PlannedHop, ...] = ()
    findings: frozenset[tuple[str, str]] = frozenset()
    gates: tuple[tuple[str, int], ...] = ()
    quarantined: int = 0
    flaws: tuple[tuple[str, bool], ...] = ()
    """Severity of each known flaw that is open, and whether the plan or attempt ends it."""
    windows: tuple[tuple[str, datetime], ...] = ()
    attempt: RunningAttempt | None = None
    last_attempt: LastAttempt | None = None

    @property
    def key(self) -> tuple[str, str]:
        """What it is found by."""
        return self.namespace, self.name

    def after(self, previous: Standing | None) -> Standing:
        """The same, with the beginning of its phase where the phase was seen before."""
        if previous is None or previous.phase is not self.phase:
            return self if previous is None else replace(self, phase_since=self.seen_at)
        return replace(self, phase_since=previous.phase_since)


def standing(namespace: str, name: str, addon: str, status: AddonReleaseStatus, now: datetime) -> Standing:
    """What the projected status of this pass says.

    A phase that this process has not seen begin is as old as the condition that decides it.
    """
    conditions = status.conditions or []
    phase, deciding = phase_of(conditions)
    plan = status.plan
    return Standing(
        namespace=namespace,
        name=name,
        addon=addon,
        seen_at=now,
        phase=phase,
        phase_since=(deciding.last_transition_time if deciding else None) or now,
        version=(status.current.version if status.current else None) or "",
        target=(status.target.version if status.target else None) or "",
        minor=status.observed_kubernetes_minor or "",
        fit=_fit(status),
        conditions=tuple((one.type, one.reason, CONDITION_CODES[one.status]) for one in conditions),
        hops=tuple(
            PlannedHop(hop.from_, hop.to, hop.when, is_breaking=hop.breaking, admitted=hop.admitted)
            for hop in (plan.hops if plan else ())
        ),
        findings=frozenset((one.rule_id, one.severity) for one in plan.findings) if plan else frozenset(),
        gates=tuple((gate.name, GATE_CODES[Outcome(gate.outcome)]) for gate in status.gates or ()),
        quarantined=len(status.quarantined or ()),
        flaws=tuple((one.severity, one.fixed_in is not None) for one in status.security or ()),
        windows=_windows(status.next_window) if status.next_window else (),
        attempt=_running(status.attempt) if status.attempt else None,
        last_attempt=_last(status),
    )


def _fit(status: AddonReleaseStatus) -> bool | None:
    ready = next((one for one in status.conditions or () if one.type == ConditionType.READY), None)
    if ready is None or ready.reason not in (Reason.VERSION_FITS, Reason.VERSION_UNFIT):
        return None
    return {ConditionStatus.TRUE: True, ConditionStatus.FALSE: False}.get(ready.status)


def _windows(next_: NextWindowStatus) -> tuple[tuple[str, datetime], ...]:
    changes = (("opens", next_.opens_at), ("closes", next_.closes_at))
    return tuple((change, at) for change, at in changes if at is not None)


def _running(attempt: AttemptStatus) -> RunningAttempt:
    start, _, to = attempt.hop.partition(" to ")
    return RunningAttempt(start, to, attempt.started_at)


def _last(status: AddonReleaseStatus) -> LastAttempt | None:
    """The newest entry of the history that is an attempt; what was adopted as found is none."""
    return next(
        (
            LastAttempt(entry.version, entry.outcome, entry.finished_at)
            for entry in status.history or ()
            if entry.outcome in RESULTS
        ),
        None,
    )
