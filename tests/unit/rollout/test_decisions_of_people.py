"""What only a person can decide while an attempt runs, and what somebody takes away under it."""

from __future__ import annotations

from unit.rollout.kubelet import GOOD, WRONG, Behavior
from unit.rollout.manifests import SHORT_HEADER
from unit.rollout.properties import assert_served
from unit.rollout.test_failures import gate_unknown
from unit.rollout.world import World


def unanswered() -> World:
    world = gate_unknown()
    return world.run(until=lambda w: w.condition("Stalled") == ("True", "GateUnknown"))


def test_a_person_promotes_an_attempt_whose_gate_has_no_answer():
    world = unanswered()
    world.annotate(approve=world.revisions()[1].attempt.id)
    world.run(until=lambda w: len(w.results) == 2)
    assert world.results[-1] == ("1.12.1", "Promoted")


def unanswered_on_the_way_back() -> World:
    """What was put back answers with an address that nobody can judge."""
    world = World()
    world.run(until=lambda w: w.running == "1.12.1")
    world.behave("1.12.1", WRONG)
    world.run(until=lambda w: w.running == "1.11.3")
    world.endpoints = ("192.168.1.11",)
    world.behave("1.11.3", Behavior(knows_new_endpoints=False))
    return world.run(until=lambda w: w.condition("Stalled") == ("True", "GateUnknown"))


def test_a_person_ends_a_way_back_whose_gate_has_no_answer():
    world = unanswered_on_the_way_back()
    world.annotate(approve=f"{world.revisions()[1].attempt.id}-back")
    world.run(until=lambda w: len(w.results) == 2)
    assert world.results[-1] == ("1.12.1", "RolledBack")
    assert "1.11.3 is back, by the word of a person although" in world.revisions()[1].outcome.message
    assert world.revisions()[1].quarantine.version == "1.12.1"


def test_the_word_that_keeps_an_attempt_does_not_end_its_way_back():
    world = unanswered_on_the_way_back()
    world.annotate(approve=world.revisions()[1].attempt.id)
    for _ in range(5):
        world.tick(60)
        world.survive()
    assert world.results == [("1.11.3", "Adopted")]


def test_the_hash_of_the_plan_does_not_wave_an_unanswered_attempt_through():
    world = unanswered()
    world.annotate(approve=world.revisions()[1].attempt.plan)
    for _ in range(5):
        world.tick(60)
        world.survive()
    assert world.results == [("1.11.3", "Adopted")]


def test_a_person_takes_a_running_attempt_back_and_its_version_is_held():
    world = World()
    world.run(until=lambda w: w.step_is("Soaking"))
    world.annotate(rollback=world.revisions()[1].attempt.id)
    world.run()
    assert world.running == "1.11.3"
    assert world.results == [("1.11.3", "Adopted"), ("1.12.1", "RolledBack")]
    assert world.revisions()[1].quarantine.reason == "RollbackRequested"
    assert_served(world)


def test_a_person_calls_an_attempt_off_before_the_workload_is_touched():
    world = World()
    world.run(until=lambda w: w.step_is("Rehearsing"))
    world.annotate(rollback=world.revisions()[1].attempt.id)
    world.run()
    assert world.running == "1.11.3"
    assert world.results == [("1.11.3", "Adopted"), ("1.12.1", "Failed")]
    assert world.revisions()[1].quarantine.reason == "RollbackRequested"


def test_the_word_that_took_one_attempt_back_takes_no_later_one_back():
    world = World()
    world.run(until=lambda w: w.step_is("Soaking"))
    world.annotate(rollback=world.revisions()[1].attempt.id)
    world.run()
    world.annotate(resetAt=world.now.isoformat())
    world.run()
    assert world.running == "1.12.1"
    assert world.results[-1] == ("1.12.1", "Promoted")


def test_an_older_version_is_planned_shown_and_runs_only_after_its_plan_is_approved():
    world = World(minor="1.35", version="1.13.1", spec={"version": "<1.13"})
    world.run()
    assert world.running == "1.13.1"
    assert world.condition("UpdateAvailable") == ("True", "WaitingForApproval")
    assert world.condition("Ready")[0] == "False"
    world.annotate(approve=world.decision.plan.hash)
    world.run()
    assert world.running == "1.12.4"
    assert world.results[-1] == ("1.12.4", "Promoted")


def test_a_rollout_that_a_person_pauses_is_neither_late_nor_failed():
    world = World()
    world.run(until=lambda w: w.running == "1.12.1")
    world.edit("Deployment", {"spec": {"paused": True}})
    for _ in range(30):
        world.tick(60)
        world.survive()
    assert world.results == [("1.11.3", "Adopted")]
    world.edit("Deployment", {"spec": {"paused": None}})
    world.run()
    assert world.results[-1] == ("1.12.1", "Promoted")


def test_a_mounted_key_of_ours_that_a_replaced_config_map_drops_is_put_back():
    world = World(minor="1.35", version="1.12.1", text=SHORT_HEADER)
    world.run()
    key = world.mounted_key
    assert key.startswith("Corefile-")
    text = world.data[key]
    world.edit("ConfigMap", {"data": {key: None}}, manager="kubectl-replace")
    world.run()
    assert world.data[key] == text
    assert_served(world)


def test_a_gate_that_fails_now_and_then_and_is_silent_in_between_calls_a_person():
    world = World()
    world.run(until=lambda w: w.running == "1.12.1")
    silent = Behavior(knows_new_endpoints=False)
    world.endpoints = ("192.168.1.11",)
    for round_ in range(600):
        world.behave("1.12.1", WRONG if round_ % 2 else silent)
        world.tick(2)
        world.survive()
        if world.condition("Stalled") == ("True", "GateUnknown") or len(world.results) > 1:
            break
    assert world.condition("Stalled") == ("True", "GateUnknown")
    world.behave("1.12.1", GOOD)
    world.run()
    assert world.results[-1] == ("1.12.1", "Promoted")


def test_a_person_calls_an_update_off_before_the_workload_is_touched():
    world = World()
    before = world.workload["spec"]
    world.run(until=lambda w: w.step_is("Rehearsing"))
    world.annotate(rollback=world.revisions()[1].attempt.id)
    world.run()
    assert world.workload["spec"] == before
    assert world.results == [("1.11.3", "Adopted"), ("1.12.1", "Failed")]
    assert world.revisions()[1].quarantine.reason == "RollbackRequested"


def test_the_word_that_took_one_attempt_back_is_spent_with_it():
    world = World()
    world.run(until=lambda w: w.step_is("Soaking"))
    world.annotate(rollback=world.revisions()[1].attempt.id)
    world.run()
    world.annotate(resetAt=world.now.isoformat())
    world.run()
    assert world.results[-1] == ("1.12.1", "Promoted")
    assert_served(world)
