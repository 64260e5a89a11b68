"""Revisions: the memory of what was, what is being tried, and what failed.

A revision is an `apps/v1 ControllerRevision` with immutable data and our annotations on it. It carries no
ownerReference: deleting an AddonRelease loses nothing, and a recreated one finds them by label.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar

from addon_updater.api.meta import GROUP
from addon_updater.rollout.content import Content, content_from_json

RELEASE_LABEL = f"{GROUP}/release"
ADDON_LABEL = f"{GROUP}/addon"
REVISION_ANNOTATION = f"{GROUP}/revision"
ATTEMPT_ANNOTATION = f"{GROUP}/attempt"
DECISION_ANNOTATION = f"{GROUP}/decision"
OUTCOME_ANNOTATION = f"{GROUP}/outcome"
QUARANTINE_ANNOTATION = f"{GROUP}/quarantine"
BASELINE_ANNOTATION = f"{GROUP}/baseline-minor"
BASELINE_RELEASE_ANNOTATION = f"{GROUP}/baseline-release"
"""The uid of the AddonRelease that the baseline was recorded for; one that is created again begins anew."""

KEEP = 5
"""How many revisions are kept besides the ones that still matter."""


class Result(StrEnum):
    """How an attempt, or the adoption of what was found, ended."""

    ADOPTED = "Adopted"
    """The live state was recorded as found; nothing was changed."""
    PROMOTED = "Promoted"
    """Every gate passed through the soak."""
    ROLLED_BACK = "RolledBack"
    """A gate failed and the previous revision serves again."""
    FAILED = "Failed"
    """The attempt ended before the workload was touched."""
    SUPERSEDED = "Superseded"
    """Somebody else changed the workload, or the wish changed, while the attempt ran."""
    ROLLBACK_FAILED = "RollbackFailed"
    """The previous revision does not serve either; a person must act."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """The intent of one hop, written once with the revision it leads to.

    `baseline` maps the id of each probe to the answer it gave before anything was written.
    """

    id: str
    previous: str
    plan: str
    minor: str
    started_at: datetime
    baseline: Mapping[str, str]
    one_way: bool = False
    """Whether the version before cannot read what the new one writes."""
    workload: str = ""
    """The uid of the workload that it is about; empty when an operator before this field began it."""

    @property
    def way_back(self) -> str:
        """The word by which a person ends its way back: another one than what lets it be promoted."""
        return f"{self.id}-back"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Why an attempt goes back, or how it ended."""

    reason: str
    message: str
    at: datetime
    result: Result | None = None


@dataclass(frozen=True, slots=True)
class Quarantine:
    """A content that failed here: not tried again until the version's image, the input text or the minor change."""

    version: str
    image: str
    input_hash: str
    minor: str
    reason: str
    message: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Revision:
    """One recorded content and what became of it."""

    name: str
    number: int
    resource_version: str
    content: Content
    attempt: Attempt | None = None
    decision: Verdict | None = None
    outcome: Verdict | None = None
    quarantine: Quarantine | None = None
    annotations: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_open(self) -> bool:
        """Whether an attempt towards this revision is still running."""
        return self.attempt is not None and self.outcome is None

    @property
    def was_promoted(self) -> bool:
        """Whether it is of our making and passed every gate."""
        promoted = self.outcome is not None and self.outcome.result is Result.PROMOTED
        return promoted and self.attempt is not None


def last_moved(revisions: Iterable[Revision]) -> datetime | None:
    """When the newest attempt ended that has touched the workload; None when none is known."""
    return max(
        (
            one.outcome.at
            for one in revisions
            if one.attempt is not None and one.outcome is not None and one.outcome.result is not Result.FAILED
        ),
        default=None,
    )


def revision_name(release: str, number: int, content: Content) -> str:
    """Deterministic, so that a repeated create after a lost reply meets the first one."""
    # Neither a dot nor a dash may come before what follows.
    return f"addon-updater-{release[:40].rstrip('.-')}-{number}-{content.digest[:10]}"


def revision_manifest(
    *, release: str, addon: str, namespace: str, number: int, content: Content, annotations: Mapping[str, str]
) -> dict[str, Any]:
    """The ControllerRevision to create."""
    return {
        "apiVersion": "apps/v1",
        "kind": "ControllerRevision",
        "metadata": {
            "name": revision_name(release, number, content),
            "namespace": namespace,
            "labels": {RELEASE_LABEL: release, ADDON_LABEL: addon},
            "annotations": dict(annotations),
        },
        "revision": number,
        "data": content.to_json(),
    }


def read_revision(manifest: Mapping[str, Any]) -> Revision | None:
    """Read a ControllerRevision; None when it is not one of ours.

    An annotation that somebody garbled counts as absent: the revision keeps its place and its number.
    """
    metadata = manifest.get("metadata") or {}
    try:
        bare = Revision(
            name=str(metadata["name"]),
            number=int(manifest["revision"]),
            resource_version=str(metadata["resourceVersion"]),
            content=content_from_json(manifest["data"]),
        )
        return annotated(bare, metadata.get("annotations") or {})
    except (AttributeError, KeyError, TypeError, ValueError):
        return None


def annotated(revision: Revision, annotations: Mapping[str, str | None]) -> Revision:
    """The revision as it is read once these annotations are written to it; None removes one."""
    merged = {key: text for key, text in {**revision.annotations, **annotations}.items() if text is not None}
    return replace(
        revision,
        attempt=_readable(_read_attempt, merged.get(ATTEMPT_ANNOTATION)),
        decision=_readable(_read_verdict, merged.get(DECISION_ANNOTATION)),
        outcome=_readable(_read_verdict, merged.get(OUTCOME_ANNOTATION)),
        quarantine=_readable(_read_quarantine, merged.get(QUARANTINE_ANNOTATION)),
        annotations=merged,
    )


def attempt_json(attempt: Attempt) -> str:
    """The annotation that an attempt is."""
    data: dict[str, Any] = {
        "id": attempt.id,
        "previous": attempt.previous,
        "plan": attempt.plan,
        "minor": attempt.minor,
        "startedAt": attempt.started_at.isoformat(),
        "baseline": dict(attempt.baseline),
    }
    if attempt.one_way:
        data["oneWay"] = True
    if attempt.workload:
        data["workload"] = attempt.workload
    return json.dumps(data, sort_keys=True)


def verdict_json(verdict: Verdict) -> str:
    """The annotation that a decision or an outcome is."""
    data: dict[str, str] = {
        "reason": verdict.reason,
        "message": verdict.message,
        "at": verdict.at.isoformat(),
    }
    if verdict.result is not None:
        data["result"] = verdict.result.value
    return json.dumps(data, sort_keys=True)


def quarantine_json(quarantine: Quarantine) -> str:
    """The annotation that a quarantine is."""
    return json.dumps(
        {
            "version": quarantine.version,
            "image": quarantine.image,
            "inputHash": quarantine.input_hash,
            "minor": quarantine.minor,
            "reason": quarantine.reason,
            "message": quarantine.message,
            "at": quarantine.at.isoformat(),
        },
        sort_keys=True,
    )


T = TypeVar("T")


def _readable(read: Callable[[str], T], text: str | None) -> T | None:
    try:
        return None if text is None else read(text)
    except (AttributeError, KeyError, TypeError, ValueError):
        return None


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} has no time zone")
    return moment


def _read_attempt(text: str) -> Attempt:
    data = json.loads(text)
    return Attempt(
        id=str(data["id"]),
        previous=str(data["previous"]),
        plan=str(data["plan"]),
        minor=str(data["minor"]),
        started_at=_moment(data["startedAt"]),
        baseline={str(key): str(value) for key, value in data["baseline"].items()},
        one_way=data.get("oneWay") is True,
        workload=str(data.get("workload") or ""),
    )


def _read_verdict(text: str) -> Verdict:
    data = json.loads(text)
    return Verdict(
        reason=str(data["reason"]),
        message=str(data["message"]),
        at=_moment(data["at"]),
        result=Result(data["result"]) if "result" in data else None,
    )


def _read_quarantine(text: str) -> Quarantine:
    data = json.loads(text)
    return Quarantine(
        version=str(data["version"]),
        image=str(data["image"]),
        input_hash=str(data["inputHash"]),
        minor=str(data["minor"]),
        reason=str(data["reason"]),
        message=str(data["message"]),
        at=_moment(data["at"]),
    )
