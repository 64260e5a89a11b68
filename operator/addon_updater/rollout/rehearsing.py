"""Before the switch: nothing of the workload has been written, and everything can still be called off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from addon_updater.reasons import Reason
from addon_updater.rollout.actions import ApplyWorkload, CreateRehearsal, DeleteRehearsal, SetRecreate
from addon_updater.rollout.addon import Stage
from addon_updater.rollout.asking import ask, await_answer, fails_lastingly
from addon_updater.rollout.content import Content
from addon_updater.rollout.decision import (
    Decision,
    ProbeRequest,
)
from addon_updater.rollout.ending import at_step, end_attempt, fail_unswitched
from addon_updater.rollout.gate import Gate, Outcome, Reply, Subject, first, worst
from addon_updater.rollout.gates import pod_failure, was_put_out
from addon_updater.rollout.going_back import returned
from addon_updater.rollout.observed import Purpose
from addon_updater.rollout.preconditions import foreign_owner, missing_config, must_recreate
from addon_updater.rollout.render import (
    REHEARSAL_LABEL,
    lasting_volumes,
    rehearsal_name,
    rehearsal_pod,
    secrets_of,
    workload_body,
)
from addon_updater.rollout.revision import (
    Attempt,
    Result,
    Revision,
)
from addon_updater.rollout.situation import Situation
from addon_updater.rollout.tasking import has_begun, run_tasks
from addon_updater.rollout.timing import WATCH, has_been_watched
from addon_updater.rollout.workload import Pod

PUT_OUT_FOR = timedelta(seconds=30)
"""How old a throw-away pod gets at least that its node has put out, before another one is tried."""


def before_the_switch(
    situation: Situation, target: Revision, attempt: Attempt, previous: Revision, healthy: Decision
) -> Decision:
    if target.decision is not None:
        return returned(situation, target, attempt, previous, healthy)
    if situation.wants_back(attempt):
        message = f"a person called the update to {target.content.version} off"
        return fail_unswitched(situation, target, healthy, Reason.ROLLBACK_REQUESTED, message)
    if changed := _wish_changed(situation, target, attempt, healthy):
        return end_attempt(
            situation, target, healthy, Result.FAILED, reason=Reason.WISH_CHANGED, message=changed
        )
    if foreign := foreign_owner(situation, target.content):
        message = f"{foreign} owns fields that the update changes"
        return end_attempt(
            situation, target, healthy, Result.FAILED, reason=Reason.FOREIGN_OWNER, message=message
        )
    if action := missing_config(situation, target.content):
        return at_step(healthy, Reason.PREPARING, "the configuration is written under a key of its own").but(
            action=action
        )
    if checking := run_tasks(situation, target, attempt, previous, healthy, stage=Stage.CHECK):
        return checking
    # A backup may take longer than a throw-away pod lives, and begins only after the rehearsal has passed.
    keeps = has_begun(situation, target, attempt, previous, stage=Stage.BACKUP)
    if not keeps and (rehearsing := _rehearse(situation, target, attempt, healthy)):
        return rehearsing
    if keeping := run_tasks(situation, target, attempt, previous, healthy, stage=Stage.BACKUP):
        return keeping
    return _switch(situation, target, attempt, healthy)


def _switch(situation: Situation, target: Revision, attempt: Attempt, healthy: Decision) -> Decision:
    """The strategy first, when it has to change; then everything that the revision governs, in one write."""
    workload, content = situation.workload, target.content
    step = at_step(healthy, Reason.APPLYING, f"image and configuration of {content.version}")
    if must_recreate(situation, content):
        return step.but(action=SetRecreate(workload.uid, workload.resource_version))
    body = workload_body(
        workload,
        release=situation.release.name,
        content=content,
        revision=target.name,
        attempt=attempt.id,
        now=situation.now,
    )
    return step.but(action=ApplyWorkload(body))


def _wish_changed(situation: Situation, target: Revision, attempt: Attempt, healthy: Decision) -> str | None:
    """Why nothing of this attempt may be written any more, while nothing has been."""
    if not situation.may_write:
        return "spec.delivery or spec.policy.updates allow no writing any more"
    minors = situation.observed.minors
    if minors is None or not minors.is_settled or str(minors.settled) != attempt.minor:
        why = f": {minors.way_back}" if minors is not None and minors.way_back is not None else ""
        return f"the cluster is no longer settled at Kubernetes {attempt.minor}, for which the plan was made{why}"
    if target.content.version not in healthy.next_versions:
        wanted = ", ".join(sorted(healthy.next_versions)) or situation.live.version
        return f"the next version is {wanted} now, not {target.content.version}"
    config = target.content.config
    if config is not None and config.input_hash != situation.input_hash:
        return f"{config.input_key} of ConfigMap {config.config_map} was edited"
    return None


def unrehearsable(situation: Situation, desired: Content) -> str | None:
    """Why no throw-away pod is started for that content; None when one is."""
    pods = situation.workload.template["spec"]
    if secrets := secrets_of(pods):
        return f"the pods read Secret {', '.join(secrets)}, which no throw-away pod may"
    if volumes := lasting_volumes(pods):
        return f"the pods mount {', '.join(volumes)}, which no throw-away pod may share with them"
    return situation.addon.no_rehearsal(situation.workload, desired)


def _rehearse(situation: Situation, target: Revision, attempt: Attempt, healthy: Decision) -> Decision | None:
    """The next step of the rehearsal; None when it is over or cannot be had."""
    version, pod = target.content.version, situation.observed.rehearsal
    if unrehearsable(situation, target.content) is not None:
        return None
    step = at_step(healthy, Reason.REHEARSING, f"a throw-away pod of {version} must start and answer")
    if pod is not None and pod.name != rehearsal_name(attempt.id) and not pod.is_deleting:
        return step.but(action=DeleteRehearsal(pod.name, pod.uid))
    if pod is None:
        manifest = rehearsal_pod(
            situation.workload,
            release=situation.release.name,
            release_uid=situation.release.uid,
            content=target.content,
            attempt=attempt.id,
            lifetime=situation.pace.rehearsal_lifetime,
        )
        return step.but(action=CreateRehearsal(manifest))
    if pod.is_deleting:
        return step.but(requeue_after=WATCH)
    return _judge_rehearsal(situation, target, attempt, pod, step)


def _judge_rehearsal(
    situation: Situation, target: Revision, attempt: Attempt, pod: Pod, step: Decision
) -> Decision | None:
    """What the throw-away pod shows; None when it serves as the old ones do."""
    if pod.outlived_its_deadline:
        return _ended_by_its_deadline(situation, target, pod, step)
    if was_put_out(pod):
        left = PUT_OUT_FOR - (situation.now - pod.created_at)
        again = step.but(action=DeleteRehearsal(pod.name, pod.uid))
        return step.but(requeue_after=left) if left > timedelta(0) else again
    if failure := pod_failure(pod, situation.now):
        return fail_unswitched(situation, target, step, *failure)
    if not pod.is_ready or pod.ip is None:
        # One that was ready and answered nothing may be older than the deadline when it stumbles.
        if has_been_watched(situation, since=pod.unready_since or pod.created_at):
            message = f"pod {pod.name} was not ready after {situation.pace.progress_deadline}"
            return fail_unswitched(situation, target, step, Reason.REHEARSAL_FAILED, message)
        return step.but(requeue_after=timedelta(seconds=1))
    gates = ask(situation, target, attempt, Purpose.REHEARSAL, [(Subject.REHEARSAL, pod.ip)])
    if isinstance(gates, ProbeRequest):
        return step.but(probe=gates)
    gates = unless_cut_off(gates, situation.observed.replies[Purpose.REHEARSAL], pod)
    if (outcome := worst(gates)) is Outcome.FAIL and fails_lastingly(situation, target.content):
        message = first(gates, Outcome.FAIL).message
        return fail_unswitched(situation, target, step, Reason.REHEARSAL_FAILED, message)
    if outcome is Outcome.UNKNOWN and situation.is_waved_through(attempt):
        return None
    if outcome in (Outcome.FAIL, Outcome.UNKNOWN):
        return await_answer(situation, step, gates)
    return None


def _ended_by_its_deadline(situation: Situation, target: Revision, pod: Pod, step: Decision) -> Decision:
    """Who was ready until then may have done nothing wrong; who was not never came to be within the progress deadline."""
    if pod.served_to_its_deadline or situation.observed.memory.unknown_since is not None:
        message = f"pod {pod.name} ended by its deadline before its gates had an answer that counts"
        return end_attempt(
            situation, target, step, Result.FAILED, reason=Reason.REHEARSAL_FAILED, message=message
        )
    message = f"pod {pod.name} was not ready after {situation.pace.progress_deadline}, nor when its deadline ended it"
    return fail_unswitched(situation, target, step, Reason.REHEARSAL_FAILED, message)


def unless_cut_off(gates: tuple[Gate, ...], replies: Sequence[Reply], pod: Pod) -> tuple[Gate, ...]:
    """The gates, with no verdict on a pod that kubelet finds ready and of which nothing at all is heard.

    It has none of the workload's labels, so a NetworkPolicy that lets those through by name keeps everybody from it.
    """
    if not replies or not all(reply.is_silence for reply in replies):
        return gates
    remedy = (
        f"pod {pod.name} is ready and answers no question at all, as one that is cut off does: let the operator reach "
        f"the pods with the label {REHEARSAL_LABEL} through every NetworkPolicy"
    )
    return tuple(
        replace(gate, outcome=Outcome.UNKNOWN, message=f"{gate.message}; {remedy}")
        if gate.outcome in (Outcome.FAIL, Outcome.UNKNOWN)
        else gate
        for gate in gates
    )
