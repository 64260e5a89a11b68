"""Finds owners that say nothing: of a vendor whose clusters nobody here can tell."""

from __future__ import annotations

from collections.abc import Iterator

from addon_updater.api.catalog import AddonEntry
from addon_updater.api.vendors import Vendor
from addon_updater.catalog.problem import Problem


def unrecognized_vendors(entry: AddonEntry, where: str, base: str) -> Iterator[Problem]:
    """Owners in clusters that are never recognized; they do no harm."""
    known = [vendor.value for vendor in Vendor if vendor is not Vendor.UNKNOWN]
    for owner in entry.owners:
        if owner.vendor not in known:
            message = f"no fact tells a cluster of {owner.vendor!r}, so this is never shown"
            remedy = f"name one of {', '.join(known)}, or leave it out"
            yield Problem(where, f"{base}.owners[{owner.vendor}]", message, remedy, fatal=False)


def owner_sources(entry: AddonEntry) -> Iterator[tuple[str, str]]:
    """The source of each owner, with its path."""
    for owner in entry.owners:
        yield f"owners[{owner.vendor}]", owner.source
