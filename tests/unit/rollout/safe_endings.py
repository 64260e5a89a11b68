"""What must hold of every verdict on an attempt, of what is tidied, and of pods that are removed."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from addon_updater.api.meta import parse_duration
from addon_updater.rollout.actions import DeleteStuckPod, WriteConfig
from addon_updater.rollout.content import text_hash
from addon_updater.rollout.gate import Outcome
from addon_updater.rollout.revision import DECISION_ANNOTATION, OUTCOME_ANNOTATION
from addon_updater.rollout.situation import ROLLBACK_ANNOTATION
from unit.rollout.reading_deeds import annotated, approvals, live_image, written
from unit.rollout.world import Deed

_APPLIED_AT = "addon-updater.dev/applied-at"


def ends_for_a_reason(deed: Deed) -> None:
    """Only what fails for sure goes back, and only what passes after the soak is promoted."""
    attempt = annotated(deed).attempt
    if attempt is None:
        return
    if (decision := written(deed, DECISION_ANNOTATION)) is not None:
        goes_back_for_a_reason(deed, decision["reason"], attempt.id)
    outcome = written(deed, OUTCOME_ANNOTATION) or {}
    if outcome.get("result") == "Promoted" and attempt.id not in approvals(deed):
        promoted_on_proof(deed)


def goes_back_for_a_reason(deed: Deed, reason: str, attempt: str) -> None:
    """A gate that fails twice, a pod that cannot run, a deadline that is over, or a person."""
    match reason:
        case "RollbackRequested":
            assert deed.release.annotations[ROLLBACK_ANNOTATION] == attempt
        case "GateFailed":
            assert Outcome.FAIL in {gate.outcome for gate in deed.decision.gates}
            assert deed.observed.memory.failing_since is not None, "it failed in one round only"
        case "ProgressDeadlineExceeded":
            assert _since_the_switch(deed) > _of_rollout(deed, "progress_deadline")
        case "Crashed":
            assert any(
                pod.restarts or pod.phase == "Failed" or pod.waiting_reason for pod in deed.observed.pods
            )
        case "ImagePullFailed":
            assert "ErrImagePull" in {pod.waiting_reason for pod in deed.observed.pods}
        case _:
            raise AssertionError(f"{reason} is nothing to go back for")


def promoted_on_proof(deed: Deed) -> None:
    """Every gate has an answer that is fine, all pods are new, and the soak is over by the operator's clock."""
    assert {gate.outcome for gate in deed.decision.gates} <= {Outcome.PASS, Outcome.SKIPPED}
    assert deed.observed.workload is not None
    assert deed.observed.workload.was_rolled_out
    assert _since_the_switch(deed) >= _of_rollout(deed, "soak")


def keeps_configuration(deed: Deed, own: str) -> None:
    """S4: the people's key never vanishes, is never overwritten but by what was made from it; pods see no edit."""
    assert isinstance(deed.action, WriteConfig)
    config, workload = deed.observed.config, deed.observed.workload
    assert config is not None
    assert workload is not None
    volume = workload.template["spec"]["volumes"][0]["configMap"]
    mounted = {item["key"] for item in volume.get("items", [])}
    for key, text in deed.action.data.items():
        assert key == own or re.fullmatch(rf"{own}-[0-9a-f]{{12}}", key)
        assert key not in mounted or key not in config.data, f"the running pods mount {key}"
        if key == own:
            assert text
            made_from = {
                r.content.config.input_hash
                for r in deed.observed.revisions
                if r.content.config is not None and r.content.config.text == text
            }
            ours = {r.content.config.text for r in deed.observed.revisions if r.content.config is not None}
            before = config.data.get(key, text)
            assert before in ours or text_hash(before) in made_from


def stuck_on_the_way_back(deed: Deed, action: DeleteStuckPod) -> None:
    """Only a pod that is not ready, of an attempt that goes back and has put the old template back."""
    pod = next(one for one in deed.observed.pods if (one.name, one.uid) == (action.name, action.uid))
    target = next(one for one in reversed(deed.observed.revisions) if one.is_open)
    assert not pod.is_ready
    assert target.decision is not None
    assert pod.runs(target.content)
    assert live_image(deed.observed) != target.content.image


def _since_the_switch(deed: Deed) -> timedelta:
    """Since our last apply; for ever when somebody took its mark away."""
    assert deed.observed.workload is not None
    try:
        return deed.at - datetime.fromisoformat(deed.observed.workload.annotations[_APPLIED_AT])
    except (KeyError, TypeError, ValueError):
        assert deed.tampering
        return timedelta.max


def _of_rollout(deed: Deed, name: str) -> timedelta:
    """A duration of spec.rollout; what a story leaves to the default is not asserted."""
    text = getattr(deed.release.spec.rollout, name)
    return timedelta(0) if text is None else parse_duration(text)
