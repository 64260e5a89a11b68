"""One addon of the catalog with everything parsed and indexed once, so that a look-up is a comparison."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from addon_updater.api.catalog import (
    AddonEntry,
    DefaultTarget,
    ImageSource,
    Release,
    Risk,
    Source,
    Stop,
    VendorDefault,
)
from addon_updater.api.release import MinEvidence
from addon_updater.api.versions import Minor, Version, VersionRange
from addon_updater.catalog.evidence import Bound, Judgement, Standing, Testimony
from addon_updater.errors import CatalogError

DEFAULT_VENDOR = "kubeadm"
"""Whose default counts while nothing is known about who built the cluster."""


@dataclass(frozen=True, slots=True)
class CatalogRelease:
    """One release: what the document says of it, and the same parsed."""

    version: Version
    data: Release
    testimonies: tuple[Testimony, ...]
    bounds: tuple[Bound, ...]


@dataclass(frozen=True, slots=True)
class CatalogStop:
    """A required stop with its range parsed."""

    at: VersionRange
    data: Stop


@dataclass(frozen=True, slots=True)
class LongTermLine:
    """A line of versions with long-term support."""

    versions: VersionRange
    until: date
    """The last day of the support."""
    source: str


@dataclass(frozen=True, slots=True)
class MinorDefault:
    """What a vendor installs on a minor."""

    version: Version
    vendor: str
    source: str


@dataclass(frozen=True, slots=True)
class AddonEntryIndex:
    """A complete addon of the catalog. Build it with `index_addon`."""

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

    def knows(self, minor: Minor) -> bool:
        """Whether anything can be said about the minor: it is not newer than the newest one listed."""
        return self.newest_minor is not None and minor <= self.newest_minor

    def evidence(self, version: Version, minor: Minor) -> Judgement:
        """How the version stands with the minor: hard facts first, then the strongest statement."""
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
        for other in self.releases:
            same_line = (other.version.major, other.version.minor) == (version.major, version.minor)
            if same_line and other.version < version and other.data.denied is None:
                stated = self._best_statement(other, minor)
                if stated and stated.standing >= Standing.DECLARED:
                    message = (
                        f"{version} is Assumed on Kubernetes {minor}: it is a later patch of {other.version}"
                    )
                    return Judgement(Standing.ASSUMED, stated.source, message)
        return Judgement(Standing.UNKNOWN, "", f"nobody states that {version} runs on Kubernetes {minor}")


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


def _index_default(default: VendorDefault) -> MinorDefault:
    return MinorDefault(Version.parse(default.version), default.vendor, default.source)
