"""Other writers of the same workload, under the field managers of the tools that write so."""

from __future__ import annotations

from faults.api.registry import happening
from faults.api.world import World
from node.raw_api import Manifest

APPLIES = frozenset({"argocd-controller", "kustomize-controller"})
"""The tools that use server-side apply; Helm 3 and people's kubectl send patches."""


@happening("image-is-set")
def image_is_set(world: World, *, manager: str, versions: list[str], pause: float = 0.0) -> None:
    """Another manager writes the image of the workload's container, one after the other.

    Server-side apply of what is there makes the manager an owner of the field; any other write must change it.
    """
    for version in versions:
        workload = world.stage.deployment()
        container = workload["spec"]["template"]["spec"]["containers"][0]
        repository = container["image"].rpartition(":")[0]
        tag = f"v{version}" if container["image"].rpartition(":")[2].startswith("v") else version
        image = {"name": container["name"], "image": f"{repository}:{tag}"}
        _write(world, manager, workload["kind"], image)
        world.sleep(pause)


def _write(world: World, manager: str, kind: str, container: dict[str, str]) -> None:
    spec = {"template": {"spec": {"containers": [container]}}}
    body: Manifest = {"apiVersion": "apps/v1", "kind": kind, "spec": spec}
    path = world.stage.subject.workload
    if manager in APPLIES:
        world.api.apply(path, body, manager=manager)
    else:
        world.api.patch(path, body, manager=manager)
