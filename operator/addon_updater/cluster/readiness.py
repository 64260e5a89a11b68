"""Keeps the UpgradeReadiness of the next minor: one object, written only when what it says has changed.

It rests on the statuses of the AddonReleases, as every reader of them would, and on the last look at the nodes.
Nothing is decided by it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator
from typing import Any

from addon_updater import metrics
from addon_updater.api.meta import API_VERSION
from addon_updater.api.operator_settings import OperatorSettings
from addon_updater.api.readiness import UpgradeReadinessStatus, readiness_name
from addon_updater.api.release import BreakingChanges, Updates
from addon_updater.api.vendors import Vendor
from addon_updater.api.versions import Minor, Version
from addon_updater.catalog import in_clusters_of
from addon_updater.cluster import clock, paths
from addon_updater.cluster.client import Client, Manifest
from addon_updater.cluster.queue import Key
from addon_updater.cluster.store import Kept, Store
from addon_updater.errors import ApiError, VersionError
from addon_updater.reasons import ConditionType, Reason
from addon_updater.resolve import ClusterMinors
from addon_updater.resolve.findings import Assessment, summarize
from addon_updater.resolve.nodes import Nodes
from addon_updater.resolve.readiness import Governed, assess
from addon_updater.resolve.skew import assess_kubelets

_LOG = logging.getLogger(__name__)
EVERY_S = 10.0
"""At most one look in this time, however much happens."""
LOOK_AGAIN_S = 600.0
"""Without an event: somebody may have deleted the object, and a release grows old enough by itself."""
_NOT_YET = "the operator has not looked at it yet"


class ReadinessKeeper:
    """Writes while this replica holds the Lease."""

    def __init__(
        self,
        client: Client,
        store: Store,
        *,
        minors: Callable[[], ClusterMinors | None],
        nodes: Callable[[], tuple[Nodes | None, str]],
        vendor: Callable[[], Vendor],
        settings: Callable[[], OperatorSettings],
        may_write: Callable[[], bool],
    ) -> None:
        self._client = client
        self._store = store
        self._minors = minors
        self._nodes = nodes
        self._vendor = vendor
        self._settings = settings
        self._may_write = may_write
        self._due = asyncio.Event()
        self._shown: str | None = None

    def wake(self) -> None:
        """A release, a catalog, the settings or the minors of the cluster have changed."""
        self._due.set()

    def forget(self) -> None:
        """Show no verdicts any more: from now on another replica does."""
        self._show(None, None)

    async def run(self) -> None:
        """Look and write until cancelled; not before the watches have brought what there is."""
        while True:
            await asyncio.sleep(EVERY_S)
            self._due.clear()
            minors = self._minors()
            if self._may_write() and minors is not None and minors.settled is not None:
                try:
                    await self._keep(minors, minors.settled)
                except ApiError as error:
                    _LOG.warning("the UpgradeReadiness could not be kept: %s", error)
                    self._due.set()
                except Exception:  # noqa: BLE001 - a defect of the report must not stop the updates; it is logged
                    _LOG.exception("the UpgradeReadiness could not be made")
                    self._due.set()
            try:
                await asyncio.wait_for(self._due.wait(), LOOK_AGAIN_S)
            except TimeoutError:
                continue

    async def _keep(self, minors: ClusterMinors, settled: Minor) -> None:
        coming = settled.next()
        status = self._judge(minors, settled, coming)
        name, live = readiness_name(str(coming)), None
        for manifest in await self._client.list(paths.READINESS):
            if manifest["metadata"]["name"] == name:
                live = manifest
            elif self._may_write():
                await self._client.delete(
                    paths.readiness(manifest["metadata"]["name"]), uid=manifest["metadata"]["uid"]
                )
        if not self._may_write():
            return
        self._show(str(coming), status)
        if live is None:
            live = await self._create(name, coming)
        if self._may_write() and _content(status.to_wire()) != _content(live.get("status")):
            await self._write(live, status)

    def _judge(self, minors: ClusterMinors, settled: Minor, coming: Minor) -> UpgradeReadinessStatus:
        now = clock.now()
        return summarize(self._assessments(minors, coming), settled, coming, now)

    def _assessments(self, minors: ClusterMinors, coming: Minor) -> Iterator[Assessment]:
        settings, catalog, now = self._settings(), self._store.catalog, clock.now()
        for key, kept in self._store.releases.items():
            if not _is_absent(kept):
                known = catalog.addon(kept.identity.spec.addon)
                addon = in_clusters_of(self._vendor(), known) if known is not None else None
                yield assess(_governed(key, kept, settings), addon, minors, coming, now)
        yield from assess_kubelets(*self._nodes(), coming)

    async def _create(self, name: str, coming: Minor) -> Manifest:
        body: dict[str, Any] = {
            "apiVersion": API_VERSION,
            "kind": "UpgradeReadiness",
            "metadata": {"name": name},
            "spec": {"minor": str(coming)},
        }
        return await self._client.create(paths.READINESS, body)

    async def _write(self, live: Manifest, status: UpgradeReadinessStatus) -> None:
        metadata = live["metadata"]
        body = {
            "apiVersion": API_VERSION,
            "kind": "UpgradeReadiness",
            "metadata": {"name": metadata["name"], "uid": metadata["uid"]},
            "status": status.to_wire(),
        }
        await self._client.apply(f"{paths.readiness(metadata['name'])}/status", body)

    def _show(self, minor: str | None, status: UpgradeReadinessStatus | None) -> None:
        if self._shown is not None:
            metrics.forget_readiness(self._shown)
        self._shown = minor
        if minor is not None and status is not None:
            for one in status.addons:
                metrics.show_readiness(minor, one.addon, one.verdict.value)


def _content(status: Manifest | None) -> Manifest:
    """What a status says, whenever it was found out; an empty list says as much as none."""
    return {name: value for name, value in (status or {}).items() if name != "observedAt" and value != []}


def _is_absent(kept: Kept) -> bool:
    """Whether this cluster does not have the addon, and the release says that it need not."""
    return any(one.reason == Reason.WORKLOAD_ABSENT for one in kept.conditions)


def _governed(key: Key, kept: Kept, settings: OperatorSettings) -> Governed:
    spec = kept.identity.spec
    policy = spec.policy
    installed, problem = _installed(kept)
    return Governed(
        namespace=key.namespace,
        name=key.name,
        spec=spec,
        installed=installed,
        updates=settings.updates_at_most((policy and policy.updates) or Updates.AUTO),
        breaking_changes=settings.breaking_at_most(
            (policy and policy.breaking_changes) or BreakingChanges.WITH_CLUSTER_MINOR
        ),
        quarantined=_quarantined(kept),
        problem=kept.problem or problem,
    )


def _installed(kept: Kept) -> tuple[Version | None, str | None]:
    """The version that runs or why nobody knows."""
    text = (kept.status.get("current") or {}).get("version")
    try:
        return Version.parse(text or ""), None
    except VersionError:
        told = {one.type: one.message for one in kept.conditions}
        return None, told.get(ConditionType.STALLED) or told.get(ConditionType.READY) or _NOT_YET


def _quarantined(kept: Kept) -> dict[Version, str]:
    held: dict[Version, str] = {}
    for one in kept.status.get("quarantined") or ():
        try:
            held[Version.parse(one["version"])] = str(one.get("message") or "")
        except VersionError:
            continue
    return held
