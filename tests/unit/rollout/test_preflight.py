"""What is found around the workload stands in the plan, blocks the start or not, and is no part of what is approved."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from addon_updater.rollout.finding import Finding, Severity
from addon_updater.rollout.surroundings import (
    BUDGETS,
    LIMITS,
    QUOTAS,
    Surroundings,
    read_budget,
    read_limits,
    read_quota,
)
from unit.rollout.ledger import Ledger
from unit.rollout.manifests import SHORT_HEADER
from unit.rollout.scenes import books
from unit.rollout.stage import CALM
from unit.rollout.world import World

FULL = read_quota(
    {
        "metadata": {"name": "team"},
        "spec": {"hard": {"pods": "2"}},
        "status": {"used": {"pods": "2"}},
    }
)
NEVER = read_budget(
    {"metadata": {"name": "always-there"}, "spec": {"selector": {}, "maxUnavailable": 0}, "status": {}}
)
SMALL = read_limits(
    {"metadata": {"name": "range"}, "spec": {"limits": [{"type": "Container", "max": {"cpu": "1"}}]}}
)
JOBS_ONLY = read_quota(
    {
        "metadata": {"name": "jobs"},
        "spec": {"hard": {"count/jobs.batch": "0"}},
        "status": {"used": {}},
    }
)


def shop(around: Surroundings = CALM, **spec: Any) -> World:
    """A ledger in a Deployment that becomes Recreate, with an update to be had."""
    return World("1.0.0", scene=books(), surroundings=around, spec=spec)


def rules(world: World) -> list[tuple[str, str]]:
    return [(str(one.rule), str(one.severity)) for one in world.decision.plan.findings]


def look(world: World) -> World:
    """Adopt and claim, up to the first pass that has a plan."""
    return world.run(until=lambda w: w.decision is not None and w.decision.plan is not None)


BLOCKS = [
    pytest.param(replace(CALM, budgets=(NEVER,)), "DisruptionBudget", id="budget"),
    pytest.param(replace(CALM, quotas=(FULL,)), "QuotaFull", id="quota"),
    pytest.param(replace(CALM, limits=SMALL), "LimitRange", id="limits"),
    pytest.param(Surroundings(), "ClaimMissing", id="claim"),
]


@pytest.mark.parametrize("around, rule", BLOCKS)
def test_what_would_stop_the_update_is_said_before_it_starts_and_nothing_is_written(around, rule):
    world = shop(around).run()
    assert world.running == "1.0.0"
    assert world.results == [("1.0.0", "Adopted")]
    assert rules(world) == [(rule, "Block")]
    assert world.condition("UpdateAvailable") == ("True", "Blocked")
    assert world.told[-1].plan.findings[0].remedy in world.decision.update.message


@pytest.mark.parametrize("around, rule", BLOCKS)
def test_it_is_looked_at_again_every_minute_and_starts_once_it_is_mended(around, rule):
    world = shop(around).run()
    assert world.decision.requeue_after == timedelta(minutes=1), rule
    world.surroundings = CALM
    world.run()
    assert world.results[-1] == ("1.1.0", "Promoted")


@pytest.mark.parametrize("around, rule", BLOCKS)
def test_an_approval_outlives_what_is_found_around_the_workload(around, rule):
    manual = {"updates": "Manual"}
    approved = look(shop(policy=manual)).decision.plan.hash
    world = look(shop(around, policy=manual))
    assert world.decision.plan.hash == approved
    world.annotate(approve=approved)
    world.run()
    assert (world.running, rules(world)) == ("1.0.0", [(rule, "Block")])
    world.surroundings = CALM
    world.run()
    assert world.running == "1.1.0"


@pytest.mark.parametrize("around, rule", BLOCKS)
def test_an_attempt_that_runs_is_not_called_off_by_it(around, rule):
    world = shop().run(until=lambda w: w.step_is("Rehearsing"))
    world.surroundings = around
    world.run()
    assert world.results[-1] == ("1.1.0", "Promoted"), rule


def test_a_quota_without_room_for_a_job_blocks_an_addon_that_needs_one():
    world = shop(replace(CALM, quotas=(JOBS_ONLY,))).run()
    assert world.running == "1.0.0"
    assert ("QuotaFull", "Block") in rules(world)
    assert "has no room for Job backup: 0 of 0 count/jobs.batch are used" in world.decision.update.message


def test_what_may_not_be_read_is_told_with_the_rule_to_add_and_the_update_goes_on():
    world = World(surroundings=Surroundings(unread=(LIMITS, BUDGETS, QUOTAS)))
    look(world)
    (finding,) = (one for one in world.decision.plan.findings if one.rule == "PreflightUnread")
    assert finding.severity == "Warn"
    assert finding.message.startswith(
        "limitranges, poddisruptionbudgets.policy, resourcequotas of namespace kube-system"
    )
    assert "kubectl apply -k deploy/namespaces/kube-system" in finding.remedy
    assert '{apiGroups: ["policy"], resources: [poddisruptionbudgets], verbs: [list]}' in finding.remedy
    world.run()
    assert world.results[-1] == ("1.12.1", "Promoted")


def immutable(world: World) -> World:
    world.api.objects["ConfigMap", "coredns"].fields[("f:immutable",)] = True
    world.api.touch("ConfigMap", "coredns")
    return world


@pytest.mark.parametrize(
    "minor, version, text, blocked",
    [("1.35", "1.13.1", SHORT_HEADER, True), ("1.34", "1.12.1", None, False)],
    ids=["a new text", "the same text"],
)
def test_an_immutable_config_map_blocks_only_a_new_configuration(minor, version, text, blocked):
    world = immutable(World("1.12.1" if text else "1.11.3", text, minor, spec={"version": version}))
    world.run()
    assert (world.condition("UpdateAvailable") == ("True", "Blocked")) is blocked
    assert (world.running == version) is not blocked


def test_a_text_of_ours_that_somebody_changed_under_the_pods_is_not_put_back_untried():
    world = World("1.12.1", SHORT_HEADER, "1.35", spec={"version": "1.13.1"}).run()
    (own,) = [key for key in world.data if key != "Corefile"]
    world.edit("ConfigMap", {"data": {own: "# overwritten\n"}})
    world.tick(300)
    world.run()
    assert ("ConfigKeyOverwritten", "Block") in rules(world)
    assert world.condition("UpdateAvailable") == ("True", "Blocked")
    assert world.data[own] == "# overwritten\n"
    world.edit_config(SHORT_HEADER + "# a change in the right place\n")
    world.tick(300)
    world.run()
    assert world.results[-1] == ("1.13.1", "Promoted")
    assert "# a change in the right place" in world.data[max(world.data, key=len)]


@pytest.mark.parametrize(
    "deadline, pace, blocked",
    [(None, 600, True), (None, 599, False), (30, 30, True), (30, 10, False)],
)
def test_a_pace_that_the_api_server_would_refuse_blocks(deadline, pace, blocked):
    rollout = {"soak": "8s", "minReadySeconds": pace, "progressDeadline": "1h"}
    world = World(spec={"rollout": rollout})
    world.edit("Deployment", {"spec": {"progressDeadlineSeconds": deadline}})
    look(world)
    assert (("MinReadySeconds", "Block") in rules(world)) is blocked


def test_a_stateful_set_has_no_deadline_of_its_own():
    rollout = {"soak": "8s", "minReadySeconds": 600, "progressDeadline": "1h"}
    world = World("1.0.0", scene=books(kind="StatefulSet"), spec={"rollout": rollout})
    assert rules(look(world)) == []


_MUTABLE = {
    "Deployment": {"minReadySeconds", "strategy", "template"},
    "StatefulSet": {"minReadySeconds", "template", "updateStrategy"},
}


@pytest.mark.parametrize("kind", ["Deployment", "StatefulSet"])
def test_no_write_touches_a_field_that_the_api_server_never_lets_change(kind):
    world = World("1.0.0", scene=books(kind=kind))
    world.run()
    changed = {
        path[1].removeprefix("f:")
        for write in world.writes
        if write.kind == kind
        for path in write.changed
        if path[0] == "f:spec"
    }
    assert changed
    assert changed <= _MUTABLE[kind]


class Stubborn(Ledger):
    """A ledger that refuses every change, and cannot make Jobs of what it refuses."""

    def preflight(self, *_: Any, **__: Any) -> tuple[Finding, ...]:
        return (Finding("Stubborn", Severity.BLOCK, "not this one", "take another"),)

    def tasks(self, *_: Any) -> Any:
        raise AssertionError("asked for the Jobs of a change that cannot be made")


def test_an_addon_that_blocks_by_itself_is_not_asked_for_its_jobs():
    world = World("1.0.0", scene=books(addon=Stubborn(recreates=True))).run()
    assert world.condition("UpdateAvailable") == ("True", "Blocked")
    assert rules(world) == [("Stubborn", "Block")]
