"""No attempt is running: adopt what is there, keep house, plan, and start when everything allows it."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from addon_updater.api.release import Delivery, Updates
from addon_updater.reasons import Reason
from addon_updater.rollout import ownership
from addon_updater.rollout.actions import (
    ClaimWorkload,
    DeleteRehearsal,
    DeleteRevision,
    RecordRevision,
    WriteConfig,
)
from addon_updater.rollout.attempt import foreign_owner
from addon_updater.rollout.decision import (
    FALSE,
    TRUE,
    UNKNOWN,
    Decision,
    ProbeRequest,
    shorten,
    stalled,
    update,
)
from addon_updater.rollout.gate import Outcome, Subject, first, worst
from addon_updater.rollout.gates import judge, take_baseline
from addon_updater.rollout.observed import Purpose
from addon_updater.rollout.plan import Plan
from addon_updater.rollout.revision import (
    ATTEMPT_ANNOTATION,
    BASELINE_ANNOTATION,
    KEEP,
    OUTCOME_ANNOTATION,
    QUARANTINE_ANNOTATION,
    Attempt,
    Quarantine,
    Result,
    Revision,
    Verdict,
    attempt_json,
    quarantine_json,
    verdict_json,
)
from addon_updater.rollout.situation import Situation
from addon_updater.rollout.workload import ConfigMap

RETRY = timedelta(seconds=30)
QUIET_AFTER_AN_EDIT = timedelta(minutes=3)
"""Kubelet and the reload plugin need up to two minutes until the pods run what a person wrote; only then they
tell a baseline. The third is for the person, who may not be done."""
_REVISION_LIMIT = 900 * 1024


def rest(situation: Situation, plan: Plan | None, healthy: Decision) -> Decision:
    """The next step while no attempt runs. `healthy` says how the installed version stands."""
    if reverted := _reverted_by(situation):
        message = (
            f"{reverted} undid the update of {situation.workload.name}; it is not repeated. Let it deliver the "
            f"version itself, or name it in spec.releasedBy once it has released image, args and volumes"
        )
        return healthy.but(stalled=stalled(Reason.REVERTED_BY_OTHER, message), owners=(reverted,))
    foreign = foreign_owner(situation, situation.live)
    if situation.may_write and foreign is None:
        if situation.current is None:
            return _adopt(situation, healthy)
        if situation.workload.claimed_by != situation.release.name:
            workload = situation.workload
            action = ClaimWorkload(workload.uid, workload.resource_version, situation.release.name)
            return healthy.but(action=action)
        if chore := _keep_house(situation, situation.current):
            return healthy.but(action=chore)
    if situation.may_write and (failed := _failed_rollback(situation)):
        return healthy.but(stalled=stalled(Reason.ROLLBACK_FAILED, failed))
    if plan is None:
        return healthy
    if foreign is not None and situation.may_write:
        message = (
            f"{foreign} owns the image, args or volumes of {situation.workload.name} and would undo an update. "
            f"Set spec.delivery: Observe, or name it in spec.releasedBy once it has released these fields"
        )
        return healthy.but(
            update=update(TRUE, Reason.BLOCKED, message),
            stalled=stalled(Reason.FOREIGN_OWNER, message),
            owners=(foreign,),
        )
    return _start(situation, plan, healthy)


def _reverted_by(situation: Situation) -> str | None:
    """The continuous owner that undid our update, promoted or still running, if that is what happened."""
    latest = situation.latest_serving
    promoted = latest is not None and latest.attempt is not None and situation.current is None
    if not promoted and not _was_undone_midway(situation, latest):
        return None
    return foreign_owner(situation, situation.live)


def _was_undone_midway(situation: Situation, latest: Revision | None) -> bool:
    """Whether somebody else ended the newest attempt, and what it led to is held back since."""
    return latest is not None and any(
        revision.outcome is not None
        and revision.outcome.result is Result.SUPERSEDED
        and revision.number > latest.number
        and revision.quarantine in situation.quarantines
        for revision in situation.revisions
    )


def _adopt(situation: Situation, healthy: Decision) -> Decision:
    """Record the live state. After an update of ours it is what a person put back: their word holds."""
    live, latest = situation.live, situation.latest_serving
    if len(str(live.to_json()).encode()) > _REVISION_LIMIT:
        message = (
            "the configuration is larger than 900 KiB and could not be put back; split it before updating"
        )
        return healthy.but(stalled=stalled(Reason.REVISION_TOO_LARGE, message))
    settled = situation.settled
    if settled is None:
        message = (
            "the state is recorded once all API servers have answered the same minor for the settle time"
        )
        return healthy.but(update=update(UNKNOWN, Reason.WAITING_FOR_CLUSTER_MINOR, message))
    superseded = latest is not None and latest.content.version != live.version
    reason = Reason.SUPERSEDED if latest is not None else Reason.ADOPTED
    message = f"recorded as found: {live.version}"
    annotations = {BASELINE_ANNOTATION: settled}
    if latest is not None:
        annotations[BASELINE_ANNOTATION] = latest.annotations.get(BASELINE_ANNOTATION, settled)
        what = f"from {latest.content.version} to {live.version}" if superseded else "and kept the version"
        message = f"{_writers(situation)} changed {situation.workload.name} or its configuration {what}"
    if superseded and latest is not None:
        held = Quarantine(
            version=latest.content.version,
            image=latest.content.image,
            input_hash=situation.input_hash,
            minor=settled,
            reason=Reason.SUPERSEDED.value,
            message=shorten(message, 512),
            at=situation.now,
        )
        annotations[QUARANTINE_ANNOTATION] = quarantine_json(held)
    verdict = Verdict(reason.value, message, situation.now, Result.ADOPTED)
    annotations[OUTCOME_ANNOTATION] = verdict_json(verdict)
    return healthy.but(action=RecordRevision(situation.next_number, live, annotations))


def _writers(situation: Situation) -> str:
    config = situation.live.config
    paths = ownership.workload_paths(situation.live.container, config.volume if config else None)
    names = [owner.manager for owner in ownership.owners(situation.workload.managed_fields, paths)]
    return ", ".join(name for name in names if name != ownership.MANAGER) or "somebody"


def _keep_house(
    situation: Situation, current: Revision
) -> WriteConfig | DeleteRehearsal | DeleteRevision | None:
    """What is left to tidy: the people's key brought up to date, keys and revisions nobody needs."""
    pod = situation.observed.rehearsal
    if pod is not None and not pod.is_deleting:
        return DeleteRehearsal(pod.name, pod.uid)
    if not situation.workload.is_rolled_out:
        return None
    if write := _tidy_config(situation, current):
        return write
    return _oldest_forgettable(situation, current)


def _tidy_config(situation: Situation, current: Revision) -> WriteConfig | None:
    config, config_map = current.content.config, situation.observed.config
    if config is None or config_map is None:
        return None
    changes: dict[str, str | None] = {}
    texts = [
        revision.content.config for revision in situation.revisions if revision.content.config is not None
    ]
    own = {text.with_text(text.text).key for text in texts}
    mounted = {item.key for item in situation.live.config.items} if situation.live.config else set()
    changes |= {key: None for key in sorted(own - mounted) if key in config_map.data}
    if _lags(situation, current, config_map):
        changes[config.input_key] = config.text
    if not changes:
        return None
    return WriteConfig(config_map.name, config_map.uid, config_map.resource_version, changes)


def _lags(situation: Situation, current: Revision, config_map: ConfigMap) -> bool:
    """Whether the people's key still says what the promoted text was made from.

    Told once: who writes the key after the promotion, or writes it again and again, has the last word.
    """
    config = current.content.config
    if config is None or current.attempt is None or current.outcome is None or not config.is_own_key:
        return False
    if config_map.data.get(config.input_key) == config.text or config.input_hash != situation.input_hash:
        return False
    path = ownership.config_path(config.input_key)
    released = frozenset(situation.release.spec.released_by or ())
    writers = {
        owner.manager
        for owner in ownership.owners(config_map.managed_fields, [path])
        if owner.writer is ownership.Writer.CONTINUOUS
    }
    if mark := ownership.continuous_owner_by_mark(config_map.labels, config_map.annotations):
        writers.add(mark)
    return writers <= released and not ownership.written_by_others_since(
        config_map.managed_fields, path, current.outcome.at
    )


def _oldest_forgettable(situation: Situation, current: Revision) -> DeleteRevision | None:
    latest = situation.latest_serving
    needed = {current.name, *((latest.name,) if latest else ())}
    held = {
        r.name
        for r in situation.revisions
        if r.quarantine is not None and r.quarantine in situation.quarantines
    }
    spare = [r for r in situation.revisions if r.name not in needed and r.name not in held]
    return DeleteRevision(spare[0].name) if len(situation.revisions) > KEEP and spare else None


def _start(situation: Situation, plan: Plan, healthy: Decision) -> Decision:
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
    if workload.is_paused or not workload.is_rolled_out:
        message = (
            f"{wish}: the workload's rollout is paused"
            if workload.is_paused
            else f"{wish}: pods are not ready"
        )
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


def _failed_rollback(situation: Situation) -> str | None:
    """The message of a rollback that failed last and that no person has cleared since."""
    finished = [revision for revision in situation.revisions if revision.outcome is not None]
    last = finished[-1].outcome if finished else None
    if last is None or last.result is not Result.ROLLBACK_FAILED or situation.was_reset_since(last.at):
        return None
    return last.message


def up_to_date(healthy: Decision, message: str) -> Decision:
    """Nothing is to be had."""
    return healthy.but(update=update(FALSE, Reason.UP_TO_DATE, message))
