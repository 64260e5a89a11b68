"""An addon as it is in the clusters of one vendor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from addon_updater.api.versions import Minor, VersionRange
from addon_updater.catalog.evidence import Standing, Testimony
from addon_updater.catalog.facts import MinorDefault
from addon_updater.catalog.index import DEFAULT_VENDOR, AddonEntryIndex, CatalogRelease


def in_clusters_of(vendor: str, addon: AddonEntryIndex) -> AddonEntryIndex:
    """What is known about the addon in clusters of the vendor.

    What that vendor installs on a minor is Tested there, and channel Default follows it instead of kubeadm's. Where
    the vendor is unknown, or states nothing about a minor, kubeadm's counts.
    """
    if vendor not in addon.by_vendor:
        addon.by_vendor[vendor] = _made_for(addon, vendor)
    return addon.by_vendor[vendor]


def _made_for(addon: AddonEntryIndex, vendor: str) -> AddonEntryIndex:
    own = {minor: known[vendor] for minor, known in addon.defaults.items() if vendor in known}
    if vendor == DEFAULT_VENDOR or not own:
        return addon
    releases = tuple(_tested_by(release, own) for release in addon.releases)
    return replace(
        addon,
        releases=releases,
        by_version={release.version: release for release in releases},
        defaults={
            minor: {**known, DEFAULT_VENDOR: own[minor]} if minor in own else known
            for minor, known in addon.defaults.items()
        },
    )


def _tested_by(release: CatalogRelease, installed: Mapping[Minor, MinorDefault]) -> CatalogRelease:
    said = tuple(
        Testimony(
            VersionRange.parse(str(minor)),
            Standing.TESTED,
            default.source,
            "the cluster's vendor installs it",
        )
        for minor, default in installed.items()
        if default.version == release.version
    )
    return replace(release, testimonies=(*release.testimonies, *said)) if said else release
