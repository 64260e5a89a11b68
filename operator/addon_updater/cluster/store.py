"""What the watches have told, trimmed: AddonReleases, AddonCatalogs, and the catalog that follows from them."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from addon_updater import metrics
from addon_updater.api.catalog import AddonCatalogSpec
from addon_updater.api.meta import Condition, ConditionStatus
from addon_updater.api.release import AddonReleaseSpec
from addon_updater.catalog import Catalog, load_embedded, merge
from addon_updater.cluster.queue import Key
from addon_updater.errors import CatalogError
from addon_updater.reasons import ConditionType
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


@dataclass(slots=True)
class Store:
    """The cache. Kopf's watches fill it; the worker reads it."""

    releases: dict[Key, Kept] = field(default_factory=dict)
    catalog: Catalog = field(default_factory=load_embedded)
    catalog_problem: str | None = None
    _newest: dict[str, AddonCatalogSpec] = field(default_factory=dict)
    _in_force: dict[str, AddonCatalogSpec] = field(default_factory=dict)
    _unreadable: dict[str, str] = field(default_factory=dict)
    _problems: dict[str, str] = field(default_factory=dict)

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

    def others(self, release: Release) -> tuple[OtherRelease, ...]:
        """How all other releases of the cluster stand, by their own status."""

        def says(kept: Kept, kind: ConditionType) -> bool:
            return any(one.type == kind and one.status is ConditionStatus.TRUE for one in kept.conditions)

        return tuple(
            OtherRelease(
                namespace=key.namespace,
                name=key.name,
                addon=kept.identity.spec.addon,
                is_ready=says(kept, ConditionType.READY),
                is_moving=says(kept, ConditionType.RECONCILING),
            )
            for key, kept in sorted(self.releases.items())
            if kept.identity.uid != release.uid
        )

    def target_of(self, release: Release) -> WorkloadRef | None:
        """The workload that a release governs; None when neither the spec nor the catalog names one."""
        if release.spec.target_ref is not None:
            return WorkloadRef(release.spec.target_ref.kind.value, release.spec.target_ref.name)
        entry = self.catalog.addon(release.spec.addon)
        return WorkloadRef(entry.target.kind, entry.target.name) if entry is not None else None

    def put_catalog(self, name: str, manifest: Mapping[str, Any]) -> None:
        """Take in an AddonCatalog; a broken one never replaces a good one."""
        try:
            self._newest[name] = AddonCatalogSpec.model_validate(manifest.get("spec"))
            self._unreadable.pop(name, None)
        except ValidationError as error:
            first = error.errors()[0]
            path = ".".join(str(part) for part in ("spec", *first["loc"]))
            self._unreadable[name] = f"AddonCatalog {name}: {path}: {first['msg']}"
        self._merge()

    def drop_catalog(self, name: str) -> None:
        """Forget a deleted AddonCatalog."""
        for kept in (self._newest, self._in_force, self._unreadable):
            kept.pop(name, None)
        self._merge()

    def _merge(self) -> None:
        """Take the newest of each that fits, else its last good one, in whatever order the watch brought them."""
        taken: dict[str, AddonCatalogSpec] = {}
        refused = _take(taken, self._newest)
        _take(taken, self._in_force)
        self.catalog, self._in_force = merge(load_embedded(), taken), taken
        problems = refused | self._unreadable
        for name, problem in problems.items():
            if self._problems.get(name) != problem:
                _LOG.error("catalog left out, the last good one stays in force: %s", problem)
        self._problems = problems
        self.catalog_problem = next(iter(problems.values()), None)
        metrics.CATALOG_FRESH.set(int(self.catalog_problem is None))
        metrics.expect_attempts(self.catalog.addons)


def _take(taken: dict[str, AddonCatalogSpec], offered: Mapping[str, AddonCatalogSpec]) -> dict[str, str]:
    """Add every catalog that fits to those taken; the answer says why the others do not.

    A catalog may extend an addon that another one brings, so the refused ones are tried again after each success.
    """
    while True:
        refused: dict[str, str] = {}
        before = len(taken)
        for name in sorted(offered.keys() - taken.keys()):
            try:
                merge(load_embedded(), {**taken, name: offered[name]})
            except CatalogError as error:
                refused[name] = str(error)
            else:
                taken[name] = offered[name]
        if len(taken) == before or not refused:
            return refused


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


def _conditions(status: Mapping[str, Any]) -> tuple[Condition, ...]:
    try:
        return tuple(Condition.model_validate(item) for item in status.get("conditions") or ())
    except ValidationError:
        return ()
