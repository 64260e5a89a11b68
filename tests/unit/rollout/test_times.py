"""Windows and freezes: nothing starts while closed, what runs goes on, and the next look is at the opening."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from addon_updater.api.operator_settings import OperatorSettings
from addon_updater.catalog import Catalog
from unit.rollout.kubelet import TURNS_BAD
from unit.rollout.ledger import Ledger
from unit.rollout.properties import assert_safe
from unit.rollout.scenes import books
from unit.rollout.shelves import release, shelf, small, stop
from unit.rollout.world import World

PLAIN_LEDGER = Ledger(checks=False, keeps=False, harm="not here")
NIGHTS = {"kind": "Allow", "schedule": "0 2 * * *", "duration": "1h"}
LONG_NIGHTS = NIGHTS | {"overrun": True}
MORNINGS = {"kind": "Deny", "schedule": "30 2 * * *", "duration": "6h"}


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-01-05 {text}").replace(tzinfo=UTC)


def shop(time: str, *windows: dict[str, object], catalog: Catalog | None = None) -> World:
    """A ledger with an update to be had, a minute after that time of day."""
    scene = books(catalog or small(), PLAIN_LEDGER)
    return World("1.0.0", scene=scene, now=at(time), spec={"windows": list(windows)})


def two_hops() -> Catalog:
    """From 1.0.0 to 1.2.0 by way of 1.1.0."""
    return shelf(release("1.2.0"), release("1.1.0"), release("1.0.0"), stops=[stop("1.1.x")])


def settle(world: World) -> World:
    """Passes until the next one is far away."""
    while (due := world.survive()) is not None and due < timedelta(minutes=1):
        world.tick(due.total_seconds())
    return world


def frozen(**freeze: object) -> OperatorSettings:
    return OperatorSettings.model_validate({"freeze": {"reason": "the year is ending"} | freeze})


def test_a_closed_window_starts_nothing_and_the_next_look_is_at_its_opening():
    world = settle(shop("01:50", NIGHTS))
    assert world.condition("UpdateAvailable") == ("True", "WaitingForWindow")
    assert "an update may start at 2026-01-05 02:00 UTC" in world.decision.update.message
    assert world.now + world.decision.requeue_after == at("02:00")
    assert world.told[-1].next_window.opens_at == at("02:00")
    assert world.told[-1].plan.hops[0].waits_for == "an open window"
    world.run(until=lambda w: w.running == "1.1.0")
    assert world.revisions()[1].attempt.started_at == at("02:00")


def test_an_attempt_that_runs_goes_on_when_the_window_closes():
    world = shop("02:58", NIGHTS)
    world.run(until=lambda w: w.step_is("Soaking"))
    world.tick(120)
    world.run()
    assert world.results[-1] == ("1.1.0", "Promoted")


@pytest.mark.parametrize("close", ["window", "freeze"])
def test_what_fails_goes_back_although_nothing_may_start(close):
    world = shop("02:58", NIGHTS)
    world.run(until=lambda w: w.step_is("Soaking"))
    if close == "window":
        world.tick(120)
    else:
        world.settings = frozen()
    world.behave("1.1.0", TURNS_BAD)
    world.run()
    assert world.results[-1] == ("1.1.0", "RolledBack")


@pytest.mark.parametrize(
    "windows, ceiling, goes_on",
    [
        ([NIGHTS], [], False),
        ([LONG_NIGHTS], [], True),
        ([LONG_NIGHTS], [NIGHTS], False),
        ([LONG_NIGHTS], [LONG_NIGHTS], True),
        ([LONG_NIGHTS], [MORNINGS | {"schedule": "0 3 * * *"}], False),
    ],
    ids=["no overrun", "overrun", "not by the settings", "both", "Deny"],
)
def test_a_second_hop_outlasts_the_window_only_with_overrun(windows, ceiling, goes_on):
    world = shop("02:58", *windows, catalog=two_hops())
    world.settings = OperatorSettings.model_validate({"windows": ceiling})
    world.run(until=lambda w: w.step_is("Soaking"))
    world.now = at("03:00") + timedelta(seconds=2)
    world.run(until=lambda w: len(w.results) == 2)
    settle(world)
    assert world.running == ("1.2.0" if goes_on else "1.1.0")
    assert world.condition("UpdateAvailable")[1] == ("UpToDate" if goes_on else "WaitingForWindow")
    assert_safe(world)


def test_a_second_hop_does_not_outlast_the_window_once_somebody_held_it_for_long():
    world = shop("02:58", LONG_NIGHTS, catalog=two_hops())
    world.run(until=lambda w: len(w.results) == 2)
    world.change_spec(suspend=True)
    world.tick(120)
    world.change_spec(suspend=False)
    settle(world)
    assert world.running == "1.1.0"
    assert world.condition("UpdateAvailable") == ("True", "WaitingForWindow")


@pytest.mark.parametrize(
    "windows, ceiling, starts",
    [
        ([NIGHTS], [], True),
        ([], [NIGHTS], True),
        ([NIGHTS], [NIGHTS], True),
        ([NIGHTS, MORNINGS], [], False),
        ([NIGHTS], [MORNINGS], False),
        ([], [NIGHTS | {"schedule": "0 8 * * *"}], False),
    ],
    ids=["own", "of the settings", "both", "own Deny", "Deny of the settings", "closed by the settings"],
)
def test_the_windows_of_release_and_settings_must_both_be_open(windows, ceiling, starts):
    world = shop("02:40", *windows)
    world.settings = OperatorSettings.model_validate({"windows": ceiling})
    settle(world)
    assert world.running == ("1.1.0" if starts else "1.0.0")
    assert_safe(world)


def test_a_freeze_holds_every_start_and_says_why():
    world = shop("12:00")
    world.settings = frozen()
    settle(world)
    assert world.running == "1.0.0"
    assert world.condition("Ready") == ("True", "VersionFits")
    assert world.condition("UpdateAvailable") == ("True", "Frozen")
    assert "the settings freeze all updates: the year is ending" in world.decision.update.message
    world.settings = frozen(enabled=False)
    settle(world)
    assert world.running == "1.1.0"


def test_a_freeze_holds_an_approved_plan_as_well():
    world = shop("12:00")
    world.change_spec(policy={"updates": "Manual"})
    settle(world)
    world.annotate(approve=world.told[-1].plan.hash)
    world.settings = frozen()
    settle(world)
    assert world.condition("UpdateAvailable") == ("True", "Frozen")
    assert world.running == "1.0.0"


def test_a_freeze_ends_by_itself_and_the_next_look_is_at_its_end():
    world = shop("12:00")
    world.settings = frozen(until="2026-01-05T12:10:00Z")
    settle(world)
    assert "until 2026-01-05T12:10:00+00:00" in world.decision.update.message
    assert world.now + world.decision.requeue_after == at("12:10")
    world.run(until=lambda w: w.running == "1.1.0")
    assert world.revisions()[1].attempt.started_at == at("12:10")
    assert_safe(world)


@pytest.mark.parametrize("step", ["Rehearsing", "Progressing", "Soaking"])
def test_an_attempt_that_runs_goes_on_under_a_freeze(step):
    world = World("1.0.0", scene=books())
    world.run(until=lambda w: w.step_is(step))
    world.settings = frozen()
    world.run()
    assert world.results[-1] == ("1.1.0", "Promoted")


def test_a_freeze_stops_a_chain_between_two_hops():
    world = shop("12:00", catalog=two_hops())
    world.run(until=lambda w: w.step_is("Soaking"))
    world.settings = frozen()
    settle(world)
    assert world.running == "1.1.0"
    assert world.condition("UpdateAvailable") == ("True", "Frozen")
    assert_safe(world)
