"""Everything that can hold the start of a planned hop, in the order in which a person would ask."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from addon_updater.api.release import Delivery
from addon_updater.reasons import Reason
from addon_updater.rollout.admission import Ruling
from addon_updater.rollout.breaker import RESET_COMMAND, minute
from addon_updater.rollout.breaking import baseline_of
from addon_updater.rollout.clearance import (
    Obstacle,
    foreign_repository,
    obstacle_of_order,
    obstacle_of_time,
)
from addon_updater.rollout.decision import LOOK_AGAIN
from addon_updater.rollout.plan import Plan
from addon_updater.rollout.revision import Result
from addon_updater.rollout.situation import APPROVE_ANNOTATION, Situation
from addon_updater.rollout.way_back import needs_consent

RETRY = timedelta(seconds=30)
SOON = timedelta(seconds=1)
RETRY_BLAMELESS = timedelta(minutes=10)
"""After a Job or a throw-away pod ended that says nothing about the version: time for a person to make room or to open
the way to it, or for a flaw to pass."""
_BLAMELESS = (Reason.CHECK_FAILED, Reason.BACKUP_FAILED, Reason.REHEARSAL_FAILED)
QUIET_AFTER_AN_EDIT = timedelta(minutes=3)
"""Kubelet and the reload plugin need up to two minutes until the pods run what a person wrote; only then they
tell a baseline. The third is for the person, who may not be done."""


def hold(situation: Situation, plan: Plan, ruling: Ruling) -> Obstacle | None:
    """The first thing that holds the start; None when nothing but the baseline of the gates is missing."""
    return next(
        (obstacle for look in _ORDER if (obstacle := look(situation, plan, ruling)) is not None), None
    )


def _findings(situation: Situation, plan: Plan, ruling: Ruling) -> Obstacle | None:  # noqa: ARG001
    if plan.blockers:
        what = "; ".join(f"{finding.message} ({finding.remedy})" for finding in plan.blockers)
        return Obstacle(Reason.BLOCKED, what, LOOK_AGAIN if plan.may_free_itself else None)
    if foreign := foreign_repository(situation, plan):
        return Obstacle(Reason.BLOCKED, foreign)
    return None


def _catalog(situation: Situation, plan: Plan, ruling: Ruling) -> Obstacle | None:  # noqa: ARG001
    """What an AddonCatalog denied before may well be what is planned now."""
    gap = situation.observed.catalog_gap
    return Obstacle(Reason.BLOCKED, gap) if gap is not None else None


def _quarantine(situation: Situation, plan: Plan, ruling: Ruling) -> Obstacle | None:  # noqa: ARG001
    """The quarantine that covers exactly this content."""
    wanted = (plan.desired.version, plan.desired.image)
    held = next((one for one in situation.quarantines if (one.version, one.image) == wanted), None)
    return Obstacle(Reason.BLOCKED, f"this configuration failed before: {held.message}") if held else None


def _spec(situation: Situation, plan: Plan, ruling: Ruling) -> Obstacle | None:  # noqa: ARG001
    if situation.release.spec.delivery is Delivery.OBSERVE:
        return Obstacle(Reason.OBSERVING, "only observed")
    if ruling is Ruling.PLAN_ONLY:
        return Obstacle(Reason.PLAN_ONLY, "only planned")
    if situation.release.spec.suspend:
        return Obstacle(Reason.SUSPENDED, "spec.suspend holds it")
    return None


def _cluster(situation: Situation, plan: Plan, ruling: Ruling) -> Obstacle | None:  # noqa: ARG001
    minors = situation.observed.minors
    if minors is not None and minors.is_settled:
        return None
    message = "waits until all API servers have answered the same minor for the settle time"
    if minors is not None and minors.way_back is not None:
        message = f"{minors.way_back}; the update {message}"
    return Obstacle(Reason.WAITING_FOR_CLUSTER_MINOR, message)


def _policy(situation: Situation, plan: Plan, ruling: Ruling) -> Obstacle | None:
    approve = approval_of(plan)
    if ruling is Ruling.WAIT_FOR_APPROVAL:
        unkept = needs_consent(situation, plan.hops[0] if plan.hops else None)
        why = "no way back and no backup that is known of: " if unkept else ""
        if plan.hops and plan.hops[0].to < plan.hops[0].start:
            why = f"{why}going back never starts by itself: "
        return Obstacle(Reason.WAITING_FOR_APPROVAL, f"{why}{approve}")
    if ruling is Ruling.DENIED:
        return Obstacle(Reason.BREAKING_DENIED, f"{_why(plan)}, and breaking changes are denied; {approve}")
    if ruling is Ruling.WAIT_FOR_MINOR:
        message = (
            f"{_why(plan)}; it starts by itself once the cluster has settled on a minor newer than "
            f"{baseline_of(situation)}, earlier after approval: {approve}"
        )
        return Obstacle(Reason.WAITING_FOR_CLUSTER_MINOR, message)
    return None


def approval_of(plan: Plan) -> str:
    """What a person does to approve the plan, also one who has only kubectl."""
    return f"approve plan {plan.hash} in spec.approvedPlans or by annotation {APPROVE_ANNOTATION}"


def _why(plan: Plan) -> str:
    """Why the next hop is no small one."""
    breaking = plan.hops[0].breaking if plan.hops else ()
    if not breaking:
        return "more than a patch"
    return f"breaking: {breaking[0].version}: {breaking[0].reason}"


def _circuit(situation: Situation, plan: Plan, ruling: Ruling) -> Obstacle | None:  # noqa: ARG001
    """Too many failures anywhere in the cluster hold what would start by itself; a word about this release lifts it."""
    breaker, release = situation.observed.breaker, situation.release
    if situation.is_approved(plan.hash):
        return None
    if breaker is None:
        return Obstacle(
            Reason.WAITING_FOR_OTHERS, "what failed lately in the cluster has yet to be read", SOON
        )
    if not breaker.holds(release.namespace, release.name, retried_at=situation.reset_at):
        return None
    end = f"at {minute(breaker.until)}, " if breaker.until is not None else ""
    message = (
        f"paused because {breaker.who} failed; it starts by itself {end}earlier after {RESET_COMMAND}, or alone after "
        f"approval: {approval_of(plan)}"
    )
    lasts = breaker.until - situation.now if breaker.until is not None else None
    return Obstacle(Reason.CIRCUIT_BROKEN, message, lasts)


def _time(situation: Situation, plan: Plan, ruling: Ruling) -> Obstacle | None:  # noqa: ARG001
    return obstacle_of_time(situation)


def _order(situation: Situation, plan: Plan, ruling: Ruling) -> Obstacle | None:  # noqa: ARG001
    return obstacle_of_order(situation, plan)


def _failed_blameless(situation: Situation, plan: Plan, ruling: Ruling) -> Obstacle | None:  # noqa: ARG001
    """A Job that failed lately, or a throw-away pod that ended, without saying anything about the version."""
    latest = next((one for one in reversed(situation.revisions) if one.outcome is not None), None)
    if latest is None or latest.outcome is None or latest.outcome.result is not Result.FAILED:
        return None
    outcome = latest.outcome
    reason = next((one for one in _BLAMELESS if one == outcome.reason), None)
    if reason is None or latest.quarantine is not None or situation.was_reset_since(outcome.at):
        return None
    left = RETRY_BLAMELESS - (situation.now - outcome.at)
    return Obstacle(reason, outcome.message, left) if left > timedelta(0) else None


def _edit(situation: Situation, plan: Plan, ruling: Ruling) -> Obstacle | None:  # noqa: ARG001
    edited = _edited_lately(situation)
    if edited is None:
        return None
    name = situation.workload.name
    message = f"somebody changed {name} or its configuration; the pods must take it over first"
    left = QUIET_AFTER_AN_EDIT - (situation.now - edited)
    return Obstacle(Reason.WAITING_FOR_WORKLOAD, message, min(left, RETRY))


def _edited_lately(situation: Situation) -> datetime | None:
    """When somebody else's change was recorded, as long as it is too fresh to be compared with."""
    outcome = situation.current.outcome if situation.current is not None else None
    if outcome is None or outcome.reason != Reason.SUPERSEDED:
        return None
    return outcome.at if situation.now - outcome.at < QUIET_AFTER_AN_EDIT else None


def _workload(situation: Situation, plan: Plan, ruling: Ruling) -> Obstacle | None:  # noqa: ARG001
    workload = situation.workload
    if workload.replicas == 0:
        message = f"{workload.name} is scaled to zero, so no gate could tell whether the update serves"
        return Obstacle(Reason.WAITING_FOR_WORKLOAD, message, RETRY)
    if workload.unrolled is None and workload.is_rolled_out:
        return None
    return Obstacle(Reason.WAITING_FOR_WORKLOAD, workload.unrolled or "pods are not ready", RETRY)


_Look = Callable[[Situation, Plan, Ruling], Obstacle | None]
_ORDER: tuple[_Look, ...] = (
    _findings,
    _catalog,
    _quarantine,
    _spec,
    _cluster,
    _policy,
    _circuit,
    _time,
    _order,
    _failed_blameless,
    _edit,
    _workload,
)
