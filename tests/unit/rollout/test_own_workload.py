"""The operator refuses to manage the workload that it runs in, whatever it finds there."""

from __future__ import annotations

from dataclasses import replace

import pytest

from addon_updater.rollout.decision import Decision
from addon_updater.rollout.engine import decide
from unit.rollout.world import World


def decided(world: World, own: tuple[str, str] | None) -> Decision:
    """The decision of a pass that finds itself there."""
    observed = replace(world.look()[1], own_workload=own)
    return decide(world.release(), observed, world.scene.catalog, lambda _: world.scene.addon, world.now)


@pytest.mark.parametrize("step", ["", "Rehearsing", "Progressing", "Soaking"])
def test_neither_an_update_nor_a_running_attempt_touches_it(step):
    world = World()
    if step:
        world.run(until=lambda w: w.step_is(step))
    decision = decided(world, ("kube-system", "coredns"))
    assert decision.stalled is not None
    assert decision.stalled.reason == "OwnWorkload"
    assert "is the updater itself, which it never touches" in decision.stalled.message
    assert (decision.action, decision.probe, decision.plan) == (None, None, None)


@pytest.mark.parametrize("own", [None, ("kube-system", "addon-updater"), ("addon-updater", "coredns")])
def test_any_other_workload_is_managed(own):
    decision = decided(World(), own)
    assert decision.stalled is None
    assert decision.action is not None
