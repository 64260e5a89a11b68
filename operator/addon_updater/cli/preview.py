"""What the operator would do next, computed by its own code from what the person may read. Nothing is executed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from addon_updater.addons import addon_named
from addon_updater.api.catalog import Risk
from addon_updater.api.release_status import AddonReleaseStatus
from addon_updater.catalog import AddonEntryIndex, Catalog, in_clusters_of
from addon_updater.cli.arguments import OPERATOR_NAMESPACE
from addon_updater.cli.failures import look_for_failures
from addon_updater.cli.reader import Reader
from addon_updater.cli.releases import ReleaseView, pick, read_release
from addon_updater.cli.servers import Servers, look_at_servers
from addon_updater.cli.surroundings import Surroundings, look_around, look_at_cluster
from addon_updater.cluster import clock, paths
from addon_updater.cluster.facts import FactsCache
from addon_updater.cluster.gather import gather
from addon_updater.cluster.queue import Key
from addon_updater.cluster.store import Store
from addon_updater.reasons import Reason
from addon_updater.rollout.addon import UnreadableAddonError
from addon_updater.rollout.content import Content
from addon_updater.rollout.decision import Decision, circuit, stopped
from addon_updater.rollout.engine import decide
from addon_updater.rollout.gate import Outcome
from addon_updater.rollout.observed import NOTHING, Memory, Observed, Release
from addon_updater.rollout.plan import text_difference
from addon_updater.rollout.situation import Situation
from addon_updater.rollout.status import project

_ONLY_HERE = (
    "AddonReleases of other namespaces: you may not list them; one that is being updated, or several that have failed, "
    "could hold the start"
)


@dataclass(frozen=True, slots=True)
class Change:
    """What one hop switches together, before and after."""

    before: Content
    after: Content

    @property
    def difference(self) -> str:
        """The unified diff of the configuration; empty when its text stays."""
        return text_difference(self.before, self.after)


@dataclass(frozen=True, slots=True)
class Preview:
    """A decision that was made and not carried out."""

    view: ReleaseView
    """The release with the status that the operator would write now."""
    told: AddonReleaseStatus
    """The status that it has written last."""
    release: Release
    decision: Decision
    observed: Observed
    situation: Situation | None
    """None: something is missing or cannot be read, and the decision says what."""
    catalog: Catalog
    servers: Servers
    now: datetime
    change: Change | None
    plan_hash: str | None
    skipped: tuple[str, ...]

    @property
    def entry(self) -> AddonEntryIndex | None:
        """What the catalog knows about the addon in clusters like this one."""
        entry, cluster = self.catalog.addon(self.release.spec.addon), self.observed.cluster
        return in_clusters_of(cluster.recognized.vendor, entry) if entry and cluster else entry

    @property
    def approved(self) -> bool:
        """Whether a person has approved the plan."""
        return (
            self.plan_hash is not None
            and self.situation is not None
            and (self.situation.is_approved(self.plan_hash))
        )

    @property
    def is_running(self) -> bool:
        """Whether an attempt is under way; change and hash are then its own."""
        return any(revision.is_open for revision in self.observed.revisions)

    def foresee(self, annotations: Mapping[str, str]) -> Preview:
        """The same look at the release as it would be with these annotations as well."""
        release = replace(self.release, annotations={**self.release.annotations, **annotations})
        return replace(
            self,
            release=release,
            situation=replace(self.situation, release=release) if self.situation is not None else None,
            decision=decide(release, self.observed, self.catalog, addon_named, self.now),
        )


async def preview(
    reader: Reader, namespace: str, name: str, *, operator_namespace: str = OPERATOR_NAMESPACE
) -> Preview:
    """Look at the cluster and decide, as the operator does in one pass.

    Raises:
        ApiError: something that the decision needs cannot be read; the message names the right or the server.
        NotFoundError: there is no such AddonRelease.
    """
    now = clock.now()
    store = Store()
    for catalog in await reader.list(paths.CATALOGS):
        store.put_catalog(catalog["metadata"]["name"], catalog)
    manifests, are_all = await reader.releases_around(namespace)
    manifest = _pick(manifests, name, namespace)
    for one in manifests:
        store.put_release(one)
    told = read_release(manifest)
    servers = await look_at_servers(reader, told.status.observed_kubernetes_minor, now)
    cluster, untold = await look_at_cluster(reader, servers.versions)
    around = replace(await look_around(reader, operator_namespace), cluster=cluster)
    kept = store.releases[Key(namespace, name)]
    failures = await look_for_failures(reader, store, around.settings.breaker, now)
    observed = replace(NOTHING, breaker=failures.breaker)
    decision = stopped(Reason.INVALID_SPEC, kept.problem or "").but(circuit=circuit(failures.breaker))
    if kept.release is not None:
        observed = await _gather(reader, store, kept.release, servers, around)
        observed = replace(observed, breaker=failures.breaker)
        decision = decide(kept.release, observed, store.catalog, addon_named, now)
    status = project(kept.identity, observed, decision, kept.conditions, now)
    situation = _situation(kept.release, observed, store.catalog, now)
    change, plan_hash = _change(situation, decision)
    return Preview(
        view=replace(told, status=status, problem=None),
        told=told.status,
        release=kept.identity,
        decision=decision,
        observed=observed,
        situation=situation,
        catalog=store.catalog,
        servers=servers,
        now=now,
        change=change,
        plan_hash=plan_hash,
        skipped=(
            *_unasked(reader, servers, around, store),
            *untold,
            *failures.skipped,
            *(() if are_all else (_ONLY_HERE,)),
            *_ungated(decision),
        ),
    )


def _pick(manifests: list[dict[str, Any]], name: str, namespace: str) -> Mapping[str, Any]:
    return pick((one for one in manifests if one["metadata"]["namespace"] == namespace), name, namespace)


async def _gather(
    reader: Reader, store: Store, release: Release, servers: Servers, around: Surroundings
) -> Observed:
    entry = store.catalog.addon(release.spec.addon)
    observed = await gather(
        reader,
        store,
        FactsCache(reader),
        release,
        addon_named(entry.name) if entry is not None else None,
        minors=servers.minors,
        memory=Memory(),
        here=around.here,
        settings=around.settings,
        cluster=around.cluster,
    )
    return replace(observed, others=store.others(release))


def _situation(
    release: Release | None, observed: Observed, catalog: Catalog, now: datetime
) -> Situation | None:
    """The release with its workload read, when that is possible."""
    entry = catalog.addon(release.spec.addon) if release is not None else None
    workload = observed.workload
    if release is None or entry is None or workload is None:
        return None
    container = release.spec.container or entry.target.container
    if workload.container(container) is None:
        return None
    addon = addon_named(entry.name)
    try:
        live = addon.read(workload, container, observed.config)
    except UnreadableAddonError:
        return None
    shared = frozenset(name for name, one in catalog.addons.items() if one.risk is Risk.SHARED)
    return Situation(release, observed, addon, workload, live, now, shared_addons=shared)


def _change(situation: Situation | None, decision: Decision) -> tuple[Change | None, str | None]:
    """The content before and after the next hop, or of the attempt that is running."""
    if situation is None:
        return None, None
    running = situation.open
    if running is not None and running.attempt is not None:
        previous = situation.by_name(running.attempt.previous)
        change = Change(previous.content, running.content) if previous is not None else None
        return change, running.attempt.plan
    if decision.plan is None:
        return None, None
    return Change(situation.live, decision.plan.desired), decision.plan.hash


def _unasked(reader: Reader, servers: Servers, around: Surroundings, store: Store) -> tuple[str, ...]:
    """What this look leaves unknown and the operator would know."""
    found = [*reader.skipped.values(), *around.skipped]
    if servers.skipped is not None:
        found.append(servers.skipped)
    if store.catalog_problem is not None:
        found.append(f"part of the catalog: {store.catalog_problem}")
    return tuple(found)


def _ungated(decision: Decision) -> tuple[str, ...]:
    """The checks that nobody asks from here, and those that nobody asks at all."""
    found = []
    if decision.probe is not None:
        count = len(decision.probe.probes)
        found.append(
            f"functional checks: {count} questions that only the operator asks, from inside the cluster"
        )
    found += [
        f"gate {gate.name}: {gate.message}" for gate in decision.gates if gate.outcome is Outcome.SKIPPED
    ]
    return tuple(found)
