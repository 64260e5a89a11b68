"""What the operator may do: taken from it, and given back."""

from __future__ import annotations

from faults.api.registry import happening
from faults.api.world import World
from node.raw_api import Manifest

_RBAC = "/apis/rbac.authorization.k8s.io/v1"
NAME = "addon-updater"


@happening("rights-taken")
def rights_taken(world: World, *, where: str, seconds: float) -> None:
    """A binding of the operator is gone for so many seconds: that of its `namespace`, or that of the whole `cluster`."""
    collection = f"{_RBAC}/clusterrolebindings"
    if where == "namespace":
        collection = f"{_RBAC}/namespaces/{world.stage.subject.namespace}/rolebindings"
    path = f"{collection}/{NAME}"
    found = world.api.get(path)
    assert found is not None, path
    world.api.delete(path)
    world.afterwards(lambda: _give_back(world, collection, found))
    world.sleep(seconds)
    _give_back(world, collection, found)


def _give_back(world: World, collection: str, found: Manifest) -> None:
    if world.api.get(f"{collection}/{NAME}") is None:
        metadata = {key: found["metadata"][key] for key in ("name", "namespace") if key in found["metadata"]}
        world.api.create(collection, {**found, "metadata": metadata})
