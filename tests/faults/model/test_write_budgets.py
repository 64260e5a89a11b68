"""What one hop writes, counted in memory; tests/cluster counts the same of each addon in a real audit log."""

from __future__ import annotations

import pytest

from unit.rollout.kubelet import CRASHES, TURNS_BAD
from unit.rollout.manifests import SHORT_HEADER
from unit.rollout.scenes import books
from unit.rollout.world import World

INTENT, SWITCH, RESULT = "create ControllerRevision", "apply", "patch ControllerRevision"
REHEARSAL = ["create Pod", "delete Pod"]
CONFIGURATION, JOB, STRATEGY = "patch ConfigMap", "create Job", "patch Deployment"
ADOPTION = 2
"""What is found is recorded, and the workload is claimed."""


def dns() -> World:
    return World()


def dns_with_a_migration() -> World:
    return World("1.12.1", SHORT_HEADER, "1.35", spec={"version": "1.13.1"})


def deployment_with_a_volume() -> World:
    return World("1.0.0", scene=books())


def stateful_set() -> World:
    return World("1.0.0", scene=books(kind="StatefulSet"))


def of_the_hop(world: World) -> list[str]:
    """The writes of the hop, the operator's own words for the workload's kind left out of the switch."""
    world.run()
    done = [SWITCH if one.verb == "apply" else f"{one.verb} {one.kind}" for one in world.writes[ADOPTION:]]
    assert len(world.events) == 1
    assert len(world.told) <= 15
    return done


@pytest.mark.parametrize(
    "stage, writes",
    [
        (dns, [INTENT, REHEARSAL[0], SWITCH, REHEARSAL[1], RESULT]),
        (
            dns_with_a_migration,
            [INTENT, CONFIGURATION, REHEARSAL[0], SWITCH, REHEARSAL[1], RESULT, CONFIGURATION],
        ),
        (deployment_with_a_volume, [INTENT, JOB, REHEARSAL[0], JOB, STRATEGY, SWITCH, REHEARSAL[1], RESULT]),
        (stateful_set, [INTENT, JOB, REHEARSAL[0], JOB, SWITCH, REHEARSAL[1], RESULT]),
    ],
    ids=lambda value: value.__name__ if callable(value) else None,
)
def test_a_hop_writes_exactly_this(stage, writes):
    world = stage()
    assert of_the_hop(world) == writes
    assert world.results[-1][1] == "Promoted"


def test_a_rehearsal_that_fails_leaves_the_workload_alone():
    world = World(spec={"version": "1.12.1"})
    world.behave("1.12.1", CRASHES)
    assert of_the_hop(world) == [INTENT, REHEARSAL[0], RESULT, REHEARSAL[1]]


def test_a_rollback_costs_the_decision_and_one_more_switch():
    world = World(spec={"version": "1.12.1"})
    world.run(until=lambda one: one.running == "1.12.1")
    world.behave("1.12.1", TURNS_BAD)
    assert of_the_hop(world) == [INTENT, REHEARSAL[0], SWITCH, REHEARSAL[1], RESULT, SWITCH, RESULT]
