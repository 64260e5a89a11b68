"""What an upgrade of the cluster to a coming minor would find: the verdict on every governed addon."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from addon_updater.api.readiness import ReadinessRule
from addon_updater.api.release import AddonReleaseSpec, BreakingChanges, Delivery, Updates
from addon_updater.api.versions import Minor, Version
from addon_updater.catalog.index import AddonEntryIndex
from addon_updater.errors import VersionError
from addon_updater.resolve.findings import Assessment
from addon_updater.resolve.hops import Hop
from addon_updater.resolve.minors import ClusterMinors
from addon_updater.resolve.resolution import Resolution, resolve
from addon_updater.resolve.wish import Wish, wish_of


@dataclass(frozen=True, slots=True)
class Governed:
    """One AddonRelease, as far as readiness goes."""

    namespace: str
    name: str
    spec: AddonReleaseSpec
    installed: Version | None
    updates: Updates
    """Who starts an update, under the ceiling of the settings."""
    breaking_changes: BreakingChanges
    """When a breaking one may start, under the same ceiling."""
    quarantined: Mapping[Version, str]
    problem: str | None = None
    """Why nobody knows what runs, where nobody does."""


def assess(
    one: Governed, addon: AddonEntryIndex | None, minors: ClusterMinors, coming: Minor, now: datetime
) -> Assessment:
    """How a release stands with the coming minor. `addon` is None when the catalog does not know it."""
    found = Assessment(one.spec.addon, f"{one.namespace}/{one.name}", ReadinessRule.NOT_SEEN, "")
    if one.problem is not None or one.installed is None or addon is None:
        why = one.problem or "no version was found running" if addon else "the catalog has no such addon"
        return replace(found, message=why, remedy="correct what the status of the release says")
    there = ClusterMinors(frozenset({coming}), coming)
    # What a spec asks for chooses versions; whether the running one survives the upgrade is no wish.
    installed = _resolve(one, addon, Wish(), there, now).installed
    if installed.fits:
        return replace(found, rule=ReadinessRule.FITS, message=installed.message)
    try:
        before = _resolve(one, addon, wish_of(one.spec, minors.settled), replace(minors, prepare=coming), now)
        after = _resolve(one, addon, wish_of(one.spec, coming), there, now)
    except VersionError as error:
        return replace(found, message=str(error), remedy="correct the field")
    if before.hops:
        return _hops_first(found, one, installed.message, before.hops, coming)
    if installed.fits is None:
        remedy = (
            f"add an AddonCatalog that says who vouches for it on Kubernetes {coming}, or a newer operator"
        )
        return replace(found, rule=ReadinessRule.NOT_KNOWN, message=installed.message, remedy=remedy)
    return _nothing(found, installed.message, before, after, coming)


def _resolve(
    one: Governed, addon: AddonEntryIndex, wish: Wish, minors: ClusterMinors, now: datetime
) -> Resolution:
    return resolve(
        addon=addon,
        wish=wish,
        minors=minors,
        installed=one.installed,
        quarantined=one.quarantined,
        now=now,
    )


def _hops_first(found: Assessment, one: Governed, why: str, hops: Sequence[Hop], coming: Minor) -> Assessment:
    waits = [_waits_for(one, hop, coming) for hop in hops]
    steps = "".join(
        f" to {hop.to}{f' (waits for {wait})' if wait else ''}" for hop, wait in zip(hops, waits, strict=True)
    )
    wanted = dict.fromkeys(wait for wait in waits if wait)
    remedy = f"give what they wait for: {'; '.join(wanted)}" if wanted else "wait until they are done"
    return replace(
        found,
        rule=ReadinessRule.HOPS_FIRST,
        message=f"{why}; before the upgrade it must go from {hops[0].start}{steps}",
        remedy=remedy,
    )


def _waits_for(one: Governed, hop: Hop, coming: Minor) -> str | None:
    """What a hop needs of a person; None when it starts by itself, in the next open window."""
    if one.spec.delivery is Delivery.OBSERVE:
        return "whoever writes the workload, since spec.delivery is Observe"
    if one.updates is Updates.PLAN_ONLY:
        return "a person, since updates are PlanOnly"
    if one.spec.suspend:
        return "the end of spec.suspend"
    if one.updates is Updates.MANUAL:
        return "the approval of its plan"
    breaking = bool(hop.breaking)
    if breaking and one.breaking_changes is BreakingChanges.DENY:
        return "the approval of its plan, since breaking changes are denied"
    travels = breaking and one.breaking_changes is BreakingChanges.WITH_CLUSTER_MINOR
    larger = (hop.start.major, hop.start.minor) != (hop.to.major, hop.to.minor)
    if (travels or (larger and one.updates is Updates.AUTO_PATCH)) and one.spec.prepare_for != str(coming):
        return f"spec.prepareFor: '{coming}' or the approval of its plan"
    return None


def _nothing(found: Assessment, why: str, before: Resolution, after: Resolution, coming: Minor) -> Assessment:
    if after.hops:
        return replace(
            found,
            rule=ReadinessRule.NOTHING_FITS_BOTH,
            message=f"{why}; {after.target} fits Kubernetes {coming}, and none that may be chosen fits it and the "
            "cluster as it is, so that the addon does not run between the upgrade and that update",
            remedy=f"widen what spec.version and the policy allow, or update right after the upgrade to {coming}",
        )
    remedy = f"stay below Kubernetes {coming}, widen what spec.version and the policy allow, or add a newer catalog"
    return replace(found, rule=ReadinessRule.NOTHING_FITS, message=f"{why}; {before.message}", remedy=remedy)
