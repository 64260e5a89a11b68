"""One look at a World: what cluster/gather.py reads, and what the probes hear."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from addon_updater.resolve import ClusterMinors
from addon_updater.rollout.addon import NetworkFacts, ServiceAddress
from addon_updater.rollout.breaker import Breaker, breaker_reset, failure_of, judge_breaker
from addon_updater.rollout.checks import PageCheck, QueryCheck
from addon_updater.rollout.gate import HttpAnswer, Probe
from addon_updater.rollout.observed import NOTHING, Observed
from addon_updater.rollout.render import REHEARSAL_LABEL
from addon_updater.rollout.workload import (
    TaskJob,
    read_config_map,
    read_pod,
    read_task_job,
    read_workload,
)
from unit.rollout import answers
from unit.rollout.kubelet import SERVICE_IP
from unit.rollout.ledger import Page

if TYPE_CHECKING:
    from unit.rollout.world import World

FINE = HttpAnswer(200, '{"status": "success", "data": {"result": [{"value": [0, "1"]}]}}')


def gather(world: World) -> Observed:
    """Everything that a decision may need."""
    scene = world.scene
    seen = replace(
        NOTHING,
        minors=ClusterMinors(servers=world.servers, settled=world.settled),
        memory=world.memory,
        settings=world.settings,
        catalog_gap=world.catalog_gap,
        others=world.others,
        older_claims=world.older_claims,
        revisions=world.revisions(),
        breaker=_breaker(world),
    )
    manifest = world.api.get(scene.kind, scene.name)
    if manifest is None:
        return seen
    config = world.api.get("ConfigMap", scene.name)
    pods = [(pod, read_pod(world.kubelet.manifest(pod, world.now), scene.name)) for pod in world.kubelet.pods]
    rehearsals = [read for pod, read in pods if pod.labels.get(REHEARSAL_LABEL) == scene.release]
    selector = manifest["spec"]["selector"]["matchLabels"]
    return replace(
        seen,
        workload=read_workload({"kind": scene.kind, **manifest}),
        config=read_config_map(config) if config is not None else None,
        pods=tuple(read for pod, read in pods if pod.labels == selector),
        rehearsal=rehearsals[0] if rehearsals else None,
        surroundings=world.surroundings,
        tasks=_tasks(world) if scene.addon.has_tasks and _has_open(seen) else (),
        facts=NetworkFacts(
            services=(ServiceAddress("kube-dns", SERVICE_IP, (53, 9153)),),
            api_service_ips=("10.96.0.1",),
            api_endpoint_ips=world.endpoints,
            endpoint_slices_allowed=world.endpoint_slices_allowed,
        ),
    )


def _breaker(world: World) -> Breaker:
    """What cluster/breaker.py makes of the failures of all releases, this one included."""
    release = world.release()
    own = [failure_of(release.namespace, release.name, revision) for revision in world.revisions()]
    failures = [*world.failures, *(one for one in own if one is not None)]
    said = breaker_reset(release.annotations)
    resets = (*world.breaker_resets, *((said,) if said is not None else ()))
    return judge_breaker(failures, resets, world.settings.breaker, world.now)


def answer(world: World, probe: Probe) -> object:
    """What the server of a probe says."""
    question = probe.question
    if isinstance(question, PageCheck | QueryCheck):
        return world.pages.get(question.url, FINE)
    if isinstance(question, Page):
        return answers.page(world.kubelet, probe.server, world.now)
    known = frozenset({"10.96.0.1", "192.168.1.10"})
    return answers.lookup(world.kubelet, probe.server, question, world.now, known)


def _has_open(seen: Observed) -> bool:
    return any(revision.is_open for revision in seen.revisions)


def _tasks(world: World) -> tuple[TaskJob, ...]:
    jobs, pods = world.jobs.read(world.now)
    read = [read_pod(pod, "task") for pod in pods]
    return tuple(read_task_job(job, read) for job in jobs)
