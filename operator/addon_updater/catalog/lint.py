"""Finds what is wrong with a catalog entry before anything is decided from it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date
from itertools import combinations, pairwise

from addon_updater.api.catalog import AddonCatalogSpec, AddonEntry, Release
from addon_updater.api.versions import Minor, Version, VersionRange
from addon_updater.catalog.lint_advisories import contradictions, names_stated_twice, texts, unknown_features
from addon_updater.catalog.lint_owners import owner_sources, unrecognized_vendors
from addon_updater.catalog.problem import Problem
from addon_updater.errors import VersionError

__all__ = ["Problem", "duplicates", "lint"]


def lint(document: AddonCatalogSpec | AddonEntry, where: str) -> tuple[Problem, ...]:
    """Everything wrong with a document, in reading order; `where` names its file or object.

    An entry must be whole: one that extends another is checked after it was laid over that, as `merge` does.
    """
    entries = document.addons if isinstance(document, AddonCatalogSpec) else (document,)
    return tuple(problem for entry in entries for problem in _lint_entry(entry, where))


def duplicates(entry: AddonEntry, where: str) -> tuple[Problem, ...]:
    """Keys that an entry states twice, so that one of the two would be lost."""
    base = f"addons[{entry.name}]"
    lists = [
        ("releases", [release.version for release in entry.releases]),
        ("kubernetes", [known.minor for known in entry.kubernetes]),
        ("stops", [stop.id for stop in entry.stops]),
        ("owners", [owner.vendor for owner in entry.owners]),
        ("image.variants", [variant.name for variant in entry.image.variants] if entry.image else []),
        ("lts", [line.versions for line in entry.lts]),
        ("advisories", names_stated_twice(entry)),
        *(
            (f"kubernetes[{known.minor}].defaults", [d.vendor for d in known.defaults])
            for known in entry.kubernetes
        ),
    ]
    return tuple(
        Problem(where, f"{base}.{path}", f"{key} is stated {count} times", "keep one")
        for path, keys in lists
        for key, count in Counter(keys).items()
        if count > 1
    )


def _lint_entry(entry: AddonEntry, where: str) -> Iterator[Problem]:
    base = f"addons[{entry.name}]"
    yield from _missing(entry, where, base)
    yield from duplicates(entry, where)
    unreadable = list(_unreadable(entry, where, base))
    yield from unreadable
    yield from _unknown_sources(entry, where, base)
    yield from unknown_features(entry, where, base)
    if not unreadable:
        yield from _wrong_releases(entry, where, base)
        yield from _wrong_defaults(entry, where, base)
        yield from _wrong_stops(entry, where, base)
        yield from _wrong_lines(entry, where, base)
        yield from _idle_bounds(entry, where, base)
        yield from contradictions(entry, where, base)
    yield from unrecognized_vendors(entry, where, base)


def _missing(entry: AddonEntry, where: str, base: str) -> Iterator[Problem]:
    """What only an entry that extends another one may leave out."""
    needed = {
        "risk": entry.risk,
        "evidenceFloor": entry.evidence_floor,
        "target": entry.target,
        "image": entry.image,
    }
    if missing := [name for name, value in needed.items() if value is None]:
        message = f"an addon is not complete without {', '.join(missing)}"
        yield Problem(where, base, message, f"add {', '.join(missing)}")


def _unreadable(entry: AddonEntry, where: str, base: str) -> Iterator[Problem]:
    for path, kind, text in _texts(entry):
        try:
            kind.parse(text)
        except VersionError as error:
            yield Problem(where, f"{base}.{path}", str(error), "correct the text")
    for path, day in _days(entry):
        try:
            date.fromisoformat(day)
        except ValueError as error:
            yield Problem(where, f"{base}.{path}", f"{day!r} is no day: {error}", "correct the day")


def _days(entry: AddonEntry) -> Iterator[tuple[str, str]]:
    for line in entry.lts:
        yield f"lts[{line.versions}].until", line.until
    for release in entry.releases:
        if release.released:
            yield f"releases[{release.version}].released", release.released


def _texts(entry: AddonEntry) -> Iterator[tuple[str, type[Version | Minor | VersionRange], str]]:
    """Every text of the entry that has a grammar of its own, with its path."""
    for variant in entry.image.variants if entry.image else ():
        yield f"image.variants[{variant.name}].versions", VersionRange, variant.versions
    for known in entry.kubernetes:
        yield f"kubernetes[{known.minor}].minor", Minor, known.minor
        for default in known.defaults:
            yield f"kubernetes[{known.minor}].defaults[{default.vendor}]", Version, default.version
    for position, bound in enumerate(entry.bounds):
        yield f"bounds[{position}].versions", VersionRange, bound.versions
        yield f"bounds[{position}].kubernetes", VersionRange, bound.kubernetes
    for stop in entry.stops:
        yield f"stops[{stop.id}].at", VersionRange, stop.at
    for line in entry.lts:
        yield f"lts[{line.versions}].versions", VersionRange, line.versions
    yield from texts(entry)
    for release in entry.releases:
        yield from _release_texts(release)


def _release_texts(release: Release) -> Iterator[tuple[str, type[Version | VersionRange], str]]:
    path = f"releases[{release.version}]"
    yield f"{path}.version", Version, release.version
    if release.kubernetes:
        yield f"{path}.kubernetes", VersionRange, release.kubernetes.kubernetes
    if release.rollback_floor:
        yield f"{path}.rollbackFloor", Version, release.rollback_floor
    for position, evidence in enumerate(release.evidence):
        yield f"{path}.evidence[{position}].kubernetes", VersionRange, evidence.kubernetes


def _unknown_sources(entry: AddonEntry, where: str, base: str) -> Iterator[Problem]:
    for path, source in _source_keys(entry):
        if source not in entry.sources:
            remedy = "add it to sources, or name one of them"
            yield Problem(where, f"{base}.{path}", f"there is no source {source!r}", remedy)


def _source_keys(entry: AddonEntry) -> Iterator[tuple[str, str]]:
    for variant in entry.image.variants if entry.image else ():
        yield f"image.variants[{variant.name}]", variant.source
    for known in entry.kubernetes:
        for default in known.defaults:
            yield f"kubernetes[{known.minor}].defaults[{default.vendor}]", default.source
    for position, bound in enumerate(entry.bounds):
        yield f"bounds[{position}]", bound.source
    yield from owner_sources(entry)
    for stop in entry.stops:
        yield f"stops[{stop.id}]", stop.source
    for line in entry.lts:
        yield f"lts[{line.versions}]", line.source
    yield from ((f"advisories[{one.id}]", one.source) for one in entry.advisories)
    for release in entry.releases:
        path = f"releases[{release.version}]"
        yield from ((f"{path}.evidence[{n}]", one.source) for n, one in enumerate(release.evidence))
        yield from ((f"{path}.cautions[{n}]", one.source) for n, one in enumerate(release.cautions))
        for field, remark in (
            ("denied", release.denied),
            ("breaking", release.breaking),
            ("kubernetes", release.kubernetes),
            ("image", release.image),
        ):
            if remark is not None and remark.source is not None:
                yield f"{path}.{field}", remark.source


def _wrong_releases(entry: AddonEntry, where: str, base: str) -> Iterator[Problem]:
    versions = [Version.parse(release.version) for release in entry.releases]
    for newer, older in pairwise(versions):
        if newer < older:
            message = f"{older} stands below {newer}"
            yield Problem(where, f"{base}.releases", message, "list the newest first", fatal=False)
        elif newer == older and str(newer) != str(older):
            message = f"{newer} and {older} are the same version"
            yield Problem(where, f"{base}.releases", message, "list upstream's version only")
    minors, listed = [Minor.parse(known.minor) for known in entry.kubernetes], set(versions)
    for release in entry.releases:
        path = f"{base}.releases[{release.version}]"
        yield from _wrong_release(release, minors, where, path)
        if release.rollback_floor and Version.parse(release.rollback_floor) not in listed:
            message = f"the floor {release.rollback_floor} is not a release of the catalog"
            yield Problem(
                where, f"{path}.rollbackFloor", message, "correct it, or add the release", fatal=False
            )


def _wrong_release(release: Release, minors: list[Minor], where: str, path: str) -> Iterator[Problem]:
    for position, evidence in enumerate(release.evidence):
        if not _any(minors, VersionRange.parse(evidence.kubernetes)):
            message = f"no listed Kubernetes minor is in {evidence.kubernetes!r}, so this says nothing"
            remedy = "list the minor under kubernetes, or correct the range"
            yield Problem(where, f"{path}.evidence[{position}].kubernetes", message, remedy)
    if release.rollback_floor and Version.parse(release.rollback_floor) > Version.parse(release.version):
        message = f"the floor {release.rollback_floor} is newer than the release"
        yield Problem(where, f"{path}.rollbackFloor", message, "name the oldest version that reads its data")


def _wrong_defaults(entry: AddonEntry, where: str, base: str) -> Iterator[Problem]:
    usable = {Version.parse(release.version): release.denied is None for release in entry.releases}
    for known in entry.kubernetes:
        for default in known.defaults:
            path = f"{base}.kubernetes[{known.minor}].defaults[{default.vendor}]"
            allowed = usable.get(Version.parse(default.version))
            if allowed is None:
                remedy = "add it to releases"
                yield Problem(where, path, f"{default.version} is not a release of the catalog", remedy)
            elif not allowed:
                # Both may be true: what a vendor installs is a fact, a denial is somebody's judgement.
                message = f"{default.version} is denied, so channel Default takes what lies below it"
                yield Problem(
                    where, path, message, "nothing, if that is meant; else lift the denial", fatal=False
                )


def _wrong_stops(entry: AddonEntry, where: str, base: str) -> Iterator[Problem]:
    usable = [Version.parse(release.version) for release in entry.releases if release.denied is None]
    taken: dict[Version, str] = {}
    for stop in entry.stops:
        path = f"{base}.stops[{stop.id}].at"
        at = VersionRange.parse(stop.at)
        served = [version for version in usable if version in at]
        if not served:
            message = f"no release is in {stop.at!r} and not denied, so nothing can pass this stop"
            yield Problem(where, path, message, "add the release, or correct the range")
        for version in served:
            if version in taken:
                message = f"{version} serves as {taken[version]} too, so their order is open"
                yield Problem(where, path, message, "make the ranges of the stops disjoint")
                break
            taken[version] = stop.id


def _wrong_lines(entry: AddonEntry, where: str, base: str) -> Iterator[Problem]:
    for one, other in combinations(entry.lts, 2):
        if VersionRange.parse(one.versions).overlaps(VersionRange.parse(other.versions)):
            message = f"overlaps {one.versions!r}, so a version could have two last days"
            remedy = "make the ranges of the lines disjoint"
            yield Problem(where, f"{base}.lts[{other.versions}].versions", message, remedy)


def _idle_bounds(entry: AddonEntry, where: str, base: str) -> Iterator[Problem]:
    versions = [Version.parse(release.version) for release in entry.releases]
    minors = [Minor.parse(known.minor) for known in entry.kubernetes]
    for position, bound in enumerate(entry.bounds):
        if not _any(versions, VersionRange.parse(bound.versions)):
            path = f"{base}.bounds[{position}].versions"
            message = f"no release is in {bound.versions!r}"
            yield Problem(where, path, message, "correct the range, or remove the bound", fatal=False)
        if entry.kubernetes and not _any(minors, VersionRange.parse(bound.kubernetes)):
            path = f"{base}.bounds[{position}].kubernetes"
            message = f"no listed Kubernetes minor is in {bound.kubernetes!r}, so these versions run nowhere"
            yield Problem(where, path, message, "correct the range, or list the minor", fatal=False)


def _any(values: Iterable[Version | Minor], wanted: VersionRange) -> bool:
    return any(value in wanted for value in values)
