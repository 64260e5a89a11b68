"""A cluster in memory with one AddonRelease, and the operator's pass over it.

The pass is the one of cluster/reconcile.py and cluster/execute.py, step by step, with a fake clock. Faults go into
`before` and `after`, which see every action; a raised Crash drops all memory, as kill -9 does.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from addon_updater.addons import addon_named
from addon_updater.api.meta import Condition, ConditionStatus
from addon_updater.api.release import AddonReleaseSpec
from addon_updater.api.release_status import AddonReleaseStatus
from addon_updater.api.versions import Minor
from addon_updater.catalog import Catalog, load_embedded
from addon_updater.errors import ConflictError, NotFoundError, TransientError
from addon_updater.resolve import ClusterMinors
from addon_updater.rollout.actions import (
    Action,
    AnnotateRevision,
    ApplyWorkload,
    ClaimWorkload,
    CreateRehearsal,
    DeleteRehearsal,
    DeleteRevision,
    RecordRevision,
    WriteConfig,
)
from addon_updater.rollout.addon import NetworkFacts, ServiceAddress
from addon_updater.rollout.decision import Decision, EventNote
from addon_updater.rollout.engine import decide
from addon_updater.rollout.gate import Reply, worst
from addon_updater.rollout.observed import NOTHING, Memory, Observed, Release
from addon_updater.rollout.ownership import MANAGER
from addon_updater.rollout.render import REHEARSAL_LABEL
from addon_updater.rollout.revision import RELEASE_LABEL, Revision, read_revision, revision_manifest
from addon_updater.rollout.status import project
from addon_updater.rollout.workload import read_config_map, read_pod, read_workload
from unit.rollout.apiserver import ApiServer, Write
from unit.rollout.kubelet import POD_LABELS, SERVICE_IP, Behavior, Kubelet
from unit.rollout.manifests import PLAIN, config_map, deployment, image

START = datetime(2026, 1, 5, 12, tzinfo=UTC)
QUICK = {"soak": "8s", "progressDeadline": "30s", "unknownDeadline": "30s", "minReadySeconds": 2}
AT_ONCE = timedelta(0)
RESYNC = timedelta(seconds=30)
Hook = Callable[[int, Action], None]


class Crash(Exception):  # noqa: N818 - it is what happens, not an error that anybody handles
    """The operator's process ends here."""


@functools.cache
def embedded() -> Catalog:
    """The catalog inside the image."""
    return load_embedded()


def _nothing(number: int, action: Action) -> None:
    """No fault."""


@dataclass(frozen=True)
class Deed:
    """An action that was carried out, with what the operator knew when it decided."""

    action: Action
    observed: Observed
    decision: Decision
    epoch: int
    reset_at: str | None


@dataclass
class World:
    """One namespace, its Deployment, ConfigMap and pods, the API servers' minors and one AddonRelease."""

    version: str = "1.11.3"
    corefile: str = PLAIN
    minor: str = "1.34"
    spec: dict[str, Any] = field(default_factory=dict)
    before: Hook = _nothing
    after: Hook = _nothing
    manager: str = "kubectl-client-side-apply"
    now: datetime = START
    kubelet: Kubelet = field(default_factory=Kubelet)
    memory: Memory = field(default_factory=Memory)
    annotations: dict[str, str] = field(default_factory=dict)
    older_claims: tuple[str, ...] = ()
    endpoints: tuple[str, ...] = ("192.168.1.10",)
    endpoint_slices_allowed: bool | None = True
    deeds: list[Deed] = field(default_factory=list)
    attempted: int = 0
    events: list[EventNote] = field(default_factory=list)
    told: list[AddonReleaseStatus] = field(default_factory=list)
    decision: Decision | None = None
    epoch: int = 0
    generation: int = 1
    release_uid: str = "release-1"

    def __post_init__(self) -> None:
        self.api = ApiServer(lambda: self.now)
        self.servers = frozenset({Minor.parse(self.minor)})
        self.settled: Minor | None = Minor.parse(self.minor)
        self.original = deployment(self.version)
        self.api.create("ConfigMap", config_map(self.corefile), self.manager)
        self.api.create("Deployment", self.original, self.manager)
        self.foreign = len(self.api.log)
        self.roll()
        self.tick(60)

    # What the world does by itself

    def tick(self, seconds: float) -> None:
        """Let time pass, at most five seconds between two looks of the controllers."""
        while seconds > 0:
            step = min(seconds, 5.0)
            self.now += timedelta(seconds=step)
            seconds -= step
            self.roll()

    def roll(self) -> None:
        """One look of kubelet and Deployment controller."""
        data = (self.api.get("ConfigMap", "coredns") or {}).get("data") or {}
        self.kubelet.mount(data, self.now)
        if manifest := self.api.get("Deployment", "coredns"):
            status = self.kubelet.roll(manifest, self.now)
            self.api.objects["Deployment", "coredns"].status = status
            self.kubelet.mount(data, self.now)

    # What people do

    def edit(self, kind: str, patch: dict[str, Any], manager: str = "kubectl-edit") -> None:
        """A merge patch of somebody else."""
        self.epoch += 1
        self.api.merge(kind, "coredns", patch, manager)
        self.roll()

    def set_image(self, version: str, manager: str = "kubectl-set") -> None:
        """Somebody sets another image."""
        self.epoch += 1
        manifest = {
            "spec": {"template": {"spec": {"containers": [{"name": "coredns", "image": image(version)}]}}}
        }
        self.api.overlay("Deployment", "coredns", manifest, manager)
        self.roll()

    def edit_corefile(self, text: str, manager: str = "kubectl-edit") -> None:
        """Somebody writes their own key."""
        self.edit("ConfigMap", {"data": {"Corefile": text}}, manager)

    def apply_original(self, manager: str = "kubectl-client-side-apply") -> None:
        """Somebody applies the manifest that the Deployment was made from, once more."""
        self.epoch += 1
        self.api.overlay("Deployment", "coredns", self.original, manager)
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
        self.kubelet.behaviors[image(version)] = behavior

    # What the operator does

    def crash(self) -> None:
        """The process ends and another one begins."""
        self.memory = Memory()

    def release(self) -> Release:
        """The AddonRelease as the operator reads it."""
        spec = {"addon": "coredns", "rollout": QUICK} | self.spec
        # What breaks users travels with a minor; most stories here are about something else.
        spec["policy"] = {"breakingChanges": "Allow"} | (spec.get("policy") or {})
        return Release(
            name="dns",
            namespace="kube-system",
            uid=self.release_uid,
            generation=self.generation,
            created_at=START,
            annotations=self.annotations,
            spec=AddonReleaseSpec.model_validate(spec),
        )

    def gather(self) -> Observed:
        """One look, as cluster/gather.py takes it."""
        seen = replace(
            NOTHING,
            minors=ClusterMinors(servers=self.servers, settled=self.settled),
            memory=self.memory,
            older_claims=self.older_claims,
            revisions=self.revisions(),
        )
        manifest = self.api.get("Deployment", "coredns")
        if manifest is None:
            return seen
        config = self.api.get("ConfigMap", "coredns")
        pods = [(pod, read_pod(self.kubelet.manifest(pod, self.now), "coredns")) for pod in self.kubelet.pods]
        rehearsals = [read for pod, read in pods if pod.labels.get(REHEARSAL_LABEL) == "dns"]
        return replace(
            seen,
            workload=read_workload(manifest),
            config=read_config_map(config) if config is not None else None,
            pods=tuple(read for pod, read in pods if pod.labels == POD_LABELS),
            rehearsal=rehearsals[0] if rehearsals else None,
            facts=NetworkFacts(
                services=(ServiceAddress("kube-dns", SERVICE_IP, (53, 9153)),),
                api_service_ips=("10.96.0.1",),
                api_endpoint_ips=self.endpoints,
                endpoint_slices_allowed=self.endpoint_slices_allowed,
            ),
        )

    def revisions(self) -> tuple[Revision, ...]:
        """What the operator has recorded, oldest first."""
        manifests = self.api.list("ControllerRevision", RELEASE_LABEL, "dns")
        found = [revision for manifest in manifests if (revision := read_revision(manifest)) is not None]
        return tuple(sorted(found, key=lambda revision: revision.number))

    def look(self) -> tuple[Decision, Observed]:
        """Gather and decide, asking the probes that the decision wants."""
        observed = self.gather()
        while True:
            decision = decide(self.release(), observed, embedded(), addon_named, self.now)
            request = decision.probe
            if request is None or request.purpose in observed.replies:
                return decision, observed
            known = frozenset({"10.96.0.1", "192.168.1.10"})
            replies = tuple(
                Reply(probe, self.kubelet.answer(probe.server, probe.question, self.now, known))
                for probe in request.probes
            )
            observed = replace(observed, replies={**observed.replies, request.purpose: replies})

    def step(self) -> timedelta | None:
        """One pass; the answer says when the next one is due."""
        decision, observed = self.look()
        self.remember(decision)
        return self.act(decision, observed)

    def remember(self, decision: Decision) -> None:
        """As cluster/reconcile.py does."""
        self.decision = decision
        self.memory = self.memory.after(worst(decision.gates), self.now)

    def act(self, decision: Decision, observed: Observed) -> timedelta | None:
        """Carry out the action, or tell the status."""
        action = decision.action
        if action is None:
            self.tell(decision, observed)
            return decision.requeue_after
        self.attempted += 1
        number, reset_at = self.attempted, self.annotations.get("addon-updater.dev/resetAt")
        self.before(number, action)
        self.execute(action)
        self.deeds.append(Deed(action, observed, decision, self.epoch, reset_at))
        self.after(number, action)
        if decision.event is not None:
            self.events.append(decision.event)
        self.roll()
        return AT_ONCE

    def tell(self, decision: Decision, observed: Observed) -> None:
        """Project the status, and write it when it is another one."""
        before = self.told[-1].conditions if self.told else None
        status = project(self.release(), observed, decision, before or (), self.now)
        if not self.told or status != self.told[-1]:
            self.told.append(status)

    def execute(self, action: Action) -> None:
        """What cluster/execute.py does."""
        api, guarded = self.api, _guarded
        match action:
            case RecordRevision():
                manifest = revision_manifest(
                    release="dns",
                    addon="coredns",
                    namespace="kube-system",
                    number=action.number,
                    content=action.content,
                    annotations=action.annotations,
                )
                self._create_once(lambda: api.create("ControllerRevision", manifest, MANAGER))
            case AnnotateRevision():
                metadata = {"annotations": dict(action.annotations)}
                body = guarded(metadata, action.resource_version)
                api.merge("ControllerRevision", action.name, body, MANAGER)
            case DeleteRevision():
                api.delete("ControllerRevision", action.name, MANAGER)
            case WriteConfig():
                body = guarded({"uid": action.uid}, action.resource_version) | {"data": dict(action.data)}
                api.merge("ConfigMap", action.config_map, body, MANAGER)
            case CreateRehearsal():
                self._create_once(lambda: self._rehearse(action))
            case DeleteRehearsal():
                pods = self.kubelet.pods
                pods[:] = [pod for pod in pods if (pod.name, pod.uid) != (action.name, action.uid)]
                api.log.append(Write(self.now, MANAGER, "delete", "Pod", action.name, {}, {}))
            case ClaimWorkload():
                metadata = {"uid": action.uid, "labels": {RELEASE_LABEL: action.release}}
                body = guarded(metadata, action.resource_version)
                api.merge("Deployment", "coredns", body, MANAGER)
            case ApplyWorkload():
                api.apply("Deployment", "coredns", action.body, MANAGER)

    def _rehearse(self, action: CreateRehearsal) -> None:
        metadata = action.manifest["metadata"]
        if any(pod.name == metadata["name"] for pod in self.kubelet.pods):
            raise ConflictError("pod exists", status=409)
        spec, labels = action.manifest["spec"], metadata["labels"]
        self.kubelet.start(spec, labels, self.now, name=metadata["name"])
        self.api.log.append(Write(self.now, MANAGER, "create", "Pod", metadata["name"], {}, {}))

    @staticmethod
    def _create_once(create: Callable[[], None]) -> None:
        try:
            create()
        except ConflictError:
            return

    def run(self, until: Callable[[World], bool] | None = None, *, passes: int = 400) -> World:
        """Pass after pass, until the condition holds or, without one, until nothing is left to do.

        Raises:
            AssertionError: that does not happen within so many passes.
        """
        idle = 0
        for _ in range(passes):
            if until is not None and until(self):
                return self
            due = self.survive()
            idle = 0 if due is not None and due < RESYNC else idle + 1
            if until is None and idle >= 2 and not self._waits_for_an_edit():
                return self
            self.tick(max(RESYNC if due is None else due, AT_ONCE).total_seconds())
        said = (
            [(one.type, one.reason, one.message) for one in self.decision.conditions] if self.decision else []
        )
        raise AssertionError(f"not within {passes} passes; at last {said}")

    def _waits_for_an_edit(self) -> bool:
        update = self.decision.update if self.decision is not None else None
        return update is not None and "take it over first" in update.message

    def survive(self) -> timedelta | None:
        """One pass of a process that the queue restarts and repeats."""
        try:
            return self.step()
        except Crash:
            self.crash()
            return AT_ONCE
        except (ConflictError, NotFoundError, TransientError):
            return timedelta(seconds=1)

    # What one can ask

    @property
    def writes(self) -> list[Write]:
        """What the operator wrote."""
        return [write for write in self.api.log if write.manager == MANAGER]

    @property
    def running(self) -> str:
        """The version in the Deployment."""
        spec = self.workload["spec"]["template"]["spec"]
        return str(spec["containers"][0]["image"]).rpartition(":v")[2]

    @property
    def workload(self) -> dict[str, Any]:
        """The Deployment."""
        manifest = self.api.get("Deployment", "coredns")
        assert manifest is not None
        return manifest

    @property
    def mounted_key(self) -> str:
        """The key that the Deployment mounts."""
        volumes = self.workload["spec"]["template"]["spec"]["volumes"]
        return str(volumes[0]["configMap"]["items"][0]["key"])

    @property
    def data(self) -> dict[str, str]:
        """The ConfigMap's keys."""
        return (self.api.get("ConfigMap", "coredns") or {}).get("data") or {}

    @property
    def results(self) -> list[tuple[str, str]]:
        """Version and result of every finished revision, oldest first."""
        return [
            (revision.content.version, str(revision.outcome.result))
            for revision in self.revisions()
            if revision.outcome is not None
        ]

    def condition(self, type_: str) -> tuple[str, str]:
        """Status and reason of a condition of the last pass; empty when it is absent."""
        conditions: Sequence[Condition] = self.decision.conditions if self.decision else ()
        found = next((one for one in conditions if one.type == type_), None)
        return (str(ConditionStatus(found.status)), found.reason) if found else ("", "")

    def step_is(self, reason: str) -> bool:
        """Whether the last pass was at that step of an attempt."""
        return self.condition("Reconciling") == ("True", reason)


def _guarded(metadata: dict[str, Any], resource_version: str) -> dict[str, Any]:
    return {"metadata": {**metadata, "resourceVersion": resource_version}}
