"""A cluster in memory: one namespace with a workload, its API servers, and the people who change things.

Nothing here knows what an operator would do about it.
"""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from addon_updater.api.operator_settings import OperatorSettings
from addon_updater.api.release import AddonReleaseSpec
from addon_updater.api.versions import Minor
from addon_updater.rollout.breaker import Failure
from addon_updater.rollout.gate import HttpAnswer
from addon_updater.rollout.observed import NO_SETTINGS, OtherRelease, Release
from addon_updater.rollout.ownership import MANAGER
from addon_updater.rollout.revision import RELEASE_LABEL, Revision, read_revision
from addon_updater.rollout.surroundings import Claim, Surroundings
from unit.rollout.apiserver import ApiServer, Write
from unit.rollout.jobs import Jobs
from unit.rollout.kubelet import Behavior, Kubelet
from unit.rollout.scenes import Scene, coredns

START = datetime(2026, 1, 5, 12, tzinfo=UTC)
CALM = Surroundings(claims=(Claim("ledger", ("ReadWriteOnce",), is_deleting=False),))
"""Around the workload there is nothing but the claim that the Deployment of the ledger mounts."""
QUICK = {"soak": "8s", "progressDeadline": "30s", "unknownDeadline": "30s", "minReadySeconds": 2}


@functools.lru_cache(maxsize=512)
def _read_spec(text: str) -> AddonReleaseSpec:
    """The spec is read once for every edit, and not in every pass."""
    return AddonReleaseSpec.model_validate_json(text)


@dataclass
class Stage:
    """One namespace, its workload, ConfigMap and pods, the API servers' minors and one AddonRelease."""

    version: str = "1.11.3"
    text: str | None = None
    """The configuration; None for the usual one of the scene."""
    minor: str = "1.34"
    spec: dict[str, Any] = field(default_factory=dict)
    scene: Scene = field(default_factory=coredns)
    breaking: str = "Allow"
    """What breaks users travels with a minor; most stories here are about something else."""
    settings: OperatorSettings = NO_SETTINGS
    catalog_gap: str | None = None
    others: tuple[OtherRelease, ...] = ()
    surroundings: Surroundings = CALM
    """What else is in the namespace."""
    failures: tuple[Failure, ...] = ()
    """What has failed lately elsewhere in the cluster."""
    breaker_resets: tuple[datetime, ...] = ()
    """What people have said about that on other releases."""
    jobs: Jobs = field(default_factory=Jobs)
    pages: dict[str, HttpAnswer] = field(default_factory=dict)
    """What the servers of spec.health answer, by URL; the others are fine."""
    manager: str = "kubectl-client-side-apply"
    now: datetime = START
    kubelet: Kubelet = field(default_factory=Kubelet)
    annotations: dict[str, str] = field(default_factory=dict)
    older_claims: tuple[str, ...] = ()
    endpoints: tuple[str, ...] = ("192.168.1.10",)
    endpoint_slices_allowed: bool | None = True
    epoch: int = 0
    """Counts what people and the cluster did, not what the operator did."""
    tampering: int = 0
    """How often somebody wrote what only the operator writes: marks, revisions, keys of its own."""
    generation: int = 1
    release_uid: str = "release-1"
    is_deleted: bool = False
    """Whether there is no AddonRelease at present."""

    def __post_init__(self) -> None:
        self._read: dict[str, Revision | None] = {}
        self.api = ApiServer(lambda: self.now)
        self.servers = frozenset({Minor.parse(self.minor)})
        self.settled: Minor | None = Minor.parse(self.minor)
        self.original = self.scene.workload(self.version)
        self.controller = self.scene.controller(self.kubelet)
        make = self.scene.config_map
        self.api.create("ConfigMap", make() if self.text is None else make(self.text), self.manager)
        self.api.create(self.scene.kind, self.original, self.manager)
        self.foreign = len(self.api.log)
        self.roll()
        self.tick(60)

    # What the world does by itself

    def tick(self, seconds: float) -> None:
        """Let time pass; the controllers look every five seconds at first, later every twenty."""
        passed = 0.0
        while passed < seconds:
            step = min(seconds - passed, 5.0 if passed < 60 else 20.0)
            self.now += timedelta(seconds=step)
            passed += step
            self.roll()

    def roll(self) -> None:
        """One look of kubelet and the controllers."""
        scene = self.scene
        data = (self.api.get("ConfigMap", scene.name) or {}).get("data") or {}
        self.jobs.collect(self.now)
        self.kubelet.mount(data, self.now)
        if manifest := self.api.get(scene.kind, scene.name):
            status = self.controller.roll(manifest, self.now)
            self.api.objects[scene.kind, scene.name].status = status
            self.kubelet.mount(data, self.now)

    # What people do

    def edit(self, kind: str, patch: dict[str, Any], manager: str = "kubectl-edit") -> None:
        """A merge patch of somebody else."""
        self.epoch += 1
        self.api.merge(kind, self.scene.name, patch, manager)
        self.roll()

    def set_image(self, version: str, manager: str = "kubectl-set") -> None:
        """Somebody sets another image."""
        self.epoch += 1
        container = {"name": self.scene.name, "image": self.scene.image(version)}
        manifest = {"spec": {"template": {"spec": {"containers": [container]}}}}
        self.api.overlay(self.scene.kind, self.scene.name, manifest, manager)
        self.roll()

    def edit_config(self, text: str, manager: str = "kubectl-edit") -> None:
        """Somebody writes their own key."""
        self.edit("ConfigMap", {"data": {self.scene.key: text}}, manager)

    def apply_original(self, manager: str = "kubectl-client-side-apply") -> None:
        """Somebody applies the manifest that the workload was made from, once more."""
        self.epoch += 1
        self.api.overlay(self.scene.kind, self.scene.name, self.original, manager)
        self.roll()

    def change_spec(self, **spec: Any) -> None:
        """The platform team edits the AddonRelease."""
        self.epoch += 1
        self.generation += 1
        self.spec |= spec

    def annotate(self, **annotations: str) -> None:
        """Somebody annotates the AddonRelease."""
        self.epoch += 1
        self.annotations |= {f"addon-updater.dev/{key}": value for key, value in annotations.items()}

    def delete_release(self) -> None:
        """Somebody deletes the AddonRelease; the garbage collector follows with what it owns."""
        self.epoch += 1
        self.is_deleted = True
        self.annotations.clear()
        self.kubelet.pods[:] = self.kubelet.governed
        self.jobs.jobs.clear()

    def recreate_release(self) -> None:
        """An AddonRelease of the same name and spec, which is another object."""
        self.epoch += 1
        self.is_deleted = False
        self.annotations.clear()
        self.release_uid += "-again"

    def tamper(self, kind: str, name: str, patch: dict[str, Any]) -> None:
        """Somebody writes what only the operator writes."""
        self.epoch += 1
        self.tampering += 1
        self.api.merge(kind, name, patch, "kubectl-annotate")
        self.roll()

    def begin_minor(self, minor: str) -> None:
        """The first API server answers another minor."""
        self.epoch += 1
        self.servers |= {Minor.parse(minor)}

    def settle_minor(self, minor: str) -> None:
        """All API servers answer this minor, for long enough."""
        self.epoch += 1
        self.servers, self.settled = frozenset({Minor.parse(minor)}), Minor.parse(minor)

    def behave(self, version: str, behavior: Behavior) -> None:
        """What the image of that version does from now on."""
        self.kubelet.behaviors[self.scene.image(version)] = behavior

    # What one can read

    def release(self) -> Release:
        """The AddonRelease as the operator reads it."""
        spec = {"addon": self.scene.name, "rollout": QUICK} | self.spec
        spec["policy"] = {"breakingChanges": self.breaking} | (spec.get("policy") or {})
        return Release(
            name=self.scene.release,
            namespace="kube-system",
            uid=self.release_uid,
            generation=self.generation,
            created_at=START,
            annotations=dict(self.annotations),
            spec=_read_spec(json.dumps(spec)),
        )

    def revisions(self) -> tuple[Revision, ...]:
        """What the operator has recorded, oldest first."""
        manifests = self.api.list("ControllerRevision", RELEASE_LABEL, self.scene.release)
        found = [revision for one in manifests if (revision := self._read_once(one)) is not None]
        return tuple(sorted(found, key=lambda revision: revision.number))

    def _read_once(self, manifest: dict[str, Any]) -> Revision | None:
        """A revision is read again only when somebody has written it: no two writes share a resourceVersion."""
        version = manifest["metadata"]["resourceVersion"]
        if version not in self._read:
            self._read[version] = read_revision(manifest)
        return self._read[version]

    @property
    def writes(self) -> list[Write]:
        """What the operator wrote."""
        return [write for write in self.api.log if write.manager == MANAGER]

    @property
    def running(self) -> str:
        """The version in the workload."""
        spec = self.workload["spec"]["template"]["spec"]
        return str(spec["containers"][0]["image"]).rpartition(":v")[2]

    @property
    def workload(self) -> dict[str, Any]:
        """The Deployment or StatefulSet."""
        manifest = self.api.get(self.scene.kind, self.scene.name)
        assert manifest is not None
        return manifest

    @property
    def mounted_key(self) -> str:
        """The key that the workload mounts."""
        volumes = self.workload["spec"]["template"]["spec"]["volumes"]
        return str(volumes[0]["configMap"]["items"][0]["key"])

    @property
    def data(self) -> dict[str, str]:
        """The ConfigMap's keys."""
        return (self.api.get("ConfigMap", self.scene.name) or {}).get("data") or {}

    @property
    def results(self) -> list[tuple[str, str]]:
        """Version and result of every finished revision, oldest first."""
        return [
            (revision.content.version, str(revision.outcome.result))
            for revision in self.revisions()
            if revision.outcome is not None
        ]
