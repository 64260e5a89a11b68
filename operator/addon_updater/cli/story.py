"""The full story of one version: what the catalog and the past know about it, and why it does not run. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC

from addon_updater.api.versions import Version
from addon_updater.catalog import AddonEntryIndex, CatalogRelease
from addon_updater.cli.preview import Preview
from addon_updater.cli.reasoning import holding
from addon_updater.errors import NotFoundError
from addon_updater.resolve import Candidate, ClusterMinors, Verdict, minors_of, threats


@dataclass(frozen=True, slots=True)
class Fact:
    """One statement about a version; `source` is a key of the addon's sources, a field, or empty."""

    what: str
    text: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class Story:
    """All that can be said about one version here."""

    version: str
    answer: str
    candidate: Candidate | None
    facts: tuple[Fact, ...]


def story(seen: Preview, text: str) -> Story:
    """The full story of one version.

    Raises:
        NotFoundError: the catalog does not know it.
        VersionError: that is no version.
    """
    version = Version.parse(text)
    entry = seen.entry
    release = entry.release(version) if entry is not None else None
    if entry is None or release is None:
        raise NotFoundError(_unknown(version, entry, seen.release.spec.addon), status=404)
    resolution = seen.decision.resolution
    candidate = resolution.candidates.find(release.version) if resolution else None
    return Story(
        str(release.version), _answer(seen, candidate), candidate, tuple(_facts(seen, entry, release))
    )


def _unknown(version: Version, entry: AddonEntryIndex | None, addon: str) -> str:
    if entry is None:
        return f"the catalog has no addon {addon!r}"
    newest = entry.releases[0].version if entry.releases else None
    line = [
        one.version
        for one in entry.releases
        if (one.version.major, one.version.minor) == (version.major, version.minor)
    ]
    known = f"of {version.major}.{version.minor} it knows {', '.join(map(str, line))}; " if line else ""
    return f"the catalog has no {addon} {version}: {known}its newest is {newest}; add a version with an AddonCatalog"


def _answer(seen: Preview, candidate: Candidate | None) -> str:
    """Why it does not run, in one sentence."""
    resolution, held = seen.decision.resolution, holding(seen)
    because = f"{held[0].reason}: {held[0].message}" if held else "nothing holds it"
    if candidate is None or resolution is None:
        return f"nobody can tell: {because}"
    if candidate.verdict is Verdict.INSTALLED or (
        seen.situation is not None and str(candidate.version) == seen.situation.live.version
    ):
        return f"it runs; {candidate.message}"
    if candidate.verdict is Verdict.TARGET:
        return f"it is the wanted version; {_under_way(seen) or because}"
    if any(hop.to == candidate.version for hop in resolution.hops):
        return f"it is a step on the way to {resolution.target}; {_under_way(seen) or because}"
    if candidate.verdict is Verdict.ELIGIBLE:
        return f"it would do, and the newer {resolution.target} is taken: {candidate.message}"
    return f"{candidate.reason}: {candidate.message}"


def _under_way(seen: Preview) -> str | None:
    running = seen.situation.open if seen.situation is not None else None
    if running is None:
        return None
    step = seen.decision.reconciling
    return f"the update to {running.content.version} runs: {step.reason}: {step.message}"


def _facts(seen: Preview, entry: AddonEntryIndex, release: CatalogRelease) -> Iterator[Fact]:
    yield Fact("Released", release.data.released or "the catalog does not say when")
    yield from _fit(seen, entry, release)
    yield from _remarks(release)
    yield from _flaws(seen, entry, release)
    yield from _way(seen, entry, release)
    if seen.situation is not None:
        held = [one for one in seen.situation.quarantines if one.version == str(release.version)]
        yield from (Fact("Quarantine", f"{one.reason} on {one.at:%Y-%m-%d}: {one.message}") for one in held)


def _fit(seen: Preview, entry: AddonEntryIndex, release: CatalogRelease) -> Iterator[Fact]:
    for minor in sorted(_minors(seen).required):
        judgement = entry.evidence(release.version, minor)
        yield Fact(f"On Kubernetes {minor}", judgement.message, judgement.source)
        default = entry.default_for(minor)
        if default is not None and default.version == release.version:
            yield Fact("Default", f"{default.vendor} installs it on Kubernetes {minor}", default.source)
    today = seen.now.astimezone(UTC).date()
    for line in entry.lts:
        if release.version in line.versions:
            over = "until" if today <= line.until else "ended on"
            yield Fact("Long-term support", f"{line.versions} {over} {line.until}", line.source)


def _minors(seen: Preview) -> ClusterMinors:
    """The minors to fit; those of the cluster alone when the spec's cannot be read."""
    if seen.decision.resolution is None:
        return seen.servers.minors
    return minors_of(seen.release.spec, seen.servers.minors)


def _remarks(release: CatalogRelease) -> Iterator[Fact]:
    data = release.data
    if data.denied is not None:
        yield Fact("Denied", data.denied.reason, data.denied.source)
    if data.breaking is not None:
        yield Fact("Breaking", data.breaking.reason, data.breaking.source)
    yield from (Fact("Caution", one.reason, one.source) for one in data.cautions)
    if data.fixes:
        yield Fact("Fixes", ", ".join(data.fixes))
    if data.rollback_floor is not None:
        yield Fact("Way back", f"nothing older than {data.rollback_floor} reads what it writes")
    if data.note is not None:
        yield Fact("Note", data.note)


def _flaws(seen: Preview, entry: AddonEntryIndex, release: CatalogRelease) -> Iterator[Fact]:
    """The known flaws that this version would have and that the running configuration opens."""
    if seen.situation is None:
        return
    live = seen.situation
    for one in threats(entry, release.version, live.addon.exposures(live.workload, live.live)):
        said = one.advisory.data
        yield Fact("Known flaw", f"{one.id} ({one.severity}): {said.because}", said.source)


def _way(seen: Preview, entry: AddonEntryIndex, release: CatalogRelease) -> Iterator[Fact]:
    """What lies between the installed version and this one, and what the policy says about going there."""
    if seen.situation is None:
        return
    installed = Version.parse(seen.situation.live.version)
    for passed in reversed(entry.releases):
        if installed < passed.version < release.version and passed.data.breaking is not None:
            remark = passed.data.breaking
            yield Fact("On the way", f"{passed.version} is breaking: {remark.reason}", remark.source)
    for stop in entry.stops:
        served = [one.version for one in entry.releases if one.version in stop.at]
        if any(installed < one <= release.version for one in served):
            text = f"a stop at {stop.at} ({stop.data.when}): {stop.data.because}"
            yield Fact("On the way", text, stop.data.source)
    plan = seen.view.status.plan
    for hop in plan.hops if plan is not None else ():
        if hop.to == str(release.version):
            yield Fact(
                "Hop", f"{hop.from_} -> {hop.to}: {_standing(admitted=hop.admitted, waits_for=hop.waits_for)}"
            )


def _standing(*, admitted: bool | None, waits_for: str | None) -> str:
    if waits_for is not None:
        return f"waits for {waits_for}"
    return "the policy lets it start" if admitted else "nobody has asked the policy"
