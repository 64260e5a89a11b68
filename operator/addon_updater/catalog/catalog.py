"""The catalog as a value."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from addon_updater.api.catalog import AddonEntry
from addon_updater.catalog.index import AddonEntryIndex, index_addon


@dataclass(frozen=True)
class Catalog:
    """All addons that are known, by name. Immutable: a change of the sources makes another catalog."""

    addons: Mapping[str, AddonEntryIndex]

    def addon(self, name: str) -> AddonEntryIndex | None:
        """What is known about an addon."""
        return self.addons.get(name)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the content, in hex: equal content has an equal digest, wherever it came from."""
        content = {name: index.entry.to_wire() for name, index in sorted(self.addons.items())}
        text = json.dumps(content, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


def build(entries: Mapping[str, AddonEntry], *, where: str) -> Catalog:
    """Index complete entries.

    Raises:
        CatalogError: an entry is not complete.
    """
    return Catalog({name: index_addon(entries[name], where=where) for name in sorted(entries)})
