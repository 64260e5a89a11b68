"""Lays AddonCatalog objects over the embedded catalog, in a fixed order and never half."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import TypeVar

from addon_updater.api.catalog import (
    AddonCatalogSpec,
    AddonEntry,
    CatalogMode,
    KubernetesMinor,
    Release,
)
from addon_updater.catalog.catalog import Catalog, build
from addon_updater.catalog.lint import Problem, duplicates, lint
from addon_updater.errors import CatalogError

_SHOWN = 3
"""Problems of one object that its error spells out; a person corrects them one by one anyway."""

_Item = TypeVar("_Item")


def merge(embedded: Catalog, extensions: Mapping[str, AddonCatalogSpec]) -> Catalog:
    """The catalog that results from AddonCatalog objects, given by object name.

    They apply by priority, then by name, so the last word has the highest priority. Extend lays fields and list
    items over those of the same key: releases by version, minors by minor, vendors' defaults and owners by vendor, stops by
    id, advisories by id, long-term lines by their versions, sources by key; evidence, cautions, fixes and bounds are added, never taken away. Replace drops what was
    known so far about the addons it names.

    Raises:
        CatalogError: an object is not usable; names object, path and remedy. Keep the last good catalog then.
    """
    entries = {name: index.entry for name, index in embedded.addons.items()}
    result = embedded
    for name, spec in sorted(extensions.items(), key=lambda item: (item[1].priority or 0, item[0])):
        where = f"AddonCatalog {name}"
        stated, problems = lay_over(entries, spec, where)
        if fatal := [one for one in problems if one.fatal]:
            more = f" (and {len(fatal) - _SHOWN} more)" if len(fatal) > _SHOWN else ""
            raise CatalogError(f"{'; '.join(map(str, fatal[:_SHOWN]))}{more}")
        entries |= stated
        result = build(entries, where=where)
    return result


def lay_over(
    known: Mapping[str, AddonEntry], spec: AddonCatalogSpec, where: str
) -> tuple[dict[str, AddonEntry], tuple[Problem, ...]]:
    """The entries that a spec leads to, by addon, and everything that is wrong with them."""
    entries: dict[str, AddonEntry] = {}
    problems: list[Problem] = []
    for name, count in Counter(entry.name for entry in spec.addons).items():
        if count > 1:
            problems.append(Problem(where, "addons", f"{name} is stated {count} times", "keep one"))
    for entry in spec.addons:
        base = known.get(entry.name) if spec.mode is CatalogMode.EXTEND else None
        merged = _extend(base, entry) if base else entry
        entries[entry.name] = merged
        problems += duplicates(entry, where)
        stated_twice = {str(one) for one in problems}
        problems += [one for one in lint(merged, where) if str(one) not in stated_twice]
    return entries, tuple(problems)


def _extend(known: AddonEntry, added: AddonEntry) -> AddonEntry:
    return known.model_copy(
        update={
            "risk": added.risk or known.risk,
            "evidence_floor": added.evidence_floor or known.evidence_floor,
            "target": added.target or known.target,
            "image": added.image or known.image,
            "sources": {**known.sources, **added.sources},
            "bounds": _union(known.bounds, added.bounds),
            "kubernetes": _by_key(known.kubernetes, added.kubernetes, lambda one: one.minor, _extend_minor),
            "owners": _by_key(known.owners, added.owners, lambda one: one.vendor, lambda _, new: new),
            "stops": _by_key(known.stops, added.stops, lambda one: one.id, lambda _, new: new),
            "lts": _by_key(known.lts, added.lts, lambda one: one.versions, lambda _, new: new),
            "advisories": _by_key(known.advisories, added.advisories, lambda one: one.id, lambda _, new: new),
            "releases": _by_key(known.releases, added.releases, lambda one: one.version, _extend_release),
        }
    )


def _extend_minor(known: KubernetesMinor, added: KubernetesMinor) -> KubernetesMinor:
    defaults = _by_key(known.defaults, added.defaults, lambda one: one.vendor, lambda _, new: new)
    return known.model_copy(update={"defaults": defaults})


def _extend_release(known: Release, added: Release) -> Release:
    stated = {name: value for name in added.model_fields_set if (value := getattr(added, name)) is not None}
    lists = {
        "evidence": _union(known.evidence, added.evidence),
        "cautions": _union(known.cautions, added.cautions),
        "fixes": _union(known.fixes, added.fixes),
    }
    return known.model_copy(update=stated | lists)


def _union(known: tuple[_Item, ...], added: tuple[_Item, ...]) -> tuple[_Item, ...]:
    return known + tuple(item for item in added if item not in known)


def _by_key(
    known: tuple[_Item, ...],
    added: tuple[_Item, ...],
    key: Callable[[_Item], str],
    combine: Callable[[_Item, _Item], _Item],
) -> tuple[_Item, ...]:
    items = {key(item): item for item in known}
    for item in added:
        old = items.get(key(item))
        items[key(item)] = combine(old, item) if old is not None else item
    return tuple(items.values())
