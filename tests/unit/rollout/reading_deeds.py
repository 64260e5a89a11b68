"""What a deed says, read back from what was seen and written, without the engine's own words."""

from __future__ import annotations

import json
from typing import Any

from addon_updater.rollout.actions import AnnotateRevision, ApplyWorkload
from addon_updater.rollout.observed import Observed
from addon_updater.rollout.revision import ATTEMPT_ANNOTATION, REVISION_ANNOTATION, Revision
from addon_updater.rollout.situation import APPROVE_ANNOTATION, RESET_ANNOTATION
from unit.rollout.world import Deed


def target_of(deed: Deed) -> Revision:
    """The revision that an apply switches to."""
    name = _marks(deed)[REVISION_ANNOTATION]
    found = [revision for revision in deed.observed.revisions if revision.name == name]
    assert found, f"the workload was switched to {name}, which is not recorded"
    return found[0]


def attempt_of(deed: Deed) -> Revision:
    """The revision of the attempt in whose name an apply is made, forward or back."""
    attempt = _marks(deed)[ATTEMPT_ANNOTATION]
    found = [one for one in deed.observed.revisions if one.attempt is not None and one.attempt.id == attempt]
    assert found, f"the workload was switched for attempt {attempt}, which is not recorded"
    return found[0]


def is_forward(deed: Deed) -> bool:
    """Whether the apply switches to the revision that its attempt leads to."""
    return target_of(deed).name == attempt_of(deed).name


def annotated(deed: Deed) -> Revision:
    """The revision that an annotation is written onto."""
    assert isinstance(deed.action, AnnotateRevision)
    return next(one for one in deed.observed.revisions if one.name == deed.action.name)


def written(deed: Deed, annotation: str) -> dict[str, Any] | None:
    """What the action writes into an annotation of ours; None when it leaves that one alone."""
    assert isinstance(deed.action, AnnotateRevision)
    text = deed.action.annotations.get(annotation)
    return None if text is None else json.loads(text)


def approvals(deed: Deed) -> set[str | None]:
    """The plans and attempts that a person had approved by then."""
    return {*(deed.release.spec.approved_plans or ()), deed.release.annotations.get(APPROVE_ANNOTATION)}


def live_image(observed: Observed) -> str:
    """The image in the workload's template."""
    assert observed.workload is not None
    return str(observed.workload.template["spec"]["containers"][0]["image"])


def was_reset(deed: Deed, revision: Revision) -> bool:
    """Whether the release was cleared after that failure; the operator compares the times itself."""
    reset_at = deed.release.annotations.get(RESET_ANNOTATION)
    return (
        revision.quarantine is not None
        and reset_at is not None
        and reset_at >= revision.quarantine.at.isoformat()
    )


def _marks(deed: Deed) -> dict[str, str]:
    assert isinstance(deed.action, ApplyWorkload)
    annotations: dict[str, str] = deed.action.body["metadata"]["annotations"]
    return annotations
