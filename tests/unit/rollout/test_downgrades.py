"""The way back to an older version: planned and shown, and never anybody's automatism."""

from __future__ import annotations

import pytest

from unit.rollout.ledger import Ledger
from unit.rollout.properties import assert_served
from unit.rollout.scenes import books
from unit.rollout.shelves import one_way, small
from unit.rollout.world import World

POLICIES = [{}, {"updates": "AutoPatch"}, {"updates": "Manual"}, {"breakingChanges": "Deny"}]


def pinned(catalog=None, **policy: str) -> World:
    """1.1.0 runs, and somebody wants 1.0.0."""
    scene = books(catalog or small(), Ledger(harm="not here"))
    return World("1.1.0", scene=scene, spec={"version": "1.0.0", "policy": policy}).run()


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: "-".join(policy.values()) or "Auto")
def test_a_pin_below_the_present_version_waits_for_the_approval_of_exactly_its_plan(policy):
    world = pinned(**policy)
    assert world.running == "1.1.0"
    assert world.condition("Ready") == ("False", "VersionUnfit")
    assert world.condition("UpdateAvailable") == ("True", "WaitingForApproval")
    world.annotate(approve="0" * 16)
    world.run()
    assert world.running == "1.1.0"
    world.annotate(approve=world.told[-1].plan.hash)
    world.run()
    assert world.results == [("1.1.0", "Adopted"), ("1.0.0", "Promoted")]
    assert world.condition("Ready") == ("True", "VersionFits")
    assert_served(world)


def test_a_minor_of_the_cluster_lets_no_downgrade_in():
    world = pinned()
    world.settle_minor("1.35")
    world.run()
    assert world.running == "1.1.0"
    assert world.condition("UpdateAvailable") == ("True", "WaitingForApproval")


def test_only_planning_starts_no_downgrade_even_when_it_is_approved():
    world = pinned(updates="PlanOnly")
    assert world.condition("UpdateAvailable") == ("True", "PlanOnly")
    world.annotate(approve=world.told[-1].plan.hash)
    world.run()
    assert world.running == "1.1.0"


def test_no_plan_leads_below_the_version_that_can_read_the_data():
    world = pinned(one_way())
    assert world.told[-1].plan is None
    assert world.running == "1.1.0"
    assert world.condition("Ready") == ("False", "VersionUnfit")
    assert "1.0.0 cannot take over" in world.decision.update.message
