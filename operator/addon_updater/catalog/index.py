"""One addon of the catalog with everything parsed and indexed once, so that a look-up is a comparison."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TypeVar

from addon_updater.api.catalog import (
    AddonEntry,
    Advisory,
    DefaultTarget,
    ImageSource,
    Release,
    Risk,
    Source,
    VendorDefault,
    VendorOwner,
)
from addon_updater.api.reach import EVERYTHING
from addon_updater.api.release import MinEvidence
from addon_updater.api.vendors import Vendor
from addon_updater.api.version_keys import Key
from addon_updater.api.versions import Minor, Version, VersionRange
from addon_updater.catalog.evidence import Bound, Judgement, Standing, Testimony
from addon_updater.catalog.facts import (
    CatalogAdvisory,
    CatalogRelease,
    CatalogStop,
    LongTermLine,
    MinorDefault,
)
from addon_updater.catalog.shelves import Shelf, last_at, last_before, newest_of, shelve
from addon_updater.errors import CatalogError

_REMEMBERED = 32
"""Sets of minors whose standings are kept; a cluster asks for its own and for a few that are to come."""
_REMEMBERED_PAIRS = 4096
"""Pairs of version and minor whose judgement is kept, with its words."""

DEFAULT_VENDOR = "kubeadm"
"""Whose default counts while nothing is known about who built the cluster."""

__all__ = [
    "AddonEntryIndex",
    "CatalogAdvisory",
    "CatalogRelease",
    "CatalogStop",
    "LongTermLine",
    "MinorDefault",
    "index_addon",
]

_Asked = TypeVar("_Asked")
_Answer = TypeVar("_Answer")


@dataclass(frozen=True, slots=True)
class _Vouching:
    """The releases of one line that somebody supports on a minor, by ascending key, with who says so."""

    keys: tuple[Key, ...]
    statements: tuple[tuple[CatalogRelease, Judgement], ...]


@dataclass(frozen=True)
class AddonEntryIndex:
    """A complete addon of the catalog. Build it with `index_addon`.

    What is derived from it is computed when it is first asked for, and kept, for an entry never changes.
    """

    entry: AddonEntry
    name: str
    risk: Risk
    floor: MinEvidence
    target: DefaultTarget
    image: ImageSource
    sources: Mapping[str, Source]
    releases: tuple[CatalogRelease, ...]
    """Newest first."""
    stops: tuple[CatalogStop, ...]
    lts: tuple[LongTermLine, ...]
    advisories: tuple[CatalogAdvisory, ...]
    """The gravest first, then as they are listed."""
    by_version: Mapping[Version, CatalogRelease]
    defaults: Mapping[Minor, Mapping[str, MinorDefault]]
    """The minors that the catalog knows, and by vendor what is installed on them."""
    newest_minor: Minor | None

    def release(self, version: Version) -> CatalogRelease | None:
        """The release of this version; a vendor's rebuild finds its base."""
        return self.by_version.get(version)

    def default_for(self, minor: Minor, vendor: str = DEFAULT_VENDOR) -> MinorDefault | None:
        """What the vendor installs on the minor, when the catalog says so."""
        return self.defaults.get(minor, {}).get(vendor)

    def owner_on(self, vendor: Vendor) -> VendorOwner | None:
        """Who else looks after the addon in clusters of the vendor; None when the catalog names nobody."""
        return next((owner for owner in self.entry.owners if owner.vendor == vendor), None)

    def knows(self, minor: Minor) -> bool:
        """Whether anything can be said about the minor: it is not newer than the newest one listed."""
        return self.newest_minor is not None and minor <= self.newest_minor

    def evidence(self, version: Version, minor: Minor) -> Judgement:
        """How the version stands with the minor: hard facts first, then the strongest statement."""
        # By the text, for a vendor's build equals its base and is told by its own name.
        asked = (version.written, minor)
        known = self._judgements.get(asked)
        if known is None:
            known = self._judge(version, minor)
            _remember(self._judgements, asked, known, at_most=_REMEMBERED_PAIRS)
        return known

    def newest_declared(self, minor: Minor) -> Version | None:
        """The newest version, not denied, that somebody supports on the minor by name."""
        if minor not in self._newest_declared:
            shelves = self.standings((minor,))
            found = newest_of([shelves[Standing.DECLARED], shelves[Standing.TESTED]], EVERYTHING)
            version = next((self.versions[place] for place in found), None)
            _remember(self._newest_declared, minor, version)
        return self._newest_declared[minor]

    def _judge(self, version: Version, minor: Minor) -> Judgement:
        release = self.release(version)
        if release is None:
            return Judgement(Standing.UNKNOWN, "", f"{version} is not in the catalog")
        for bound in release.bounds:
            if minor not in bound.minors:
                return Judgement(
                    Standing.REFUSED,
                    bound.source,
                    f"{version} needs Kubernetes {bound.minors}, not {minor}: {bound.because}",
                )
        if not self.knows(minor):
            return Judgement(
                Standing.UNKNOWN,
                "",
                f"Kubernetes {minor} is newer than the catalog, which ends at {self.newest_minor or 'no minor'}",
            )
        return self._best_statement(release, minor) or self._inference(release, minor)

    def _best_statement(self, release: CatalogRelease, minor: Minor) -> Judgement | None:
        about = [one for one in release.testimonies if minor in one.minors]
        if not about:
            return None
        best = max(about, key=lambda one: one.standing)
        note = f" ({best.note})" if best.note else ""
        return Judgement(
            best.standing,
            best.source,
            f"{release.version} is {best.standing} on Kubernetes {minor} by {best.source}{note}",
        )

    def _inference(self, release: CatalogRelease, minor: Minor) -> Judgement:
        version = release.version
        if release.bounds:
            bound = release.bounds[0]
            message = f"{version} is Assumed on Kubernetes {minor}: the APIs it needs are served"
            return Judgement(Standing.ASSUMED, bound.source, message)
        line = self._vouching(minor).get((version.major, version.minor))
        earlier = last_before(line.keys, version.key) if line else None
        if line is not None and earlier is not None:
            other, stated = line.statements[earlier]
            message = f"{version} is Assumed on Kubernetes {minor}: it is a later patch of {other.version}"
            return Judgement(Standing.ASSUMED, stated.source, message)
        return Judgement(Standing.UNKNOWN, "", f"nobody states that {version} runs on Kubernetes {minor}")

    @cached_property
    def versions(self) -> tuple[Version, ...]:
        """The version of each release, newest first."""
        return tuple(release.version for release in self.releases)

    @cached_property
    def all_releases(self) -> Shelf:
        """Every release, sorted."""
        return shelve(self.versions, range(len(self.releases)))

    @cached_property
    def denied(self) -> Shelf:
        """The releases that must never be used, sorted."""
        return self._shelf(place for place, one in enumerate(self.releases) if one.data.denied)

    @cached_property
    def breaking(self) -> Shelf:
        """The releases that can break what worked before, sorted."""
        return self._shelf(place for place, one in enumerate(self.releases) if one.data.breaking)

    @cached_property
    def stop_releases(self) -> tuple[Shelf, ...]:
        """For each of the stops the releases that could serve as it, sorted."""
        return tuple(
            self._shelf(place for place, version in enumerate(self.versions) if version in stop.at)
            for stop in self.stops
        )

    def position(self, version: Version) -> int | None:
        """Where the release of this version stands in `releases`."""
        index = last_at(self._keys, version.key)
        return None if index is None else len(self.releases) - 1 - index

    def standings(self, minors: tuple[Minor, ...]) -> Mapping[Standing, Shelf]:
        """The releases that are not denied by how they stand with the minor they fit least."""
        known = self._standings.get(minors)
        if known is None:
            groups: dict[Standing, list[int]] = {standing: [] for standing in Standing}
            for place, release in enumerate(self.releases):
                if release.data.denied is None:
                    weakest = min(self._judge(release.version, minor).standing for minor in minors)
                    groups[weakest].append(place)
            known = {standing: self._shelf(places) for standing, places in groups.items()}
            _remember(self._standings, minors, known)
        return known

    def _vouching(self, minor: Minor) -> Mapping[tuple[int, int], _Vouching]:
        """By line the releases, not denied, that somebody supports on the minor."""
        known = self._vouchers.get(minor)
        if known is None:
            lines: dict[tuple[int, int], list[tuple[CatalogRelease, Judgement]]] = defaultdict(list)
            for release in reversed(self.releases):
                stated = self._best_statement(release, minor) if release.data.denied is None else None
                if stated is not None and stated.standing >= Standing.DECLARED:
                    lines[release.version.major, release.version.minor].append((release, stated))
            known = {
                line: _Vouching(tuple(one.version.key for one, _ in stated), tuple(stated))
                for line, stated in lines.items()
            }
            _remember(self._vouchers, minor, known)
        return known

    def _shelf(self, places: Iterable[int]) -> Shelf:
        return shelve(self.versions, places)

    @cached_property
    def _keys(self) -> tuple[Key, ...]:
        return tuple(version.key for version in reversed(self.versions))

    @cached_property
    def _standings(self) -> dict[tuple[Minor, ...], Mapping[Standing, Shelf]]:
        return {}

    @cached_property
    def _judgements(self) -> dict[tuple[str, Minor], Judgement]:
        return {}

    @cached_property
    def by_vendor(self) -> dict[str, AddonEntryIndex]:
        """Where `in_clusters_of` keeps what it has made."""
        return {}

    @cached_property
    def _newest_declared(self) -> dict[Minor, Version | None]:
        return {}

    @cached_property
    def _vouchers(self) -> dict[Minor, Mapping[tuple[int, int], _Vouching]]:
        return {}


def _remember(
    known: dict[_Asked, _Answer], asked: _Asked, answer: _Answer, *, at_most: int = _REMEMBERED
) -> None:
    if len(known) >= at_most:
        known.clear()
    known[asked] = answer


def index_addon(entry: AddonEntry, *, where: str) -> AddonEntryIndex:
    """Parse and index a complete entry.

    `where` names the file or object for the error message.

    Raises:
        CatalogError: something that a complete addon needs is missing.
        ValueError: a range or a day is broken; `lint` finds it first and says where.
    """
    risk, floor, target, image = entry.risk, entry.evidence_floor, entry.target, entry.image
    if risk is None or floor is None or target is None or image is None:
        needed = {"risk": risk, "evidenceFloor": floor, "target": target, "image": image}
        missing = ", ".join(name for name, value in needed.items() if value is None)
        raise CatalogError(f"{where}: addons[{entry.name}]: add {missing}; an addon is not complete without")
    bounds = tuple(
        Bound(VersionRange.parse(b.versions), VersionRange.parse(b.kubernetes), b.because, b.source)
        for b in entry.bounds
    )
    releases = sorted(
        (_index_release(release, bounds) for release in entry.releases),
        key=lambda release: release.version,
        reverse=True,
    )
    defaults = {
        Minor.parse(known.minor): {one.vendor: _index_default(one) for one in known.defaults}
        for known in entry.kubernetes
    }
    return AddonEntryIndex(
        entry=entry,
        name=entry.name,
        risk=risk,
        floor=floor,
        target=target,
        image=image,
        sources=entry.sources,
        releases=tuple(releases),
        stops=tuple(CatalogStop(VersionRange.parse(stop.at), stop) for stop in entry.stops),
        lts=tuple(
            LongTermLine(VersionRange.parse(line.versions), date.fromisoformat(line.until), line.source)
            for line in entry.lts
        ),
        advisories=tuple(
            sorted(map(_index_advisory, entry.advisories), key=lambda one: -one.data.severity.gravity)
        ),
        by_version={release.version: release for release in releases},
        defaults=defaults,
        newest_minor=max(defaults, default=None),
    )


def _index_release(release: Release, addon_bounds: tuple[Bound, ...]) -> CatalogRelease:
    version = Version.parse(release.version)
    own = release.kubernetes
    bounds = tuple(bound for bound in addon_bounds if version in bound.versions)
    if own is not None:
        only = VersionRange.parse(release.version)
        bounds = (Bound(only, VersionRange.parse(own.kubernetes), own.because, own.source),)
    testimonies = tuple(
        Testimony(VersionRange.parse(one.kubernetes), Standing.of(one.level), one.source, one.note)
        for one in release.evidence
    )
    return CatalogRelease(version, release, testimonies, bounds)


def _index_advisory(advisory: Advisory) -> CatalogAdvisory:
    fixed = tuple(sorted(map(Version.parse, advisory.fixed)))
    return CatalogAdvisory(advisory, VersionRange.parse(advisory.affects), fixed)


def _index_default(default: VendorDefault) -> MinorDefault:
    return MinorDefault(Version.parse(default.version), default.vendor, default.source)
