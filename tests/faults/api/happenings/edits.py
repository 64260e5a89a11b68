"""What people do to a release, to its workload and to the namespace of both while an update runs."""

from __future__ import annotations

from typing import Any

from faults.api.registry import happening
from faults.api.world import World, release_manifest
from localcluster import reset_coredns
from node.raw_api import Manifest

PERSON = "kubectl-edit"
_OF_THE_SERVER = ("creationTimestamp", "generation", "managedFields", "resourceVersion", "selfLink", "uid")


@happening("change-release")
def change_release(world: World, *, spec: dict[str, Any]) -> None:
    """Somebody edits the spec."""
    world.stage.change(**spec)


@happening("annotate-release")
def annotate_release(world: World, *, key: str, text: str, times: int = 1) -> None:
    """Somebody sets one of the annotations by which people speak to the operator; `times` makes the text long."""
    world.stage.annotate(key, text * times)


@happening("delete-release")
def delete_release(world: World) -> None:
    """The AddonRelease is deleted; it has no finalizer, so it is gone when the request is answered."""
    path = world.stage.release()
    world.api.delete(path)
    assert world.api.get(path) is None, f"{path} is still there after its deletion was answered"


@happening("create-release")
def create_release(world: World) -> None:
    """The story's AddonRelease is created again."""
    world.api.create(world.stage.subject.releases, release_manifest(world.story))


@happening("delete-workload")
def delete_workload(world: World) -> None:
    """The workload is deleted with all its pods."""
    path = world.stage.subject.workload
    world.api.delete(f"{path}?propagationPolicy=Background")
    world.wait(lambda: world.api.get(path) is None, "the workload to be gone")


@happening("replace-workload")
def replace_workload(world: World, *, away: float = 0.0) -> None:
    """What `kubectl replace --force` does: deleted and, so many seconds later, created as it was, marks included."""
    found = world.stage.deployment()
    delete_workload(world)
    world.sleep(away)
    collection = world.stage.subject.workload.rpartition("/")[0]
    world.api.create(collection, _as_written(found), manager="kubectl-replace")


def _as_written(found: Manifest) -> Manifest:
    metadata = {key: value for key, value in found["metadata"].items() if key not in _OF_THE_SERVER}
    return {**{key: found[key] for key in ("apiVersion", "kind", "spec")}, "metadata": metadata}


@happening("reinstall-coredns")
def reinstall_coredns(world: World, *, version: str) -> None:
    """Somebody deletes cluster DNS with all that belongs to it, and installs it as kubeadm does."""
    reset_coredns(world.cluster, version)


@happening("scale")
def scale(world: World, *, replicas: list[int], pause: float = 0.0) -> None:
    """A person scales the workload, once or several times."""
    for number in replicas:
        world.api.merge(world.stage.subject.workload, {"spec": {"replicas": number}}, manager="kubectl-scale")
        world.sleep(pause)


@happening("edit-config")
def edit_config(world: World, *, key: str, old: str, new: str) -> None:
    """A person changes some words of the configuration that people write."""
    text = world.stage.texts()[key]
    assert old in text, f"{old!r} is not in {key}"
    path = world.stage.subject.config_map
    world.api.merge(path, {"data": {key: text.replace(old, new)}}, manager=PERSON)


@happening("delete-namespace")
def delete_namespace(world: World) -> None:
    """The namespace of the release and of its workload is deleted."""
    path = f"/api/v1/namespaces/{world.stage.subject.namespace}"
    world.spoil("its namespace was deleted")
    world.api.delete(path)
    world.wait(lambda: world.api.get(path) is None, "the namespace to be gone", timeout=60.0)


@happening("operator-leaves")
def operator_leaves(world: World) -> None:
    """No operator runs from now on."""
    for replica in world.replicas.values():
        replica.restarts = False
        replica.kill()


@happening("operator-comes-back")
def operator_comes_back(world: World) -> None:
    """The first replica runs again."""
    world.first.restarts = True
    world.first.start()


@happening("delete-rehearsal")
def delete_rehearsal(world: World) -> None:
    """Somebody deletes the throw-away pod."""
    for name in world.stage.rehearsals():
        world.api.delete(f"{world.stage.subject.pods}/{name}?gracePeriodSeconds=0")
