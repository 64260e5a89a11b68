"""No attempt is running: adopt what is there, keep house, plan, and start when everything allows it."""

from __future__ import annotations

from datetime import timedelta

from addon_updater.reasons import Reason
from addon_updater.rollout.actions import (
    ClaimWorkload,
)
from addon_updater.rollout.admission import Ruling
from addon_updater.rollout.adopting import adopt, reverted_by
from addon_updater.rollout.breaking import mended_baseline, risen_baseline
from addon_updater.rollout.decision import (
    FALSE,
    TRUE,
    UNKNOWN,
    Decision,
    stalled,
    update,
)
from addon_updater.rollout.gate import Gate, Outcome
from addon_updater.rollout.housekeeping import keep_house
from addon_updater.rollout.plan import Plan
from addon_updater.rollout.preconditions import foreign_owner
from addon_updater.rollout.revision import REVISION_ANNOTATION
from addon_updater.rollout.situation import Situation
from addon_updater.rollout.starting import failed_rollback, start
from addon_updater.rollout.vendors import manager_of_vendor

UNSEEN_FOR = timedelta(seconds=30)
LOOK_FOR_REVISION = timedelta(seconds=2)


def rest(situation: Situation, plan: Plan | None, healthy: Decision) -> Decision:
    """The next step while no attempt runs. `healthy` says how the installed version stands."""
    if reverted := reverted_by(situation):
        message = (
            f"{reverted} undid the update of {situation.workload.name}; it is not repeated. Let it deliver the "
            f"version itself, or name it in spec.releasedBy once it has released image, args and volumes"
        )
        return _left_to_a_person(healthy, plan, Reason.REVERTED_BY_OTHER, message).but(owners=(reverted,))
    foreign = foreign_owner(situation, plan.desired if plan is not None else situation.live)
    if situation.may_write and foreign is None and (first := _before_any_plan(situation, healthy)):
        return first
    if situation.may_write and (failed := failed_rollback(situation)):
        return _left_to_a_person(healthy, plan, Reason.ROLLBACK_FAILED, failed)
    # What waits for a person's word whatever the minor has not been let in by it.
    if plan is None or healthy.rulings[0] in (Ruling.DENIED, Ruling.WAIT_FOR_APPROVAL):
        rise = risen_baseline(situation, healthy) if situation.may_write and foreign is None else None
        if plan is None or rise is not None:
            return healthy.but(action=rise)
    if foreign is not None and situation.may_write:
        message = (
            f"{foreign} owns the image, args, volumes or strategy of {situation.workload.name} and would undo an update. "
            f"Set spec.delivery: Observe, or name it in spec.releasedBy once it has released these fields"
            f"{manager_of_vendor(foreign, situation.observed.vendor_owner)}"
        )
        return _left_to_a_person(healthy, plan, Reason.FOREIGN_OWNER, message).but(owners=(foreign,))
    return start(situation, plan, healthy)


def _left_to_a_person(healthy: Decision, plan: Plan | None, reason: Reason, message: str) -> Decision:
    """Stalled, and what is planned is blocked by the same thing."""
    stopped = healthy.but(stalled=stalled(reason, message))
    return stopped if plan is None else stopped.but(update=update(TRUE, Reason.BLOCKED, message))


def _before_any_plan(situation: Situation, healthy: Decision) -> Decision | None:
    """What is there is recorded, claimed and tidied before anything new is planned."""
    if situation.current is None:
        return _await_revision(situation, healthy) or adopt(situation, healthy)
    workload = situation.workload
    if workload.claimed_by != situation.release.name:
        action = ClaimWorkload(workload.uid, workload.resource_version, situation.release.name)
        return healthy.but(action=action)
    chore = mended_baseline(situation, situation.current) or keep_house(situation, situation.current)
    return healthy.but(action=chore) if chore is not None else None


def _await_revision(situation: Situation, healthy: Decision) -> Decision | None:
    """Wait for a revision that the workload names and that is not there: the API server that lists them may be behind.

    What is live would be recorded as found although it may be on its way back. Who deletes revisions waits as long.
    """
    workload = situation.workload
    name = workload.annotations.get(REVISION_ANNOTATION)
    if name is None or workload.claimed_by != situation.release.name or situation.by_name(name) is not None:
        return None
    unseen = situation.observed.memory.unanswered_for(situation.now)
    if unseen is not None and unseen >= UNSEEN_FOR:
        return None
    message = f"{workload.name} names revision {name}, which is not there (yet)"
    gate = Gate("workload/revision", Outcome.UNKNOWN, message)
    waiting = update(UNKNOWN, Reason.WAITING_FOR_WORKLOAD, message)
    return healthy.but(update=waiting, gates=(gate,), requeue_after=LOOK_FOR_REVISION)


def up_to_date(healthy: Decision, message: str) -> Decision:
    """Nothing is to be had."""
    return healthy.but(update=update(FALSE, Reason.UP_TO_DATE, message))
