"""The parsed facts of an addon: its releases, required stops, long-term lines, vendors' defaults and known flaws."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from addon_updater.api.catalog import Advisory, Release, Stop
from addon_updater.api.versions import Version, VersionRange
from addon_updater.catalog.evidence import Bound, Testimony


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
class CatalogAdvisory:
    """A known flaw with its versions parsed."""

    data: Advisory
    affected: VersionRange
    fixed: tuple[Version, ...]
    """The first fixed release of each line, and fixed builds of single patches; oldest first."""

    def concerns(self, version: Version) -> bool:
        """Whether the version has the flaw; a release still to come has it where its neighbors have."""
        return any(version.key in span for span in self.affected.reach.released) and not self._is_fixed(
            version
        )

    def _is_fixed(self, version: Version) -> bool:
        line = [fix for fix in self.fixed if (fix.major, fix.minor) == (version.major, version.minor)]
        if any(version >= fix for fix in (*line[-1:], *self.fixed[-1:])):
            return True
        return any(version >= fix and version.patch == fix.patch for fix in line)
