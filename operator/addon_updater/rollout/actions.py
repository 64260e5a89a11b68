"""The mutating actions. A decision holds at most one; each is idempotent and carries its precondition."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from addon_updater.rollout.content import Content


@dataclass(frozen=True, slots=True)
class RecordRevision:
    """Create the ControllerRevision; that it exists already means: observe again."""

    number: int
    content: Content
    annotations: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class AnnotateRevision:
    """Write decision, outcome or quarantine onto a revision that nobody has changed since."""

    name: str
    resource_version: str
    annotations: Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class DeleteRevision:
    """Forget a revision that no rollback needs any more."""

    name: str


@dataclass(frozen=True, slots=True)
class WriteConfig:
    """Set or remove keys of one ConfigMap; every other key stays as it is.

    A merge patch with uid and resourceVersion, not an apply: an applied key that a later apply leaves out would
    vanish, and the people's own key must never be able to vanish.
    """

    config_map: str
    uid: str
    resource_version: str
    data: Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class CreateRehearsal:
    """Create the throw-away pod."""

    manifest: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class DeleteRehearsal:
    """Remove the throw-away pod."""

    name: str
    uid: str


@dataclass(frozen=True, slots=True)
class CreateTask:
    """Create a Job that checks or keeps something before the switch."""

    manifest: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class DeleteStuckPod:
    """Remove a pod of a StatefulSet that its controller waits for although its template is gone.

    Source: https://github.com/kubernetes/kubernetes/issues/67250
    """

    name: str
    uid: str


@dataclass(frozen=True, slots=True)
class SetRecreate:
    """Make a Deployment that holds a volume alone replace its pods one after the other.

    A merge patch that removes rollingUpdate: a server-side apply cannot remove what it does not own.
    """

    uid: str
    resource_version: str


@dataclass(frozen=True, slots=True)
class ClaimWorkload:
    """Set the claim label alone, as a merge patch: an apply that leaves fields out would remove what we own."""

    uid: str
    resource_version: str
    release: str


@dataclass(frozen=True, slots=True)
class FenceWorkload:
    """Note an attempt on the workload, so that its resourceVersion moves on before that attempt ends.

    Another process may have begun it and be paused right before its switch, whose precondition would hold for ever.
    """

    uid: str
    resource_version: str
    attempt: str


@dataclass(frozen=True, slots=True)
class ApplyWorkload:
    """Server-side apply of the complete field set of a revision."""

    body: Mapping[str, Any]


Action = (
    RecordRevision
    | AnnotateRevision
    | DeleteRevision
    | WriteConfig
    | CreateRehearsal
    | DeleteRehearsal
    | CreateTask
    | DeleteStuckPod
    | SetRecreate
    | ClaimWorkload
    | FenceWorkload
    | ApplyWorkload
)
