"""One look at the cluster for one AddonRelease. A missing object is a value; only a failing request is an error."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace

from addon_updater.api.operator_settings import OperatorSettings
from addon_updater.cluster import paths
from addon_updater.cluster.client import Client, Manifest
from addon_updater.cluster.facts import FactsCache
from addon_updater.cluster.store import Store
from addon_updater.errors import ForbiddenError
from addon_updater.resolve import ClusterMinors
from addon_updater.resolve.nodes import ClusterFacts
from addon_updater.rollout.addon import Addon
from addon_updater.rollout.observed import (
    NO_SETTINGS,
    NOTHING,
    Denied,
    Memory,
    Observed,
    Release,
    WorkloadRef,
)
from addon_updater.rollout.render import REHEARSAL_LABEL, TASK_LABEL
from addon_updater.rollout.revision import RELEASE_LABEL, read_revision
from addon_updater.rollout.situation import REQUESTED_ANNOTATION
from addon_updater.rollout.workload import (
    TaskJob,
    Workload,
    read_config_map,
    read_pod,
    read_task_job,
    read_workload,
)


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where this operator itself runs, and from which image its tools come."""

    namespace: str
    pod: str
    tools_image: str | None = None


async def gather(
    client: Client,
    store: Store,
    facts: FactsCache,
    release: Release,
    addon: Addon | None,
    *,
    minors: ClusterMinors | None,
    memory: Memory,
    here: Whereabouts,
    settings: OperatorSettings = NO_SETTINGS,
    cluster: ClusterFacts | None = None,
) -> Observed:
    """Read everything that a decision about this release may need.

    Raises:
        TransientError: the API server did not answer; try again.
    """
    entry = store.catalog.addon(release.spec.addon)
    nothing = replace(
        NOTHING,
        minors=minors,
        memory=memory,
        settings=settings,
        catalog_gap=store.catalog_gap,
        cluster=cluster,
        vendor_owner=entry.owner_on(cluster.recognized.vendor) if entry and cluster else None,
    )
    target = store.target_of(release)
    if addon is None or target is None:
        return nothing
    try:
        return await _read(client, store, facts, release, addon, target, nothing, here)
    except ForbiddenError as error:
        return replace(nothing, denied=_denied(release.namespace, str(error)))


async def _read(  # noqa: PLR0917 - the private half of gather
    client: Client,
    store: Store,
    facts: FactsCache,
    release: Release,
    addon: Addon,
    target: WorkloadRef,
    nothing: Observed,
    here: Whereabouts,
) -> Observed:
    namespace = release.namespace
    manifest, revisions, rehearsals = await asyncio.gather(
        client.get(paths.workload(target.kind, namespace, target.name)),
        client.list(paths.revisions(namespace), labels=f"{RELEASE_LABEL}={release.name}"),
        client.list(paths.pods(namespace), labels=f"{REHEARSAL_LABEL}={release.name}"),
    )
    seen = replace(
        nothing,
        revisions=tuple(revision for item in revisions if (revision := read_revision(item)) is not None),
        older_claims=store.older_claims(release, target),
    )
    if manifest is None:
        return seen
    workload = read_workload({"kind": target.kind, **manifest})
    entry = store.catalog.addon(release.spec.addon)
    container = release.spec.container or (entry.target.container if entry else "")
    config_name = addon.config_map_of(workload, container)
    asked = release.annotations.get(REQUESTED_ANNOTATION)
    config, pods, network, surroundings, tasks = await asyncio.gather(
        _maybe(client, paths.config_map(namespace, config_name) if config_name else None),
        client.list(paths.pods(namespace), labels=_selector(workload)),
        facts.of(workload, asked=asked),
        facts.surroundings.of(workload, asked=asked),
        _tasks(client, release) if addon.has_tasks and _has_open(seen) else _none(),
    )
    return replace(
        seen,
        workload=workload,
        config=read_config_map(config) if config is not None else None,
        pods=tuple(read_pod(pod, container) for pod in pods),
        rehearsal=read_pod(rehearsals[0], container) if rehearsals else None,
        facts=network,
        surroundings=surroundings,
        tasks=tasks,
        tools_image=here.tools_image,
        own_workload=_own(here, workload),
    )


async def _tasks(client: Client, release: Release) -> tuple[TaskJob, ...]:
    """The Jobs of an attempt, with the pods that carry their last words."""
    labels = f"{TASK_LABEL}={release.name}"
    jobs, manifests = await asyncio.gather(
        client.list(paths.jobs(release.namespace), labels=labels),
        client.list(paths.pods(release.namespace), labels=labels),
    )
    pods = [read_pod(one, one["spec"]["containers"][0]["name"]) for one in manifests]
    return tuple(read_task_job(job, pods) for job in jobs)


def _has_open(seen: Observed) -> bool:
    return any(revision.is_open for revision in seen.revisions)


async def _none() -> tuple[TaskJob, ...]:
    return ()


async def _maybe(client: Client, path: str | None) -> Manifest | None:
    return await client.get(path) if path is not None else None


_OPERATORS = {"In": "{key} in ({values})", "NotIn": "{key} notin ({values})", "Exists": "{key}"}


def _selector(workload: Workload) -> str:
    """The selector of its pods in the writing of a list request; left out in part it would find pods of others."""
    expressions = (workload.spec.get("selector") or {}).get("matchExpressions") or ()
    words = [f"{key}={value}" for key, value in sorted(workload.selector.items())]
    words += [
        _OPERATORS.get(one["operator"], "!{key}").format(
            key=one["key"], values=",".join(one.get("values") or ())
        )
        for one in expressions
    ]
    return ",".join(words)


def _own(here: Whereabouts, workload: Workload) -> tuple[str, str] | None:
    mine = here.namespace == workload.namespace and here.pod.startswith(f"{workload.name}-")
    return (workload.namespace, workload.name) if mine else None


def _denied(namespace: str, message: str) -> Denied:
    remedy = (
        f"the operator may not govern namespace {namespace}: {message}. Grant it with the Role, RoleBinding and "
        f"policy parameters of deploy/namespaces/: kubectl apply -k deploy/namespaces/{namespace}"
    )
    return Denied(verb="get", resource="", namespace=namespace, message=remedy)
