"""How a World carries out an action: what cluster/execute.py does, against memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, assert_never

from addon_updater.errors import ConflictError
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
from addon_updater.rollout.ownership import MANAGER
from addon_updater.rollout.revision import ATTEMPT_ANNOTATION, RELEASE_LABEL, revision_manifest
from unit.rollout.apiserver import Write

if TYPE_CHECKING:
    from unit.rollout.world import World


def execute(world: World, action: Action) -> None:  # noqa: C901 - a table of the actions, one entry each
    """Write what was decided."""
    api, kind, name = world.api, world.scene.kind, world.scene.name
    match action:
        case RecordRevision():
            manifest = revision_manifest(
                release=world.scene.release,
                addon=name,
                namespace="kube-system",
                number=action.number,
                content=action.content,
                annotations=action.annotations,
            )
            _once(lambda: api.create("ControllerRevision", manifest, MANAGER))
        case AnnotateRevision():
            body = _guarded({"annotations": dict(action.annotations)}, action.resource_version)
            api.merge("ControllerRevision", action.name, body, MANAGER)
        case DeleteRevision():
            api.delete("ControllerRevision", action.name, MANAGER)
        case WriteConfig():
            body = _guarded({"uid": action.uid}, action.resource_version) | {"data": dict(action.data)}
            api.merge("ConfigMap", action.config_map, body, MANAGER)
        case CreateRehearsal():
            _once(lambda: _rehearse(world, action))
        case CreateTask():
            _once(lambda: _begin_task(world, action))
        case DeleteRehearsal() | DeleteStuckPod():
            _delete_pod(world, action)
        case SetRecreate():
            strategy = {"type": "Recreate", "rollingUpdate": None}
            body = _guarded({"uid": action.uid}, action.resource_version) | {"spec": {"strategy": strategy}}
            api.merge(kind, name, body, MANAGER)
        case ClaimWorkload():
            metadata = {"uid": action.uid, "labels": {RELEASE_LABEL: action.release}}
            api.merge(kind, name, _guarded(metadata, action.resource_version), MANAGER)
        case FenceWorkload():
            metadata = {"uid": action.uid, "annotations": {ATTEMPT_ANNOTATION: action.attempt}}
            api.merge(kind, name, _guarded(metadata, action.resource_version), MANAGER)
        case ApplyWorkload():
            api.apply(kind, name, action.body, MANAGER)
        case _:
            assert_never(action)


def _rehearse(world: World, action: CreateRehearsal) -> None:
    metadata = action.manifest["metadata"]
    if any(pod.name == metadata["name"] for pod in world.kubelet.pods):
        raise ConflictError("pod exists", status=409)
    spec, labels = action.manifest["spec"], metadata["labels"]
    world.kubelet.start(spec, labels, world.now, name=metadata["name"])
    world.api.log.append(Write(world.now, MANAGER, "create", "Pod", metadata["name"], {}, {}))


def _begin_task(world: World, action: CreateTask) -> None:
    world.jobs.create(action.manifest, world.now)
    name = action.manifest["metadata"]["name"]
    world.api.log.append(Write(world.now, MANAGER, "create", "Job", name, {}, {}))


def _delete_pod(world: World, action: DeleteRehearsal | DeleteStuckPod) -> None:
    """With the uid as precondition: a pod of that name that is another one stays; a missing one is fine."""
    pods = world.kubelet.pods
    if any(pod.name == action.name and pod.uid != action.uid for pod in pods):
        raise ConflictError(f"pod {action.name} has another uid", status=409)
    if all(pod.name != action.name for pod in pods):
        return
    pods[:] = [pod for pod in pods if pod.name != action.name]
    world.api.log.append(Write(world.now, MANAGER, "delete", "Pod", action.name, {}, {}))


def _once(create: Callable[[], None]) -> None:
    try:
        create()
    except ConflictError:
        return


def _guarded(metadata: dict[str, Any], resource_version: str) -> dict[str, Any]:
    return {"metadata": {**metadata, "resourceVersion": resource_version}}
