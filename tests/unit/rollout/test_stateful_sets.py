"""A StatefulSet's controller waits for a broken pod for ever, even when its template has been put back."""

from __future__ import annotations

import pytest

from unit.rollout.kubelet import CRASHES, NEVER_READY, NO_IMAGE, SLOW, TURNS_BAD, Behavior
from unit.rollout.ledger import Ledger
from unit.rollout.properties import assert_safe, assert_served
from unit.rollout.scenes import books
from unit.rollout.world import World

KIND = "StatefulSet"


def shop() -> World:
    return World("1.0.0", scene=books(kind=KIND))


def switched(behavior: Behavior) -> World:
    world = shop().run(until=lambda w: w.running == "1.1.0")
    world.behave("1.1.0", behavior)
    return world


def names(world: World) -> list[str]:
    return sorted(pod.name for pod in world.kubelet.pods)


def test_pods_are_replaced_one_by_one_and_the_update_is_promoted():
    world = shop().run()
    assert world.results[-1] == ("1.1.0", "Promoted")
    assert names(world) == ["ledger-0", "ledger-1"]
    assert "SetRecreate" not in world.did
    assert_served(world)


def test_the_soak_begins_with_the_last_pod():
    world = shop()
    world.run(until=lambda w: w.step_is("Soaking"))
    begun = max(world.kubelet.ready_at(pod) for pod in world.kubelet.pods if pod.template)
    world.run(until=lambda w: len(w.results) == 2)
    assert (world.revisions()[1].outcome.at - begun).total_seconds() >= 8


@pytest.mark.parametrize(
    "behavior, reason",
    [(CRASHES, "Crashed"), (NEVER_READY, "ProgressDeadlineExceeded"), (NO_IMAGE, "ImagePullFailed")],
    ids=["crash", "never ready", "pull"],
)
def test_a_stuck_pod_is_deleted_once_on_the_way_back(behavior, reason):
    world = switched(behavior)
    world.run()
    stuck = [deed for deed in world.deeds if type(deed.action).__name__ == "DeleteStuckPod"]
    assert [deed.action.name for deed in stuck] == ["ledger-1"]
    assert stuck[0].action.uid in {pod.uid for pod in stuck[0].observed.pods}
    assert world.results[-1] == ("1.1.0", "RolledBack")
    assert [event.reason for event in world.events] == [reason]
    assert {pod.image for pod in world.kubelet.pods} == {world.scene.image("1.0.0")}
    assert_served(world)


@pytest.mark.parametrize("behavior", [CRASHES, NEVER_READY, NO_IMAGE], ids=["crash", "never ready", "pull"])
@pytest.mark.parametrize(
    "policy, most, stuck",
    [
        ("OrderedReady", 1, ["ledger-1"]),
        ("Parallel", 1, ["ledger-1"]),
        ("Parallel", 2, ["ledger-0", "ledger-1"]),
    ],
)
def test_every_stuck_pod_is_deleted_once_however_the_pods_are_managed(policy, most, stuck, behavior):
    world = World("1.0.0", scene=books(addon=Ledger(checks=False, keeps=False, harm="not here"), kind=KIND))
    strategy = {"rollingUpdate": {"maxUnavailable": most}}
    world.edit(KIND, {"spec": {"podManagementPolicy": policy, "updateStrategy": strategy}})
    world.behave("1.1.0", behavior)
    world.run()
    deleted = [deed.action.name for deed in world.deeds if type(deed.action).__name__ == "DeleteStuckPod"]
    assert sorted(deleted) == stuck
    assert world.results[-1] == ("1.1.0", "RolledBack")
    assert {pod.image for pod in world.kubelet.pods} == {world.scene.image("1.0.0")}
    assert_served(world)


def test_a_stuck_pod_that_is_gone_already_but_for_its_node_is_not_deleted_again():
    world = switched(CRASHES).run(until=lambda w: w.running == "1.0.0")
    stuck = next(pod for pod in world.kubelet.pods if pod.image == world.scene.image("1.1.0"))
    stuck.deleted_at = world.now
    for _ in range(10):
        world.survive()
        world.tick(2)
    assert "DeleteStuckPod" not in world.did
    stuck.deleted_at = None
    world.run()
    assert world.results[-1] == ("1.1.0", "RolledBack")


def test_a_broken_pod_of_somebody_else_under_the_same_labels_is_left_alone():
    world = switched(CRASHES).run(until=lambda w: "AnnotateRevision" in w.did[2:])
    stuck = next(pod for pod in world.kubelet.pods if pod.image == world.scene.image("1.1.0"))
    other = world.kubelet.start(stuck.spec, stuck.labels, world.now, name="ledger-a-0", template="")
    for _ in range(40):
        due = world.survive()
        world.tick(due.total_seconds() if due else 1)
    deleted = [deed.action.name for deed in world.deeds if type(deed.action).__name__ == "DeleteStuckPod"]
    assert deleted == ["ledger-1"]
    assert other in world.kubelet.pods


def test_a_pod_that_is_ready_is_left_to_its_controller_on_the_way_back():
    world = switched(TURNS_BAD).run()
    assert "DeleteStuckPod" not in world.did
    assert world.results[-1] == ("1.1.0", "RolledBack")
    assert_served(world)


def test_a_pod_that_is_slow_is_never_deleted_on_the_way_forward():
    world = World(
        "1.0.0", scene=books(kind=KIND), spec={"rollout": {"soak": "8s", "progressDeadline": "90s"}}
    )
    world.behave("1.1.0", SLOW)
    world.run()
    assert "DeleteStuckPod" not in world.did
    assert world.results[-1] == ("1.1.0", "Promoted")


def test_a_stuck_pod_that_somebody_else_has_replaced_meanwhile_is_not_deleted():
    world = switched(CRASHES)

    def replace(_number: int, action: object) -> None:
        if type(action).__name__ == "DeleteStuckPod":
            world.before = lambda *_: None
            world.kubelet.pods = [pod for pod in world.kubelet.pods if pod.name != "ledger-1"]
            world.roll()

    world.before = replace
    world.run()
    assert "DeleteStuckPod" not in world.did
    assert world.results[-1] == ("1.1.0", "RolledBack")
    assert_safe(world)


def test_an_old_pod_that_is_broken_itself_starts_no_update():
    world = shop()
    world.behave("1.0.0", NEVER_READY)
    world.tick(30)
    world.run()
    assert world.running == "1.0.0"
    assert world.condition("UpdateAvailable") == ("True", "WaitingForWorkload")


@pytest.mark.parametrize(
    "strategy, says",
    [
        ({"type": "OnDelete", "rollingUpdate": None}, "OnDelete"),
        ({"type": "RollingUpdate", "rollingUpdate": {"partition": 1}}, "partition"),
    ],
    ids=["OnDelete", "partition"],
)
def test_a_strategy_that_would_never_end_starts_nothing_and_says_the_remedy(strategy, says):
    world = shop()
    world.edit(KIND, {"spec": {"updateStrategy": strategy}})
    world.run()
    assert world.running == "1.0.0"
    assert world.condition("UpdateAvailable") == ("True", "WaitingForWorkload")
    assert says in world.decision.update.message


def test_a_stateful_set_that_is_scaled_away_leaves_a_gate_without_an_answer():
    world = shop()
    world.run(until=lambda w: w.running == "1.1.0")
    world.edit(KIND, {"spec": {"replicas": 0}}, manager="kubectl-scale")
    world.run(until=lambda w: w.condition("Stalled") == ("True", "GateUnknown"))
    world.edit(KIND, {"spec": {"replicas": 2}}, manager="kubectl-scale")
    world.run()
    assert world.results[-1] == ("1.1.0", "Promoted")
