"""What else holds a start: other addons, repositories, jitter; and which of several holds is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from addon_updater.api.operator_settings import OperatorSettings
from addon_updater.catalog import Catalog
from addon_updater.rollout.observed import OtherRelease
from unit.rollout.kubelet import GOOD, WRONG
from unit.rollout.ledger import Ledger
from unit.rollout.scenes import books, embedded
from unit.rollout.shelves import release, shelf, steps
from unit.rollout.stage import QUICK
from unit.rollout.world import World

PLAIN_LEDGER = Ledger(checks=False, keeps=False, harm="not here")
MOVING = {"is_ready": True, "is_moving": True}
DONE = {"is_ready": True, "is_moving": False}
BROKEN = {"is_ready": False, "is_moving": False}


def shop(*, risk: str = "Isolated", settings: dict[str, Any] | None = None, **spec: Any) -> World:
    """A ledger with an update to be had, in a catalog that knows CoreDNS as well."""
    own = shelf(release("1.1.0"), release("1.0.0"), risk=risk)
    catalog = Catalog({**embedded().addons, **own.addons})
    world = World("1.0.0", scene=books(catalog, PLAIN_LEDGER), spec=spec)
    world.settings = OperatorSettings.model_validate(settings or {})
    return world


def other(name: str, addon: str, *, namespace: str = "kube-system", **standing: Any) -> OtherRelease:
    return OtherRelease(namespace, name, addon, **standing)


def settle(world: World) -> World:
    """Passes until the next one is no step of an attempt."""
    while (due := world.survive()) is not None and due < timedelta(seconds=20):
        world.tick(due.total_seconds())
    return world


def test_the_catalog_has_shared_and_isolated_addons_to_tell_apart():
    risks = {name: str(entry.risk) for name, entry in embedded().addons.items()}
    assert [risks[name] for name in ("coredns", "grafana", "prometheus")] == [
        "Shared",
        "Isolated",
        "Isolated",
    ]


@pytest.mark.parametrize(
    "others, says",
    [
        ((), "AddonRelease kube-system/dns does not exist"),
        ((other("dns", "coredns", **MOVING),), "AddonRelease kube-system/dns is being updated"),
        ((other("dns", "coredns", **BROKEN),), "AddonRelease kube-system/dns is not Ready"),
        ((other("dns", "coredns", namespace="elsewhere", **DONE),), "kube-system/dns does not exist"),
        ((other("dns", "coredns", minor="1.33", **DONE),), "has not been looked at for Kubernetes 1.34 yet"),
    ],
    ids=["missing", "moving", "not ready", "in another namespace", "judged for another minor"],
)
def test_what_it_depends_on_must_be_done_first(others, says):
    world = shop(dependsOn=[{"name": "dns"}])
    world.others = others
    settle(world)
    assert world.running == "1.0.0"
    assert world.condition("UpdateAvailable") == ("True", "WaitingForOthers")
    assert "1.0.0 to 1.1.0: spec.dependsOn: AddonRelease kube-system/dns" in world.decision.update.message
    assert says in world.decision.update.message
    world.others = (other("dns", "coredns", **DONE),)
    settle(world)
    assert world.running == "1.1.0"


def test_a_dependency_in_another_namespace_is_looked_for_there():
    world = shop(dependsOn=[{"name": "dns", "namespace": "elsewhere"}])
    world.others = (other("dns", "coredns", namespace="elsewhere", **DONE),)
    assert settle(world).running == "1.1.0"


@pytest.mark.parametrize(
    "risk, moving, most, starts",
    [
        ("Shared", ["coredns"], None, False),
        ("Shared", ["prometheus"], None, True),
        ("Shared", ["prometheus", "grafana"], 1, True),
        ("Isolated", ["coredns"], None, True),
        ("Isolated", ["coredns"], 1, True),
        ("Isolated", ["prometheus"], None, True),
        ("Isolated", ["prometheus"], 1, False),
        ("Isolated", ["prometheus"], 2, True),
        ("Isolated", ["prometheus", "grafana"], 2, False),
        ("Isolated", ["prometheus", "coredns"], 2, True),
    ],
)
def test_shared_addons_move_one_at_a_time_and_isolated_ones_up_to_the_limit(risk, moving, most, starts):
    world = shop(risk=risk, settings={"parallelUpdates": most} if most else {})
    world.others = tuple(other(f"the-{addon}", addon, **MOVING) for addon in moving)
    settle(world)
    assert world.running == ("1.1.0" if starts else "1.0.0")
    if not starts:
        assert world.condition("UpdateAvailable") == ("True", "WaitingForOthers")
        assert f"kube-system/the-{moving[0]}" in world.decision.update.message
        assert world.decision.requeue_after == timedelta(seconds=30)


def newsstand(**changes: Any) -> World:
    """A ledger whose page tells about the pods of others, as the targets of Prometheus do."""
    ledger = replace(PLAIN_LEDGER, gates_on_others=frozenset({"page"}))
    world = shop(rollout=QUICK)
    world.scene = replace(world.scene, addon=ledger)
    for name, value in changes.items():
        setattr(world, name, value)
    return world


@pytest.mark.parametrize("addon", ["coredns", "grafana", "prometheus"])
def test_what_counts_the_pods_of_others_takes_no_baseline_while_one_of_them_moves(addon):
    world = settle(newsstand(others=(other("one", addon, **MOVING),)))
    assert world.running == "1.0.0"
    assert world.condition("UpdateAvailable") == ("True", "WaitingForOthers")
    assert "kube-system/one is being updated, and its pods come and go" in world.decision.update.message
    world.others = (other("one", addon, **DONE),)
    assert settle(world).results[-1] == ("1.1.0", "Promoted")


@pytest.mark.parametrize(
    ("ago", "waits"), [(0, 45), (44, 1), (-44, 89), (45, None), (3600, None), (-45, None), (-86400, None)]
)
def test_what_counts_the_pods_of_others_waits_until_those_have_ended_that_were_replaced(ago, waits):
    world = settle(newsstand(others=(other("dns", "coredns", **MOVING),)))
    world.others = (
        other("web", "grafana", **DONE),
        other("dns", "coredns", moved_at=world.now - timedelta(seconds=ago), **DONE),
    )
    world.survive()
    if waits is None:
        assert world.condition("UpdateAvailable") != ("True", "WaitingForOthers")
        return
    assert world.condition("UpdateAvailable") == ("True", "WaitingForOthers")
    assert "kube-system/dns was being updated just now, and its pods come" in world.decision.update.message
    assert world.decision.requeue_after == timedelta(seconds=waits)
    world.tick(waits)
    assert settle(world).results[-1] == ("1.1.0", "Promoted")


def test_a_gate_that_counts_the_pods_of_others_blames_nobody_until_those_have_ended_that_were_replaced():
    world = newsstand()
    world.run(until=lambda w: w.step_is("Soaking"))
    world.behave("1.1.0", WRONG)
    world.others = (other("dns", "coredns", moved_at=world.now, **DONE),)
    for _ in range(8):
        world.tick(5)
        world.survive()
    assert world.running == "1.1.0"
    for _ in range(20):
        world.tick(2)
        world.survive()
    assert world.results[-1] == ("1.1.0", "RolledBack")


def test_a_gate_that_counts_the_pods_of_others_blames_nobody_while_one_of_them_moves():
    world = newsstand()
    world.run(until=lambda w: w.step_is("Soaking"))
    world.behave("1.1.0", WRONG)
    world.others = (other("dns", "coredns", **MOVING),)
    for _ in range(4):
        world.tick(5)
        world.survive()
    assert world.running == "1.1.0"
    gate = next(gate for gate in world.decision.gates if gate.name == "page/pods")
    assert (gate.outcome, "kube-system/dns is being updated and may be why" in gate.message) == (
        "Unknown",
        True,
    )
    world.others = (other("dns", "coredns", **DONE),)
    assert settle(world).results[-1] == ("1.1.0", "RolledBack")


def test_nobody_is_excused_for_ever_by_another_one_that_is_stuck():
    world = newsstand()
    world.run(until=lambda w: w.step_is("Soaking"))
    world.behave("1.1.0", WRONG)
    world.others = (other("dns", "coredns", **MOVING),)
    for _ in range(40):
        world.tick(2)
        world.survive()
    assert settle(world).results[-1] == ("1.1.0", "RolledBack")


def test_a_failure_that_is_excused_is_not_promoted_by_a_word():
    world = newsstand(spec={"rollout": QUICK | {"unknownDeadline": "1h"}})
    world.run(until=lambda w: w.step_is("Soaking"))
    world.behave("1.1.0", WRONG)
    world.others = (other("dns", "coredns", **MOVING),)
    world.annotate(approve=world.revisions()[-1].attempt.id)
    for _ in range(10):
        world.tick(5)
        world.survive()
    assert len(world.results) == 1


def test_other_gates_fail_whoever_else_moves():
    world = newsstand()
    world.scene = replace(world.scene, addon=PLAIN_LEDGER)
    world.run(until=lambda w: w.step_is("Soaking"))
    world.behave("1.1.0", WRONG)
    world.others = (other("dns", "coredns", **MOVING),)
    assert settle(world).results[-1] == ("1.1.0", "RolledBack")


def test_others_that_move_call_no_running_attempt_off():
    world = shop(risk="Shared")
    world.run(until=lambda w: w.step_is("Progressing"))
    world.others = (other("dns", "coredns", **MOVING),)
    assert settle(world).results[-1] == ("1.1.0", "Promoted")


@pytest.mark.parametrize(
    "allowed, starts",
    [
        (None, True),
        (["registry.example"], True),
        (["registry.example/books"], True),
        (["registry.example/books/ledger"], True),
        (["docker.io", "registry.example/books"], True),
        (["registry.example/book"], False),
        (["registry.exam"], False),
        (["registry.example:5000"], False),
        (["registry.example/books/ledger/more"], False),
        (["docker.io"], False),
    ],
)
def test_an_image_comes_only_from_the_repositories_of_the_settings(allowed, starts):
    world = settle(shop(settings={"repositories": allowed} if allowed else {}))
    assert world.running == ("1.1.0" if starts else "1.0.0")
    if not starts:
        assert world.condition("UpdateAvailable") == ("True", "Blocked")
        assert "registry.example/books/ledger:v1.1.0 is in none of the repositories" in (
            world.decision.update.message
        )


def test_a_port_is_no_tag_of_a_registry_that_is_allowed():
    world = shop(settings={"repositories": ["registry.example"]})
    rewrite = {"from": "registry.example", "to": "registry.example:5000"}
    world.change_spec(images={"rewrites": [rewrite]})
    settle(world)
    assert world.condition("UpdateAvailable") == ("True", "Blocked")


def spread(**changes: Any) -> World:
    """A world whose starts are spread over ten minutes."""
    world = shop(rollout=QUICK | {"startJitter": "10m"})
    for name, value in changes.items():
        setattr(world, name, value)
    return world


def wait_of(world: World) -> timedelta:
    """How long the first start waits."""
    while world.condition("UpdateAvailable") != ("True", "Starting") or world.decision.action:
        world.survive()
    assert "drawn from spec.rollout.startJitter" in world.decision.update.message
    return world.decision.requeue_after


def test_a_start_is_drawn_from_cluster_and_plan():
    waits = [wait_of(spread(release_uid=f"release-{n}")) for n in range(8)]
    assert wait_of(spread(release_uid="release-0")) == waits[0]
    assert len(set(waits)) == 8
    assert all(timedelta(0) < wait < timedelta(minutes=10) for wait in waits)


def test_the_wait_goes_on_through_passes_and_begins_anew_with_the_process():
    world = spread()
    wait = wait_of(world)
    world.tick(wait.total_seconds() - 5)
    world.survive()
    assert world.decision.requeue_after == timedelta(seconds=5)
    world.crash()
    world.survive()
    assert world.decision.requeue_after == wait
    world.tick(wait.total_seconds())
    assert settle(world).running == "1.1.0"


def test_what_holds_the_start_meanwhile_lets_the_wait_begin_anew():
    world = spread()
    wait = wait_of(world)
    world.tick(wait.total_seconds() - 5)
    world.change_spec(suspend=True)
    world.survive()
    world.change_spec(suspend=False)
    world.survive()
    assert world.decision.requeue_after == wait


def test_a_baseline_that_fails_does_not_let_the_wait_begin_anew():
    world = spread()
    world.tick(wait_of(world).total_seconds())
    world.behave("1.0.0", WRONG)
    world.survive()
    assert world.condition("UpdateAvailable") == ("True", "WaitingForWorkload")
    world.behave("1.0.0", GOOD)
    world.survive()
    assert world.did[-1] == "RecordRevision"


def test_without_jitter_nothing_waits():
    world = shop(rollout=QUICK | {"startJitter": "0s"})
    while world.did[-1:] != ["ClaimWorkload"]:
        world.survive()
    world.survive()
    assert world.did[-1] == "RecordRevision"


def test_of_all_that_holds_a_start_the_first_one_is_told():
    """In the order in which a person would ask; each is taken away in turn."""
    closed = {"kind": "Allow", "schedule": "0 2 * * *", "duration": "1h"}
    world = World(
        "1.1.0",
        scene=books(steps(), PLAIN_LEDGER),
        breaking="WithClusterMinor",
        spec={
            "delivery": "Direct",
            "suspend": True,
            "windows": [closed],
            "dependsOn": [{"name": "dns"}],
            "rollout": QUICK | {"startJitter": "10m"},
        },
    )
    settle(world)
    world.settings = OperatorSettings.model_validate(
        {"repositories": ["docker.io"], "freeze": {"reason": "not now"}}
    )
    world.edit("Deployment", {"spec": {"paused": True}})
    world.begin_minor("1.35")
    peel = [
        ("Blocked", lambda: setattr(world, "settings", _without(world.settings, "repositories"))),
        ("Suspended", lambda: world.change_spec(suspend=False)),
        ("WaitingForClusterMinor", lambda: world.settle_minor("1.34")),
        ("WaitingForClusterMinor", lambda: world.annotate(approve=world.decision.plan.hash)),
        ("Frozen", lambda: setattr(world, "settings", _without(world.settings, "freeze"))),
        ("WaitingForWindow", lambda: world.change_spec(windows=[])),
        ("WaitingForOthers", lambda: world.change_spec(dependsOn=[])),
        ("WaitingForWorkload", lambda: world.edit("Deployment", {"spec": {"paused": None}})),
        ("Starting", lambda: world.change_spec(rollout=QUICK)),
    ]
    for reason, take_away in peel:
        world.survive()
        assert world.condition("UpdateAvailable") == ("True", reason)
        assert world.decision.update.message.startswith("1.1.0 to 2.0.0: ")
        assert world.decision.action is None
        take_away()
    assert settle(world).running == "2.0.0"


def _without(settings: OperatorSettings, name: str) -> OperatorSettings:
    return settings.model_copy(update={name: None})


def test_nothing_starts_while_a_catalog_that_was_in_force_is_lost_and_everything_once_it_is_back():
    world = shop()
    world.catalog_gap = "AddonCatalog house-rules was in force before"
    settle(world)
    assert world.running == "1.0.0"
    assert world.condition("UpdateAvailable") == ("True", "Blocked")
    world.catalog_gap = None
    settle(world)
    assert world.running == "1.1.0"
