"""Carries out one action. Each is idempotent or carries the precondition that makes a repetition harmless."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, assert_never

from addon_updater.cluster import paths
from addon_updater.cluster.client import Client
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
from addon_updater.rollout.observed import Release, WorkloadRef
from addon_updater.rollout.revision import ATTEMPT_ANNOTATION, RELEASE_LABEL, revision_manifest


async def execute(  # noqa: C901, PLR0912 - a table of the actions, one entry each
    client: Client, release: Release, target: WorkloadRef, action: Action
) -> None:
    """Write what was decided.

    Raises:
        ConflictError: the precondition did not hold, or what is to be created exists already; observe again.
        ForbiddenError: RBAC or the admission policy refused.
        InvalidError: the server can never accept this content.
        TransientError: no answer, or one that a repetition may improve.
    """
    namespace = release.namespace
    workload = paths.workload(target.kind, namespace, target.name)
    match action:
        case RecordRevision():
            manifest = revision_manifest(
                release=release.name,
                addon=release.spec.addon,
                namespace=namespace,
                number=action.number,
                content=action.content,
                annotations=action.annotations,
            )
            await client.create(paths.revisions(namespace), manifest)
        case AnnotateRevision():
            body = _guarded({"annotations": dict(action.annotations)}, action.resource_version)
            await client.merge(paths.revision(namespace, action.name), body)
        case DeleteRevision():
            await client.delete(paths.revision(namespace, action.name))
        case WriteConfig():
            body = _guarded({"uid": action.uid}, action.resource_version) | {"data": dict(action.data)}
            await client.merge(paths.config_map(namespace, action.config_map), body)
        case CreateRehearsal():
            await client.create(paths.pods(namespace), action.manifest)
        case DeleteRehearsal():
            await client.delete(paths.pod(namespace, action.name), uid=action.uid)
        case CreateTask():
            await client.create(paths.jobs(namespace), action.manifest)
        case DeleteStuckPod():
            await client.delete(paths.pod(namespace, action.name), uid=action.uid)
        case SetRecreate():
            strategy = {"type": "Recreate", "rollingUpdate": None}
            body = _guarded({"uid": action.uid}, action.resource_version) | {"spec": {"strategy": strategy}}
            await client.merge(workload, body)
        case ClaimWorkload():
            metadata = {"uid": action.uid, "labels": {RELEASE_LABEL: action.release}}
            body = _guarded(metadata, action.resource_version)
            await client.merge(workload, body)
        case FenceWorkload():
            metadata = {"uid": action.uid, "annotations": {ATTEMPT_ANNOTATION: action.attempt}}
            await client.merge(workload, _guarded(metadata, action.resource_version))
        case ApplyWorkload():
            await client.apply(workload, action.body)
        case _:
            assert_never(action)


def _guarded(metadata: Mapping[str, Any], resource_version: str) -> dict[str, Any]:
    return {"metadata": {**metadata, "resourceVersion": resource_version}}
