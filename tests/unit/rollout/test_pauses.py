"""What an open circuit breaker does to a release: what it holds, what goes on, and whose word lets an update start."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from addon_updater.api.operator_settings import OperatorSettings
from addon_updater.rollout.breaker import Failure
from addon_updater.rollout.engine import decide
from unit.rollout.kubelet import TURNS_BAD
from unit.rollout.ledger import Ledger
from unit.rollout.manifests import STUB_ZONE
from unit.rollout.properties import assert_safe
from unit.rollout.scenes import books
from unit.rollout.shelves import release, shelf
from unit.rollout.world import World

PLAIN_LEDGER = Ledger(checks=False, keeps=False, harm="not here")
PAUSED = ("True", "CircuitBroken")


def shop(*, settings: dict[str, Any] | None = None, newest: str = "1.1.0", **spec: Any) -> World:
    """A ledger with an update to be had."""
    world = World("1.0.0", scene=books(shelf(release(newest), release("1.0.0")), PLAIN_LEDGER), spec=spec)
    world.settings = OperatorSettings.model_validate(settings or {})
    return world


def fail_elsewhere(world: World, *names: str) -> World:
    """Addons of other releases fail now."""
    world.failures += tuple(
        Failure("elsewhere", name, "9.9.9", "GateFailed", world.now) for name in names or ("web", "app")
    )
    return world


def settle(world: World) -> World:
    """Passes until the next one is no step of an attempt."""
    while (due := world.survive()) is not None and due < timedelta(seconds=20):
        world.tick(due.total_seconds())
    return world


@pytest.mark.parametrize(
    "spec, settings",
    [
        ({}, {}),
        ({"policy": {"updates": "AutoPatch"}}, {}),
        ({"windows": [{"kind": "Allow", "schedule": "0 2 * * *", "duration": "1h"}]}, {}),
        ({}, {"freeze": {"reason": "not now"}}),
    ],
    ids=[
        "an automatic update",
        "a patch",
        "one that waits for its window as well",
        "one that is frozen as well",
    ],
)
def test_what_would_start_by_itself_is_held_and_told_why(spec, settings):
    world = settle(fail_elsewhere(shop(newest="1.0.1", settings=settings, **spec)))
    assert world.running == "1.0.0"
    assert world.condition("UpdateAvailable") == PAUSED
    assert world.condition("CircuitBreakerOpen") == PAUSED
    assert world.condition("Ready") == ("True", "VersionFits")
    assert world.condition("Stalled") == ("", "")
    assert world.decision.circuit.message.startswith("elsewhere/app (9.9.9 GateFailed, 2026-01-05 ")
    message = world.decision.update.message
    assert message.startswith(
        "1.0.0 to 1.0.1: paused because elsewhere/app, elsewhere/web failed; it starts by itself at "
    )
    assert message.endswith(
        f"{world.decision.plan.hash} in spec.approvedPlans or by annotation addon-updater.dev/approve"
    )


@pytest.mark.parametrize(
    "spec, says",
    [
        ({"policy": {"updates": "Manual"}}, "WaitingForApproval"),
        ({"policy": {"updates": "PlanOnly"}}, "PlanOnly"),
        ({"delivery": "Observe"}, "Observing"),
        ({"suspend": True}, "Suspended"),
        ({"version": "1.0.0"}, "UpToDate"),
    ],
)
def test_what_would_not_start_anyway_keeps_its_reason_and_shows_the_condition_all_the_same(spec, says):
    world = settle(fail_elsewhere(shop(**spec)))
    assert world.condition("UpdateAvailable")[1] == says
    assert world.condition("CircuitBreakerOpen") == PAUSED
    assert world.told[-1].conditions[-1].type == "CircuitBreakerOpen"


@pytest.mark.parametrize(
    "break_it",
    [
        lambda w: w.api.delete("Deployment", "ledger", "kubectl"),
        lambda w: w.change_spec(addon="nobody"),
        lambda w: w.set_image("latest"),
    ],
    ids=["no workload", "no such addon", "a tag that is no version"],
)
def test_a_release_that_stalls_shows_the_condition_as_well(break_it):
    world = fail_elsewhere(settle(shop(version="1.0.0")))
    break_it(world)
    settle(world)
    assert world.condition("Stalled")[0] == "True"
    assert world.condition("CircuitBreakerOpen") == PAUSED


def test_the_condition_is_absent_while_it_is_closed():
    world = settle(fail_elsewhere(shop(), "web"))
    assert world.running == "1.1.0"
    assert {one.type for status in world.told for one in status.conditions} == {
        "Ready",
        "UpdateAvailable",
        "Reconciling",
    }


@pytest.mark.parametrize("step", ["Rehearsing", "Progressing", "Soaking"])
def test_an_attempt_that_runs_goes_on_when_it_opens(step):
    world = World()
    world.run(until=lambda w: w.step_is(step))
    fail_elsewhere(world)
    world.run()
    assert world.results[-1] == ("1.12.1", "Promoted")
    assert_safe(world)


def test_an_attempt_that_runs_goes_back_when_it_opens_and_a_gate_fails():
    world = World()
    world.run(until=lambda w: w.step_is("Soaking"))
    fail_elsewhere(world)
    world.behave("1.12.1", TURNS_BAD)
    world.run()
    assert world.results[-1] == ("1.12.1", "RolledBack")
    assert world.running == "1.11.3"
    assert_safe(world)


def test_the_own_failure_is_the_second_one_and_holds_the_next_version():
    world = fail_elsewhere(World(spec={"policy": {"minEvidence": "Assumed"}}), "web")
    world.run(until=lambda w: w.step_is("Soaking"))
    first = world.revisions()[1].content.version
    world.behave(first, TURNS_BAD)
    world.run(until=lambda w: w.condition("UpdateAvailable") == PAUSED)
    assert world.results[-1] == (first, "RolledBack")
    assert f"kube-system/dns ({first} GateFailed, " in world.decision.circuit.message
    assert_safe(world)


def test_a_new_configuration_is_held_as_well():
    world = World("1.12.1", minor="1.34", spec={"version": "1.12.1"}).run()
    fail_elsewhere(world)
    world.edit_config(STUB_ZONE)
    world.run()
    assert world.results[-1][1] == "Adopted"
    assert world.data["Corefile"] == STUB_ZONE


def test_an_approved_plan_starts_all_the_same():
    world = settle(fail_elsewhere(shop()))
    world.annotate(approve=world.decision.plan.hash)
    assert settle(world).running == "1.1.0"
    assert world.condition("CircuitBreakerOpen") == PAUSED


def test_a_plan_that_is_approved_from_git_starts_all_the_same():
    world = settle(fail_elsewhere(shop()))
    world.change_spec(approvedPlans=[world.decision.plan.hash])
    assert settle(world).running == "1.1.0"


@pytest.mark.parametrize(
    "earlier, starts",
    [(timedelta(0), True), (timedelta(seconds=1), False)],
    ids=["since it opened", "before it opened"],
)
def test_a_retry_lets_the_next_update_of_its_release_start(earlier, starts):
    world = settle(fail_elsewhere(shop()))
    opened = world.failures[0].at
    world.annotate(resetAt=(opened - earlier).isoformat())
    settle(world)
    assert world.running == ("1.1.0" if starts else "1.0.0")


def test_a_retry_of_what_fails_again_is_spent():
    world = fail_elsewhere(World(), "web")
    world.run(until=lambda w: w.step_is("Soaking"))
    world.behave("1.12.1", TURNS_BAD)
    world.run()
    world.tick(1)
    world.annotate(resetAt=world.now.isoformat())
    world.run()
    assert [result for _, result in world.results].count("RolledBack") == 2
    assert world.condition("UpdateAvailable")[1] in {"CircuitBroken", "UpToDate"}
    assert_safe(world)


@pytest.mark.parametrize("where", ["on this release", "on another release"])
def test_a_reset_lets_everything_start_again(where):
    world = settle(fail_elsewhere(shop()))
    newest = world.failures[-1].at
    if where == "on this release":
        world.annotate(resetBreakerAt=newest.isoformat())
    else:
        world.breaker_resets = (newest,)
    assert settle(world).running == "1.1.0"
    assert world.condition("CircuitBreakerOpen") == ("", "")


def test_it_closes_by_itself_when_the_failures_are_a_day_old_and_the_next_look_is_then():
    world = settle(fail_elsewhere(shop()))
    closes = world.failures[0].at + timedelta(days=1)
    assert world.now + world.decision.requeue_after == closes
    world.tick((closes - world.now).total_seconds())
    assert settle(world).running == "1.1.0"


def test_the_settings_can_switch_it_off():
    world = settle(fail_elsewhere(shop(settings={"circuitBreaker": {"enabled": False}})))
    assert world.running == "1.1.0"


def test_a_restart_forgets_no_failure():
    world = settle(fail_elsewhere(shop()))
    for _ in range(3):
        world.crash()
        settle(world)
    assert world.running == "1.0.0"
    assert world.condition("UpdateAvailable") == PAUSED


def test_nothing_starts_by_itself_before_it_is_known_what_has_failed():
    world = settle(shop(version="1.0.0"))
    world.change_spec(version=None)
    observed = replace(world.look()[1], breaker=None)
    decision = decide(world.release(), observed, world.scene.catalog, lambda _: world.scene.addon, world.now)
    assert decision.action is None
    assert (decision.update.reason, decision.circuit) == ("WaitingForOthers", None)
    assert decision.requeue_after == timedelta(seconds=1)
