"""What the operator would do next, computed by its own code from what the person may read. Nothing is executed."""

from __future__ import annotations

from dataclasses import dataclass, replace

from addon_updater.addons import addon_named
from addon_updater.api.release_status import AddonReleaseStatus
from addon_updater.cli.reader import Reader
from addon_updater.cli.releases import ReleaseView, pick, read_release
from addon_updater.cli.servers import Servers, look_at_servers
from addon_updater.cluster import clock, paths
from addon_updater.cluster.facts import FactsCache
from addon_updater.cluster.gather import Whereabouts, gather
from addon_updater.cluster.queue import Key
from addon_updater.cluster.store import Store
from addon_updater.reasons import Reason
from addon_updater.rollout.addon import UnreadableAddonError
from addon_updater.rollout.content import Content
from addon_updater.rollout.decision import Decision, stopped
from addon_updater.rollout.engine import decide
from addon_updater.rollout.gate import Outcome
from addon_updater.rollout.observed import NOTHING, Memory, Observed, Release
from addon_updater.rollout.plan import text_difference
from addon_updater.rollout.situation import is_approved
from addon_updater.rollout.status import project

_ELSEWHERE = Whereabouts(namespace="", pod="")


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
    decision: Decision
    servers: Servers
    change: Change | None
    plan_hash: str | None
    approved: bool
    is_running: bool
    """Whether an attempt is under way; change and hash are then its own."""
    skipped: tuple[str, ...]


async def preview(reader: Reader, namespace: str, name: str) -> Preview:
    """Look at the cluster and decide, as the operator does in one pass.

    Raises:
        ApiError: something that the decision needs cannot be read; the message names the right or the server.
        NotFoundError: there is no such AddonRelease.
    """
    now = clock.now()
    store = Store()
    for catalog in await reader.list(paths.CATALOGS):
        store.put_catalog(catalog["metadata"]["name"], catalog)
    manifests = await reader.releases(namespace)
    manifest = pick(manifests, name, namespace)
    for one in manifests:
        store.put_release(one)
    told = read_release(manifest)
    servers = await look_at_servers(reader, told.status.observed_kubernetes_minor, now)
    release = store.releases[Key(namespace, name)].release
    observed, decision = NOTHING, _unreadable(store, namespace, name)
    if release is not None:
        observed = await _gather(reader, store, release, servers)
        decision = decide(release, observed, store.catalog, addon_named, now)
    kept = store.releases[Key(namespace, name)]
    status = project(kept.identity, observed, decision, kept.conditions, now)
    change, plan_hash = _change(kept.identity, observed, decision, store)
    return Preview(
        view=replace(told, status=status, problem=None),
        told=told.status,
        decision=decision,
        servers=servers,
        change=change,
        plan_hash=plan_hash,
        approved=plan_hash is not None and is_approved(kept.identity, plan_hash),
        is_running=any(revision.is_open for revision in observed.revisions),
        skipped=_skipped(reader, servers, decision, store),
    )


async def _gather(reader: Reader, store: Store, release: Release, servers: Servers) -> Observed:
    entry = store.catalog.addon(release.spec.addon)
    return await gather(
        reader,
        store,
        FactsCache(reader),
        release,
        addon_named(entry.name) if entry is not None else None,
        minors=servers.minors,
        memory=Memory(),
        here=_ELSEWHERE,
    )


def _unreadable(store: Store, namespace: str, name: str) -> Decision:
    return stopped(Reason.INVALID_SPEC, store.releases[Key(namespace, name)].problem or "")


def _change(
    release: Release, observed: Observed, decision: Decision, store: Store
) -> tuple[Change | None, str | None]:
    """The content before and after the next hop, or of the attempt that is running."""
    running = next((one for one in observed.revisions if one.is_open), None)
    if running is not None and running.attempt is not None:
        previous = next((one for one in observed.revisions if one.name == running.attempt.previous), None)
        change = Change(previous.content, running.content) if previous is not None else None
        return change, running.attempt.plan
    if decision.plan is None or observed.workload is None:
        return None, None
    entry = store.catalog.addon(release.spec.addon)
    container = release.spec.container or (entry.target.container if entry is not None else "")
    try:
        live = addon_named(release.spec.addon).read(observed.workload, container, observed.config)
    except UnreadableAddonError:
        return None, decision.plan.hash
    return Change(live, decision.plan.desired), decision.plan.hash


def _skipped(reader: Reader, servers: Servers, decision: Decision, store: Store) -> tuple[str, ...]:
    """Everything that this look leaves unknown and that the operator would know."""
    found = [*reader.skipped.values()]
    if servers.skipped is not None:
        found.append(servers.skipped)
    if store.catalog_problem is not None:
        found.append(f"part of the catalog: {store.catalog_problem}")
    if decision.probe is not None:
        count = len(decision.probe.probes)
        found.append(
            f"functional checks: {count} questions that only the operator asks, from inside the cluster"
        )
    found += [
        f"gate {gate.name}: {gate.message}" for gate in decision.gates if gate.outcome is Outcome.SKIPPED
    ]
    return tuple(found)
