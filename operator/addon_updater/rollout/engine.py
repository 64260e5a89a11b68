"""The decision of one pass: from what was observed to at most one mutating action."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from addon_updater.api.catalog import Risk
from addon_updater.api.meta import ConditionStatus
from addon_updater.api.release import ImageRewrite, WhenMissing
from addon_updater.api.versions import Version
from addon_updater.catalog import AddonEntryIndex, Catalog, in_clusters_of
from addon_updater.errors import CatalogError, VersionError
from addon_updater.reasons import Reason
from addon_updater.resolve import (
    ClusterMinors,
    Hop,
    Resolution,
    Threat,
    image_for,
    minors_of,
    resolve,
    threats,
    wish_of,
)
from addon_updater.resolve import Reason as Left
from addon_updater.resolve.security import closed
from addon_updater.rollout.addon import Addon, UnreadableAddonError
from addon_updater.rollout.admission import Ruling
from addon_updater.rollout.attempt import drive
from addon_updater.rollout.breaking import held_back, rule
from addon_updater.rollout.clearance import obstacle_of_time
from addon_updater.rollout.content import Content
from addon_updater.rollout.decision import (
    FALSE,
    TRUE,
    UNKNOWN,
    Decision,
    circuit,
    ready,
    reconciling,
    stopped,
    update,
)
from addon_updater.rollout.finding import Finding, Severity
from addon_updater.rollout.flaws import named, open_flaws
from addon_updater.rollout.idle import rest, up_to_date
from addon_updater.rollout.observed import Observed, Release
from addon_updater.rollout.plan import Plan, make_plan
from addon_updater.rollout.preconditions import lost_config
from addon_updater.rollout.preflight import preflight
from addon_updater.rollout.rehearsing import unrehearsable
from addon_updater.rollout.rules import Rule
from addon_updater.rollout.situation import Situation
from addon_updater.rollout.vendors import absent, missing
from addon_updater.rollout.way_back import needs_consent

AddonLookup = Callable[[str], Addon]
_HELD = (Ruling.WAIT_FOR_MINOR, Ruling.DENIED)
_STARTS = (Ruling.GO, Ruling.WAIT_FOR_WINDOW)


def decide(
    release: Release, observed: Observed, catalog: Catalog, addons: AddonLookup, now: datetime
) -> Decision:
    """What to do and to say about one AddonRelease. Pure: the same values give the same decision."""
    decision = _decide(release, observed, catalog, addons, now)
    return decision.but(circuit=circuit(observed.breaker))


def _decide(
    release: Release, observed: Observed, catalog: Catalog, addons: AddonLookup, now: datetime
) -> Decision:
    entry = catalog.addon(release.spec.addon)
    if entry is None:
        known = ", ".join(catalog.addons)
        return stopped(
            Reason.UNKNOWN_ADDON, f"the catalog has no addon {release.spec.addon!r}; it knows {known}"
        )
    if observed.cluster is not None:
        entry = in_clusters_of(observed.cluster.recognized.vendor, entry)
    shared = frozenset(name for name, one in catalog.addons.items() if one.risk is Risk.SHARED)
    looked = _look(release, observed, entry, addons(entry.name), now)
    if isinstance(looked, Decision):
        return looked
    exposures = looked.addon.exposures(looked.workload, looked.live)
    found = threats(entry, Version.parse(looked.live.version), exposures)
    situation = replace(looked, shared_addons=shared, threats=found)
    return _with_flaws(_resolve_and_act(situation, entry), situation, entry)


def _with_flaws(decision: Decision, situation: Situation, entry: AddonEntryIndex) -> Decision:
    """The decision with what becomes of the known flaws that are open, by its plan or by the running attempt."""
    if decision.resolution is None or not situation.threats:
        return decision
    way = [hop.to for hop in decision.plan.hops] if decision.plan is not None else []
    if situation.open is not None:
        way = [Version.parse(situation.open.content.version)]
    flaws = open_flaws(
        situation.threats,
        way,
        installed=Version.parse(situation.live.version),
        addon=entry,
        resolution=decision.resolution,
    )
    return decision.but(flaws=flaws)


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
            why = absent(observed.cluster, observed.vendor_owner)
            return Decision(
                ready=ready(
                    TRUE,
                    Reason.WORKLOAD_ABSENT,
                    f"{where} does not exist here; spec.whenMissing ignores that{why}",
                ),
                update=update(FALSE, Reason.WORKLOAD_ABSENT),
                reconciling=reconciling(Reason.IDLE),
            )
        return stopped(Reason.WORKLOAD_NOT_FOUND, missing(where, observed.cluster, observed.vendor_owner))
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
    observed = situation.observed.minors
    if observed is None:
        raise AssertionError("a situation without minors is never built")
    try:
        wish = wish_of(situation.release.spec, observed.settled)
        minors = minors_of(situation.release.spec, observed)
    except VersionError as error:
        return stopped(Reason.INVALID_SPEC, str(error))
    installed = Version.parse(situation.live.version)
    images = {
        held.version: image
        for held in situation.quarantines
        if (image := _image(entry, Version.parse(held.version), situation.live.image, situation.rewrites))
        is not None
    }
    quarantined = situation.quarantined_versions(images, [release.version for release in entry.releases])

    def ask(
        quarantined: Mapping[Version, str],
        minors: ClusterMinors = minors,
        *,
        approved_downgrade: bool = False,
    ) -> Resolution:
        return resolve(
            addon=entry,
            wish=replace(wish, approved_downgrade=approved_downgrade),
            minors=minors,
            installed=installed,
            quarantined=quarantined,
            now=situation.now,
        )

    resolution = ask(quarantined)
    # Whether the installed version fits is a matter of the minors at hand, not of one that is prepared for.
    present = resolution if minors == observed else ask(quarantined, observed)
    smaller = _smaller(situation, entry, resolution, lambda held: ask(quarantined | held))
    # Where only an older version fits, the way back is planned, so that there is a hash to approve.
    back = resolution.reason is Left.DOWNGRADE_NEEDS_APPROVAL
    wanted = ask(quarantined, approved_downgrade=True) if back else resolution
    hops = [found.hops[0] for found in (wanted, smaller) if found is not None and found.hops]
    healthy = _standing(present, observed.way_back).but(
        resolution=resolution,
        version=situation.live.version,
        revision=situation.current.name if situation.current is not None else None,
        quarantines=situation.quarantines,
        next_versions=frozenset(str(hop.to) for hop in hops) or frozenset({situation.live.version}),
    )
    if (target := situation.open) is not None:
        start = situation.version_before(target)
        running = update(TRUE, Reason.IN_PROGRESS, f"{start} to {target.content.version}")
        return drive(situation, target, healthy.but(update=running))
    try:
        return _plan_and_rest(situation, entry, wanted, smaller, healthy)
    except UnreadableAddonError as error:
        return stopped(error.reason, error.message).but(resolution=resolution)
    except CatalogError as error:
        blocked = update(TRUE, Reason.BLOCKED, str(error))
        return rest(situation, None, healthy.but(update=blocked))


def _plan_and_rest(
    situation: Situation,
    entry: AddonEntryIndex,
    resolution: Resolution,
    smaller: Resolution | None,
    healthy: Decision,
) -> Decision:
    """Plan the wanted hop or, while nobody lets that one in, a smaller one that breaks nothing."""
    plan = _plan(situation, entry, resolution.hops)
    if plan is None:
        return rest(situation, None, _nothing_to_have(healthy, resolution, situation.threats))
    rulings = _rulings(situation, resolution, plan)
    if rulings[0] in _HELD and smaller is not None and smaller.hops:
        step = _plan(situation, entry, smaller.hops)
        if step is not None:
            return rest(situation, step, healthy.but(plan=step, rulings=_rulings(situation, smaller, step)))
    return rest(situation, plan, healthy.but(plan=plan, rulings=rulings))


def _rulings(situation: Situation, resolution: Resolution, plan: Plan) -> tuple[Ruling, ...]:
    """What the policy says about each hop of the plan, or about its new configuration."""
    approved, window_open = situation.is_approved(plan.hash), obstacle_of_time(situation) is None
    rulings = (
        (hop, rule(situation, resolution, hop, approved=approved, window_open=window_open))
        for hop in plan.hops or (None,)
    )
    return tuple(
        Ruling.WAIT_FOR_APPROVAL
        if ruling in _STARTS and not approved and needs_consent(situation, hop)
        else ruling
        for hop, ruling in rulings
    )


def _smaller(
    situation: Situation,
    entry: AddonEntryIndex,
    resolution: Resolution,
    ask: Callable[[dict[Version, str]], Resolution],
) -> Resolution | None:
    """What could be had without the versions that nobody lets in yet; None when nothing is held back."""
    held = held_back(situation, resolution, entry)
    return ask(held) if held and resolution.hops else None


def _image(
    entry: AddonEntryIndex, version: Version, running: str, rewrites: Sequence[ImageRewrite]
) -> str | None:
    """The image that the version would have here; None when the catalog cannot name it."""
    try:
        return image_for(entry, version, running, rewrites=rewrites)
    except CatalogError:
        return None


def _standing(resolution: Resolution, way_back: str | None) -> Decision:
    """How the installed version stands, before anything else is said."""
    fits = resolution.installed_fits
    status: ConditionStatus = UNKNOWN if fits is None else TRUE if fits else FALSE
    reason = Reason.VERSION_FITS if fits else Reason.VERSION_UNFIT
    message = resolution.installed.message + (f"; {way_back}" if way_back and not fits else "")
    return Decision(
        ready=ready(status, reason, message),
        update=update(UNKNOWN, Reason.STARTING),
        reconciling=reconciling(Reason.IDLE),
        resolution=resolution,
    )


def _nothing_to_have(healthy: Decision, resolution: Resolution, found: Sequence[Threat]) -> Decision:
    message = f"{resolution.message}; open known flaws: {named(found)}" if found else resolution.message
    if resolution.installed_fits:
        return up_to_date(healthy, message)
    return healthy.but(update=update(FALSE, Reason.NO_BETTER_VERSION, message))


def _plan(situation: Situation, entry: AddonEntryIndex, hops: tuple[Hop, ...]) -> Plan | None:
    """The plan of the next hop; None when version and configuration are the wanted ones."""
    installed = Version.parse(situation.live.version)
    to = hops[0].to if hops else installed
    rewrites = situation.rewrites
    image = image_for(entry, to, situation.live.image, rewrites=rewrites) if hops else situation.live.image
    input_text = situation.input_text
    desired = situation.addon.revise(situation.live, input_text=input_text, target=to, image=image)
    desired = desired.with_input_hash(situation.input_hash).with_min_ready_seconds(
        max(situation.workload.min_ready_seconds, situation.pace.min_ready_seconds)
    )
    if desired.with_min_ready_seconds(situation.live.min_ready_seconds).switches_like(situation.live):
        return None
    findings = _preflight(situation, desired, input_text)
    plan = make_plan(
        addon=situation.addon.name,
        current=situation.live,
        desired=desired,
        hops=hops,
        findings=findings,
        closes=closed(situation.threats, [hop.to for hop in hops]),
    )
    return plan.here_and_now(preflight(situation, plan, entry))


def _preflight(situation: Situation, desired: Content, input_text: str | None) -> tuple[Finding, ...]:
    """The addon's findings, and that there is no rehearsal when there is none."""
    findings = situation.addon.preflight(
        situation.workload,
        situation.live,
        desired,
        input_text=input_text,
        facts=situation.observed.facts,
        context=situation.context,
    )
    if (why := unrehearsable(situation, desired)) is None:
        return findings
    remedy = "nothing: the gates judge the new pods after the switch"
    return (*findings, Finding(Rule.NO_REHEARSAL, Severity.INFO, why, remedy))
