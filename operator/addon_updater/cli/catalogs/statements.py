"""Everything that a catalog states about an addon, as sentences by what they are about. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from addon_updater.api.catalog import (
    AddonEntry,
    Advisory,
    DefaultTarget,
    ImageLocation,
    KubernetesBound,
    Release,
    ReleaseImage,
    VendorOwner,
)
from addon_updater.api.catalog_advisories import FEATURES


@dataclass(frozen=True, slots=True, order=True)
class Statement:
    """One statement: what kind it is, and the sentence with whoever is behind it."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Subject:
    """What statements are about: a part of the entry, and which item of it."""

    part: str
    item: str


PARTS = (
    "addon",
    "releases",
    "known flaws",
    "defaults",
    "owners",
    "stops",
    "long-term support",
    "bounds",
    "sources",
)
"""In the order in which they are told."""


def statements(entry: AddonEntry) -> dict[Subject, tuple[Statement, ...]]:
    """All statements of an entry, in the order written."""
    told: dict[Subject, tuple[Statement, ...]] = {Subject("addon", entry.name): tuple(_of_addon(entry))}
    for release in entry.releases:
        told[Subject("releases", release.version)] = tuple(of_release(release))
    for advisory in entry.advisories:
        told[Subject("known flaws", advisory.id)] = (of_advisory(entry.name, advisory),)
    for known in entry.kubernetes:
        made = tuple(Statement(one.vendor, f"{one.version} ({one.source})") for one in known.defaults)
        told[Subject("defaults", f"Kubernetes {known.minor}")] = made
    for owner in entry.owners:
        told[Subject("owners", owner.vendor)] = (_owner(owner),)
    for stop in entry.stops:
        text = f"at {stop.at}, {stop.when}: {stop.because} ({stop.source})"
        told[Subject("stops", stop.id)] = (Statement("stop", text),)
    for line in entry.lts:
        told[Subject("long-term support", line.versions)] = (
            Statement("until", f"{line.until} ({line.source})"),
        )
    for bound in entry.bounds:
        subject = Subject("bounds", bound.versions)
        told[subject] = (*told.get(subject, ()), _bound(bound))
    for key, source in entry.sources.items():
        told[Subject("sources", key)] = (Statement("source", f"{source.title}, {source.url}"),)
    return told


def of_release(release: Release) -> Iterator[Statement]:
    """What is stated about one release, the gravest first."""
    yield from _warnings(release)
    if (only := release.kubernetes) is not None:
        yield _bound(only)
    for one in release.evidence:
        note = f": {one.note}" if one.note else ""
        yield Statement("evidence", f"{one.level} on {one.kubernetes} by {one.source}{note}")
    if release.fixes:
        yield Statement("fixes", ", ".join(release.fixes))
    if release.released is not None:
        yield Statement("released", release.released)
    if release.image is not None:
        yield Statement("image", _image(release.image))
    if release.note is not None:
        yield Statement("note", release.note)


def of_advisory(addon: str, one: Advisory) -> Statement:
    """Whom a known flaw concerns, what opens it, and what can be done with it; the kind is how grave it is."""
    fixed = f"fixed in {', '.join(one.fixed)}" if one.fixed else "nobody names a fix"
    words = FEATURES.get(addon, {})
    opened = " or ".join(words.get(feature, feature) for feature in one.exposed_when)
    needs = f", needs {opened}" if opened else ""
    also = f" (also {', '.join(one.aliases)})" if one.aliases else ""
    return Statement(
        one.severity.value, f"{one.because}: in {one.affects}, {fixed}{needs}{also} ({one.source})"
    )


def _warnings(release: Release) -> Iterator[Statement]:
    if release.denied is not None:
        yield Statement("denied", f"{release.denied.reason} ({release.denied.source})")
    if release.breaking is not None:
        yield Statement("breaking", f"{release.breaking.reason} ({release.breaking.source})")
    for caution in release.cautions:
        rule = f", looked for by {caution.rule}" if caution.rule else ""
        yield Statement("caution", f"{caution.reason}{rule} ({caution.source})")
    if release.rollback_floor is not None:
        yield Statement("rollback", f"only {release.rollback_floor} and later read what it writes")


def _of_addon(entry: AddonEntry) -> Iterator[Statement]:
    if entry.risk is not None:
        yield Statement("risk", entry.risk.value)
    if entry.evidence_floor is not None:
        yield Statement("evidence floor", entry.evidence_floor.value)
    if entry.target is not None:
        yield Statement("workload", _target(entry.target))
    if entry.image is not None:
        yield Statement("image", _location(entry.image))
        for other in entry.image.alternatives:
            yield Statement("image too", _location(other))
        for variant in entry.image.variants:
            yield Statement("variant", f"-{variant.name} of {variant.versions} ({variant.source})")


def _target(target: DefaultTarget) -> str:
    return f"{target.kind} {target.name}, container {target.container}"


def _location(image: ImageLocation) -> str:
    return f"{image.repository}:{image.tag}"


def _image(image: ReleaseImage) -> str:
    said = [
        *([f"in {image.repository}"] if image.repository else []),
        *([f"tag {image.tag}"] if image.tag else []),
        *([image.digest] if image.digest else []),
    ]
    return f"{', '.join(said) or 'by the rule'}{f' ({image.source})' if image.source else ''}"


def _bound(bound: KubernetesBound) -> Statement:
    where = "any Kubernetes" if bound.kubernetes == "*" else f"Kubernetes {bound.kubernetes} only"
    return Statement("runs on", f"{where}: {bound.because} ({bound.source})")


def _owner(owner: VendorOwner) -> Statement:
    manager = f", as {owner.manager}" if owner.manager else ""
    remedy = f"; {owner.remedy}" if owner.remedy else ""
    return Statement(owner.how.value, f"{owner.because}{manager}{remedy} ({owner.source})")
