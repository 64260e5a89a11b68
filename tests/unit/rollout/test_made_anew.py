"""A workload that somebody deletes and makes anew during an attempt: the attempt was about another object."""

from __future__ import annotations

from addon_updater.rollout.revision import Result
from unit.rollout.manifests import SHORT_HEADER
from unit.rollout.properties import assert_safe
from unit.rollout.world import World


def switched() -> World:
    world = World("1.12.1", SHORT_HEADER, "1.35", spec={"version": "1.13.1"})
    return world.run(until=lambda w: w.running == "1.13.1")


def make_anew(world: World) -> None:
    """Delete the workload and create what its team once created."""
    kind, name = world.scene.kind, world.scene.name
    world.epoch += 1
    world.api.delete(kind, name, "kubectl-delete")
    world.api.create(kind, world.original, "kubectl-create")
    world.roll()


def test_the_switch_is_not_made_again_for_the_attempt_that_made_it():
    world = switched()
    make_anew(world)

    world.run(until=lambda w: w.revisions()[1].outcome is not None)

    assert world.revisions()[1].outcome.result is Result.SUPERSEDED
    assert world.running == "1.12.1"
    assert_safe(world)


def test_the_new_object_is_updated_by_an_attempt_of_its_own():
    world = switched()
    make_anew(world)
    world.run()
    assert world.running == "1.13.1"
    assert len({revision.attempt.id for revision in world.revisions() if revision.attempt}) == 2
    assert_safe(world)
