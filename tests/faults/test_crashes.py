"""Whatever breaks around a write, the end is the one of the undisturbed run."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from addon_updater.errors import TransientError
from addon_updater.rollout.actions import Action
from unit.rollout.kubelet import CRASHES, TURNS_BAD
from unit.rollout.manifests import SHORT_HEADER
from unit.rollout.properties import assert_safe
from unit.rollout.world import Crash, World

Scenario = Callable[[World], None]


def promotes(world: World) -> None:
    world.run()


def fails_in_the_rehearsal(world: World) -> None:
    world.behave("1.13.1", CRASHES)
    world.run()


def goes_back(world: World) -> None:
    world.run(until=lambda w: w.running == "1.13.1")
    world.behave("1.13.1", TURNS_BAD)
    world.run()


def is_taken_back(world: World) -> None:
    world.run()
    world.tick(60)
    world.apply_original()
    world.run()


def is_edited_in_the_middle(world: World) -> None:
    world.run(until=lambda w: w.running == "1.13.1")
    world.set_image("1.12.4")
    world.run()


SCENARIOS: list[Scenario] = [
    promotes,
    fails_in_the_rehearsal,
    goes_back,
    is_taken_back,
    is_edited_in_the_middle,
]


def new_world() -> World:
    return World("1.12.1", SHORT_HEADER, "1.35", spec={"version": "1.13.1"})


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
        what = f"{type(action).__name__} {[name for name, _ in world.results]} {world.running}"
        if what not in met:
            met.add(what)
            raise error

    setattr(world, hook, fault)


def conflict(world: World) -> None:
    """Somebody else writes the object in between, once for every action."""
    met: set[str] = set()

    def fault(_number: int, action: Action) -> None:
        what = f"{type(action).__name__} {len(world.results)} {world.running}"
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
        "ready": world.condition("Ready"),
        "update": world.condition("UpdateAvailable"),
        "stalled": world.condition("Stalled"),
    }
    return json.loads(re.sub(r"dns-(\d+)-[0-9a-f]{10}", r"dns-\1", json.dumps(state)))


@functools.cache
def undisturbed(scenario: Scenario) -> World:
    world = new_world()
    scenario(world)
    return world


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_fault_around_every_write_changes_nothing_of_the_end(scenario, fault):
    reference, world = undisturbed(scenario), new_world()
    fault(world)
    scenario(world)
    assert end_of(world) == end_of(reference)
    assert_safe(world)
    assert len(world.writes) <= len(reference.writes) + 2
    assert len(world.events) <= len(reference.events)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_undisturbed_run_is_safe_and_at_rest(scenario):
    world = undisturbed(scenario)
    assert_safe(world)
    written = len(world.writes)
    world.crash()
    world.tick(300)
    world.run()
    assert len(world.writes) == written


@pytest.mark.parametrize("hook", ["before", "after"])
@pytest.mark.parametrize("number", range(1, 10))
def test_one_crash_at_any_write_of_a_rollback_changes_nothing_of_the_end(hook, number):
    world = new_world()

    def fault(count: int, _action: Action) -> None:
        if count == number:
            raise Crash

    setattr(world, hook, fault)
    goes_back(world)
    assert end_of(world) == end_of(undisturbed(goes_back))
    assert_safe(world)
