"""What a World plays: which addon, in which kind of workload, known to which catalog."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from addon_updater.addons import addon_named
from addon_updater.catalog import Catalog, load_embedded
from addon_updater.rollout.addon import Addon
from unit.rollout import ledger, manifests
from unit.rollout.controllers import Deployments, StatefulSets
from unit.rollout.ledger import Ledger
from unit.rollout.shelves import small

Manifest = dict[str, Any]


@functools.cache
def embedded() -> Catalog:
    """The catalog inside the image."""
    return load_embedded()


@dataclass(frozen=True)
class Scene:
    """An addon and its objects. Workload, container and ConfigMap have the name of the addon."""

    release: str
    name: str
    key: str
    """The key of the ConfigMap that people write."""
    addon: Addon
    catalog: Catalog
    workload: Callable[[str], Manifest]
    config_map: Callable[[str], Manifest]
    image: Callable[[str], str]
    kind: str = "Deployment"
    controller: type[Deployments | StatefulSets] = Deployments


def coredns() -> Scene:
    """CoreDNS as kubeadm installs it."""
    return Scene(
        release="dns",
        name="coredns",
        key="Corefile",
        addon=addon_named("coredns"),
        catalog=embedded(),
        workload=manifests.deployment,
        config_map=manifests.config_map,
        image=manifests.image,
    )


def books(
    catalog: Catalog | None = None,
    addon: Ledger | None = None,
    *,
    kind: str = "Deployment",
    env: Sequence[Manifest] = (),
) -> Scene:
    """The ledger, in a Deployment with one volume or in a StatefulSet."""
    is_set = kind == "StatefulSet"
    make = ledger.stateful_set if is_set else ledger.deployment
    return Scene(
        release="books",
        name="ledger",
        key=ledger.KEY,
        addon=addon or Ledger(recreates=not is_set),
        catalog=catalog or small(kind),
        workload=lambda version: make(version, env=env),
        config_map=ledger.config_map,
        image=ledger.image,
        kind=kind,
        controller=StatefulSets if is_set else Deployments,
    )
