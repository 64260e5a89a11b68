from __future__ import annotations

import pytest

from addon_updater.api.operator_settings import OperatorSettings
from unit.rollout.kubelet import TURNS_BAD
from unit.rollout.manifests import image
from unit.rollout.properties import assert_served
from unit.rollout.world import World

PLAN_ONLY = {"policy": {"updates": "PlanOnly"}}
OBSERVE = {"delivery": "Observe"}
MANUAL = {"policy": {"updates": "Manual"}}


@pytest.mark.parametrize(
    "spec, reason", [(OBSERVE, "Observing"), (PLAN_ONLY, "PlanOnly")], ids=["Observe", "PlanOnly"]
)
def test_what_may_not_write_plans_and_writes_nothing(spec, reason):
    world = World(spec=dict(spec)).run()
    assert world.writes == []
    assert world.condition("UpdateAvailable") == ("True", reason)
    assert world.told[-1].plan.hops[0].to == "1.12.1"


def test_a_ceiling_that_only_plans_writes_nothing_for_any_release():
    world = World()
    world.settings = OperatorSettings.model_validate(PLAN_ONLY)
    world.run()
    assert world.writes == []
    assert world.condition("UpdateAvailable") == ("True", "PlanOnly")
    world.settings = OperatorSettings()
    world.run()
    assert world.results[-1] == ("1.12.1", "Promoted")


def test_a_ceiling_that_only_plans_lets_an_update_that_was_switched_finish():
    world = World()
    world.run(until=lambda w: w.step_is("Progressing"))
    world.settings = OperatorSettings.model_validate(PLAN_ONLY)
    world.run()
    assert world.results[-1] == ("1.12.1", "Promoted")


@pytest.mark.parametrize("spec", [OBSERVE, PLAN_ONLY], ids=["Observe", "PlanOnly"])
def test_writing_that_is_forbidden_during_a_rehearsal_ends_the_attempt_before_the_switch(spec):
    world = World()
    world.run(until=lambda w: w.step_is("Rehearsing"))
    world.change_spec(**spec)
    world.run()
    assert world.running == "1.11.3"
    assert world.results[-1] == ("1.12.1", "Failed")
    assert world.revisions()[-1].quarantine is None


def test_a_version_that_is_skipped_during_its_rehearsal_is_not_switched_to():
    world = World()
    world.run(until=lambda w: w.step_is("Rehearsing"))
    world.change_spec(policy={"skipVersions": ["1.12.1"]})
    world.run()
    assert world.running == "1.11.3"
    assert [event.reason for event in world.events] == ["WishChanged"]


def test_suspend_starts_nothing_and_lets_a_running_attempt_finish():
    world = World(spec={"suspend": True}).run()
    assert world.running == "1.11.3"
    assert world.condition("UpdateAvailable") == ("True", "Suspended")
    world.change_spec(suspend=False)
    world.run(until=lambda w: w.step_is("Progressing"))
    world.change_spec(suspend=True)
    world.run()
    assert world.results[-1] == ("1.12.1", "Promoted")


def test_suspend_lets_a_failing_attempt_go_back():
    world = World()
    world.run(until=lambda w: w.step_is("Soaking"))
    world.change_spec(suspend=True)
    world.behave("1.12.1", TURNS_BAD)
    world.run()
    assert world.results[-1] == ("1.12.1", "RolledBack")
    assert world.running == "1.11.3"


@pytest.mark.parametrize("where", ["annotation", "spec"])
def test_a_manual_update_waits_for_the_approval_of_its_plan(where):
    world = World(spec=dict(MANUAL)).run()
    assert world.condition("UpdateAvailable") == ("True", "WaitingForApproval")
    assert world.running == "1.11.3"
    plan = world.told[-1].plan.hash
    assert plan in world.decision.update.message
    if where == "spec":
        world.change_spec(approvedPlans=[plan])
    else:
        world.annotate(approve=plan)
    world.run()
    assert world.running == "1.12.1"


def test_the_approval_of_another_plan_starts_nothing():
    world = World(spec=dict(MANUAL))
    world.annotate(approve="0" * 16)
    world.run()
    assert world.running == "1.11.3"


def test_alike_clusters_share_a_plan_hash():
    one, other = World(spec=dict(MANUAL)).run(), World(spec=dict(MANUAL))
    other.release_uid = "elsewhere"
    other.tick(3600)
    assert other.run().told[-1].plan.hash == one.told[-1].plan.hash


def test_an_older_release_of_the_same_workload_leaves_nothing_to_write():
    world = World(older_claims=("older",)).run()
    assert world.writes == []
    assert world.condition("Stalled") == ("True", "WorkloadClaimed")


def test_a_missing_workload_can_be_ignored():
    world = World(spec={"whenMissing": "Ignore"})
    world.api.delete("Deployment", "coredns", "kubectl")
    world.run()
    assert world.condition("Ready") == ("True", "WorkloadAbsent")
    assert world.condition("Stalled") == ("", "")


def test_api_servers_that_disagree_start_nothing():
    world = World("1.12.1", minor="1.34", spec={"version": "1.13.1", "policy": {"minEvidence": "Assumed"}})
    world.begin_minor("1.35")
    world.run()
    assert world.running == "1.12.1"
    assert world.condition("UpdateAvailable") == ("True", "WaitingForClusterMinor")
    world.settle_minor("1.35")
    world.run()
    assert world.running == "1.13.1"
    assert_served(world)


@pytest.mark.parametrize("step, result", [("Rehearsing", "Failed"), ("Progressing", "Promoted")])
def test_a_minor_that_moves_ends_an_attempt_only_before_the_switch(step, result):
    world = World()
    world.run(until=lambda w: w.step_is(step))
    world.begin_minor("1.35")
    world.run()
    assert world.results[-1] == ("1.12.1", result)
    assert world.revisions()[-1].quarantine is None
    world.settle_minor("1.35")
    world.run()
    assert world.running == "1.13.1"
    assert_served(world)


def test_a_preflight_finding_blocks_and_says_the_remedy():
    world = World("1.10.1", spec={"version": "1.12.1"}, endpoint_slices_allowed=False).run()
    assert world.condition("UpdateAvailable") == ("True", "Blocked")
    assert "endpointslices" in world.decision.update.message
    assert world.running == "1.10.1"


def test_a_rehearsal_runs_the_new_template_and_serves_nobody():
    world = World()
    world.run(until=lambda w: any(not pod.template for pod in w.kubelet.pods))
    pod = next(pod for pod in world.kubelet.pods if not pod.template)
    assert pod.image == image("1.12.1")
    assert pod.labels == {"addon-updater.dev/rehearsal": "dns"}
    assert pod.spec["restartPolicy"] == "Never"
    assert pod.spec["serviceAccountName"] == "coredns"
    assert "livenessProbe" not in pod.spec["containers"][0]
