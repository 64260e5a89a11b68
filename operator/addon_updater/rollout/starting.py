"""Everything that can hold a start, and the start itself: baseline, then the intent."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from addon_updater.api.release import Delivery, Updates
from addon_updater.reasons import Reason
from addon_updater.rollout.actions import (
    RecordRevision,
)
from addon_updater.rollout.decision import (
    TRUE,
    Decision,
    ProbeRequest,
    update,
)
from addon_updater.rollout.gate import Outcome, Subject, first, worst
from addon_updater.rollout.gates import judge, take_baseline
from addon_updater.rollout.observed import Purpose
from addon_updater.rollout.plan import Plan
from addon_updater.rollout.revision import (
    ATTEMPT_ANNOTATION,
    BASELINE_ANNOTATION,
    Attempt,
    Result,
    attempt_json,
)
from addon_updater.rollout.situation import Situation

RETRY = timedelta(seconds=30)
QUIET_AFTER_AN_EDIT = timedelta(minutes=3)
"""Kubelet and the reload plugin need up to two minutes until the pods run what a person wrote; only then they
tell a baseline. The third is for the person, who may not be done."""


def start(situation: Situation, plan: Plan, healthy: Decision) -> Decision:
    """Everything that can hold a start, in the order in which a person would ask."""
    spec, workload = situation.release.spec, situation.workload
    wish = _wish(situation, plan)
    if plan.blockers:
        what = "; ".join(f"{finding.message} ({finding.remedy})" for finding in plan.blockers)
        return healthy.but(update=update(TRUE, Reason.BLOCKED, f"{wish}: {what}"))
    if held := _held(situation, plan):
        return healthy.but(update=update(TRUE, Reason.BLOCKED, f"{wish}: {held}"))
    if spec.delivery is Delivery.OBSERVE:
        return healthy.but(update=update(TRUE, Reason.OBSERVING, wish))
    updates = spec.policy.updates if spec.policy is not None else None
    if updates is Updates.PLAN_ONLY:
        return healthy.but(update=update(TRUE, Reason.PLAN_ONLY, wish))
    if spec.suspend:
        return healthy.but(update=update(TRUE, Reason.SUSPENDED, wish))
    minors = situation.observed.minors
    if minors is None or not minors.is_settled:
        message = f"{wish}: waits until all API servers have answered the same minor for the settle time"
        return healthy.but(update=update(TRUE, Reason.WAITING_FOR_CLUSTER_MINOR, message))
    if updates is Updates.MANUAL and not situation.is_approved(plan.hash):
        message = f"{wish}: approve plan {plan.hash} in spec.approvedPlans or by annotation"
        return healthy.but(update=update(TRUE, Reason.WAITING_FOR_APPROVAL, message))
    if edited := _edited_lately(situation):
        left = QUIET_AFTER_AN_EDIT - (situation.now - edited)
        message = (
            f"{wish}: somebody changed {workload.name} or its configuration; the pods must take it over first"
        )
        waiting = update(TRUE, Reason.WAITING_FOR_WORKLOAD, message)
        return healthy.but(update=waiting, requeue_after=min(left, RETRY))
    if workload.unrolled or not workload.is_rolled_out:
        message = f"{wish}: {workload.unrolled or 'pods are not ready'}"
        return healthy.but(update=update(TRUE, Reason.WAITING_FOR_WORKLOAD, message), requeue_after=RETRY)
    return _take_baseline_and_start(situation, plan, healthy, wish)


def _edited_lately(situation: Situation) -> datetime | None:
    """When somebody else's change was recorded, as long as it is too fresh to be compared with."""
    outcome = situation.current.outcome if situation.current is not None else None
    if outcome is None or outcome.reason != Reason.SUPERSEDED:
        return None
    return outcome.at if situation.now - outcome.at < QUIET_AFTER_AN_EDIT else None


def _take_baseline_and_start(situation: Situation, plan: Plan, healthy: Decision, wish: str) -> Decision:
    facts, current = situation.observed.facts, situation.current
    if current is None or situation.observed.minors is None:
        return healthy
    starting = healthy.but(update=update(TRUE, Reason.STARTING, wish))
    replies = situation.observed.replies.get(Purpose.BASELINE)
    if replies is None:
        servers = [
            (Subject.PODS, pod.ip)
            for pod in situation.observed.pods
            if pod.ip is not None and pod.is_ready and not pod.is_deleting
        ]
        servers += [(Subject.SERVICE, service.cluster_ip) for service in facts.services]
        probes = situation.addon.probes(current.content, facts, situation.release.spec.health, servers)
        return starting.but(probe=ProbeRequest(Purpose.BASELINE, probes))
    gates = judge(situation.addon, replies, None)
    if (outcome := worst(gates)) in (Outcome.FAIL, Outcome.UNKNOWN):
        gate = first(gates, outcome)
        message = f"{wish}: gate {gate.name} is {gate.outcome} before the start: {gate.message}"
        waiting = update(TRUE, Reason.WAITING_FOR_WORKLOAD, message)
        return healthy.but(update=waiting, gates=gates, requeue_after=RETRY)
    seed = f"{situation.release.uid}/{situation.next_number}/{plan.hash}/{situation.now.isoformat()}"
    attempt = Attempt(
        id=hashlib.sha256(seed.encode()).hexdigest()[:10],
        previous=current.name,
        plan=plan.hash,
        minor=str(situation.observed.minors.settled),
        started_at=situation.now,
        baseline=take_baseline(situation.addon, replies),
    )
    annotations = {
        ATTEMPT_ANNOTATION: attempt_json(attempt),
        BASELINE_ANNOTATION: current.annotations.get(BASELINE_ANNOTATION, attempt.minor),
    }
    return starting.but(action=RecordRevision(situation.next_number, plan.desired, annotations), gates=gates)


def _wish(situation: Situation, plan: Plan) -> str:
    if plan.desired.version == situation.live.version:
        return f"new configuration for {situation.live.version}"
    return f"{situation.live.version} to {plan.desired.version}"


def _held(situation: Situation, plan: Plan) -> str | None:
    """The quarantine that covers exactly this content, if there is one."""
    return next(
        (
            f"this configuration failed before: {held.message}"
            for held in situation.quarantines
            if (held.version, held.image) == (plan.desired.version, plan.desired.image)
        ),
        None,
    )


def failed_rollback(situation: Situation) -> str | None:
    """The message of a rollback that failed last and that no person has cleared since."""
    finished = [revision for revision in situation.revisions if revision.outcome is not None]
    last = finished[-1].outcome if finished else None
    if last is None or last.result is not Result.ROLLBACK_FAILED or situation.was_reset_since(last.at):
        return None
    return last.message
