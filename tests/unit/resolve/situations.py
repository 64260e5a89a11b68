"""Builds the inputs of a resolution from short texts."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from addon_updater.api.versions import Minor, Version, VersionRange
from addon_updater.catalog import AddonEntryIndex, load_embedded
from addon_updater.catalog.index import index_addon
from addon_updater.resolve import ClusterMinors, Resolution, Wish, resolve
from unit.catalog.entries import entry

NOW = datetime(2026, 11, 25, tzinfo=UTC)


def coredns() -> AddonEntryIndex:
    """CoreDNS as the image knows it."""
    addon = load_embedded().addon("coredns")
    assert addon is not None
    return addon


def web(**changes: Any) -> AddonEntryIndex:
    """The small addon of the catalog's tests."""
    return index_addon(entry(**changes), where="test")


def run(
    addon: AddonEntryIndex,
    *minors: str,
    installed: str | None,
    quarantined: dict[str, str] | None = None,
    **wish: Any,
) -> Resolution:
    """Resolve for servers that serve these minors, the first of which is settled."""
    if "range" in wish:
        wish["range"] = VersionRange.parse(wish["range"])
    if "skip" in wish:
        wish["skip"] = frozenset(map(Version.parse, wish["skip"]))
    servers = frozenset(map(Minor.parse, minors))
    return resolve(
        addon=addon,
        wish=Wish(**wish),
        minors=ClusterMinors(servers, Minor.parse(minors[0]) if minors else None),
        installed=Version.parse(installed) if installed else None,
        quarantined={Version.parse(text): why for text, why in (quarantined or {}).items()},
        now=NOW,
    )


def path(resolution: Resolution) -> list[str]:
    """The versions that the hops lead to."""
    return [str(hop.to) for hop in resolution.hops]
