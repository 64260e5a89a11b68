"""Hops whose data the version before cannot read: a failure is left to a person, who restores the backup first."""

from __future__ import annotations

import pytest

from unit.rollout.jobs import DONE
from unit.rollout.kubelet import CRASHES, GOOD, NEVER_READY, NO_IMAGE, TURNS_BAD, WRONG, Behavior
from unit.rollout.properties import assert_safe
from unit.rollout.scenes import books
from unit.rollout.shelves import one_way
from unit.rollout.world import World

FAILURES = [CRASHES, NEVER_READY, TURNS_BAD, WRONG]
NAMES = ["crash", "never ready", "fails later", "wrong answers"]


def switched(behavior: Behavior, kind: str = "Deployment") -> World:
    """The new version is good in the rehearsal and behaves so once the workload runs it."""
    world = World("1.0.0", scene=books(one_way(kind), kind=kind))
    world.run(until=lambda w: w.running == "1.1.0")
    world.behave("1.1.0", behavior)
    world.controller.begun = False
    return world


def in_need(behavior: Behavior) -> World:
    return switched(behavior).run(until=lambda w: w.condition("Stalled") == ("True", "RestoreNeeded"))


@pytest.mark.parametrize("behavior", FAILURES, ids=NAMES)
def test_what_fails_stays_and_names_backup_and_both_ways_out(behavior):
    world = in_need(behavior)
    written = len(world.writes)
    for _ in range(20):
        world.tick(60)
        world.survive()
    attempt = world.revisions()[1].attempt.id
    said = world.decision.stalled.message
    assert len(world.writes) == written
    assert world.running == "1.1.0"
    assert DONE.says in said
    assert f"addon-updater.dev/rollback={attempt}" in said
    assert f"addon-updater.dev/approve={attempt}" in said
    assert_safe(world)


@pytest.mark.parametrize("behavior", FAILURES, ids=NAMES)
def test_a_person_who_has_restored_the_backup_goes_back(behavior):
    world = in_need(behavior)
    world.annotate(rollback=world.revisions()[1].attempt.id)
    world.run()
    assert world.running == "1.0.0"
    assert world.results[-1] == ("1.1.0", "RolledBack")
    assert world.revisions()[1].quarantine.reason == "RollbackRequested"
    assert world.condition("Stalled") == ("", "")
    assert_safe(world)


@pytest.mark.parametrize("behavior", FAILURES, ids=NAMES)
def test_a_person_keeps_the_new_version_although_it_fails(behavior):
    world = in_need(behavior)
    world.annotate(approve=world.revisions()[1].attempt.id)
    world.run(until=lambda w: len(w.results) == 2)
    assert world.running == "1.1.0"
    assert world.results[-1] == ("1.1.0", "Promoted")
    assert "although" in world.revisions()[1].outcome.message
    assert_safe(world)


@pytest.mark.parametrize("kind", ["Deployment", "StatefulSet"])
def test_who_scales_to_zero_for_the_restore_keeps_the_words_and_all_the_time_it_takes(kind):
    world = switched(CRASHES, kind).run(until=lambda w: w.condition("Stalled") == ("True", "RestoreNeeded"))
    world.edit(kind, {"spec": {"replicas": 0}}, manager="kubectl-scale")
    for _ in range(40):
        world.tick(60)
        world.survive()
        assert world.condition("Stalled") == ("True", "RestoreNeeded")
    assert DONE.says in world.decision.stalled.message
    world.annotate(rollback=world.revisions()[1].attempt.id)
    for _ in range(40):
        world.survive()
        world.tick(60)
    assert world.running == "1.0.0"
    assert world.results == [("1.0.0", "Adopted")]
    world.edit(kind, {"spec": {"replicas": 2}}, manager="kubectl-scale")
    world.run()
    assert world.results[-1] == ("1.1.0", "RolledBack")
    assert world.condition("Stalled") == ("", "")
    assert_safe(world)


def test_what_serves_again_by_itself_is_promoted():
    world = in_need(WRONG)
    world.behave("1.1.0", GOOD)
    world.run()
    assert world.results[-1] == ("1.1.0", "Promoted")
    assert world.condition("Stalled") == ("", "")


def test_the_backup_is_named_by_its_attempt_once_its_job_is_gone():
    world = in_need(WRONG)
    world.tick(3700)
    world.survive()
    assert f"attempt {world.revisions()[1].attempt.id}" in world.decision.stalled.message


@pytest.mark.parametrize("kind", ["Deployment", "StatefulSet"])
def test_an_image_that_was_never_pulled_has_written_nothing_and_goes_back_by_itself(kind):
    world = switched(NO_IMAGE, kind)
    world.run()
    assert world.running == "1.0.0"
    assert world.results[-1] == ("1.1.0", "RolledBack")
    assert world.revisions()[1].quarantine.reason == "ImagePullFailed"
    assert_safe(world)


def test_an_image_that_only_one_node_could_pull_has_written_and_does_not_go_back():
    pace = {"rollout": {"soak": "8s", "progressDeadline": "10m"}}
    world = World("1.0.0", scene=books(one_way("StatefulSet"), kind="StatefulSet"), spec=pace)
    world.run(until=lambda w: w.running == "1.1.0")
    world.kubelet.away.add(("ledger-0", world.scene.image("1.1.0")))
    world.run(until=lambda w: w.condition("Stalled") == ("True", "RestoreNeeded"))
    assert world.running == "1.1.0"
    assert "ErrImagePull" in world.decision.stalled.message
    world.kubelet.away.clear()
    world.run()
    assert world.results[-1] == ("1.1.0", "Promoted")
    assert_safe(world)


def test_a_hop_that_fails_before_the_switch_needs_no_restore():
    world = World("1.0.0", scene=books(one_way()))
    world.behave("1.1.0", CRASHES)
    world.run()
    assert world.running == "1.0.0"
    assert world.results[-1] == ("1.1.0", "Failed")
    assert world.condition("Stalled") == ("", "")


def test_a_rollback_that_does_not_serve_names_the_backup():
    world = World("1.0.0", scene=books())
    world.run(until=lambda w: w.running == "1.1.0")
    world.behave("1.1.0", WRONG)
    world.behave("1.0.0", WRONG)
    world.run(until=lambda w: w.condition("Stalled") == ("True", "RollbackFailed"))
    assert DONE.says in world.decision.stalled.message
    assert_safe(world)
