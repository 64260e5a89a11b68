"""An attempt in flight: rehearse, switch, watch, promote, or go back once.

Where it stands is read from the workload and the revision's annotations, so a process that starts here after a
crash decides what the one before it would have decided.
"""

from __future__ import annotations

import json

from addon_updater.reasons import Reason
from addon_updater.rollout import ownership
from addon_updater.rollout.actions import AnnotateRevision, FenceWorkload, RecordRevision
from addon_updater.rollout.decision import (
    Decision,
)
from addon_updater.rollout.ending import end_attempt
from addon_updater.rollout.rehearsing import before_the_switch
from addon_updater.rollout.revision import (
    ATTEMPT_ANNOTATION,
    OUTCOME_ANNOTATION,
    REVISION_ANNOTATION,
    Attempt,
    Result,
    Revision,
)
from addon_updater.rollout.situation import Situation
from addon_updater.rollout.watching import after_the_switch


def begun_by(decision: Decision) -> str | None:
    """The id of the attempt that a decision begins; None when it begins none."""
    action = decision.action
    text = action.annotations.get(ATTEMPT_ANNOTATION) if isinstance(action, RecordRevision) else None
    return None if text is None else str(json.loads(text)["id"])


def drive(situation: Situation, target: Revision, healthy: Decision) -> Decision:
    """The next step of the attempt towards `target`; `healthy` carries what is known besides it."""
    decision, attempt = _next_step(situation, target, healthy), target.attempt
    if attempt is None or not _ends(decision) or _is_fenced(situation, attempt):
        return decision
    workload = situation.workload
    fence = FenceWorkload(workload.uid, workload.resource_version, attempt.id)
    return decision.but(action=fence, event=None)


def _ends(decision: Decision) -> bool:
    action = decision.action
    return isinstance(action, AnnotateRevision) and OUTCOME_ANNOTATION in action.annotations


def _is_fenced(situation: Situation, attempt: Attempt) -> bool:
    """Whether no other process can still make the switch of that attempt: none began it, or the workload has moved on."""
    return situation.observed.memory.begun == attempt.id or _is_noted(situation, attempt)


def _is_noted(situation: Situation, attempt: Attempt) -> bool:
    """Whether the workload has been switched in the name of that attempt, forward or back, or fenced for its end."""
    return situation.workload.annotations.get(ATTEMPT_ANNOTATION) == attempt.id


def _over(situation: Situation, target: Revision, healthy: Decision) -> Decision:
    """The workload says that this attempt came to its end, and what was read of the attempt does not know it.

    The server may be behind; then this write meets a conflict, and the next look knows more. Never a second switch.
    """
    return end_attempt(
        situation,
        target,
        healthy,
        Result.FAILED,
        reason=Reason.WISH_CHANGED,
        message=f"the update to {target.content.version} had come to its end; it is planned anew if it is still wanted",
    )


def _next_step(situation: Situation, target: Revision, healthy: Decision) -> Decision:
    attempt = target.attempt
    previous = situation.by_name(attempt.previous) if attempt is not None else None
    if attempt is None or previous is None:
        return end_attempt(
            situation,
            target,
            healthy,
            Result.SUPERSEDED,
            reason=Reason.SUPERSEDED,
            message="its starting point is gone",
        )
    if attempt.workload not in ("", situation.workload.uid):
        # Made anew by somebody: whether the switch had been made can no longer be read from it.
        return _superseded(situation, target, healthy)
    applied = _was_applied(situation, target)
    if situation.live.switches_like(target.content) and applied:
        return after_the_switch(situation, target, attempt, previous, healthy)
    undone = target.decision is None and applied
    if situation.live.switches_like(previous.content) and not undone:
        decision = before_the_switch(situation, target, attempt, previous, healthy)
        goes_on = decision.action is not None and not _ends(decision)
        if goes_on and target.decision is None and _is_noted(situation, attempt):
            return _over(situation, target, healthy)
        return decision
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
    return end_attempt(
        situation,
        target,
        healthy,
        Result.SUPERSEDED,
        reason=Reason.SUPERSEDED,
        message=message,
        quarantined=held,
    )
