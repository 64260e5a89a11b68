"""The parsed facts of an addon: its releases, required stops, long-term lines and vendors' defaults."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from addon_updater.api.catalog import Release, Stop
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
