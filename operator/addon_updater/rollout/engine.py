"""The decision of one pass: from what was observed to at most one mutating action."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from addon_updater.api.meta import ConditionStatus
from addon_updater.api.release import Channel, WhenMissing
from addon_updater.api.versions import Version, VersionRange
from addon_updater.catalog import AddonEntryIndex, Catalog
from addon_updater.errors import CatalogError, VersionError
from addon_updater.reasons import Reason
from addon_updater.resolve import Resolution, Wish, image_for, resolve
from addon_updater.rollout.addon import Addon, UnreadableAddonError
from addon_updater.rollout.attempt import drive
from addon_updater.rollout.decision import (
    FALSE,
    TRUE,
    UNKNOWN,
    Decision,
    ready,
    reconciling,
    stopped,
    update,
)
from addon_updater.rollout.idle import rest, up_to_date
from addon_updater.rollout.observed import Observed, Release
from addon_updater.rollout.plan import Plan, make_plan
from addon_updater.rollout.preconditions import lost_config
from addon_updater.rollout.situation import Situation

AddonLookup = Callable[[str], Addon]


def decide(
    release: Release, observed: Observed, catalog: Catalog, addons: AddonLookup, now: datetime
) -> Decision:
    """What to do and to say about one AddonRelease. Pure: the same values give the same decision."""
    entry = catalog.addon(release.spec.addon)
    if entry is None:
        known = ", ".join(catalog.addons)
        return stopped(
            Reason.UNKNOWN_ADDON, f"the catalog has no addon {release.spec.addon!r}; it knows {known}"
        )
    looked = _look(release, observed, entry, addons(entry.name), now)
    if isinstance(looked, Decision):
        return looked
    return _resolve_and_act(looked, entry)


def _look(
    release: Release, observed: Observed, entry: AddonEntryIndex, addon: Addon, now: datetime
) -> Situation | Decision:
    """Everything that must exist and be readable, in order; the first that is missing is the answer."""
    if observed.denied is not None:
        return stopped(Reason.RBAC_MISSING, observed.denied.message, ready_status=UNKNOWN)
    ref = release.spec.target_ref
    kind, name = (ref.kind.value, ref.name) if ref else (entry.target.kind, entry.target.name)
    where = f"{kind} {release.namespace}/{name}"
    workload = observed.workload
    if workload is None:
        if release.spec.when_missing is WhenMissing.IGNORE:
            return Decision(
                ready=ready(
                    TRUE,
                    Reason.WORKLOAD_ABSENT,
                    f"{where} does not exist here; spec.whenMissing ignores that",
                ),
                update=update(FALSE, Reason.WORKLOAD_ABSENT),
                reconciling=reconciling(Reason.IDLE),
            )
        remedy = "create it, correct spec.targetRef, or set spec.whenMissing: Ignore"
        return stopped(Reason.WORKLOAD_NOT_FOUND, f"{where} does not exist: {remedy}")
    if observed.own_workload == (workload.namespace, workload.name):
        return stopped(Reason.OWN_WORKLOAD, f"{where} is the updater itself, which it never touches")
    if observed.older_claims:
        return stopped(
            Reason.WORKLOAD_CLAIMED,
            f"{where} is governed by the older AddonRelease {observed.older_claims[0]}; delete one of the two",
        )
    container = release.spec.container or entry.target.container
    if workload.container(container) is None:
        return stopped(
            Reason.CONTAINER_NOT_FOUND, f"{where} has no container {container!r}; set spec.container"
        )
    if observed.minors is None:
        return stopped(
            Reason.CLUSTER_UNKNOWN, "no API server has told its version yet", ready_status=UNKNOWN
        ).but(stalled=None)
    try:
        live = addon.read(workload, container, observed.config)
    except UnreadableAddonError as error:
        return stopped(error.reason, error.message).but(action=lost_config(release, observed))
    return Situation(release, observed, addon, workload, live, now)


def _resolve_and_act(situation: Situation, entry: AddonEntryIndex) -> Decision:
    try:
        wish = _wish_of(situation)
    except VersionError as error:
        return stopped(Reason.INVALID_SPEC, f"spec.version or spec.policy.skipVersions: {error}")
    minors = situation.observed.minors
    if minors is None:
        raise AssertionError("a situation without minors is never built")
    installed = Version.parse(situation.live.version)
    images = {
        held.version: image
        for held in situation.quarantines
        if (image := _image(entry, Version.parse(held.version), situation.live.image)) is not None
    }
    resolution = resolve(
        addon=entry,
        wish=wish,
        minors=minors,
        installed=installed,
        quarantined=situation.quarantined_versions(images, [release.version for release in entry.releases]),
        now=situation.now,
    )
    healthy = _standing(resolution).but(version=situation.live.version, quarantines=situation.quarantines)
    if (target := situation.open) is not None:
        start = situation.version_before(target)
        running = update(TRUE, Reason.IN_PROGRESS, f"{start} to {target.content.version}")
        return drive(situation, target, healthy.but(update=running))
    try:
        plan = _plan(situation, entry, resolution)
    except UnreadableAddonError as error:
        return stopped(error.reason, error.message).but(resolution=resolution)
    except CatalogError as error:
        blocked = update(TRUE, Reason.BLOCKED, str(error))
        return rest(situation, None, healthy.but(update=blocked))
    if plan is None:
        return rest(situation, None, _nothing_to_have(healthy, resolution))
    return rest(situation, plan, healthy.but(plan=plan))


def _image(entry: AddonEntryIndex, version: Version, running: str) -> str | None:
    """The image that the version would have here; None when the catalog cannot name it."""
    try:
        return image_for(entry, version, running)
    except CatalogError:
        return None


def _wish_of(situation: Situation) -> Wish:
    spec = situation.release.spec
    policy = spec.policy
    return Wish(
        range=VersionRange.parse(spec.version) if spec.version else None,
        channel=spec.channel or Channel.DEFAULT,
        min_evidence=policy.min_evidence if policy else None,
        skip=frozenset(Version.parse(text) for text in (policy.skip_versions if policy else None) or ()),
    )


def _standing(resolution: Resolution) -> Decision:
    """How the installed version stands, before anything else is said."""
    fits = resolution.installed_fits
    status: ConditionStatus = UNKNOWN if fits is None else TRUE if fits else FALSE
    reason = Reason.VERSION_FITS if fits else Reason.VERSION_UNFIT
    return Decision(
        ready=ready(status, reason, resolution.installed.message),
        update=update(UNKNOWN, Reason.STARTING),
        reconciling=reconciling(Reason.IDLE),
        resolution=resolution,
    )


def _nothing_to_have(healthy: Decision, resolution: Resolution) -> Decision:
    if resolution.installed_fits:
        return up_to_date(healthy, resolution.message)
    return healthy.but(update=update(FALSE, Reason.NO_BETTER_VERSION, resolution.message))


def _plan(situation: Situation, entry: AddonEntryIndex, resolution: Resolution) -> Plan | None:
    """The plan of the next hop; None when version and configuration are the wanted ones."""
    installed = Version.parse(situation.live.version)
    hops = resolution.hops
    to = hops[0].to if hops else installed
    image = image_for(entry, to, situation.live.image) if hops else situation.live.image
    input_text = situation.input_text
    desired = situation.addon.revise(situation.live, input_text=input_text, target=to, image=image)
    desired = desired.with_input_hash(situation.input_hash).with_min_ready_seconds(
        max(situation.workload.min_ready_seconds, situation.pace.min_ready_seconds)
    )
    if desired.with_min_ready_seconds(situation.live.min_ready_seconds).switches_like(situation.live):
        return None
    findings = situation.addon.preflight(
        situation.workload,
        situation.live,
        desired,
        input_text=input_text,
        facts=situation.observed.facts,
        context=situation.context,
    )
    return make_plan(
        addon=situation.addon.name, current=situation.live, desired=desired, hops=hops, findings=findings
    )
