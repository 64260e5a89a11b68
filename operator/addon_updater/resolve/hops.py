"""The way from one version to another: upward through every required stop, downward in one step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from addon_updater.api.catalog import StopTime
from addon_updater.api.reach import Reach
from addon_updater.api.version_keys import just_above
from addon_updater.api.versions import Version
from addon_updater.catalog.evidence import Standing
from addon_updater.catalog.index import AddonEntryIndex, CatalogRelease, CatalogStop
from addon_updater.catalog.shelves import Shelf
from addon_updater.resolve.candidates import Filters, against_release


@dataclass(frozen=True, slots=True)
class BreakingChange:
    """A release on the way that can break a configuration which worked before."""

    version: Version
    reason: str
    source: str


@dataclass(frozen=True, slots=True)
class Hop:
    """One step of an update: everything that happens between two proofs."""

    start: Version
    to: Version
    when: StopTime
    breaking: tuple[BreakingChange, ...]
    """Oldest first; empty when nothing on the way is known to break anything."""
    reason: str
    floor: Version | None = None
    """The oldest version that can read what `to` writes; None when any can."""
    source: str = ""
    """Who says that a stop is required: a key of the addon's `sources`; empty for the last hop, which is wished."""

    @property
    def reversible(self) -> bool:
        """Whether `start` can take over again once `to` has written."""
        return self.floor is None or self.start >= self.floor


@dataclass(frozen=True, slots=True)
class Way:
    """The hops to a version, or the obstacle: a required stop that cannot be made, and why."""

    hops: tuple[Hop, ...] = ()
    obstacle: str | None = None


def plan_hops(start: Version, target: Version, filters: Filters) -> Way:
    """The way to a newer target, strictly rising; no hops when start is the target.

    A stop is required when releases of its range lie between start and target, and neither is one of them. The
    newest that can be used is taken: not denied, skipped or quarantined, and known to run on all minors.
    """
    stops: list[tuple[Version, CatalogStop]] = []
    for stop, shelf in zip(filters.addon.stops, filters.addon.stop_releases, strict=True):
        between = _between(stop, shelf, start, target, filters.addon)
        newest = next(between, None)
        if newest is None:
            continue
        usable = next((one for one in chain([newest], between) if _usable(one, filters)), None)
        if usable is None:
            return Way(obstacle=_obstacle(stop, start, target))
        stops.append((usable.version, stop))
    hops = []
    for version, stop in sorted(stops, key=lambda item: item[0]):
        reason = f"stop {stop.data.id}: {stop.data.because}"
        hops.append(_hop(filters.addon, start, version, stop.data.when, reason, stop.data.source))
        start = version
    if start != target:
        hops.append(_hop(filters.addon, start, target, StopTime.NOW, "the target"))
    return Way(tuple(hops))


GOING_BACK = "going back, because nothing newer fits"


def plan_downgrade(start: Version, target: Version) -> tuple[Hop, ...]:
    """The one hop back to an older target."""
    return (Hop(start, target, StopTime.NOW, (), GOING_BACK),)


def _between(
    stop: CatalogStop, shelf: Shelf, start: Version, target: Version, addon: AddonEntryIndex
) -> Iterator[CatalogRelease]:
    """The releases that could serve as the stop, newest first; none when the way does not cross it."""
    if start in stop.at or target in stop.at:
        return iter(())
    return (addon.releases[place] for place in shelf.newest(Reach.between(just_above(start.key), target.key)))


def _usable(release: CatalogRelease, filters: Filters) -> bool:
    stands = filters.weakest(release.version).standing >= Standing.ASSUMED
    return stands and against_release(release, filters) is None


def _obstacle(stop: CatalogStop, start: Version, target: Version) -> str:
    return (
        f"the way from {start} to {target} needs stop {stop.data.id} at {stop.data.at!r} "
        f"({stop.data.because}), and none of its releases can be used"
    )


def _hop(  # noqa: PLR0917 - a private constructor
    addon: AddonEntryIndex, start: Version, to: Version, when: StopTime, reason: str, source: str = ""
) -> Hop:
    passed = addon.breaking.newest(Reach.between(just_above(start.key), just_above(to.key)))
    breaking = tuple(
        BreakingChange(addon.releases[place].version, remark.reason, remark.source)
        for place in reversed(tuple(passed))
        if (remark := addon.releases[place].data.breaking) is not None
    )
    release = addon.release(to)
    floor = release.data.rollback_floor if release is not None else None
    return Hop(start, to, when, breaking, reason, Version.parse(floor) if floor else None, source)
