"""How an attempt ends, and the words for where it stands. Each end is one annotation on the revision."""

from __future__ import annotations

from addon_updater.reasons import Reason
from addon_updater.rollout.actions import (
    AnnotateRevision,
)
from addon_updater.rollout.decision import (
    Decision,
    EventNote,
    EventType,
    reconciling,
    shorten,
)
from addon_updater.rollout.revision import (
    DECISION_ANNOTATION,
    OUTCOME_ANNOTATION,
    QUARANTINE_ANNOTATION,
    Quarantine,
    Result,
    Revision,
    Verdict,
    quarantine_json,
    verdict_json,
)
from addon_updater.rollout.situation import Situation


def at_step(healthy: Decision, reason: Reason, message: str) -> Decision:
    return healthy.but(reconciling=reconciling(reason, message))


def decide_to_go_back(
    situation: Situation, target: Revision, healthy: Decision, reason: Reason, message: str
) -> Decision:
    """Write the decision before acting on it, so that a crash in between cannot change it."""
    verdict = Verdict(reason.value, shorten(message), situation.now)
    action = AnnotateRevision(
        target.name, target.resource_version, {DECISION_ANNOTATION: verdict_json(verdict)}
    )
    return at_step(healthy, Reason.ROLLING_BACK, message).but(action=action)


def fail_unswitched(
    situation: Situation, target: Revision, healthy: Decision, reason: Reason, message: str
) -> Decision:
    """The attempt ends before the workload was touched; the version is quarantined all the same."""
    return end_attempt(
        situation, target, healthy, Result.FAILED, reason=reason, message=message, quarantined=True
    ).but(gates=())


def end_attempt(
    situation: Situation,
    target: Revision,
    healthy: Decision,
    result: Result,
    *,
    reason: Reason | str,
    message: str,
    quarantined: bool | None = None,
) -> Decision:
    text = shorten(message)
    verdict = Verdict(str(reason), text, situation.now, result)
    annotations: dict[str, str | None] = {OUTCOME_ANNOTATION: verdict_json(verdict)}
    failed = result in (Result.ROLLED_BACK, Result.ROLLBACK_FAILED) if quarantined is None else quarantined
    if failed and target.attempt is not None:
        annotations[QUARANTINE_ANNOTATION] = quarantine_json(_quarantine(situation, target, verdict))
    good = result is Result.PROMOTED
    event = EventNote(
        EventType.NORMAL if good or result is Result.SUPERSEDED else EventType.WARNING,
        Reason.PROMOTED if good else Reason(str(reason)),
        text,
        key=f"{target.name}-{result}",
    )
    return healthy.but(
        action=AnnotateRevision(target.name, target.resource_version, annotations), event=event
    )


def _quarantine(situation: Situation, target: Revision, verdict: Verdict) -> Quarantine:
    attempt, config = target.attempt, target.content.config
    return Quarantine(
        version=target.content.version,
        image=target.content.image,
        input_hash=config.input_hash if config is not None else "",
        minor=attempt.minor if attempt is not None else "",
        reason=verdict.reason,
        message=verdict.message,
        at=situation.now,
    )
