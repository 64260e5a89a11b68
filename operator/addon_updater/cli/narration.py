"""The next action of a decision as a sentence."""

from __future__ import annotations

from typing import assert_never

from addon_updater.rollout.actions import (
    Action,
    AnnotateRevision,
    ApplyWorkload,
    ClaimWorkload,
    CreateRehearsal,
    CreateTask,
    DeleteRehearsal,
    DeleteRevision,
    DeleteStuckPod,
    FenceWorkload,
    RecordRevision,
    SetRecreate,
    WriteConfig,
)
from addon_updater.rollout.decision import FALSE, Decision
from addon_updater.rollout.revision import ATTEMPT_ANNOTATION, OUTCOME_ANNOTATION


def next_step(decision: Decision) -> str:
    """What the operator would do if it looked now."""
    if decision.action is not None:
        return _does(decision.action)
    if decision.probe is not None:
        return f"ask {len(decision.probe.probes)} functional checks, then decide with their answers"
    if decision.stalled is not None:
        return "nothing before a person acts"
    if decision.update.status is FALSE:
        return "nothing"
    return f"nothing yet: {decision.update.reason}"


def _does(action: Action) -> str:  # noqa: C901, PLR0912 - a table of the actions, one entry each
    match action:
        case RecordRevision():
            if ATTEMPT_ANNOTATION in action.annotations:
                return f"record revision {action.number} and start the update to {action.content.version}"
            return f"record what runs now, {action.content.version}, as revision {action.number}"
        case AnnotateRevision():
            what = "how the attempt ended" if OUTCOME_ANNOTATION in action.annotations else "its decision"
            return f"note {what} on revision {action.name}"
        case DeleteRevision():
            return f"delete revision {action.name}, which no rollback needs any more"
        case WriteConfig():
            keys = ", ".join(
                f"{'remove' if text is None else 'write'} {key}" for key, text in action.data.items()
            )
            return f"{keys} in ConfigMap {action.config_map}"
        case CreateRehearsal():
            return f"start the throw-away pod {action.manifest['metadata']['name']}"
        case DeleteRehearsal():
            return f"delete the throw-away pod {action.name}"
        case CreateTask():
            return f"start Job {action.manifest['metadata']['name']}"
        case DeleteStuckPod():
            return f"delete pod {action.name}, which its StatefulSet waits for in vain"
        case SetRecreate():
            return "set the Deployment's strategy to Recreate, because a volume can have one user only"
        case ClaimWorkload():
            return f"label the workload as governed by {action.release}"
        case FenceWorkload():
            return f"note attempt {action.attempt} on the workload before it ends, so that no paused process switches it"
        case ApplyWorkload():
            return f"switch {action.body['kind']} {action.body['metadata']['name']} to the revision's image and configuration"
        case _:
            assert_never(action)
