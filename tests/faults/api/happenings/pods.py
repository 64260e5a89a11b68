"""What becomes of pods whose image says nothing of it: kwok plays by the tag, and a released version has none."""

from __future__ import annotations

from faults.api.registry import happening
from faults.api.world import World
from node.raw_api import Manifest

_SERVES_WITHIN_S = 90.0
_CONTROLLERS = frozenset({"ReplicaSet", "StatefulSet"})


@happening("new-pod-breaks")
def new_pod_breaks(world: World, *, version: str, after: float = 0.0) -> None:
    """When all pods of the workload have served with that version for so many seconds, one cannot start again, ever after."""
    pods = world.wait(lambda: _serving(world, version), f"the pods of {version} to serve", _SERVES_WITHIN_S)
    world.sleep(after)
    pod = pods[0]
    name = pod["metadata"]["name"]
    broken = {"reason": "CreateContainerError", "message": "its disk is gone; this is simulated"}
    now = pod["status"]["startTime"]
    status = {
        "conditions": [
            {**one, "status": "False", "lastTransitionTime": now}
            if one["type"] in ("Ready", "ContainersReady")
            else one
            for one in pod["status"]["conditions"]
        ],
        "containerStatuses": [
            {**one, "ready": False, "started": False, "state": {"waiting": broken}}
            for one in pod["status"]["containerStatuses"]
        ],
    }
    world.api.merge(f"{world.stage.subject.pods}/{name}/status", {"status": status})


def _serving(world: World, version: str) -> list[Manifest]:
    """The pods of the workload, when all that it wants are there and ready; a rehearsal or a Job's is none of them."""
    workload = world.stage.deployment()
    pods = [
        pod for pod in world.api.items(world.stage.subject.pods) if _runs(pod, version) and _is_ready(pod)
    ]
    return pods if len(pods) == workload["spec"]["replicas"] else []


def _runs(pod: Manifest, version: str) -> bool:
    owners = {one["kind"] for one in pod["metadata"].get("ownerReferences") or ()}
    image = pod["spec"]["containers"][0]["image"]
    return not owners.isdisjoint(_CONTROLLERS) and image.rpartition(":")[2].removeprefix("v") == version


def _is_ready(pod: Manifest) -> bool:
    conditions = pod["status"].get("conditions") or ()
    return any(one["type"] == "Ready" and one["status"] == "True" for one in conditions)
