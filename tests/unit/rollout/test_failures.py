from __future__ import annotations

import pytest

from unit.rollout.kubelet import CRASHES, GOOD, NEVER_READY, NO_IMAGE, TURNS_BAD, WRONG, Behavior
from unit.rollout.manifests import PLAIN, SHORT_HEADER, STUB_ZONE, image
from unit.rollout.properties import assert_served
from unit.rollout.world import World


def flips(world: World, behavior: Behavior, version: str = "1.12.1") -> World:
    """The image is good in the rehearsal and behaves so once the workload has been switched."""
    world.run(until=lambda w: w.running == version)
    world.behave(version, behavior)
    world.controller.begun = False  # pods that change while they run are no fault of the rollout
    return world


@pytest.mark.parametrize(
    "behavior, reason",
    [
        (NO_IMAGE, "ImagePullFailed"),
        (CRASHES, "Crashed"),
        (NEVER_READY, "RehearsalFailed"),
        (WRONG, "RehearsalFailed"),
        (Behavior(servfail_after=0), "RehearsalFailed"),
    ],
    ids=["pull", "crash", "never ready", "wrong answers", "servfail"],
)
def test_what_fails_in_the_rehearsal_never_touches_the_workload(behavior, reason):
    world = World()
    world.behave("1.12.1", behavior)
    before = world.workload["spec"]
    world.run()
    assert world.workload["spec"] == before
    assert world.results[1] == ("1.12.1", "Failed")
    assert [event.reason for event in world.events][:1] == [reason]
    assert world.revisions()[1].quarantine.reason == reason
    assert [pod.name for pod in world.kubelet.pods if not pod.template] == []
    assert_served(world)


@pytest.mark.parametrize(
    "behavior, reason",
    [
        (TURNS_BAD, "GateFailed"),
        (WRONG, "GateFailed"),
        (CRASHES, "Crashed"),
        (NEVER_READY, "ProgressDeadlineExceeded"),
        (NO_IMAGE, "ImagePullFailed"),
    ],
    ids=["servfail later", "wrong answers", "crash", "never ready", "pull"],
)
def test_what_fails_after_the_switch_goes_back_once(behavior, reason):
    world = flips(World(), behavior)
    world.run()
    assert world.running == "1.11.3"
    assert world.results == [("1.11.3", "Adopted"), ("1.12.1", "RolledBack")]
    assert [event.reason for event in world.events] == [reason]
    assert world.condition("Ready") == ("True", "VersionFits")
    assert world.condition("Stalled") == ("", "")
    assert_served(world)


def test_going_back_restores_image_and_configuration_byte_for_byte():
    world = World("1.12.1", SHORT_HEADER, "1.35")
    spec, data = world.workload["spec"], world.data
    flips(world, TURNS_BAD, "1.13.1").run(until=lambda w: ("1.13.1", "RolledBack") in w.results)
    world.run(until=lambda w: w.decision.action is None and not w.step_is("RollingBack"))
    assert world.workload["spec"] == spec
    assert world.data["Corefile"] == data["Corefile"]
    assert_served(world)


def test_nothing_of_a_failed_attempt_stays_in_the_config_map():
    world = World("1.12.1", SHORT_HEADER, "1.35", spec={"version": "1.13.1"})
    data = world.data
    flips(world, TURNS_BAD, "1.13.1").run()
    assert world.results[-1] == ("1.13.1", "RolledBack")
    assert world.data == data


def test_going_back_never_overwrites_what_people_wrote_meanwhile():
    world = World("1.12.1", SHORT_HEADER, "1.35", spec={"version": "1.13.1"})
    flips(world, TURNS_BAD, "1.13.1")
    world.edit_config(STUB_ZONE)
    world.behave("1.13.1", TURNS_BAD)
    world.run(until=lambda w: ("1.13.1", "RolledBack") in w.results)
    assert world.running == "1.12.1"
    assert world.data["Corefile"] == STUB_ZONE
    assert world.data[world.mounted_key] == SHORT_HEADER
    assert_served(world)


def test_going_back_restores_a_text_that_was_deleted_meanwhile():
    world = World("1.12.1", SHORT_HEADER, "1.35", spec={"version": "1.13.1"})
    flips(world, TURNS_BAD, "1.13.1")
    world.edit("ConfigMap", {"data": {"Corefile": None}})
    world.run()
    assert world.running == "1.12.1"
    assert world.data["Corefile"] == SHORT_HEADER
    assert_served(world)


def quarantined() -> World:
    world = World(spec={"version": "1.12.1"})
    world.behave("1.12.1", CRASHES)
    world.run()
    world.behave("1.12.1", GOOD)
    return world


def test_a_quarantine_holds_as_long_as_nothing_changes():
    world = quarantined()
    written = len(world.writes)
    for _ in range(5):
        world.crash()
        world.tick(600)
        world.run()
    assert len(world.writes) == written
    assert world.condition("UpdateAvailable") == ("False", "NoBetterVersion")
    assert "quarantine" in world.decision.update.message


@pytest.mark.parametrize(
    "change",
    [
        lambda world: world.annotate(resetAt=world.now.isoformat()),
        lambda world: world.edit_config(PLAIN.replace("cache 30", "cache 31")),
        lambda world: world.settle_minor("1.33"),
    ],
    ids=["a person", "the input", "the minor"],
)
def test_a_quarantine_is_lifted_by(change):
    world = quarantined()
    world.spec["policy"] = {"minEvidence": "Assumed"}
    change(world)
    world.run()
    assert world.running == "1.12.1"
    assert_served(world)


def test_a_quarantine_is_lifted_by_another_repository():
    world = quarantined()
    mirror = image("1.11.3").replace("registry.k8s.io", "mirror.example")
    container = {"name": "coredns", "image": mirror}
    manifest = {"spec": {"template": {"spec": {"containers": [container]}}}}
    world.api.overlay("Deployment", "coredns", manifest, "kubectl-set")
    world.tick(30)
    world.run()
    assert world.running == "1.12.1"


def test_the_copy_of_a_promoted_text_under_the_peoples_key_lifts_no_quarantine():
    world = World("1.12.1", SHORT_HEADER, "1.35", spec={"version": "<=1.13.1"})
    flips(world, TURNS_BAD, "1.13.1").run()
    assert world.results == [("1.12.1", "Adopted"), ("1.13.1", "RolledBack"), ("1.12.4", "Promoted")]
    assert world.data["Corefile"] != SHORT_HEADER
    assert_served(world)


def test_an_older_reset_does_not_lift_a_later_quarantine():
    world = World(spec={"version": "1.12.1"})
    world.annotate(resetAt=world.now.isoformat())
    world.tick(1)
    world.behave("1.12.1", CRASHES)
    world.run()
    assert world.results == [("1.11.3", "Adopted"), ("1.12.1", "Failed")]


def test_a_failed_configuration_is_held_and_the_version_is_not():
    world = World("1.12.1", SHORT_HEADER, "1.35").run()
    world.edit_config(STUB_ZONE)
    world.run(until=lambda w: w.step_is("Progressing"))
    world.kubelet.broken.add(STUB_ZONE)
    world.run()
    assert world.results[-1] == ("1.13.1", "RolledBack")
    assert world.condition("UpdateAvailable") == ("True", "Blocked")
    assert world.condition("Ready") == ("True", "VersionFits")
    assert world.data["Corefile"] == STUB_ZONE
    assert world.kubelet.pods[0].text != STUB_ZONE
    assert_served(world)


def test_a_rollback_that_does_not_serve_stalls_and_nothing_more_is_written():
    world = flips(World(), TURNS_BAD)
    world.run(until=lambda w: w.running == "1.11.3")
    world.behave("1.11.3", NEVER_READY)
    world.run()
    assert world.results[-1] == ("1.12.1", "RollbackFailed")
    assert world.condition("Stalled") == ("True", "RollbackFailed")
    assert world.condition("UpdateAvailable") in {("True", "Blocked"), ("False", "UpToDate")}
    written = len(world.writes)
    world.tick(600)
    world.run()
    assert len(world.writes) == written


def test_a_rollback_whose_pods_answer_wrongly_stalls_after_its_deadline():
    world = flips(World(), TURNS_BAD)
    world.run(until=lambda w: w.running == "1.11.3")
    world.behave("1.11.3", WRONG)
    world.run()
    assert world.results[-1] == ("1.12.1", "RollbackFailed")
    assert world.condition("Stalled") == ("True", "RollbackFailed")


def test_a_failed_rollback_is_cleared_by_a_person_or_by_another_workload():
    world = flips(World(), TURNS_BAD)
    world.run(until=lambda w: w.running == "1.11.3")
    world.behave("1.11.3", NEVER_READY)
    world.run()
    world.set_image("1.12.4")
    world.run()
    assert world.condition("Stalled") == ("", "")
    assert world.results[-1] == ("1.12.4", "Adopted")


def gate_unknown() -> World:
    """The API servers move while the update runs, and the new pods do not know where to."""
    world = World()
    world.run(until=lambda w: w.running == "1.12.1")
    world.endpoints = ("192.168.1.11",)
    world.behave("1.12.1", Behavior(knows_new_endpoints=False))
    return world


def test_a_gate_without_an_answer_pauses_then_calls_a_person_and_never_goes_back():
    world = gate_unknown()
    world.run(until=lambda w: w.condition("Stalled") != ("", ""))
    assert world.condition("Stalled") == ("True", "GateUnknown")
    for _ in range(20):
        world.tick(60)
        world.survive()
    assert world.running == "1.12.1"
    assert world.results == [("1.11.3", "Adopted")]
    world.behave("1.12.1", GOOD)
    world.run()
    assert world.results[-1] == ("1.12.1", "Promoted")
    assert_served(world)


def test_pods_that_are_scaled_away_leave_a_gate_without_an_answer():
    world = World()
    world.run(until=lambda w: w.running == "1.12.1")
    world.edit("Deployment", {"spec": {"replicas": 0}}, manager="kubectl-scale")
    world.run(until=lambda w: w.condition("Stalled") == ("True", "GateUnknown"))
    world.edit("Deployment", {"spec": {"replicas": 2}}, manager="kubectl-scale")
    world.run()
    assert world.results[-1] == ("1.12.1", "Promoted")


def test_what_is_scaled_to_zero_is_updated_once_it_runs_again():
    world = World()
    world.edit("Deployment", {"spec": {"replicas": 0}}, manager="kubectl-scale")
    for _ in range(20):
        world.survive()
        world.tick(30)
    assert world.results == [("1.11.3", "Adopted")]
    assert world.condition("UpdateAvailable") == ("True", "WaitingForWorkload")
    assert "scaled to zero" in world.decision.update.message
    world.edit("Deployment", {"spec": {"replicas": 2}}, manager="kubectl-scale")
    world.run()
    assert world.results[-1] == ("1.12.1", "Promoted")


def test_one_failing_round_is_no_failure():
    world = World()
    world.run(until=lambda w: w.step_is("Soaking"))
    world.behave("1.12.1", WRONG)
    world.tick(1)
    world.survive()
    world.behave("1.12.1", GOOD)
    world.run()
    assert world.results[-1] == ("1.12.1", "Promoted")


def test_what_already_fails_is_not_updated():
    world = World()
    world.run(until=lambda w: w.condition("UpdateAvailable")[1] == "Starting" or bool(w.deeds))
    world.behave("1.11.3", WRONG)
    world.run()
    assert world.running == "1.11.3"
    assert world.condition("UpdateAvailable") == ("True", "WaitingForWorkload")
