"""Two processes and one attempt: what one ends before the switch, the other cannot switch to any more."""

from __future__ import annotations

from dataclasses import replace

import pytest

from addon_updater.errors import ConflictError
from addon_updater.rollout.actions import ApplyWorkload
from unit.rollout.kubelet import CRASHES, TURNS_BAD
from unit.rollout.properties import assert_safe
from unit.rollout.world import Pass, World


def held_before_the_switch(world: World) -> Pass:
    """What a process has decided and does not write, for it is paused."""
    while not isinstance((one := world.begin_pass()).decision.action, ApplyWorkload):
        due = world.survive()
        world.tick(due.total_seconds() if due is not None else 0)
    return one


def is_called_off(world: World) -> None:
    attempt = world.revisions()[-1].attempt
    world.annotate(rollback=attempt.id)


ENDINGS = [
    is_called_off,
    lambda world: world.change_spec(version="1.11.3"),
    lambda world: world.change_spec(delivery="Observe"),
    lambda world: world.begin_minor("1.35"),
    lambda world: world.behave("1.12.1", CRASHES),
]


@pytest.mark.parametrize(
    "ending", ENDINGS, ids=["called off", "wish changed", "only observed", "servers disagree", "crash"]
)
def test_a_paused_process_cannot_switch_for_an_attempt_that_another_one_has_ended(ending):
    world = World()
    paused = held_before_the_switch(world)
    world.crash()
    ending(world)
    world.run(until=lambda one: one.results[-1] == ("1.12.1", "Failed"))
    with pytest.raises(ConflictError):
        world.act(paused)
    assert world.running == "1.11.3"
    assert world.did.count("FenceWorkload") == 1
    assert_safe(world)


def test_the_process_that_began_an_attempt_ends_it_without_a_further_write():
    world = World(spec={"version": "1.12.1"})
    world.behave("1.12.1", CRASHES)
    world.run()
    assert world.results[-1] == ("1.12.1", "Failed")
    assert "FenceWorkload" not in world.did


def test_what_was_switched_is_ended_without_a_further_write_by_whoever_looks_next():
    world = World(spec={"version": "1.12.1"})
    world.run(until=lambda one: one.running == "1.12.1")
    world.crash()
    world.run()
    assert world.results[-1] == ("1.12.1", "Promoted")
    assert "FenceWorkload" not in world.did


def test_an_attempt_that_a_process_inherits_is_fenced_once_and_a_crash_in_between_changes_nothing():
    world = World(spec={"version": "1.12.1"})
    world.run(until=lambda one: one.step_is("Rehearsing"))
    world.crash()
    world.behave("1.12.1", CRASHES)
    world.run(until=lambda one: one.did[-1] == "FenceWorkload")
    world.crash()
    world.run()
    assert world.did.count("FenceWorkload") == 1
    assert world.results[-1] == ("1.12.1", "Failed")
    assert [event.reason for event in world.events] == ["Crashed"]


def test_a_server_that_forgets_the_end_of_an_attempt_starts_no_second_switch():
    world = World(spec={"version": "1.12.1"})
    world.run(until=lambda one: one.step_is("Soaking"))
    behind = world.revisions()
    world.behave("1.12.1", TURNS_BAD)
    world.run(until=lambda one: ("1.12.1", "RolledBack") in one.results)
    world.lens = lambda fresh: replace(fresh, revisions=behind)
    for _ in range(5):
        world.survive()
        world.tick(5)
    assert world.running == "1.11.3"
    assert world.did.count("ApplyWorkload") == 2
    assert_safe(world)


def test_an_end_that_was_fenced_and_is_not_needed_any_more_comes_all_the_same_and_the_update_begins_anew():
    world = World(spec={"version": "1.12.1"})
    world.run(until=lambda one: one.step_is("Rehearsing"))
    world.crash()
    world.change_spec(version="1.11.3")
    world.run(until=lambda one: one.did[-1] == "FenceWorkload")
    world.change_spec(version="1.12.1")
    world.run()
    assert [result for _, result in world.results] == ["Adopted", "Failed", "Promoted"]
    assert_safe(world)
