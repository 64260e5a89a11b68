"""The decision: which version the addon should run, by which hops, and why no other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from addon_updater.api.reach import EVERYTHING, Reach
from addon_updater.api.release import Channel
from addon_updater.api.version_keys import just_above
from addon_updater.api.versions import Version
from addon_updater.catalog.index import AddonEntryIndex, CatalogRelease
from addon_updater.resolve.candidates import Filters, channel_ceiling, judge
from addon_updater.resolve.hops import Hop, plan_downgrade, plan_hops
from addon_updater.resolve.installed import InstalledJudgement, judge_installed
from addon_updater.resolve.minors import ClusterMinors
from addon_updater.resolve.reasons import Reason
from addon_updater.resolve.search import Search, search
from addon_updater.resolve.verdicts import Candidates, Outcome
from addon_updater.resolve.wish import Wish


@dataclass(frozen=True, slots=True)
class Resolution:
    """What to run and why. A pure function of its inputs, so equal inputs give an equal one."""

    target: Version | None
    """The version to run; the installed one when nothing is to be done, None when nothing can be."""
    hops: tuple[Hop, ...]
    """The way from the installed version to the target; empty when there is none to go or no known start."""
    candidates: Candidates
    """Every release of the catalog with its verdict, newest first, each made when it is looked at."""
    installed: InstalledJudgement
    reason: Reason
    message: str
    downgrade: Version | None = None
    """The older version that would fit, when only going back would help and that is not approved or possible."""

    @property
    def release(self) -> CatalogRelease | None:
        """The catalog's entry for the target, if it has one."""
        found = self.candidates.find(self.target) if self.target else None
        return found.release if found else None

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
    is never replaced by an older one. Where it does not fit and the channel has nothing newer, the nearest newer
    version beyond the channel is taken, and only without one an older version, after approval.
    """
    required = tuple(sorted(minors.required))
    if not required:
        nothing = InstalledJudgement(
            None, Reason.MINOR_UNKNOWN, "no API server has said which minor it serves"
        )
        without = Candidates(None, Outcome(None, installed, nothing.message))
        return Resolution(None, (), without, nothing, nothing.reason, nothing.message)
    filters = Filters(
        addon=addon,
        wish=wish,
        minors=required,
        floor=wish.min_evidence or addon.floor,
        ceiling=channel_ceiling(addon, wish, required, installed),
        quarantined=quarantined,
        now=now,
    )
    found, state = search(filters), judge_installed(installed, filters)
    decision = _decide(installed, state, found)
    floor = _floor_of(installed, addon)
    outcome = Outcome(decision.target, installed, state.message, decision.downgrade, floor)
    candidates = Candidates(found, outcome)
    return Resolution(
        target=decision.target,
        hops=decision.hops,
        candidates=candidates,
        installed=state,
        reason=decision.reason,
        message=decision.message,
        downgrade=decision.downgrade,
    )


_LEFT_AT_ONCE = (Reason.DENIED, Reason.OUTSIDE_KUBERNETES_BOUNDS)
"""What is wrong with the installed version itself, whatever is wished."""


_LEARN = "a newer addon-updater may know more, or state in an AddonCatalog what you have tested"
"""What helps where the catalog does not know the minor of the cluster."""


@dataclass(frozen=True, slots=True)
class _Decision:
    """A resolution without its verdicts, which follow from it."""

    target: Version | None
    reason: Reason
    message: str
    hops: tuple[Hop, ...] = ()
    downgrade: Version | None = None


def _decide(installed: Version | None, state: InstalledJudgement, found: Search) -> _Decision:
    best = next(found.eligible(), None)
    if best is None and state.fits:
        message = f"{installed} stays: no newer version fits; {state.message}"
        return _Decision(installed, Reason.UP_TO_DATE, message)
    if installed is None:
        if best is None:
            return _Decision(None, *_explain_nothing(found))
        message = f"{best.version} is the version to run; {state.message}"
        return _Decision(best.version, Reason.UPDATE_FOUND, message)
    forward = _go_forward(installed, state, found)
    if state.fits or (forward is not None and forward.target is not None):
        return forward or _Decision(installed, Reason.UP_TO_DATE, state.message)
    older = next(found.eligible(Reach.between(high=installed.key)), None)
    may_not_stay = older is not None or state.reason in _LEFT_AT_ONCE
    if may_not_stay and (beyond := _go_beyond(installed, state, found.filters)):
        return beyond
    if older is not None:
        return _go_back(older.version, installed, state, found.filters)
    return forward or _Decision(None, *_explain_nothing(found))


def _go_forward(installed: Version, state: InstalledJudgement, found: Search) -> _Decision | None:
    """The newest version that can be reached, the installed one being reached already; None without versions."""
    obstacle = None
    for release in found.eligible(Reach.between(installed.key)):
        version = release.version
        way = plan_hops(installed, version, found.filters)
        if way.obstacle is None:
            if not way.hops:
                return _Decision(installed, Reason.UP_TO_DATE, state.message)
            message = (
                f"{version} is the newest version that fits Kubernetes {_names(found.filters)} and the spec"
            )
            return _Decision(version, Reason.UPDATE_FOUND, message, way.hops)
        obstacle = obstacle or way.obstacle
    if obstacle is None:
        return None
    return _Decision(installed if state.fits else None, Reason.STOP_UNAVAILABLE, obstacle)


def _go_beyond(installed: Version, state: InstalledJudgement, filters: Filters) -> _Decision | None:
    """The nearest newer version that passes every filter but the channel; None when there is no way to one.

    Who runs a version that may not stay wants to leave it; going back for the sake of the channel alone would be
    the greater step.
    """
    open_filters = replace(filters, wish=replace(filters.wish, channel=Channel.LATEST), ceiling=None)
    newer = list(search(open_filters).eligible(Reach.between(just_above(installed.key))))
    for release in reversed(newer):
        way = plan_hops(installed, release.version, filters)
        if way.obstacle is None:
            message = (
                f"{state.message}; {release.version} is the nearest newer version that fits Kubernetes "
                f"{_names(filters)}, and {filters.wish.channel_field} {filters.wish.channel} has none"
            )
            return _Decision(release.version, Reason.UPDATE_FOUND, message, way.hops)
    return None


def _go_back(best: Version, installed: Version, state: InstalledJudgement, filters: Filters) -> _Decision:
    floor = _floor_of(installed, filters.addon)
    if floor is not None and best < floor:
        message = f"{installed} writes what only {floor} and later read, so {best} cannot take over"
        return _Decision(None, Reason.BELOW_ROLLBACK_FLOOR, message, downgrade=best)
    if not filters.wish.approved_downgrade:
        message = f"{state.message}; only the older {best} fits, and going back needs approval"
        return _Decision(None, Reason.DOWNGRADE_NEEDS_APPROVAL, message, downgrade=best)
    message = f"{state.message}; going back to {best} is approved"
    return _Decision(best, Reason.DOWNGRADE_APPROVED, message, plan_downgrade(installed, best))


def _floor_of(installed: Version | None, addon: AddonEntryIndex) -> Version | None:
    """The oldest version that reads what the installed one writes; None where every one does."""
    release = addon.release(installed) if installed is not None else None
    floor = release.data.rollback_floor if release is not None else None
    return Version.parse(floor) if floor else None


def _explain_nothing(found: Search) -> tuple[Reason, str]:
    """Why nothing fits: the pin's own reason, or that of the version which came furthest through the filters."""
    filters, addon = found.filters, found.filters.addon
    pin = filters.wish.range.pin if filters.wish.range else None
    if pin is not None:
        place = addon.position(pin)
        named = judge(addon.releases[place], filters) if place is not None else None
        why = named.message if named else f"{pin} is not in the catalog"
        nearest = _nearest(pin, filters)
        hint = f"the nearest that fits is {nearest}" if nearest else "no other version fits either"
        return Reason.PIN_DOES_NOT_FIT, f"{why}; {hint}"
    closest = found.closest()
    why = judge(closest, filters).message if closest else "the catalog has no release"
    if not all(map(addon.knows, filters.minors)):
        return Reason.EVIDENCE_UNKNOWN, f"no version is known to fit: {why}; {_LEARN}"
    return Reason.NO_CANDIDATE, f"no version fits Kubernetes {_names(filters)}; the closest: {why}"


def _nearest(pin: Version, filters: Filters) -> Version | None:
    """The version closest to the pin that fits without it; of two equally close ones the newer."""
    unpinned = search(replace(filters, wish=replace(filters.wish, range=None)))
    line = Reach.between((pin.major, pin.minor), (pin.major, pin.minor + 1))
    major = Reach.between((pin.major,), (pin.major + 1,))
    for among in (line, major, EVERYTHING):
        fitting = (release.version for release in unpinned.eligible(among))
        nearest = min(fitting, key=lambda version: _distance(version, pin), default=None)
        if nearest is not None:
            return nearest
    return None


def _distance(one: Version, other: Version) -> tuple[int, int, int]:
    return (abs(one.major - other.major), abs(one.minor - other.minor), abs(one.patch - other.patch))


def _names(filters: Filters) -> str:
    return ", ".join(map(str, filters.minors))
