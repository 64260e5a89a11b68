"""The way back: the previous revision is put back once, and must serve again."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

from addon_updater.reasons import Reason
from addon_updater.rollout.actions import ApplyWorkload, DeleteStuckPod
from addon_updater.rollout.asking import ask, await_answer, services
from addon_updater.rollout.content import Content
from addon_updater.rollout.decision import (
    Decision,
    ProbeRequest,
    stalled,
)
from addon_updater.rollout.ending import at_step, end_attempt
from addon_updater.rollout.gate import Gate, Outcome, Subject, first, worst
from addon_updater.rollout.observed import Purpose
from addon_updater.rollout.preconditions import foreign_owner, missing_config
from addon_updater.rollout.render import workload_body
from addon_updater.rollout.revision import (
    Attempt,
    Result,
    Revision,
)
from addon_updater.rollout.situation import Situation
from addon_updater.rollout.tasking import backup_of
from addon_updater.rollout.timing import PAUSED_WATCH, has_had_its_time
from addon_updater.rollout.workload import Pod


def go_back(
    situation: Situation, target: Revision, attempt: Attempt, previous: Revision, healthy: Decision
) -> Decision:
    """Put the previous revision back: its text first, should somebody have removed it, then the workload."""
    step = at_step(healthy, Reason.ROLLING_BACK, target.decision.message if target.decision else "")
    content = _beside_the_input(situation, previous.content)
    if foreign := foreign_owner(situation, content):
        message = (
            f"{foreign} owns the image, args, volumes or strategy of {situation.workload.name} since the update, and "
            f"would undo the way back: let it deliver {previous.content.version}, or name it in spec.releasedBy once it "
            f"has released them. {target.decision.message if target.decision else ''}"
        )
        return step.but(
            stalled=stalled(Reason.FOREIGN_OWNER, message), owners=(foreign,), requeue_after=PAUSED_WATCH
        )
    if action := missing_config(situation, content):
        return step.but(action=action)
    body = workload_body(
        situation.workload,
        release=situation.release.name,
        content=content,
        revision=previous.name,
        attempt=attempt.id,
        now=situation.now,
    )
    return step.but(action=ApplyWorkload(body))


def _beside_the_input(situation: Situation, content: Content) -> Content:
    """The same content, under a key of its own when people have written theirs anew meanwhile."""
    config, config_map = content.config, situation.observed.config
    if config is None or config_map is None or config.is_own_key or not config.items:
        return content
    if config_map.data.get(config.key, config.text) == config.text:
        return content
    return replace(content, config=config.with_text(config.text))


def _stuck_pod(situation: Situation, target: Revision) -> Pod | None:
    """A pod of the failed content that a StatefulSet's controller keeps waiting for.

    With podManagementPolicy OrderedReady since ever; with Parallel since Kubernetes 1.35, where a broken pod counts
    against maxUnavailable and so holds up its own replacement.
    Sources: https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#forced-rollback and
    https://github.com/prometheus-operator/prometheus-operator/issues/8205
    """
    workload = situation.workload
    if not workload.is_stateful_set:
        return None
    # A selector may cover pods of others as well; only the controller of this workload gives such names.
    own = re.compile(rf"{re.escape(workload.name)}-[0-9]+")
    return next(
        (
            pod
            for pod in situation.observed.pods
            if own.fullmatch(pod.name)
            and not pod.is_deleting
            and not pod.is_ready
            and pod.runs(target.content)
            and not pod.runs(situation.live)
        ),
        None,
    )


def _should_serve(situation: Situation, attempt: Attempt) -> bool:
    """Whether what was put back has had its time, counted from when it could begin: a person may have scaled up late."""
    if not has_had_its_time(situation, attempt):
        return False
    begun = [
        pod.created_at for pod in situation.observed.pods if not pod.is_deleting and pod.runs(situation.live)
    ]
    since = min(begun, default=situation.observed.memory.unknown_since)
    return since is not None and situation.now - since > situation.pace.progress_deadline


def returned(
    situation: Situation, target: Revision, attempt: Attempt, previous: Revision, healthy: Decision
) -> Decision:
    """The previous revision is back in the workload; it must serve again."""
    step = at_step(healthy, Reason.ROLLING_BACK, f"{previous.content.version} is back and must serve again")
    if situation.workload.is_paused:
        return step.but(requeue_after=PAUSED_WATCH)
    if stuck := _stuck_pod(situation, target):
        return step.but(action=DeleteStuckPod(stuck.name, stuck.uid))
    if situation.workload.replicas == 0:
        waits = at_step(
            healthy, Reason.ROLLING_BACK, f"{previous.content.version} is back and scaled to zero"
        )
        return waits.but(requeue_after=PAUSED_WATCH)
    if situation.rolled_out_at is None:
        if _should_serve(situation, attempt):
            message = f"{previous.content.version} was put back and is not available"
            return end_attempt(
                situation,
                target,
                healthy,
                Result.ROLLBACK_FAILED,
                reason=Reason.ROLLBACK_FAILED,
                message=message,
            )
        missing = Gate(
            "workload/pods", Outcome.UNKNOWN, f"the pods of {previous.content.version} are not available"
        )
        return step.but(gates=(missing,), requeue_after=timedelta(seconds=1))
    servers = [
        (Subject.PODS, pod.ip)
        for pod in situation.observed.pods
        if not pod.is_deleting and pod.is_ready and pod.ip is not None and pod.runs(situation.live)
    ]
    gates = ask(situation, previous, attempt, Purpose.ROLLOUT, [*servers, *services(situation)])
    if isinstance(gates, ProbeRequest):
        return step.but(probe=gates)
    return _judge(situation, target, attempt, previous, step, gates=gates)


def _judge(
    situation: Situation,
    target: Revision,
    attempt: Attempt,
    previous: Revision,
    step: Decision,
    *,
    gates: tuple[Gate, ...],
) -> Decision:
    """The end of the way back by what its gates say, or another look at them."""
    if (outcome := worst(gates)) is Outcome.FAIL and _should_serve(situation, attempt):
        message = first(gates, Outcome.FAIL).message
        if backup := backup_of(situation, attempt):
            message = f"{message}. What {target.content.version} did to the data may be why: {backup}"
        return end_attempt(
            situation, target, step, Result.ROLLBACK_FAILED, reason=Reason.ROLLBACK_FAILED, message=message
        )
    serves = "serves again"
    if outcome is Outcome.UNKNOWN and situation.is_let_be(attempt):
        serves = f"is back, by the word of a person although {first(gates, Outcome.UNKNOWN).message}"
    elif outcome in (Outcome.FAIL, Outcome.UNKNOWN):
        return await_answer(situation, step, gates)
    reason, why = (target.decision.reason, target.decision.message) if target.decision else ("", "")
    message = f"{target.content.version} failed and {previous.content.version} {serves}: {why}"
    end = end_attempt(situation, target, step, Result.ROLLED_BACK, reason=reason, message=message)
    return end.but(gates=gates)
