"""Random interleavings of the world, people and faults with the operator's passes.

A few of them in `make faults`; many with HYPOTHESIS_PROFILE=deep, which tests/conftest.py defines.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from addon_updater.errors import ConflictError, NotFoundError
from addon_updater.rollout.decision import Decision
from addon_updater.rollout.observed import Observed
from faults.plays import CLUSTER_DNS, DEPLOYMENT, STATEFUL_SET, Play
from unit.rollout.kubelet import Behavior
from unit.rollout.properties import assert_safe
from unit.rollout.world import World


def machine(play: Play) -> Any:  # noqa: C901 - one class, whose rules need the play
    """The operator at work on that play while everything else happens in any order."""

    class Cluster(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.world = play.begin(play.starts[0], play.texts[0], 2)
            self.stale: tuple[Decision, Observed] | None = None
            self.checked = 0

        @initialize(
            version=st.sampled_from(play.starts),
            text=st.sampled_from(play.texts),
            pace=st.sampled_from((2, 0)),
            step=st.sampled_from(play.steps),
        )
        def begin(self, version: str, text: str, pace: int, step: str) -> None:
            self.world = play.begin(version, text, pace)
            if step != "Idle":
                self.world.run(until=lambda world: world.step_is(step))

        @rule(count=st.integers(1, 4), seconds=st.sampled_from((0, 1, 3)))
        def passes(self, count: int, seconds: int) -> None:
            for _ in range(count):
                due = self.world.survive()
                self.world.tick(seconds + min(30.0, due.total_seconds() if due is not None else 30.0))

        @rule()
        def one_pass(self) -> None:
            self.world.survive()

        @rule(seconds=st.sampled_from((1, 10, 40, 300)))
        def time_passes(self, seconds: int) -> None:
            self.world.tick(seconds)

        @rule()
        def crash(self) -> None:
            self.world.crash()

        @rule()
        def look_and_be_held_up(self) -> None:
            """A pass that has decided and does not write yet, as of a paused process or a former leader."""
            self.stale = self.world.look()

        @precondition(lambda self: self.stale is not None)
        @rule()
        def write_late(self) -> None:
            assert self.stale is not None
            (decision, observed), self.stale = self.stale, None
            try:
                self.world.act(decision, observed)
            except (ConflictError, NotFoundError):
                self.world.crash()

        @rule(version=st.sampled_from(play.versions), behavior=st.sampled_from(play.behaviors))
        def an_image_turns(self, version: str, behavior: Behavior) -> None:
            self.world.behave(version, behavior)

        @rule(text=st.sampled_from(play.edits))
        def the_configuration_is_edited(self, text: str) -> None:
            self.world.edit_config(text)

        @rule(what=st.sampled_from(list(play.happenings)))
        def it_happens(self, what: str) -> None:
            play.happenings[what](self.world)

        @invariant()
        def nothing_unsafe_was_written(self) -> None:
            if self.checked != len(self.world.writes):
                self.checked = len(self.world.writes)
                assert_safe(self.world)

        def teardown(self) -> None:
            """Once everybody is quiet the operator comes to rest, and stays there without a write."""
            world = self.world
            play.calm(world)
            world.run()
            assert_safe(world)
            self.rests(world)

        @staticmethod
        def rests(world: World) -> None:
            written = len(world.writes)
            world.crash()
            world.tick(300)
            world.run()
            assert len(world.writes) == written

    return Cluster.TestCase


TestDns = machine(CLUSTER_DNS)
TestDeployment = machine(DEPLOYMENT)
TestStatefulSet = machine(STATEFUL_SET)
