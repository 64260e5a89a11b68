"""A deadline of pods counts only the time in which somebody watched them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from addon_updater.rollout.gate import Outcome
from addon_updater.rollout.observed import Memory
from unit.rollout.kubelet import NEVER_READY
from unit.rollout.scenes import books
from unit.rollout.stage import QUICK
from unit.rollout.world import World

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)


def moment(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def remembered(*looks: tuple[float, bool]) -> Memory:
    """Memory after looks that began at these seconds after noon, and succeeded or failed."""
    memory = Memory()
    for seconds, succeeded in looks:
        at = moment(seconds)
        memory = memory.after(Outcome.PASS, at) if succeeded else memory.blinded(at)
    return memory


@pytest.mark.parametrize(
    "looks, now, since",
    [
        ([], 5, 5),
        ([(0, True)], 30, 0),
        ([(0, True), (30, True)], 60, 0),
        ([(0, True), (2, False)], 4, 0),
        ([(0, True), (2, False), (11, False)], 12, 0),
        ([(0, True), (2, False), (11, False)], 13, 13),
        ([(0, True), (2, False), (60, False), (75, True)], 80, 75),
        ([(0, True), (2, False), (4, True), (60, False), (62, True)], 80, 0),
    ],
    ids=[
        "nothing was seen yet",
        "one look",
        "looks far apart are looks",
        "one look that failed",
        "looks that failed for a while",
        "looks that failed for long",
        "it begins anew when it sees again",
        "looks that fail now and then",
    ],
)
def test_the_watch_is_broken_only_by_looks_that_failed_for_long(looks, now, since):
    assert remembered(*looks).watched_since(moment(now)) == moment(since)


def stuck() -> World:
    """A ledger whose new pods never become ready, right after the switch."""
    world = World("1.0.0", scene=books(), spec={"rollout": QUICK | {"progressDeadline": "30s"}})
    world.run(until=lambda w: w.running == "1.1.0")
    world.behave("1.1.0", NEVER_READY)
    world.controller.begun = False
    return world


def test_pods_that_nobody_could_see_get_their_time_when_somebody_sees_them():
    world = stuck()
    world.survive()
    world.memory = world.memory.blinded(world.now)
    world.tick(3600)
    world.survive()
    assert not world.revisions()[1].decision

    world.run()
    assert world.running == "1.0.0"


def test_a_process_that_has_just_started_gives_them_their_time():
    world = stuck()
    world.tick(3600)
    world.memory = Memory()
    world.survive()
    assert not world.revisions()[1].decision

    world.run()
    assert world.running == "1.0.0"


def test_who_has_watched_all_the_time_does_not_wait_longer():
    world = stuck()
    began = world.now
    world.run(until=lambda w: bool(w.revisions()[1].decision))
    assert timedelta(seconds=30) < world.now - began < timedelta(seconds=36)


def test_a_failed_look_forgets_nothing_else():
    memory = replace(Memory(), failing_since=NOON, looked_at=NOON, awake_since=NOON)
    assert replace(memory.blinded(moment(2)), blind_since=None) == memory
