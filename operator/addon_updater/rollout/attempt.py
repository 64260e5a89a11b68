"""An attempt in flight: rehearse, switch, watch, promote, or go back once.

Where it stands is read from the workload and the revision's annotations, so a process that starts here after a
crash decides what the one before it would have decided.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from addon_updater.reasons import Reason
from addon_updater.rollout import ownership
from addon_updater.rollout.actions import (
    AnnotateRevision,
    ApplyWorkload,
    CreateRehearsal,
    DeleteRehearsal,
    WriteConfig,
)
from addon_updater.rollout.content import Content
from addon_updater.rollout.decision import (
    Decision,
    EventNote,
    EventType,
    ProbeRequest,
    reconciling,
    shorten,
    stalled,
)
from addon_updater.rollout.gate import Gate, Outcome, Subject, first, worst
from addon_updater.rollout.gates import judge, pod_failure
from addon_updater.rollout.observed import Purpose
from addon_updater.rollout.render import applied_at, rehearsal_name, rehearsal_pod, workload_body
from addon_updater.rollout.revision import (
    DECISION_ANNOTATION,
    OUTCOME_ANNOTATION,
    QUARANTINE_ANNOTATION,
    REVISION_ANNOTATION,
    Attempt,
    Quarantine,
    Result,
    Revision,
    Verdict,
    quarantine_json,
    verdict_json,
)
from addon_updater.rollout.situation import Situation
from addon_updater.rollout.workload import Pod

WATCH = timedelta(seconds=2)
SOAK_WATCH = timedelta(seconds=4)
FAIL_FOR = timedelta(seconds=2)
"""A gate fails the attempt only when it has failed for this long: two rounds, not one unlucky one."""


def drive(situation: Situation, target: Revision, healthy: Decision) -> Decision:
    """The next step of the attempt towards `target`; `healthy` carries what is known besides it."""
    attempt = target.attempt
    previous = situation.by_name(attempt.previous) if attempt is not None else None
    if attempt is None or previous is None:
        return _end(
            situation,
            target,
            healthy,
            Result.SUPERSEDED,
            reason=Reason.SUPERSEDED,
            message="its starting point is gone",
        )
    applied = _was_applied(situation, target)
    if situation.live.switches_like(target.content) and applied:
        return _after_the_switch(situation, target, attempt, previous, healthy)
    undone = target.decision is None and applied
    if situation.live.switches_like(previous.content) and not undone:
        return _before_the_switch(situation, target, attempt, previous, healthy)
    return _superseded(situation, target, healthy)


def _was_applied(situation: Situation, target: Revision) -> bool:
    """Whether our last write to the workload was the switch to this revision."""
    return situation.workload.annotations.get(REVISION_ANNOTATION) == target.name


def _superseded(situation: Situation, target: Revision, healthy: Decision) -> Decision:
    """Somebody else has changed what the attempt is about; what failed, or what they took back, is not repeated."""
    live, wanted = situation.live, target.content
    taken_back = (live.image, live.config and live.config.text) != (
        wanted.image,
        wanted.config and wanted.config.text,
    )
    held = target.decision is not None or (taken_back and _was_applied(situation, target))
    config = target.content.config
    paths = ownership.workload_paths(target.content.container, config.volume if config else None)
    writers = [owner.manager for owner in ownership.owners(situation.workload.managed_fields, paths)]
    who = ", ".join(name for name in writers if name != ownership.MANAGER) or "somebody"
    message = f"{who} changed {situation.workload.name} while the update to {target.content.version} ran"
    return _end(
        situation,
        target,
        healthy,
        Result.SUPERSEDED,
        reason=Reason.SUPERSEDED,
        message=message,
        quarantined=held,
    )


def _before_the_switch(
    situation: Situation, target: Revision, attempt: Attempt, previous: Revision, healthy: Decision
) -> Decision:
    if target.decision is not None:
        return _returned(situation, target, attempt, previous, healthy)
    if changed := _wish_changed(situation, target, attempt, healthy):
        return _end(situation, target, healthy, Result.FAILED, reason=Reason.WISH_CHANGED, message=changed)
    if foreign := foreign_owner(situation, target.content):
        message = f"{foreign} owns fields that the update changes"
        return _end(situation, target, healthy, Result.FAILED, reason=Reason.FOREIGN_OWNER, message=message)
    if action := missing_config(situation, target.content):
        return _step(healthy, Reason.PREPARING, "the configuration is written under a key of its own").but(
            action=action
        )
    return _rehearse(situation, target, attempt, healthy)


def _wish_changed(situation: Situation, target: Revision, attempt: Attempt, healthy: Decision) -> str | None:
    """Why nothing of this attempt may be written any more, while nothing has been."""
    if not situation.may_write:
        return "spec.delivery or spec.policy.updates allow no writing any more"
    minors = situation.observed.minors
    if minors is None or not minors.is_settled or str(minors.settled) != attempt.minor:
        return f"the cluster is no longer settled at Kubernetes {attempt.minor}, for which the plan was made"
    hops = healthy.resolution.hops if healthy.resolution is not None else ()
    wanted = str(hops[0].to) if hops else situation.live.version
    if wanted != target.content.version:
        return f"the next version is {wanted} now, not {target.content.version}"
    config = target.content.config
    if config is not None and config.input_hash != situation.input_hash:
        return f"{config.input_key} of ConfigMap {config.config_map} was edited"
    return None


def missing_config(situation: Situation, content: Content) -> WriteConfig | None:
    """The write that puts the text of a content under its key, when it is not there."""
    config, config_map = content.config, situation.observed.config
    if config is None or config_map is None or config_map.data.get(config.key) == config.text:
        return None
    return WriteConfig(
        config_map.name, config_map.uid, config_map.resource_version, {config.key: config.text}
    )


def foreign_owner(situation: Situation, content: Content) -> str | None:
    """The first continuous owner, not released by the spec, of what the workload write would change."""
    config = content.config
    paths = ownership.workload_paths(content.container, config.volume if config else None)
    released = frozenset(situation.release.spec.released_by or ())
    workload = situation.workload
    mark = ownership.continuous_owner_by_mark(workload.labels, workload.annotations)
    if mark is not None and mark not in released:
        return mark
    return next(
        (
            owner.manager
            for owner in ownership.owners(workload.managed_fields, paths)
            if owner.writer is ownership.Writer.CONTINUOUS and owner.manager not in released
        ),
        None,
    )


def _rehearse(situation: Situation, target: Revision, attempt: Attempt, healthy: Decision) -> Decision:
    version, pod = target.content.version, situation.observed.rehearsal
    step = _step(healthy, Reason.REHEARSING, f"a throw-away pod of {version} must start and answer")
    if pod is not None and pod.name != rehearsal_name(attempt.id) and not pod.is_deleting:
        return step.but(action=DeleteRehearsal(pod.name, pod.uid))
    if pod is None:
        manifest = rehearsal_pod(
            situation.workload,
            release=situation.release.name,
            release_uid=situation.release.uid,
            content=target.content,
            attempt=attempt.id,
        )
        return step.but(action=CreateRehearsal(manifest))
    if pod.is_deleting:
        return step.but(requeue_after=WATCH)
    if failure := pod_failure(pod, situation.now):
        return _fail_unswitched(situation, target, healthy, *failure)
    if not pod.is_ready or pod.ip is None:
        if situation.now - pod.created_at > situation.pace.progress_deadline:
            message = f"pod {pod.name} was not ready after {situation.pace.progress_deadline}"
            return _fail_unswitched(situation, target, healthy, Reason.REHEARSAL_FAILED, message)
        return step.but(requeue_after=timedelta(seconds=1))
    gates = _ask(situation, target, attempt, Purpose.REHEARSAL, [(Subject.REHEARSAL, pod.ip)])
    if isinstance(gates, ProbeRequest):
        return step.but(probe=gates)
    if (outcome := worst(gates)) is Outcome.FAIL and _lasts(situation):
        message = first(gates, Outcome.FAIL).message
        return _fail_unswitched(situation, target, healthy, Reason.REHEARSAL_FAILED, message)
    if outcome in (Outcome.FAIL, Outcome.UNKNOWN):
        return _await_answer(situation, step, gates)
    body = workload_body(
        situation.workload,
        release=situation.release.name,
        content=target.content,
        revision=target.name,
        attempt=attempt.id,
        now=situation.now,
    )
    return _step(healthy, Reason.APPLYING, f"image and configuration of {version}").but(
        action=ApplyWorkload(body), gates=gates
    )


def _after_the_switch(
    situation: Situation, target: Revision, attempt: Attempt, previous: Revision, healthy: Decision
) -> Decision:
    if target.decision is not None:
        return _go_back(situation, target, attempt, previous, healthy)
    if pod := situation.observed.rehearsal:
        step = _step(healthy, Reason.PROGRESSING, "the rehearsal is over")
        if not pod.is_deleting:
            return step.but(action=DeleteRehearsal(pod.name, pod.uid))
    new = [pod for pod in situation.observed.pods if not pod.is_deleting and pod.runs(situation.live)]
    for pod in new:
        if failure := pod_failure(pod, situation.now):
            return _decide_to_go_back(situation, target, healthy, *failure)
    if _is_late(situation, attempt):
        message = f"the pods of {target.content.version} were not available after {situation.pace.progress_deadline}"
        return _decide_to_go_back(situation, target, healthy, Reason.PROGRESS_DEADLINE_EXCEEDED, message)
    return _watch(situation, target, attempt, new, healthy)


def _watch(
    situation: Situation, target: Revision, attempt: Attempt, new: list[Pod], healthy: Decision
) -> Decision:
    version = target.content.version
    available = int(situation.workload.status.get("updatedReplicas") or 0)
    step = _step(
        healthy, Reason.PROGRESSING, f"{available} of {situation.workload.replicas} pods run {version}"
    )
    servers = [(Subject.PODS, pod.ip) for pod in new if pod.is_ready and pod.ip is not None]
    if situation.workload.replicas == 0:
        gate = Gate("workload/pods", Outcome.UNKNOWN, f"{situation.workload.name} is scaled to zero")
        return _await_answer(situation, step, (gate,))
    if not servers and not situation.workload.was_rolled_out:
        return step.but(requeue_after=timedelta(seconds=1))
    gates = _ask(situation, target, attempt, Purpose.ROLLOUT, [*servers, *_services(situation)])
    if isinstance(gates, ProbeRequest):
        return step.but(probe=gates)
    if (outcome := worst(gates)) is Outcome.FAIL and _lasts(situation):
        message = first(gates, Outcome.FAIL).message
        return _decide_to_go_back(situation, target, healthy, Reason.GATE_FAILED, message).but(gates=gates)
    if outcome in (Outcome.FAIL, Outcome.UNKNOWN):
        return _await_answer(situation, step, gates)
    if missing := _missing_pods(situation, servers):
        return _await_answer(situation, step, (*gates, missing))
    done_at = situation.workload.rolled_out_at
    if done_at is None:
        return step.but(gates=gates, requeue_after=WATCH)
    since = max(done_at, applied_at(situation.workload) or done_at)
    left = situation.pace.soak - (situation.now - since)
    if left > timedelta(0):
        soaking = _step(healthy, Reason.SOAKING, f"{version} serves; its gates must pass for the whole soak")
        return soaking.but(gates=gates, requeue_after=min(left, SOAK_WATCH))
    message = f"{situation.addon.name} runs {version}, before it {situation.version_before(target)}"
    return _end(situation, target, healthy, Result.PROMOTED, reason=Reason.PROMOTED, message=message).but(
        gates=gates
    )


def _missing_pods(situation: Situation, servers: list[tuple[Subject, str]]) -> Gate | None:
    """Pods that were there and are not: scaled, evicted or drained, which says nothing about the version."""
    workload = situation.workload
    if not workload.was_rolled_out or (servers and workload.is_rolled_out):
        return None
    message = f"{len(servers)} of {workload.replicas} pods are ready"
    return Gate("workload/pods", Outcome.UNKNOWN, message)


def _go_back(
    situation: Situation, target: Revision, attempt: Attempt, previous: Revision, healthy: Decision
) -> Decision:
    """Put the previous revision back: its text first, should somebody have removed it, then the workload."""
    step = _step(healthy, Reason.ROLLING_BACK, target.decision.message if target.decision else "")
    content = _beside_the_input(situation, previous.content)
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


def _returned(
    situation: Situation, target: Revision, attempt: Attempt, previous: Revision, healthy: Decision
) -> Decision:
    """The previous revision is back in the workload; it must serve again."""
    decision = target.decision
    step = _step(healthy, Reason.ROLLING_BACK, f"{previous.content.version} is back and must serve again")
    if situation.workload.rolled_out_at is None or decision is None:
        if _has_had_its_time(situation, attempt):
            message = f"{previous.content.version} was put back and is not available"
            return _end(
                situation,
                target,
                healthy,
                Result.ROLLBACK_FAILED,
                reason=Reason.ROLLBACK_FAILED,
                message=message,
            )
        return step.but(requeue_after=timedelta(seconds=1))
    servers = [
        (Subject.PODS, pod.ip)
        for pod in situation.observed.pods
        if not pod.is_deleting and pod.is_ready and pod.ip is not None and pod.runs(situation.live)
    ]
    gates = _ask(situation, previous, attempt, Purpose.ROLLOUT, [*servers, *_services(situation)])
    if isinstance(gates, ProbeRequest):
        return step.but(probe=gates)
    if (outcome := worst(gates)) is Outcome.FAIL and _has_had_its_time(situation, attempt):
        message = first(gates, Outcome.FAIL).message
        return _end(
            situation, target, healthy, Result.ROLLBACK_FAILED, reason=Reason.ROLLBACK_FAILED, message=message
        )
    if outcome in (Outcome.FAIL, Outcome.UNKNOWN):
        return _await_answer(situation, step, gates)
    message = (
        f"{target.content.version} failed and {previous.content.version} serves again: {decision.message}"
    )
    end = _end(situation, target, healthy, Result.ROLLED_BACK, reason=decision.reason, message=message)
    return end.but(gates=gates)


def _ask(
    situation: Situation,
    revision: Revision,
    attempt: Attempt,
    purpose: Purpose,
    servers: list[tuple[Subject, str]],
) -> tuple[Gate, ...] | ProbeRequest:
    """The gates of this round, or the request for the probes that they need."""
    replies = situation.observed.replies.get(purpose)
    if replies is None:
        probes = situation.addon.probes(
            revision.content, situation.observed.facts, situation.release.spec.health, servers
        )
        return ProbeRequest(purpose, probes)
    return judge(situation.addon, replies, attempt.baseline)


def _services(situation: Situation) -> list[tuple[Subject, str]]:
    return [(Subject.SERVICE, service.cluster_ip) for service in situation.observed.facts.services]


def _lasts(situation: Situation) -> bool:
    since = situation.observed.memory.failing_since
    return since is not None and situation.now - since >= FAIL_FOR


def _is_late(situation: Situation, attempt: Attempt) -> bool:
    """Whether the new template has never been complete, and should have been by now."""
    return not situation.workload.was_rolled_out and _has_had_its_time(situation, attempt)


def _has_had_its_time(situation: Situation, attempt: Attempt) -> bool:
    since = applied_at(situation.workload) or attempt.started_at
    return situation.now - since > situation.pace.progress_deadline


def _await_answer(situation: Situation, step: Decision, gates: tuple[Gate, ...]) -> Decision:
    """A gate fails for the first time or cannot answer: look again, and call a person when that lasts."""
    waiting = step.but(gates=gates, requeue_after=FAIL_FOR)
    since = situation.observed.memory.unknown_since
    if since is None or situation.now - since <= situation.pace.unknown_deadline:
        return waiting
    unanswered = first(gates, Outcome.UNKNOWN) if worst(gates) is Outcome.UNKNOWN else gates[0]
    message = f"gate {unanswered.name} has had no answer for {situation.pace.unknown_deadline}: {unanswered.message}"
    return waiting.but(stalled=stalled(Reason.GATE_UNKNOWN, message), requeue_after=timedelta(seconds=30))


def _step(healthy: Decision, reason: Reason, message: str) -> Decision:
    return healthy.but(reconciling=reconciling(reason, message))


def _decide_to_go_back(
    situation: Situation, target: Revision, healthy: Decision, reason: Reason, message: str
) -> Decision:
    """Write the decision before acting on it, so that a crash in between cannot change it."""
    verdict = Verdict(reason.value, shorten(message), situation.now)
    action = AnnotateRevision(
        target.name, target.resource_version, {DECISION_ANNOTATION: verdict_json(verdict)}
    )
    return _step(healthy, Reason.ROLLING_BACK, message).but(action=action)


def _fail_unswitched(
    situation: Situation, target: Revision, healthy: Decision, reason: Reason, message: str
) -> Decision:
    """The attempt ends before the workload was touched; the version is quarantined all the same."""
    return _end(
        situation, target, healthy, Result.FAILED, reason=reason, message=message, quarantined=True
    ).but(gates=())


def _end(
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
