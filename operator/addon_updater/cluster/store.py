"""What the watches have told, trimmed: AddonReleases, AddonCatalogs, and the catalog that follows from them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any

from pydantic import ValidationError

from addon_updater import metrics
from addon_updater.api.catalog import AdvisorySeverity, Risk
from addon_updater.api.meta import Condition, ConditionStatus
from addon_updater.api.release import AddonReleaseSpec
from addon_updater.catalog import Catalog
from addon_updater.catalog.stack import CatalogStack
from addon_updater.cluster.queue import Key
from addon_updater.reasons import ConditionType, Reason
from addon_updater.rollout.breaker import breaker_reset
from addon_updater.rollout.observed import OtherRelease, Release, WorkloadRef
from addon_updater.rollout.workload import read_time

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Kept:
    """An AddonRelease as last seen. `problem` says what in its spec cannot be read."""

    release: Release | None
    problem: str | None
    conditions: tuple[Condition, ...]
    status: Mapping[str, Any]
    identity: Release

    def says(self, kind: ConditionType) -> bool:
        """Whether its status has that condition as True."""
        return any(one.type == kind and one.status is ConditionStatus.TRUE for one in self.conditions)

    @property
    def is_ready(self) -> bool:
        """Whether its status says so, and speaks of the spec as it is written now."""
        is_judged = self.status.get("observedGeneration") == self.identity.generation
        return is_judged and self.says(ConditionType.READY)

    @property
    def waits(self) -> str | None:
        """The reason for which its update waits, as its status tells; None when none does."""
        update = next((one for one in self.conditions if one.type == ConditionType.UPDATE_AVAILABLE), None)
        return update.reason if update is not None and update.status is ConditionStatus.TRUE else None


@dataclass(slots=True)
class Store:
    """The cache. Kopf's watches fill it; the worker reads it."""

    releases: dict[Key, Kept] = field(default_factory=dict)
    catalogs: CatalogStack = field(default_factory=CatalogStack)

    def __post_init__(self) -> None:
        metrics.expect_attempts(self.catalog.addons)

    def put_release(self, manifest: Mapping[str, Any]) -> bool:
        """Keep a release; True when something changed that a decision depends on."""
        metadata = manifest["metadata"]
        key = Key(metadata["namespace"], metadata["name"])
        kept = _read(manifest)
        old = self.releases.get(key)
        self.releases[key] = kept
        return old is None or (old.identity, old.problem) != (kept.identity, kept.problem)

    def keep_status(self, manifest: Mapping[str, Any]) -> None:
        """Keep the status that the API server says it has stored for us, before the watch tells it or if it never does.

        Without it a watch that is deaf for a while would have the same status written again in every pass.
        """
        metadata, status = manifest["metadata"], manifest.get("status") or {}
        key = Key(metadata["namespace"], metadata["name"])
        kept = self.releases.get(key)
        if kept is not None and kept.identity.uid == metadata.get("uid"):
            self.releases[key] = replace(kept, status=status, conditions=_conditions(status))

    def relist(self, before: Mapping[Key, Kept], listed: Iterable[Mapping[str, Any]]) -> tuple[Key, ...]:
        """Take over what a list says, where the watch said nothing while it ran; the releases that are gone.

        `before` is what was kept when the list was asked for.
        """
        seen = set()
        for manifest in listed:
            key = Key(manifest["metadata"]["namespace"], manifest["metadata"]["name"])
            seen.add(key)
            if self.releases.get(key) is before.get(key):
                self.put_release(manifest)
        gone = tuple(key for key in before if key not in seen and self.releases.get(key) is before[key])
        for key in gone:
            self.drop_release(*key)
        return gone

    def drop_release(self, namespace: str, name: str) -> None:
        """Forget a deleted release."""
        self.releases.pop(Key(namespace, name), None)
        metrics.forget_release(namespace, name)

    def older_claims(self, release: Release, target: WorkloadRef) -> tuple[str, ...]:
        """Older releases of the namespace that name the same workload; the oldest first."""
        rivals = [
            kept.release
            for kept in self.releases.values()
            if kept.release is not None
            and kept.release.namespace == release.namespace
            and kept.release.uid != release.uid
            and self.target_of(kept.release) == target
            and (kept.release.created_at, kept.release.uid) < (release.created_at, release.uid)
        ]
        return tuple(rival.name for rival in sorted(rivals, key=lambda rival: rival.created_at))

    def others(
        self,
        release: Release,
        moving: Collection[Key] = (),
        looked_at: Collection[Key] = (),
        moved_at: Mapping[Key, datetime] = MappingProxyType({}),
    ) -> tuple[OtherRelease, ...]:
        """How all other releases of the cluster stand.

        `moving` are those that are known to have an attempt, `moved_at` tells when the last one ended. What a release
        says of itself counts only as long as it is not among the `looked_at`, whose revisions were read: a status is
        late, and anybody can write it.
        """
        return tuple(
            OtherRelease(
                namespace=key.namespace,
                name=key.name,
                addon=kept.identity.spec.addon,
                is_ready=kept.is_ready,
                is_moving=key in moving or (key not in looked_at and kept.says(ConditionType.RECONCILING)),
                moved_at=moved_at.get(key),
                minor=kept.status.get("observedKubernetesMinor"),
                **_queued(kept),
            )
            for key, kept in sorted(self.releases.items())
            if kept.identity.uid != release.uid
        )

    def waiting_for_others(self) -> tuple[Key, ...]:
        """The releases whose update waits until another one is done, as their statuses tell."""
        return tuple(key for key, kept in self.releases.items() if kept.waits == Reason.WAITING_FOR_OTHERS)

    def is_shared(self, addon: str) -> bool:
        """Whether a failure of that addon would hit the whole cluster."""
        entry = self.catalog.addon(addon)
        return entry is not None and entry.risk is Risk.SHARED

    @property
    def breaker_resets(self) -> tuple[datetime, ...]:
        """Up to when people have asked the circuit breaker to forget failures, on whichever release they said it."""
        said = (breaker_reset(kept.identity.annotations) for kept in self.releases.values())
        return tuple(moment for moment in said if moment is not None)

    def target_of(self, release: Release) -> WorkloadRef | None:
        """The workload that a release governs; None when neither the spec nor the catalog names one."""
        if release.spec.target_ref is not None:
            return WorkloadRef(release.spec.target_ref.kind.value, release.spec.target_ref.name)
        entry = self.catalog.addon(release.spec.addon)
        return WorkloadRef(entry.target.kind, entry.target.name) if entry is not None else None

    @property
    def catalog(self) -> Catalog:
        """The catalog in force."""
        return self.catalogs.catalog

    @property
    def catalog_problem(self) -> str | None:
        """What is wrong with the first AddonCatalog whose content is not in force."""
        return next((one.message for one in self.catalogs.refusals.values()), None)

    @property
    def catalog_gap(self) -> str | None:
        """Why the catalog in force may lack what it had before; None when it lacks nothing."""
        lost = self.catalogs.lost
        if not lost:
            return None
        return (
            f"AddonCatalog {', '.join(lost)} was in force before this operator started and is refused now, so nobody "
            "knows what it denied: correct it, or delete it"
        )

    def put_catalog(self, name: str, manifest: Mapping[str, Any]) -> bool:
        """Take in an AddonCatalog; True when that changed what is in force, or what is wrong."""
        return self._change(lambda: self.catalogs.put(name, manifest))

    def drop_catalog(self, name: str) -> bool:
        """Forget a deleted AddonCatalog; True when that changed what is in force, or what is wrong."""
        return self._change(lambda: self.catalogs.drop(name))

    def _change(self, change: Callable[[], None]) -> bool:
        catalog, refusals = self.catalogs.catalog, self.catalogs.refusals
        change()
        for name, refusal in self.catalogs.refusals.items():
            if refusals.get(name) != refusal:
                _LOG.error("catalog left out, the last good one stays in force: %s", refusal.message)
        return catalog is not self.catalogs.catalog or refusals != self.catalogs.refusals


def _read(manifest: Mapping[str, Any]) -> Kept:
    metadata, status = manifest["metadata"], manifest.get("status") or {}
    problem = None
    try:
        spec = AddonReleaseSpec.model_validate(manifest.get("spec"))
    except ValidationError as error:
        first = error.errors()[0]
        problem = f"{'.'.join(str(part) for part in ('spec', *first['loc']))}: {first['msg']}"
        written = manifest.get("spec")
        addon = str(written.get("addon") or "unknown") if isinstance(written, Mapping) else "unknown"
        spec = AddonReleaseSpec.model_construct(addon=addon)
    identity = Release(
        name=metadata["name"],
        namespace=metadata["namespace"],
        uid=metadata["uid"],
        generation=int(metadata.get("generation") or 0),
        created_at=read_time(metadata["creationTimestamp"]),
        annotations=dict(metadata.get("annotations") or {}),
        spec=spec,
    )
    return Kept(
        release=None if problem else identity,
        problem=problem,
        conditions=_conditions(status),
        status=status,
        identity=identity,
    )


def _queued(kept: Kept) -> dict[str, Any]:
    """What its update waits for, how much it hurries and what it needs; parts that cannot be read tell nothing."""
    opens_at = (kept.status.get("nextWindow") or {}).get("opensAt")
    return {
        "waits": kept.waits,
        "opens_at": read_time(opens_at) if opens_at else None,
        "urgency": max((_gravity(one) for one in kept.status.get("security") or ()), default=0),
        "depends_on": kept.identity.spec.dependencies(kept.identity.namespace),
    }


def _gravity(flaw: Mapping[str, Any]) -> int:
    """How much a known flaw hurries; one that the plan does not end hurries nothing."""
    if not flaw.get("fixedIn"):
        return 0
    try:
        return AdvisorySeverity(str(flaw.get("severity"))).gravity
    except ValueError:
        return AdvisorySeverity.UNKNOWN.gravity


def _conditions(status: Mapping[str, Any]) -> tuple[Condition, ...]:
    try:
        return tuple(Condition.model_validate(item) for item in status.get("conditions") or ())
    except ValidationError:
        return ()
