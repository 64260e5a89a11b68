"""The straightforward way to a resolution: judge every release, then look. Slow, and what the fast way must equal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from addon_updater.api.release import Channel
from addon_updater.api.versions import Minor, Version
from addon_updater.catalog import AddonEntryIndex, Judgement, Standing
from addon_updater.resolve import Candidate, ClusterMinors, Reason, Verdict, Wish
from addon_updater.resolve.candidates import FILTER_ORDER, Ceiling, Filters, against_release, judge
from addon_updater.resolve.installed import judge_installed


@dataclass(frozen=True)
class Plain:
    """A resolution, its hops as texts."""

    target: Version | None
    hops: tuple[tuple[str, str, str, tuple[str, ...]], ...]
    reason: Reason
    message: str
    downgrade: Version | None
    candidates: tuple[Candidate, ...]


def evidence(addon: AddonEntryIndex, version: Version, minor: Minor) -> Judgement:
    """As the index judges, but with a look at every release of the line for each question."""
    plain = addon.evidence(version, minor)
    release = addon.by_version[version]
    version = release.version
    if plain.standing is Standing.REFUSED or not addon.knows(minor) or release.bounds:
        return plain
    if any(minor in one.minors for one in release.testimonies):
        return plain
    for other in addon.releases:
        in_line = (other.version.major, other.version.minor) == (version.major, version.minor)
        stated = [one for one in other.testimonies if minor in one.minors]
        best = max(stated, key=lambda one: one.standing, default=None)
        if not in_line or other.version >= version or other.data.denied or best is None:
            continue
        if best.standing >= Standing.DECLARED:
            message = f"{version} is Assumed on Kubernetes {minor}: it is a later patch of {other.version}"
            return Judgement(Standing.ASSUMED, best.source, message)
    return Judgement(Standing.UNKNOWN, "", f"nobody states that {version} runs on Kubernetes {minor}")


def ceiling(
    addon: AddonEntryIndex, wish: Wish, minors: tuple[Minor, ...], installed: Version | None
) -> Ceiling | None:
    """The highest of the ceilings of all minors, with the installed version where it is newer."""
    if wish.channel is not Channel.DEFAULT or (wish.range and wish.range.pin):
        return None
    found = []
    for minor in minors:
        if default := addon.default_for(minor):
            found.append(Ceiling(default.version, minor, default.source))
            continue
        judged = [(one, evidence(addon, one.version, minor)) for one in addon.releases if not one.data.denied]
        declared = [(one, stated) for one, stated in judged if stated.standing >= Standing.DECLARED]
        found += [Ceiling(one.version, minor, stated.source) for one, stated in declared[:1]]
    highest = max(found, key=lambda one: one.version, default=None)
    if highest is None or installed is None or installed <= highest.version:
        return highest
    return replace(highest, installed=installed)


def resolve(
    *,
    addon: AddonEntryIndex,
    wish: Wish,
    minors: ClusterMinors,
    installed: Version | None,
    quarantined: Mapping[Version, str],
    now: datetime,
) -> Plain:
    required = tuple(sorted(minors.required))
    filters = Filters(
        addon=addon,
        wish=wish,
        minors=required,
        floor=wish.min_evidence or addon.floor,
        ceiling=ceiling(addon, wish, required, installed),
        quarantined=quarantined,
        now=now,
    )
    candidates = tuple(judge(release, filters) for release in addon.releases)
    state = judge_installed(installed, filters)
    keep = Plain(installed, (), Reason.UP_TO_DATE, state.message, None, candidates)
    decided = _decide(installed, state, keep, filters)
    running = addon.release(installed) if installed else None
    floor = running.data.rollback_floor if running else None
    marked = tuple(_marked(one, decided, installed, state.message, floor) for one in candidates)
    return replace(decided, candidates=marked)


def _decide(installed, state, keep, filters):
    eligible = [one.version for one in keep.candidates if one.verdict is Verdict.ELIGIBLE]
    if not eligible and state.fits:
        return replace(keep, message=f"{installed} stays: no newer version fits; {state.message}")
    if not eligible and installed is None:
        return _none(keep, filters)
    if installed is None:
        message = f"{eligible[0]} is the version to run; {state.message}"
        return replace(keep, target=eligible[0], reason=Reason.UPDATE_FOUND, message=message)
    forward = _forward([one for one in eligible if one >= installed], installed, state, keep, filters)
    if (forward and forward.target) or state.fits:
        return forward or keep
    older = [one for one in eligible if one < installed]
    if older or state.reason in (Reason.DENIED, Reason.OUTSIDE_KUBERNETES_BOUNDS):
        beyond = _beyond(installed, state, keep, filters)
        if beyond:
            return beyond
    if not older:
        return forward or _none(keep, filters)
    return _back(older[0], installed, keep, filters)


def _none(keep, filters):
    reason, message = _nothing(keep.candidates, filters)
    return replace(keep, target=None, reason=reason, message=message)


def _beyond(installed, state, keep, filters):
    anything = replace(filters, wish=replace(filters.wish, channel=Channel.LATEST), ceiling=None)
    judged = [judge(release, anything) for release in filters.addon.releases]
    newer = [one.version for one in judged if one.verdict is Verdict.ELIGIBLE and one.version > installed]
    for version in sorted(newer):
        hops, obstacle = _way(installed, version, filters)
        if obstacle is None:
            channel = f"{filters.wish.channel_field} {filters.wish.channel}"
            fits = f"the nearest newer version that fits Kubernetes {_names(filters)}, and {channel} has none"
            message = f"{state.message}; {version} is {fits}"
            return replace(keep, target=version, hops=hops, reason=Reason.UPDATE_FOUND, message=message)
    return None


def _forward(versions, installed, state, keep, filters):
    obstacles = []
    for version in versions:
        hops, obstacle = _way(installed, version, filters)
        if obstacle is None:
            message = f"{version} is the newest version that fits Kubernetes {_names(filters)} and the spec"
            if not hops:
                return keep
            return replace(keep, target=version, hops=hops, reason=Reason.UPDATE_FOUND, message=message)
        obstacles.append(obstacle)
    if not obstacles:
        return None
    target = installed if state.fits else None
    return replace(keep, target=target, reason=Reason.STOP_UNAVAILABLE, message=obstacles[0])


def _way(start, target, filters):
    stops = []
    for stop in filters.addon.stops:
        inside = [
            one for one in filters.addon.releases if start < one.version < target and one.version in stop.at
        ]
        if start in stop.at or target in stop.at or not inside:
            continue
        usable = [
            one.version
            for one in inside
            if filters.weakest(one.version).standing >= Standing.ASSUMED
            and against_release(one, filters) is None
        ]
        if not usable:
            because = f"({stop.data.because}), and none of its releases can be used"
            return (), (
                f"the way from {start} to {target} needs stop {stop.data.id} at {stop.data.at!r} {because}"
            )
        stops.append((usable[0], f"stop {stop.data.id}: {stop.data.because}"))
    points = [*sorted(stops, key=lambda one: one[0]), *([(target, "the target")] if start != target else [])]
    hops = []
    for version, reason in points:
        breaking = [
            str(one.version)
            for one in reversed(filters.addon.releases)
            if start < one.version <= version and one.data.breaking
        ]
        hops.append((str(start), str(version), reason, tuple(breaking)))
        start = version
    return tuple(hops), None


def _back(best, installed, keep, filters):
    refused = replace(keep, target=None, downgrade=best)
    release = filters.addon.release(installed)
    floor = release.data.rollback_floor if release else None
    if floor is not None and best < Version.parse(floor):
        message = f"{installed} writes what only {floor} and later read, so {best} cannot take over"
        return replace(refused, reason=Reason.BELOW_ROLLBACK_FLOOR, message=message)
    if not filters.wish.approved_downgrade:
        message = f"{keep.message}; only the older {best} fits, and going back needs approval"
        return replace(refused, reason=Reason.DOWNGRADE_NEEDS_APPROVAL, message=message)
    hops = ((str(installed), str(best), "going back, because nothing newer fits", ()),)
    message = f"{keep.message}; going back to {best} is approved"
    return replace(keep, target=best, hops=hops, reason=Reason.DOWNGRADE_APPROVED, message=message)


def _nothing(candidates, filters):
    pin = filters.wish.range.pin if filters.wish.range else None
    if pin is not None:
        named = next((one for one in candidates if one.version == pin), None)
        why = named.message if named else f"{pin} is not in the catalog"
        unpinned = replace(filters, wish=replace(filters.wish, range=None))
        judged = [judge(release, unpinned) for release in filters.addon.releases]
        fitting = [one.version for one in judged if one.verdict is Verdict.ELIGIBLE]
        nearest = min(fitting, key=lambda one: _distance(one, pin), default=None)
        hint = f"the nearest that fits is {nearest}" if nearest else "no other version fits either"
        return Reason.PIN_DOES_NOT_FIT, f"{why}; {hint}"
    unknown = not all(map(filters.addon.knows, filters.minors))
    closest = max(candidates, key=lambda one: (FILTER_ORDER.index(one.reason), one.version), default=None)
    why = closest.message if closest else "the catalog has no release"
    if unknown:
        learn = "a newer addon-updater may know more, or state in an AddonCatalog what you have tested"
        return Reason.EVIDENCE_UNKNOWN, f"no version is known to fit: {why}; {learn}"
    message = f"no version fits Kubernetes {_names(filters)}; the closest: {why}"
    return Reason.NO_CANDIDATE, message


def _distance(one, other):
    return abs(one.major - other.major), abs(one.minor - other.minor), abs(one.patch - other.patch)


def _marked(one, decided, installed, why_installed, floor):
    if one.version == installed == decided.target:
        message = one.message if one.verdict is Verdict.ELIGIBLE else why_installed
        return replace(one, verdict=Verdict.INSTALLED, reason=Reason.INSTALLED, message=message, remedy="")
    if one.version == decided.target:
        chosen = replace(one, verdict=Verdict.TARGET, reason=Reason.BEST_FIT, remedy="")
        if one.verdict is Verdict.ELIGIBLE:
            return chosen
        message = f"{one.message}; it is taken all the same, because {why_installed}"
        return replace(chosen, reason=Reason.WAY_FORWARD, message=message)
    if one.verdict is not Verdict.ELIGIBLE:
        return one
    rejected = replace(one, verdict=Verdict.REJECTED)
    if installed is not None and one.version < installed:
        if floor is not None and one.version < Version.parse(floor):
            message = f"{one.message}; the installed {installed} writes what only {floor} and later read"
            remedy = f"restore a backup from before {floor} and put the older image back by hand"
            return replace(rejected, reason=Reason.BELOW_ROLLBACK_FLOOR, message=message, remedy=remedy)
        message = f"{one.message}; it is older than the installed {installed}"
        back = "approve the plan to go back"
        remedy = back if one.version == decided.downgrade else f"{one.remedy}, and {back}"
        return replace(rejected, reason=Reason.DOWNGRADE_NEEDS_APPROVAL, message=message, remedy=remedy)
    if one.version == installed and decided.target is not None:
        message = f"{one.message}; it runs, and {decided.target} is newer"
        return replace(one, message=message, remedy=f"{one.remedy} to stay on it")
    if decided.target is None or one.version > decided.target:
        message = f"{one.message}; a stop on the way to it cannot be made"
        remedy = "make a release of the stop usable; their verdicts say what bars them"
        return replace(rejected, reason=Reason.STOP_UNAVAILABLE, message=message, remedy=remedy)
    return one


def _names(filters):
    return ", ".join(map(str, filters.minors))
