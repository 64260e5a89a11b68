"""Known flaws hurry: they are told, and go first among equals. They override nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from addon_updater.api.catalog_advisories import AdvisorySeverity
from addon_updater.api.operator_settings import OperatorSettings
from addon_updater.catalog import Catalog
from addon_updater.rollout.observed import OtherRelease
from unit.rollout.ledger import Ledger
from unit.rollout.scenes import books, coredns, embedded
from unit.rollout.shelves import breaking, release, shelf
from unit.rollout.test_holding import settle
from unit.rollout.world import World

PLAIN_LEDGER = Ledger(checks=False, keeps=False, harm="not here")
HIGH, LOW = AdvisorySeverity.HIGH.gravity, AdvisorySeverity.LOW.gravity
WAITS = {"is_ready": True, "is_moving": False, "waits": "WaitingForOthers"}
FLAW = {
    "id": "CVE-1",
    "severity": "High",
    "affects": "*",
    "fixed": ["1.1.0"],
    "because": "anybody reads the books",
    "source": "us",
}
NIGHTS = {"kind": "Allow", "schedule": "0 2 * * *", "duration": "1h"}


def flawed(*advisories: dict[str, Any], risk: str = "Isolated", releases: Any = None, **spec: Any) -> World:
    """A ledger 1.0.0 with a known flaw, and a newer one without."""
    listed = releases or (release("1.1.0"), release("1.0.0"))
    own = shelf(*listed, risk=risk, advisories=advisories or (FLAW,))
    catalog = Catalog({**embedded().addons, **own.addons})
    return World("1.0.0", scene=books(catalog, PLAIN_LEDGER), breaking="WithClusterMinor", spec=spec)


def queued(name: str, addon: str, urgency: int, **standing: Any) -> OtherRelease:
    """Another release that waits for its turn, with a flaw that its plan ends."""
    return OtherRelease("kube-system", name, addon, urgency=urgency, **WAITS | standing)


def told(world: World) -> list[tuple[str, str, str | None]]:
    return [(one.id, one.severity, one.fixed_in) for one in world.told[-1].security or ()]


@pytest.mark.parametrize(
    "spec, settings, reason",
    [
        ({"windows": [NIGHTS]}, {}, "WaitingForWindow"),
        ({"policy": {"updates": "Manual"}}, {}, "WaitingForApproval"),
        ({"policy": {"updates": "PlanOnly"}}, {}, "PlanOnly"),
        ({"suspend": True}, {}, "Suspended"),
        ({"delivery": "Observe"}, {}, "Observing"),
        ({}, {"freeze": {"reason": "not now"}}, "Frozen"),
        ({}, {"repositories": ["docker.io"]}, "Blocked"),
        ({"dependsOn": [{"name": "dns"}]}, {}, "WaitingForOthers"),
    ],
)
def test_a_critical_flaw_overrides_nothing_that_holds_an_update(spec, settings, reason):
    world = flawed(FLAW | {"severity": "Critical"}, **spec)
    world.settings = OperatorSettings.model_validate(settings)
    settle(world)

    assert world.running == "1.0.0"
    assert world.condition("UpdateAvailable") == ("True", reason)
    assert told(world) == [("CVE-1", "Critical", "1.1.0")]
    assert world.decision.update.message.startswith("1.0.0 to 1.1.0, which ends CVE-1 (Critical): ")


@pytest.mark.parametrize("policy", [{}, {"breakingChanges": "Deny"}, {"updates": "AutoPatch"}])
def test_a_critical_flaw_overrides_no_rule_for_breaking_changes(policy):
    grave = FLAW | {"severity": "Critical", "fixed": ["2.0.0"]}
    listed = (breaking("2.0.0"), release("1.0.1"), release("1.0.0"))
    world = flawed(grave, releases=listed, policy=policy)
    settle(world)

    assert world.running == "1.0.1"
    assert world.condition("UpdateAvailable")[1] in ("WaitingForClusterMinor", "BreakingDenied")
    assert told(world) == [("CVE-1", "Critical", "2.0.0")]


@pytest.mark.parametrize(
    "spec, says",
    [
        (
            {"version": "<1.1"},
            "1.1.0 ends it and is not wished: OutOfRange: 1.1.0 is not in '<1.1' of spec.version",
        ),
        ({"policy": {"skipVersions": ["1.1.0"]}}, "take it out of spec.policy.skipVersions"),
    ],
)
def test_a_flaw_overrides_no_wish_and_is_told_with_what_would_end_it(spec, says):
    world = settle(flawed(**spec))

    assert world.running == "1.0.0"
    assert told(world) == [("CVE-1", "High", None)]
    assert says in world.told[-1].security[0].message
    assert world.decision.update.message.endswith("open known flaws: CVE-1 (High)")


def test_a_flaw_that_no_release_ends_is_told_as_such_and_one_that_is_gone_is_not_told():
    forever = FLAW | {"id": "CVE-2", "severity": "Low", "fixed": []}
    world = flawed(FLAW, forever)
    settle(world)

    assert world.running == "1.1.0"
    assert told(world) == [("CVE-2", "Low", None)]
    assert world.told[-1].security[0].message == (
        "anybody reads the books; no later version of the catalog is free of it"
    )


def test_a_running_attempt_is_told_as_what_ends_the_flaw():
    world = flawed()
    world.run(until=lambda one: one.step_is("Progressing"))

    assert told(world)[:1] in ([], [("CVE-1", "High", "1.1.0")])
    assert world.told[-1].security is None or world.told[-1].security[0].fixed_in == "1.1.0"


def test_of_more_flaws_than_fit_the_gravest_are_told_and_a_sentence_names_three():
    many = [FLAW | {"id": f"CVE-{n}", "severity": "Low"} for n in range(40)]
    world = flawed(*many, FLAW | {"id": "CVE-grave"}, suspend=True)
    settle(world)

    assert len(told(world)) == 32
    assert told(world)[0][0] == "CVE-grave"
    assert "which ends CVE-grave (High), CVE-0 (Low), CVE-1 (Low) and 38 more: " in (
        world.decision.update.message
    )


def test_the_plan_of_an_update_is_the_same_whatever_flaws_are_known():
    known, unknown = flawed(suspend=True), flawed(FLAW | {"affects": "9.9.9"}, suspend=True)

    assert settle(known).decision.plan.hash == settle(unknown).decision.plan.hash
    assert known.decision.plan.closes
    assert not unknown.decision.plan.closes


@pytest.mark.parametrize(
    "case, others, starts",
    [
        ("a graver one goes first", [queued("dns", "coredns", HIGH + 1)], False),
        ("an equal one does not", [queued("dns", "coredns", HIGH)], True),
        ("a lesser one does not", [queued("dns", "coredns", LOW)], True),
        ("nor one of its own users", [queued("shop", "grafana", HIGH + 1)], True),
        ("nor one that waits for a window", [queued("dns", "coredns", 9, waits="WaitingForWindow")], True),
        ("nor one that waits for approval", [queued("dns", "coredns", 9, waits="WaitingForApproval")], True),
        ("nor one that waits for nothing", [queued("dns", "coredns", 9, waits=None)], True),
        (
            "nor one that needs what is not done",
            [queued("dns", "coredns", 9, depends_on=(("kube-system", "gone"),))],
            True,
        ),
    ],
)
def test_among_addons_that_serve_everybody_the_gravest_flaw_goes_first(case, others, starts):
    world = flawed(risk="Shared")
    world.others = tuple(others)
    settle(world)

    assert (world.running == "1.1.0") is starts, case
    if not starts:
        assert world.condition("UpdateAvailable") == ("True", "WaitingForOthers")
        assert "AddonRelease kube-system/dns goes first" in world.decision.update.message
        assert world.decision.requeue_after == timedelta(seconds=30)
        world.others = ()
        assert settle(world).running == "1.1.0"


def test_what_needs_this_release_first_does_not_go_before_it():
    world = flawed(risk="Shared")
    own = world.release()
    world.others = (queued("dns", "coredns", 9, depends_on=((own.namespace, own.name),)),)

    assert settle(world).running == "1.1.0"


@pytest.mark.parametrize(
    "opened, starts",
    [
        (timedelta(seconds=-1), True),
        (timedelta(0), False),
        (timedelta(minutes=4), False),
        (timedelta(hours=1), True),
    ],
)
def test_one_whose_window_has_just_opened_is_as_ready_as_one_that_waits_for_its_turn(opened, starts):
    world = flawed(risk="Shared", suspend=True)
    settle(world)
    world.change_spec(suspend=False)
    due = queued("dns", "coredns", 9, waits="WaitingForWindow", opens_at=world.now - opened)
    world.others = (due,)
    world.survive()

    assert (world.condition("UpdateAvailable") != ("True", "WaitingForOthers")) is starts


@pytest.mark.parametrize(
    "most, waiting, starts", [(None, 3, True), (2, 1, True), (2, 2, False), (1, 1, False)]
)
def test_where_a_few_may_move_at_a_time_the_gravest_flaws_take_the_room(most, waiting, starts):
    world = flawed()
    world.settings = OperatorSettings.model_validate({"parallelUpdates": most} if most else {})
    world.others = tuple(queued(f"shop-{n}", "grafana", HIGH + 1) for n in range(waiting))
    settle(world)

    assert (world.running == "1.1.0") is starts


def test_what_opens_a_flaw_of_coredns_is_told_with_its_line():
    world = World("1.12.1", scene=coredns(), spec={})
    settle(world)

    (loop,) = [one for one in world.told[-1].security if one.id == "CVE-2026-26018"]
    assert "(open by Corefile line " in loop.message
    assert "1.14.2 ends it and is not wished: BeyondChannel" in loop.message
    assert not [one for one in world.told[-1].security if one.id.startswith("go-")]
