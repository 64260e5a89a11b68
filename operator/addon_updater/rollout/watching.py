"""After the switch: new pods come, gates judge them, the soak runs, and the revision is promoted or goes back."""

from __future__ import annotations

from datetime import timedelta

from addon_updater.reasons import Reason
from addon_updater.rollout.actions import (
    DeleteRehearsal,
)
from addon_updater.rollout.asking import ask, await_answer, fails_lastingly, services
from addon_updater.rollout.decision import Decision, ProbeRequest, stalled
from addon_updater.rollout.ending import at_step, decide_to_go_back, end_attempt
from addon_updater.rollout.gate import Gate, Outcome, Subject, first, worst
from addon_updater.rollout.gates import pod_failure
from addon_updater.rollout.going_back import go_back
from addon_updater.rollout.observed import Purpose
from addon_updater.rollout.render import applied_at
from addon_updater.rollout.revision import (
    Attempt,
    Result,
    Revision,
)
from addon_updater.rollout.situation import APPROVE_ANNOTATION, ROLLBACK_ANNOTATION, Situation
from addon_updater.rollout.tasking import backup_of
from addon_updater.rollout.timing import PAUSED_WATCH, SOAK_WATCH, WATCH, is_late
from addon_updater.rollout.workload import Pod


def after_the_switch(
    situation: Situation, target: Revision, attempt: Attempt, previous: Revision, healthy: Decision
) -> Decision:
    if target.decision is not None:
        return go_back(situation, target, attempt, previous, healthy)
    if pod := situation.observed.rehearsal:
        step = at_step(healthy, Reason.PROGRESSING, "the rehearsal is over")
        if not pod.is_deleting:
            return step.but(action=DeleteRehearsal(pod.name, pod.uid))
    if situation.wants_back(attempt):
        message = f"a person asked for {previous.name}, which runs {previous.content.version}"
        return decide_to_go_back(situation, target, healthy, Reason.ROLLBACK_REQUESTED, message)
    if situation.workload.is_paused:
        step = at_step(healthy, Reason.PROGRESSING, f"{situation.workload.name} is paused by a person")
        return step.but(requeue_after=PAUSED_WATCH)
    new = [pod for pod in situation.observed.pods if not pod.is_deleting and pod.runs(situation.live)]
    for pod in new:
        if failure := pod_failure(pod, situation.now):
            return _give_up(situation, target, attempt, previous, healthy, failure=failure)
    if is_late(situation, attempt):
        message = f"the pods of {target.content.version} were not available after {situation.pace.progress_deadline}"
        failure = (Reason.PROGRESS_DEADLINE_EXCEEDED, message)
        return _give_up(situation, target, attempt, previous, healthy, failure=failure)
    if attempt.one_way and situation.workload.replicas == 0:
        # Who restores a backup scales to zero first, and must not lose the words that say which one.
        message = f"{situation.workload.name} is scaled to zero"
        return _restore_needed(situation, target, attempt, previous, healthy, message=message)
    return _watch(situation, target, attempt, previous, new, healthy=healthy)


def _give_up(
    situation: Situation,
    target: Revision,
    attempt: Attempt,
    previous: Revision,
    healthy: Decision,
    *,
    failure: tuple[Reason, str],
) -> Decision:
    """Go back or, when the version before could not read the data any more, leave it to a person.

    An image that no node could pull has written nothing, so that way is always open.
    """
    reason, message = failure
    if not attempt.one_way or (reason is Reason.IMAGE_PULL_FAILED and not _may_have_written(situation)):
        return decide_to_go_back(situation, target, healthy, reason, message)
    if situation.is_waved_through(attempt):
        text = f"a person promoted {target.content.version} although: {message}"
        return end_attempt(situation, target, healthy, Result.PROMOTED, reason=Reason.PROMOTED, message=text)
    return _restore_needed(situation, target, attempt, previous, healthy, message=message)


def _restore_needed(
    situation: Situation,
    target: Revision,
    attempt: Attempt,
    previous: Revision,
    healthy: Decision,
    *,
    message: str,
) -> Decision:
    text = (
        f"{message}. {previous.content.version} cannot read what {target.content.version} has written: restore the "
        f"backup ({backup_of(situation, attempt) or f'attempt {attempt.id}'}), then kubectl addons rollback "
        f"({ROLLBACK_ANNOTATION}={attempt.id}); or keep it: kubectl addons approve ({APPROVE_ANNOTATION}={attempt.id})"
    )
    step = at_step(healthy, Reason.PROGRESSING, message)
    return step.but(stalled=stalled(Reason.RESTORE_NEEDED, text), requeue_after=PAUSED_WATCH)


def _may_have_written(situation: Situation) -> bool:
    """Whether a pod of the new revision has run, even when another one could not."""
    return any(pod.may_have_run for pod in situation.observed.pods if pod.runs(situation.live))


def _watch(
    situation: Situation,
    target: Revision,
    attempt: Attempt,
    previous: Revision,
    new: list[Pod],
    *,
    healthy: Decision,
) -> Decision:
    version = target.content.version
    available = int(situation.workload.status.get("updatedReplicas") or 0)
    step = at_step(
        healthy, Reason.PROGRESSING, f"{available} of {situation.workload.replicas} pods run {version}"
    )
    servers = [(Subject.PODS, pod.ip) for pod in new if pod.is_ready and pod.ip is not None]
    if situation.workload.replicas == 0:
        gate = Gate("workload/pods", Outcome.UNKNOWN, f"{situation.workload.name} is scaled to zero")
        return await_answer(situation, step, (gate,))
    if not servers and not situation.workload.was_rolled_out:
        return step.but(requeue_after=timedelta(seconds=1))
    gates = ask(situation, target, attempt, Purpose.ROLLOUT, [*servers, *services(situation)])
    if isinstance(gates, ProbeRequest):
        return step.but(probe=gates)
    if (outcome := worst(gates)) is Outcome.FAIL and fails_lastingly(situation, target.content):
        message = first(gates, Outcome.FAIL).message
        failure = (Reason.GATE_FAILED, message)
        return _give_up(situation, target, attempt, previous, healthy, failure=failure).but(gates=gates)
    is_excused = any(gate.is_excused for gate in gates)
    if outcome is Outcome.UNKNOWN and situation.is_waved_through(attempt) and not is_excused:
        message = f"a person promoted {version} without an answer: {first(gates, Outcome.UNKNOWN).message}"
        return end_attempt(
            situation, target, healthy, Result.PROMOTED, reason=Reason.PROMOTED, message=message
        ).but(gates=gates)
    if outcome in (Outcome.FAIL, Outcome.UNKNOWN):
        return await_answer(situation, step, gates)
    if missing := _missing_pods(situation, servers):
        return await_answer(situation, step, (*gates, missing))
    done_at = situation.rolled_out_at
    if done_at is None:
        return step.but(gates=gates, requeue_after=WATCH)
    since = max(done_at, applied_at(situation.workload) or done_at)
    left = situation.pace.soak - (situation.now - since)
    if left > timedelta(0):
        soaking = at_step(
            healthy, Reason.SOAKING, f"{version} serves; its gates must pass for the whole soak"
        )
        return soaking.but(gates=gates, requeue_after=min(left, SOAK_WATCH))
    message = f"{situation.addon.name} runs {version}, before it {situation.version_before(target)}"
    return end_attempt(
        situation, target, healthy, Result.PROMOTED, reason=Reason.PROMOTED, message=message
    ).but(gates=gates)


def _missing_pods(situation: Situation, servers: list[tuple[Subject, str]]) -> Gate | None:
    """Pods that were there and are not: scaled, evicted or drained, which says nothing about the version."""
    workload = situation.workload
    if not workload.was_rolled_out or (servers and workload.is_rolled_out):
        return None
    message = f"{len(servers)} of {workload.replicas} pods are ready"
    return Gate("workload/pods", Outcome.UNKNOWN, message)
