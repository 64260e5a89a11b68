"""Random interleavings of the world, people and faults with the operator's passes.

A few of them in `make faults`; many with HYPOTHESIS_PROFILE=deep, which tests/conftest.py defines.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from addon_updater.errors import ConflictError, NotFoundError
from addon_updater.rollout.decision import Decision
from addon_updater.rollout.observed import Observed
from unit.rollout.kubelet import CRASHES, GOOD, NEVER_READY, NO_IMAGE, TURNS_BAD, WRONG, Behavior
from unit.rollout.manifests import PLAIN, SHORT_HEADER, STUB_ZONE
from unit.rollout.properties import assert_safe
from unit.rollout.world import World

VERSIONS = ("1.11.3", "1.12.1", "1.12.4", "1.13.1")
TEXTS = (PLAIN, SHORT_HEADER, STUB_ZONE, PLAIN.replace("cache 30", "cache 31"))
BEHAVIORS = (GOOD, CRASHES, NEVER_READY, NO_IMAGE, TURNS_BAD, WRONG, Behavior(knows_new_endpoints=False))
MINORS = ("1.34", "1.35")


def _patch(patch: dict[str, Any], manager: str = "kubectl-edit") -> Callable[[World], None]:
    return lambda world: world.edit("Deployment", patch, manager)


def _spec(**spec: Any) -> Callable[[World], None]:
    return lambda world: world.change_spec(**spec)


def _delete_rehearsals(world: World) -> None:
    world.kubelet.pods = [pod for pod in world.kubelet.pods if pod.template]


HAPPENINGS: dict[str, Callable[[World], None]] = {
    **{f"somebody sets {version}": lambda world, v=version: world.set_image(v) for version in VERSIONS},
    **{f"one server answers {minor}": lambda world, m=minor: world.begin_minor(m) for minor in MINORS},
    **{f"all servers answer {minor}": lambda world, m=minor: world.settle_minor(m) for minor in MINORS},
    **{
        f"{replicas} replicas": _patch({"spec": {"replicas": replicas}}, "kubectl-scale")
        for replicas in (1, 3)
    },
    "the old manifest is applied": lambda world: world.apply_original(),
    "the old manifest is delivered": lambda world: world.apply_original("argocd-controller"),
    "the workload is paused": _patch({"spec": {"paused": True}}),
    "the workload goes on": _patch({"spec": {"paused": False}}),
    "the API servers move": lambda world: setattr(world, "endpoints", ("192.168.1.11",)),
    "suspend": _spec(suspend=True),
    "resume": _spec(suspend=False),
    "observe": _spec(delivery="Observe"),
    "deliver": _spec(delivery="Direct"),
    "manual": _spec(policy={"updates": "Manual"}),
    "weak evidence is enough": _spec(policy={"minEvidence": "Assumed"}),
    "a range": _spec(version="<1.13"),
    "any version": _spec(version=None),
    "failures are forgotten": lambda world: world.annotate(resetAt=world.now.isoformat()),
    "the rehearsal is deleted": _delete_rehearsals,
}


class Cluster(RuleBasedStateMachine):
    """The operator at work while everything else happens in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.stale: tuple[Decision, Observed] | None = None
        self.checked = 0

    @initialize(
        version=st.sampled_from(("1.12.1", "1.11.3")),
        text=st.sampled_from((SHORT_HEADER, PLAIN, STUB_ZONE)),
        pace=st.sampled_from((2, 0)),
        step=st.sampled_from(("Rehearsing", "Progressing", "Soaking", "Idle")),
    )
    def begin(self, version: str, text: str, pace: int, step: str) -> None:
        rollout = {"soak": "8s", "progressDeadline": "30s", "unknownDeadline": "30s", "minReadySeconds": pace}
        self.world = World(version, text, "1.35", spec={"rollout": rollout})
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

    @rule(version=st.sampled_from(("1.13.1", "1.12.4", "1.11.3")), behavior=st.sampled_from(BEHAVIORS))
    def an_image_turns(self, version: str, behavior: Behavior) -> None:
        self.world.behave(version, behavior)

    @rule(text=st.sampled_from(TEXTS))
    def the_corefile_is_edited(self, text: str) -> None:
        self.world.edit_config(text)

    @rule(what=st.sampled_from(list(HAPPENINGS)))
    def it_happens(self, what: str) -> None:
        HAPPENINGS[what](self.world)

    @invariant()
    def nothing_unsafe_was_written(self) -> None:
        if self.checked != len(self.world.writes):
            self.checked = len(self.world.writes)
            assert_safe(self.world)

    def teardown(self) -> None:
        """Once everybody is quiet the operator comes to rest, and stays there without a write."""
        world = self.world
        world.kubelet.behaviors.clear()
        world.settle_minor("1.35")
        world.change_spec(delivery="Direct", suspend=False)
        world.edit("Deployment", {"spec": {"paused": False}})
        world.run()
        assert_safe(world)
        written = len(world.writes)
        world.crash()
        world.tick(300)
        world.run()
        assert len(world.writes) == written


TestCluster = Cluster.TestCase
