"""Whatever breaks around a write, the end is the one of the undisturbed run."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from addon_updater.errors import TransientError
from addon_updater.rollout.actions import Action, CreateTask
from unit.rollout.jobs import DONE, REFUSED
from unit.rollout.kubelet import CRASHES, TURNS_BAD
from unit.rollout.ledger import BACKUP, CHECK
from unit.rollout.manifests import SHORT_HEADER
from unit.rollout.properties import assert_safe
from unit.rollout.scenes import books
from unit.rollout.shelves import one_way, steps
from unit.rollout.world import Crash, World

Scenario = Callable[[World], None]


@dataclass(frozen=True)
class Play:
    """A story on a stage of its own."""

    stage: Callable[[], World]
    story: Scenario

    def __str__(self) -> str:
        return f"{self.stage.__name__}-{self.story.__name__}"

    def undisturbed(self) -> World:
        return _undisturbed(self)


@functools.cache
def _undisturbed(play: Play) -> World:
    world = play.stage()
    play.story(world)
    return world


def dns() -> World:
    return World("1.12.1", SHORT_HEADER, "1.35", spec={"version": "1.13.1"})


def deployment() -> World:
    return World("1.0.0", scene=books())


def stateful_set() -> World:
    return World("1.0.0", scene=books(kind="StatefulSet"))


def no_way_back() -> World:
    return World("1.0.0", scene=books(one_way()))


def with_a_minor() -> World:
    return World("1.1.0", scene=books(steps()), breaking="WithClusterMinor")


def is_switched(world: World) -> bool:
    """Whether the workload runs another version than at first."""
    return world.running != world.version


def promotes(world: World) -> None:
    world.run()


def fails_in_the_rehearsal(world: World) -> None:
    world.behave("1.13.1", CRASHES)
    world.behave("1.1.0", CRASHES)
    world.run()


def goes_back(world: World) -> None:
    world.run(until=is_switched)
    world.behave(world.running, TURNS_BAD)
    world.run()


def goes_back_over_a_stuck_pod(world: World) -> None:
    world.run(until=is_switched)
    world.behave(world.running, CRASHES)
    world.run()


def is_taken_back(world: World) -> None:
    world.run()
    world.tick(60)
    world.apply_original()
    world.run()


def is_edited_in_the_middle(world: World) -> None:
    world.run(until=is_switched)
    world.set_image("1.12.4")
    world.run()


def is_refused_by_its_check(world: World) -> None:
    world.jobs.errands[CHECK] = REFUSED
    world.run()


def is_kept_the_second_time(world: World) -> None:
    world.jobs.errands[BACKUP] = REFUSED
    world.run(until=lambda w: len(w.results) == 2)
    world.jobs.errands[BACKUP] = DONE
    world.run(until=lambda w: len(w.results) == 3)
    world.run()


def is_restored_by_a_person(world: World) -> None:
    world.run(until=is_switched)
    world.behave(world.running, CRASHES)
    world.run(until=lambda w: w.condition("Stalled") == ("True", "RestoreNeeded"))
    world.annotate(rollback=world.revisions()[-1].attempt.id)
    world.run()


def travels(world: World) -> None:
    world.run()
    world.settle_minor("1.35")
    world.run()


PLAYS = [
    *(
        Play(dns, story)
        for story in (
            promotes,
            fails_in_the_rehearsal,
            goes_back,
            is_taken_back,
            is_edited_in_the_middle,
        )
    ),
    *(
        Play(stage, story)
        for stage in (deployment, stateful_set)
        for story in (promotes, is_refused_by_its_check, is_kept_the_second_time, goes_back_over_a_stuck_pod)
    ),
    Play(no_way_back, is_restored_by_a_person),
    Play(with_a_minor, travels),
]


def crash_before(world: World) -> None:
    once(world, "before", Crash())


def crash_after(world: World) -> None:
    once(world, "after", Crash())


def lost_reply(world: World) -> None:
    once(world, "after", TransientError("connection reset"))


def unavailable(world: World) -> None:
    once(world, "before", TransientError("503", status=503))


def once(world: World, hook: str, error: Exception) -> None:
    """Every action meets the fault the first time that it is tried."""
    met: set[str] = set()

    def fault(_number: int, action: Action) -> None:
        what = f"{_named(action)} {[name for name, _ in world.results]} {world.running}"
        if what not in met:
            met.add(what)
            raise error

    setattr(world, hook, fault)


def _named(action: Action) -> str:
    """The kind of an action, and for a Job its task."""
    task = action.manifest["metadata"]["name"].rpartition("-")[0] if isinstance(action, CreateTask) else ""
    return f"{type(action).__name__} {task}"


def conflict(world: World) -> None:
    """Somebody else writes the object in between, once for every action."""
    met: set[str] = set()

    def fault(_number: int, action: Action) -> None:
        what = f"{_named(action)} {len(world.results)} {world.running}"
        if what not in met:
            met.add(what)
            for kind, name in list(world.api.objects):
                world.api.touch(kind, name)

    world.before = fault


def duplicate_pass(world: World) -> None:
    """Another process decided from the same look and writes the same thing second."""

    def fault(_number: int, action: Action) -> None:
        world.after = lambda *_: None
        try:
            world.execute(action)
        except Exception as error:  # noqa: BLE001 - the second write may fail as it likes
            refused.append(error)
        world.after = fault

    refused: list[Exception] = []
    world.after = fault


FAULTS = [crash_before, crash_after, lost_reply, unavailable, conflict, duplicate_pass]


def end_of(world: World) -> dict[str, Any]:
    """The final state without times, uids and generated names."""
    revisions = [
        {
            "content": revision.content.to_json(),
            "result": revision.outcome and str(revision.outcome.result),
            "reason": revision.outcome and revision.outcome.reason,
            "quarantine": revision.quarantine and [revision.quarantine.version, revision.quarantine.reason],
        }
        for revision in world.revisions()
    ]
    annotations = world.workload["metadata"].get("annotations", {})
    own = {key: text for key, text in annotations.items() if key.endswith("revision")}
    state = {
        "spec": world.workload["spec"],
        "labels": world.workload["metadata"]["labels"],
        "annotations": own,
        "data": world.data,
        "revisions": revisions,
        "rehearsals": [pod.name for pod in world.kubelet.pods if not pod.template],
        "pods": sorted(pod.image for pod in world.kubelet.pods),
        "tasks": [job.task for job in world.jobs.jobs],
        "ready": world.condition("Ready"),
        "update": world.condition("UpdateAvailable"),
        "stalled": world.condition("Stalled"),
    }
    return json.loads(re.sub(r"-(dns|books)-(\d+)-[0-9a-f]{10}", r"-\1-\2", json.dumps(state)))


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("play", PLAYS, ids=str)
def test_a_fault_around_every_write_changes_nothing_of_the_end(play, fault):
    reference, world = play.undisturbed(), play.stage()
    fault(world)
    play.story(world)
    assert end_of(world) == end_of(reference)
    assert_safe(world)
    assert len(world.writes) <= len(reference.writes) + 2
    assert len(world.events) <= len(reference.events)


@pytest.mark.parametrize("play", PLAYS, ids=str)
def test_the_undisturbed_run_is_safe_and_at_rest(play):
    world = play.undisturbed()
    assert_safe(world)
    written = len(world.writes)
    world.crash()
    world.tick(300)
    world.run()
    assert len(world.writes) == written


@pytest.mark.parametrize("hook", ["before", "after"])
@pytest.mark.parametrize("number", range(1, 13))
@pytest.mark.parametrize("stage", [dns, stateful_set])
def test_one_crash_at_any_write_of_a_rollback_changes_nothing_of_the_end(stage, hook, number):
    play = Play(stage, goes_back_over_a_stuck_pod if stage is stateful_set else goes_back)
    world = stage()

    def fault(count: int, _action: Action) -> None:
        if count == number:
            raise Crash

    setattr(world, hook, fault)
    play.story(world)
    assert end_of(world) == end_of(play.undisturbed())
    assert_safe(world)
