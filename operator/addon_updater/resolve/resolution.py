"""The decision: which version the addon should run, by which hops, and why no other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from addon_updater.api.versions import Version
from addon_updater.catalog.index import AddonEntryIndex, CatalogRelease
from addon_updater.resolve.candidates import (
    FILTER_ORDER,
    Candidate,
    Filters,
    Verdict,
    channel_ceiling,
    judge,
)
from addon_updater.resolve.hops import Hop, plan_downgrade, plan_hops
from addon_updater.resolve.installed import InstalledJudgement, judge_installed
from addon_updater.resolve.minors import ClusterMinors
from addon_updater.resolve.reasons import Reason
from addon_updater.resolve.wish import Wish


@dataclass(frozen=True, slots=True)
class Resolution:
    """What to run and why. A pure function of its inputs, so equal inputs give an equal one."""

    target: Version | None
    """The version to run; the installed one when nothing is to be done, None when nothing can be."""
    hops: tuple[Hop, ...]
    """The way from the installed version to the target; empty when there is none to go or no known start."""
    candidates: tuple[Candidate, ...]
    """Every release of the catalog with its verdict, newest first."""
    installed: InstalledJudgement
    reason: Reason
    message: str
    downgrade: Version | None = None
    """The older version that would fit, when only going back would help and that is not approved or possible."""

    @property
    def release(self) -> CatalogRelease | None:
        """The catalog's entry for the target, if it has one."""
        return next((one.release for one in self.candidates if one.version == self.target), None)

    @property
    def installed_fits(self) -> bool | None:
        """Whether the installed version satisfies minors and wish; None when nobody knows."""
        return self.installed.fits


def resolve(
    *,
    addon: AddonEntryIndex,
    wish: Wish,
    minors: ClusterMinors,
    installed: Version | None,
    quarantined: Mapping[Version, str],
    now: datetime,
) -> Resolution:
    """Choose the version that an addon should run.

    `quarantined` gives for each version in quarantine why it is there; `now` needs a time zone and matters to
    minReleaseAge only. A version is chosen only when it fits every required minor. An installed version that fits
    is never replaced by an older one, and one that does not fit only after approval.
    """
    required = tuple(sorted(minors.required))
    if not required:
        nothing = InstalledJudgement(
            None, Reason.MINOR_UNKNOWN, "no API server has said which minor it serves"
        )
        return Resolution(None, (), (), nothing, nothing.reason, nothing.message)
    filters = Filters(
        addon=addon,
        wish=wish,
        minors=required,
        floor=wish.min_evidence or addon.floor,
        ceiling=channel_ceiling(addon, wish, required),
        quarantined=quarantined,
        now=now,
    )
    candidates = tuple(judge(release, filters) for release in addon.releases)
    state = judge_installed(installed, filters)
    return _mark(_decide(installed, state, candidates, filters), installed)


def _decide(
    installed: Version | None,
    state: InstalledJudgement,
    candidates: tuple[Candidate, ...],
    filters: Filters,
) -> Resolution:
    keep = Resolution(installed, (), candidates, state, Reason.UP_TO_DATE, state.message)
    eligible = [one.version for one in candidates if one.verdict is Verdict.ELIGIBLE]
    if not eligible:
        if state.fits:
            return replace(keep, message=f"{installed} stays: no newer version fits; {state.message}")
        reason, message = _explain_nothing(candidates, filters)
        return replace(keep, target=None, reason=reason, message=message)
    if installed is None:
        message = f"{eligible[0]} is the version to run; {state.message}"
        return replace(keep, target=eligible[0], reason=Reason.UPDATE_FOUND, message=message)
    forward = _go_forward([version for version in eligible if version >= installed], installed, keep, filters)
    if forward and forward.target:
        return forward
    older = next((version for version in eligible if version < installed), None)
    if older is None or state.fits:
        return forward or keep
    return _go_back(older, installed, keep, filters)


def _go_forward(
    versions: list[Version], installed: Version, keep: Resolution, filters: Filters
) -> Resolution | None:
    """The newest version that can be reached, the installed one being reached already; None without versions."""
    obstacle = None
    for version in versions:
        way = plan_hops(installed, version, filters)
        if way.obstacle is None:
            message = f"{version} is the newest version that fits Kubernetes {_names(filters)}"
            found = replace(keep, target=version, hops=way.hops, reason=Reason.UPDATE_FOUND, message=message)
            return found if way.hops else keep
        obstacle = obstacle or way.obstacle
    if obstacle is None:
        return None
    target = installed if keep.installed.fits else None
    return replace(keep, target=target, reason=Reason.STOP_UNAVAILABLE, message=obstacle)


def _go_back(best: Version, installed: Version, keep: Resolution, filters: Filters) -> Resolution:
    refused = replace(keep, target=None, downgrade=best)
    release = filters.addon.release(installed)
    floor = release.data.rollback_floor if release else None
    if floor is not None and best < Version.parse(floor):
        message = f"{installed} writes what only {floor} and later read, so {best} cannot take over"
        return replace(refused, reason=Reason.BELOW_ROLLBACK_FLOOR, message=message)
    if not filters.wish.approved_downgrade:
        message = f"{keep.message}; only the older {best} fits, and going back needs approval"
        return replace(refused, reason=Reason.DOWNGRADE_NEEDS_APPROVAL, message=message)
    message = f"{keep.message}; going back to {best} is approved"
    hops = plan_downgrade(installed, best)
    return replace(keep, target=best, hops=hops, reason=Reason.DOWNGRADE_APPROVED, message=message)


def _explain_nothing(candidates: tuple[Candidate, ...], filters: Filters) -> tuple[Reason, str]:
    """Why nothing fits: the pin's own reason, or that of the version which came furthest through the filters."""
    pin = filters.wish.range.pin if filters.wish.range else None
    if pin is not None:
        named = next((one for one in candidates if one.version == pin), None)
        why = named.message if named else f"{pin} is not in the catalog"
        nearest = _nearest(pin, filters)
        hint = f"the nearest that fits is {nearest}" if nearest else "no other version fits either"
        return Reason.PIN_DOES_NOT_FIT, f"{why}; {hint}"
    unknown = not all(map(filters.addon.knows, filters.minors))
    reason = Reason.EVIDENCE_UNKNOWN if unknown else Reason.NO_CANDIDATE
    closest = max(candidates, key=lambda one: (FILTER_ORDER.index(one.reason), one.version), default=None)
    why = closest.message if closest else "the catalog has no release"
    return reason, f"no version fits Kubernetes {_names(filters)}; the closest: {why}"


def _nearest(pin: Version, filters: Filters) -> Version | None:
    """The version closest to the pin that fits without it; of two equally close ones the newer."""
    unpinned = replace(filters, wish=replace(filters.wish, range=None))
    fitting = [
        release.version
        for release in filters.addon.releases
        if judge(release, unpinned).verdict is Verdict.ELIGIBLE
    ]
    return min(fitting, key=lambda version: _distance(version, pin), default=None)


def _distance(one: Version, other: Version) -> tuple[int, int, int]:
    return (abs(one.major - other.major), abs(one.minor - other.minor), abs(one.patch - other.patch))


def _mark(resolution: Resolution, installed: Version | None) -> Resolution:
    """Give each eligible candidate the word for what became of it."""
    marked = tuple(_marked(one, resolution, installed) for one in resolution.candidates)
    return replace(resolution, candidates=marked)


def _marked(one: Candidate, resolution: Resolution, installed: Version | None) -> Candidate:
    if one.version == installed == resolution.target:
        message = one.message if one.verdict is Verdict.ELIGIBLE else resolution.installed.message
        return replace(one, verdict=Verdict.INSTALLED, reason=Reason.INSTALLED, message=message)
    if one.verdict is not Verdict.ELIGIBLE:
        return one
    if one.version == resolution.target:
        return replace(one, verdict=Verdict.TARGET, reason=Reason.BEST_FIT)
    if installed is not None and one.version < installed:
        message = f"{one.message}; it is older than the installed {installed}"
        reason = Reason.DOWNGRADE_NEEDS_APPROVAL
        return replace(one, verdict=Verdict.REJECTED, reason=reason, message=message)
    if resolution.target is None or one.version > resolution.target:
        message = f"{one.message}; a stop on the way to it cannot be made"
        return replace(one, verdict=Verdict.REJECTED, reason=Reason.STOP_UNAVAILABLE, message=message)
    return one


def _names(filters: Filters) -> str:
    return ", ".join(map(str, filters.minors))
