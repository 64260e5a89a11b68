"""A cluster in memory with one AddonRelease, and the operator's pass over it.

The pass is the one of cluster/reconcile.py and cluster/execute.py, step by step, with a fake clock. Faults go into
`before` and `after`, which see every action; a raised Crash drops all memory, as kill -9 does.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from addon_updater.api.meta import Condition, ConditionStatus
from addon_updater.api.operator_settings import OperatorSettings
from addon_updater.api.release import AddonReleaseSpec
from addon_updater.api.release_status import AddonReleaseStatus
from addon_updater.api.versions import Minor
from addon_updater.errors import ConflictError, NotFoundError, TransientError
from addon_updater.resolve import ClusterMinors
from addon_updater.rollout.actions import Action
from addon_updater.rollout.addon import NetworkFacts, ServiceAddress
from addon_updater.rollout.checks import PageCheck, QueryCheck
from addon_updater.rollout.decision import Decision, EventNote
from addon_updater.rollout.engine import decide
from addon_updater.rollout.gate import HttpAnswer, Probe, Reply, worst
from addon_updater.rollout.observed import NO_SETTINGS, NOTHING, Memory, Observed, OtherRelease, Release
from addon_updater.rollout.ownership import MANAGER
from addon_updater.rollout.render import REHEARSAL_LABEL
from addon_updater.rollout.revision import RELEASE_LABEL, Revision, read_revision
from addon_updater.rollout.status import project
from addon_updater.rollout.workload import (
    TaskJob,
    read_config_map,
    read_pod,
    read_task_job,
    read_workload,
)
from unit.rollout import answers
from unit.rollout.apiserver import ApiServer, Write
from unit.rollout.executing import execute
from unit.rollout.jobs import Jobs
from unit.rollout.kubelet import SERVICE_IP, Behavior, Kubelet
from unit.rollout.ledger import Page
from unit.rollout.scenes import Scene, coredns

START = datetime(2026, 1, 5, 12, tzinfo=UTC)
QUICK = {"soak": "8s", "progressDeadline": "30s", "unknownDeadline": "30s", "minReadySeconds": 2}
AT_ONCE = timedelta(0)
RESYNC = timedelta(seconds=30)
FINE = HttpAnswer(200, '{"status": "success", "data": {"result": [{"value": [0, "1"]}]}}')
Hook = Callable[[int, Action], None]


class Crash(Exception):  # noqa: N818 - it is what happens, not an error that anybody handles
    """The operator's process ends here."""


@functools.lru_cache(maxsize=512)
def _read_spec(text: str) -> AddonReleaseSpec:
    """The spec is read once for every edit, and not in every pass."""
    return AddonReleaseSpec.model_validate_json(text)


def _nothing(number: int, action: Action) -> None:
    """No fault."""


@dataclass(frozen=True)
class Deed:
    """An action that was carried out, with what the operator knew when it decided."""

    action: Action
    observed: Observed
    decision: Decision
    epoch: int
    release: Release
    at: datetime


@dataclass
class World:
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
    others: tuple[OtherRelease, ...] = ()
    jobs: Jobs = field(default_factory=Jobs)
    pages: dict[str, HttpAnswer] = field(default_factory=dict)
    """What the servers of spec.health answer, by URL; the others are fine."""
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

    # What the operator does

    def crash(self) -> None:
        """The process ends and another one begins."""
        self.memory = Memory()

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

    def gather(self) -> Observed:
        """One look, as cluster/gather.py takes it."""
        scene = self.scene
        seen = replace(
            NOTHING,
            minors=ClusterMinors(servers=self.servers, settled=self.settled),
            memory=self.memory,
            settings=self.settings,
            others=self.others,
            older_claims=self.older_claims,
            revisions=self.revisions(),
        )
        manifest = self.api.get(scene.kind, scene.name)
        if manifest is None:
            return seen
        config = self.api.get("ConfigMap", scene.name)
        pods = [
            (pod, read_pod(self.kubelet.manifest(pod, self.now), scene.name)) for pod in self.kubelet.pods
        ]
        rehearsals = [read for pod, read in pods if pod.labels.get(REHEARSAL_LABEL) == scene.release]
        selector = manifest["spec"]["selector"]["matchLabels"]
        return replace(
            seen,
            workload=read_workload({"kind": scene.kind, **manifest}),
            config=read_config_map(config) if config is not None else None,
            pods=tuple(read for pod, read in pods if pod.labels == selector),
            rehearsal=rehearsals[0] if rehearsals else None,
            tasks=self._tasks() if any(revision.is_open for revision in seen.revisions) else (),
            facts=NetworkFacts(
                services=(ServiceAddress("kube-dns", SERVICE_IP, (53, 9153)),),
                api_service_ips=("10.96.0.1",),
                api_endpoint_ips=self.endpoints,
                endpoint_slices_allowed=self.endpoint_slices_allowed,
            ),
        )

    def _tasks(self) -> tuple[TaskJob, ...]:
        jobs, pods = self.jobs.read(self.now)
        read = [read_pod(pod, "task") for pod in pods]
        return tuple(read_task_job(job, read) for job in jobs)

    def revisions(self) -> tuple[Revision, ...]:
        """What the operator has recorded, oldest first."""
        manifests = self.api.list("ControllerRevision", RELEASE_LABEL, self.scene.release)
        found = [revision for manifest in manifests if (revision := read_revision(manifest)) is not None]
        return tuple(sorted(found, key=lambda revision: revision.number))

    def look(self) -> tuple[Decision, Observed]:
        """Gather and decide, asking the probes that the decision wants."""
        observed = self.gather()
        while True:
            decision = decide(
                self.release(), observed, self.scene.catalog, lambda _: self.scene.addon, self.now
            )
            request = decision.probe
            if request is None or request.purpose in observed.replies:
                return decision, observed
            replies = tuple(Reply(probe, self.answer(probe)) for probe in request.probes)
            observed = replace(observed, replies={**observed.replies, request.purpose: replies})

    def answer(self, probe: Probe) -> object:
        """What the server of a probe says."""
        question = probe.question
        if isinstance(question, PageCheck | QueryCheck):
            return self.pages.get(question.url, FINE)
        if isinstance(question, Page):
            return answers.page(self.kubelet, probe.server, self.now)
        known = frozenset({"10.96.0.1", "192.168.1.10"})
        return answers.lookup(self.kubelet, probe.server, question, self.now, known)

    def step(self) -> timedelta | None:
        """One pass; the answer says when the next one is due."""
        decision, observed = self.look()
        self.remember(decision)
        return self.act(decision, observed)

    def remember(self, decision: Decision) -> None:
        """As cluster/reconcile.py does."""
        self.decision = decision
        self.memory = self.memory.after(worst(decision.gates), self.now, startable=decision.startable)

    def act(self, decision: Decision, observed: Observed) -> timedelta | None:
        """Carry out the action, or tell the status."""
        action = decision.action
        if action is None:
            self.tell(decision, observed)
            return decision.requeue_after
        self.attempted += 1
        number = self.attempted
        self.before(number, action)
        self.execute(action)
        self.deeds.append(Deed(action, observed, decision, self.epoch, self.release(), self.now))
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
        execute(self, action)

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
    def did(self) -> list[str]:
        """The kinds of the operator's actions, in order."""
        return [type(deed.action).__name__ for deed in self.deeds]

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
