"""Finds what is wrong with the known flaws of a catalog entry, and whether its releases say the same of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from addon_updater.api.catalog import AddonEntry, Advisory
from addon_updater.api.catalog_advisories import FEATURES
from addon_updater.api.versions import Version, VersionRange
from addon_updater.catalog.problem import Problem


def names_stated_twice(entry: AddonEntry) -> list[str]:
    """Ids and aliases, each as often as it is stated."""
    return [name for one in entry.advisories for name in _names(one)]


def texts(entry: AddonEntry) -> Iterator[tuple[str, type[Version | VersionRange], str]]:
    """Every text of them that has a grammar of its own, with its path."""
    for one in entry.advisories:
        path = f"advisories[{one.id}]"
        yield f"{path}.affects", VersionRange, one.affects
        yield from ((f"{path}.fixed", Version, version) for version in one.fixed)


def unknown_features(entry: AddonEntry, where: str, base: str) -> Iterator[Problem]:
    """Features that no code looks for, so that nobody could say whether the flaw is open."""
    known = FEATURES.get(entry.name, {})
    remedy = (
        f"name one of {', '.join(known)}"
        if known
        else "leave exposedWhen out: this addon has no code that looks"
    )
    for one in entry.advisories:
        for feature in one.exposed_when:
            if feature not in known:
                path = f"{base}.advisories[{one.id}].exposedWhen"
                yield Problem(where, path, f"nothing looks for {feature!r} in {entry.name}", remedy)


def contradictions(entry: AddonEntry, where: str, base: str) -> Iterator[Problem]:
    """Releases and flaws that do not say the same about what fixes what. All texts are readable already."""
    by_name = {name: one for one in entry.advisories for name in _names(one)}
    yield from _fixes_without_flaw(entry, by_name, where, base)
    yield from _fixed_without_word(entry, where, base)


def _fixes_without_flaw(
    entry: AddonEntry, by_name: Mapping[str, Advisory], where: str, base: str
) -> Iterator[Problem]:
    for release in entry.releases:
        path = f"{base}.releases[{release.version}].fixes"
        for name in release.fixes:
            one = by_name.get(name)
            if one is None:
                message = f"no advisory tells whom {name} concerns, so nobody is warned"
                yield Problem(where, path, message, "add it to advisories", fatal=False)
            elif not _names_version(one, release.version):
                message = (
                    f"{release.version} is to fix {name}, and advisories[{one.id}].fixed does not name it"
                )
                yield Problem(where, path, message, f"add it there, or take {name} out here")


def _fixed_without_word(entry: AddonEntry, where: str, base: str) -> Iterator[Problem]:
    said = {Version.parse(one.version): frozenset(one.fixes) for one in entry.releases}
    for one in entry.advisories:
        path = f"{base}.advisories[{one.id}].fixed"
        seen: set[Version] = set()
        for version in map(Version.parse, one.fixed):
            if version in seen:
                yield Problem(where, path, f"{version} is stated twice", "keep one")
            seen.add(version)
            if version in said and said[version].isdisjoint(_names(one)):
                message = f"release {version} does not say that it fixes {one.id}"
                yield Problem(where, path, message, f"add {one.id} to its fixes", fatal=False)


def _names_version(one: Advisory, version: str) -> bool:
    """Whether it is among the fixed ones, which nearly always write it the same way."""
    return version in one.fixed or Version.parse(version) in map(Version.parse, one.fixed)


def _names(one: Advisory) -> tuple[str, ...]:
    return (one.id, *one.aliases)
