"""The version to go back to is looked at before the update: whether it fits, whether its image is there, whether it can."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from addon_updater.rollout.actions import RecordRevision
from addon_updater.rollout.revision import ATTEMPT_ANNOTATION
from unit.rollout.kubelet import NO_IMAGE
from unit.rollout.ledger import Ledger
from unit.rollout.scenes import Scene, books
from unit.rollout.shelves import one_way, release, shelf
from unit.rollout.world import World

EXTERNAL = {"database": {"external": "Acknowledged"}}
PLAIN = Ledger(checks=False, keeps=False, recreates=True)
"""An addon that knows nothing about its data, as one that only the catalog knows."""


def look(world: World) -> World:
    """Adopt and claim, up to the first pass that has a plan."""
    return world.run(until=lambda w: w.decision is not None and w.decision.plan is not None)


def findings(world: World) -> dict[str, tuple[str, str]]:
    return {str(one.rule): (str(one.severity), one.message) for one in world.decision.plan.findings}


def on(*minors: str, **facts: Any) -> dict[str, Any]:
    """Evidence for some minors alone."""
    evidence = [{"kubernetes": f"{minor}", "level": "Tested", "source": "us"} for minor in minors]
    return release("1.0.0", **facts) | {"evidence": evidence}


@pytest.mark.parametrize(
    "old, says",
    [
        (on("1.33 - 1.37"), ""),
        (on("1.33"), "1.0.0, which a failed update puts back, is not known to fit"),
    ],
    ids=["it fits", "nobody knows"],
)
def test_a_target_that_is_not_known_to_fit_is_told_and_leaves_the_way_out_open(old, says):
    world = look(World("1.0.0", scene=books(shelf(release("1.1.0"), old))))
    severity, message = findings(world).get("RollbackTargetUnfit", ("", ""))
    assert severity == ("Warn" if says else "")
    assert message.startswith(says)
    world.run()
    assert world.results[-1] == ("1.1.0", "Promoted")


def test_a_target_that_stopped_fitting_is_told_with_the_minor():
    bounds = [{"versions": "<1.1.0", "kubernetes": "<1.34", "because": "it needs an API", "source": "us"}]
    world = World("1.0.0", scene=books(shelf(release("1.1.0"), release("1.0.0"), bounds=bounds)))
    severity, message = findings(look(world))["RollbackTargetUnfit"]
    assert severity == "Warn"
    assert "does not fit" in message
    assert "1.34" in message


def mirrored(world: World) -> World:
    """An admission webhook gives pods another image than their template has."""

    def lens(observed: Any) -> Any:
        def other(pod: Any) -> Any:
            containers = [one | {"image": f"mirror/{one['image']}"} for one in pod.spec["containers"]]
            return replace(pod, spec={**pod.spec, "containers": containers})

        return replace(observed, pods=tuple(other(pod) for pod in observed.pods))

    world.lens = lens
    return world


def test_an_image_that_no_pod_runs_blocks_and_names_what_the_pods_run():
    world = mirrored(World("1.0.0", scene=books())).run()
    severity, message = findings(world)["RollbackImageUnproven"]
    assert severity == "Block"
    assert "they run mirror/registry.example/books/ledger:v1.0.0" in message
    assert world.condition("UpdateAvailable") == ("True", "Blocked")
    assert world.running == "1.0.0"


@pytest.mark.parametrize(
    "break_it",
    [
        lambda world: world.edit("Deployment", {"spec": {"replicas": 0}}, manager="kubectl-scale"),
        lambda world: world.edit("Deployment", {"spec": {"paused": True}}),
    ],
    ids=["scaled to zero", "paused"],
)
def test_a_workload_that_does_not_run_is_told_as_what_it_is(break_it):
    world = World("1.0.0", scene=books())
    break_it(world)
    world.run()
    assert world.condition("UpdateAvailable") == ("True", "WaitingForWorkload")
    assert "RollbackImageUnproven" not in findings(world)


def pulling(policy: str) -> Scene:
    scene = books()

    def workload(version: str) -> dict[str, Any]:
        made = scene.workload(version)
        made["spec"]["template"]["spec"]["containers"][0]["imagePullPolicy"] = policy
        return made

    return replace(scene, workload=workload)


@pytest.mark.parametrize("policy, told", [("Always", True), ("IfNotPresent", False), ("Never", False)])
def test_an_image_that_every_pod_asks_for_anew_is_told_for_the_record(policy, told):
    world = look(World("1.0.0", scene=pulling(policy)))
    assert (findings(world).get("RollbackImageAskedFor", ("",))[0] == "Info") is told
    world.run()
    assert world.results[-1] == ("1.1.0", "Promoted")


@pytest.mark.parametrize("kind", ["Deployment", "StatefulSet"])
def test_no_attempt_begins_before_the_revision_to_go_back_to_is_recorded(kind):
    world = World("1.0.0", scene=books(kind=kind)).run()
    begun = [
        deed
        for deed in world.deeds
        if isinstance(deed.action, RecordRevision) and ATTEMPT_ANNOTATION in deed.action.annotations
    ]
    assert len(begun) == 1
    recorded = {revision.content.version for revision in begun[0].observed.revisions}
    assert recorded == {"1.0.0"}


@pytest.mark.parametrize("kind", ["Deployment", "StatefulSet"])
def test_a_hop_without_a_way_back_is_told_before_it_starts(kind):
    world = look(World("1.0.0", scene=books(one_way(kind), kind=kind)))
    severity, message = findings(world)["OneWayHop"]
    assert severity == "Warn"
    assert message.startswith("1.0.0 cannot read what 1.1.0 writes (only 1.1.0 and later can)")
    assert world.running == "1.0.0"


def test_a_hop_with_a_way_back_is_not_told_of():
    assert "OneWayHop" not in findings(look(World("1.0.0", scene=books())))


@pytest.mark.parametrize(
    "addon, spec, reason",
    [
        (Ledger(recreates=True), {}, "UpToDate"),
        (Ledger(keeps=False, recreates=True), {}, "UpToDate"),
        (PLAIN, {}, "WaitingForApproval"),
        (PLAIN, {"backup": EXTERNAL}, "UpToDate"),
        (PLAIN, {"policy": {"updates": "AutoPatch"}}, "WaitingForClusterMinor"),
        (PLAIN, {"policy": {"updates": "PlanOnly"}}, "PlanOnly"),
    ],
    ids=["a backup", "its own word", "nobody's word", "a person's word", "patches only", "only planned"],
)
def test_without_a_way_back_only_a_backup_or_a_persons_word_lets_it_start(addon, spec, reason):
    world = World("1.0.0", scene=books(one_way(), addon), spec=spec).run()
    assert (world.running == "1.1.0") is (reason == "UpToDate")
    assert world.condition("UpdateAvailable")[1] == reason


def test_what_waits_for_that_word_says_so_in_condition_and_plan():
    world = World("1.0.0", scene=books(one_way(), PLAIN)).run()
    assert "no way back and no backup that is known of" in world.decision.update.message
    assert world.told[-1].plan.hops[0].waits_for == "approval"
    assert [one.rule_id for one in world.told[-1].plan.findings] == ["OneWayHop"]


def test_the_approval_of_its_plan_starts_a_hop_without_a_way_back():
    world = World("1.0.0", scene=books(one_way(), PLAIN)).run()
    world.annotate(approve=world.told[-1].plan.hash)
    world.run()
    assert world.results[-1] == ("1.1.0", "Promoted")


def test_a_new_image_that_cannot_be_pulled_leaves_the_old_one_where_it_is():
    world = World("1.0.0", scene=books())
    world.behave("1.1.0", NO_IMAGE)
    world.run()
    assert world.running == "1.0.0"
    assert world.results[-1] == ("1.1.0", "Failed")
