"""Everything that can hold a start, and the start itself: baseline, then the intent."""

from __future__ import annotations

import hashlib

from addon_updater.api.meta import format_duration
from addon_updater.reasons import Reason
from addon_updater.rollout.actions import (
    RecordRevision,
)
from addon_updater.rollout.breaking import baseline_annotations
from addon_updater.rollout.checks import written_checks
from addon_updater.rollout.clearance import jitter_left
from addon_updater.rollout.decision import (
    TRUE,
    Decision,
    ProbeRequest,
    update,
)
from addon_updater.rollout.flaws import named
from addon_updater.rollout.gate import Outcome, Subject, first, worst
from addon_updater.rollout.gates import judge, take_baseline
from addon_updater.rollout.holding import RETRY, hold
from addon_updater.rollout.observed import Purpose
from addon_updater.rollout.plan import Plan
from addon_updater.rollout.revision import (
    ATTEMPT_ANNOTATION,
    Attempt,
    Result,
    attempt_json,
)
from addon_updater.rollout.situation import Situation


def start(situation: Situation, plan: Plan, healthy: Decision) -> Decision:
    """Start the planned hop, or say what holds it."""
    wish = _wish(situation, plan)
    if (held := hold(situation, plan, healthy.rulings[0])) is not None:
        return healthy.but(
            update=update(TRUE, held.reason, f"{wish}: {held.message}"), requeue_after=held.lasts
        )
    if (left := jitter_left(situation, plan)) is not None:
        message = f"{wish}: starts in {format_duration(left)}, drawn from spec.rollout.startJitter"
        waiting = update(TRUE, Reason.STARTING, message)
        return healthy.but(update=waiting, startable=True, requeue_after=left)
    return _take_baseline_and_start(situation, plan, healthy.but(startable=True), wish)


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
        health = situation.release.spec.health
        probes = situation.addon.probes(current.content, facts, health, servers, situation.workload)
        return starting.but(probe=ProbeRequest(Purpose.BASELINE, (*probes, *written_checks(health))))
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
        one_way=bool(plan.hops) and not plan.hops[0].reversible,
        workload=situation.workload.uid,
    )
    annotations = {
        ATTEMPT_ANNOTATION: attempt_json(attempt),
        **baseline_annotations(situation, attempt.minor),
    }
    return starting.but(action=RecordRevision(situation.next_number, plan.desired, annotations), gates=gates)


def _wish(situation: Situation, plan: Plan) -> str:
    if plan.desired.version == situation.live.version:
        return f"new configuration for {situation.live.version}"
    way = f"{situation.live.version} to {plan.desired.version}"
    return f"{way}, which ends {named(plan.closes)}" if plan.closes else way


def failed_rollback(situation: Situation) -> str | None:
    """The message of a rollback that failed last and that no person has cleared since."""
    finished = [revision for revision in situation.revisions if revision.outcome is not None]
    last = finished[-1].outcome if finished else None
    if last is None or last.result is not Result.ROLLBACK_FAILED or situation.was_reset_since(last.at):
        return None
    return last.message
