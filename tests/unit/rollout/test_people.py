from __future__ import annotations

import pytest

from unit.rollout.kubelet import TURNS_BAD
from unit.rollout.manifests import PLAIN, SHORT_HEADER, STUB_ZONE, deployment, image
from unit.rollout.properties import assert_safe, assert_served
from unit.rollout.world import World


def settle(world: World) -> World:
    """A day without another input: nothing may be written once it is quiet."""
    world.run()
    written = len(world.writes)
    for _ in range(3):
        world.crash()
        world.tick(600)
        world.run()
    assert len(world.writes) == written
    return world


def at(step: str) -> World:
    world = World()
    world.run(until=lambda w: w.step_is(step))
    return world


@pytest.mark.parametrize("step", ["Rehearsing", "Progressing", "Soaking"])
def test_an_image_that_a_person_sets_in_the_middle_is_adopted_and_stays(step):
    world = at(step)
    world.set_image("1.12.4")
    settle(world)
    assert world.running == "1.12.4"
    assert world.results == [("1.11.3", "Adopted"), ("1.12.1", "Superseded"), ("1.12.4", "Adopted")]
    assert [event.reason for event in world.events] == ["Superseded"]
    assert "kubectl-set" in world.events[0].message
    assert_safe(world)


@pytest.mark.parametrize("step", ["Progressing", "Soaking"])
@pytest.mark.parametrize("pace", [0, 2, 30], ids=["our pace stays", "our pace is theirs", "their pace"])
def test_the_old_manifest_applied_in_the_middle_is_never_fought(step, pace):
    world = World(spec={"rollout": {"soak": "8s", "minReadySeconds": pace}})
    world.run(until=lambda w: w.step_is(step))
    world.apply_original()
    settle(world)
    assert world.running == "1.11.3"
    assert world.results[:2] == [("1.11.3", "Adopted"), ("1.12.1", "Superseded")]
    assert_safe(world)


@pytest.mark.parametrize("pace", [2, 0], ids=["our pace stays", "nothing of ours stays"])
def test_the_old_manifest_applied_after_promotion_is_adopted_and_never_fought(pace):
    world = World("1.12.1", PLAIN, "1.35", spec={"rollout": {"soak": "8s", "minReadySeconds": pace}}).run()
    assert world.running == "1.13.1"
    world.tick(60)
    world.apply_original()
    settle(world)
    assert world.running == "1.12.1"
    assert world.results == [("1.12.1", "Adopted"), ("1.13.1", "Promoted"), ("1.12.1", "Adopted")]
    assert world.revisions()[-1].outcome.reason == "Superseded"
    assert world.revisions()[-1].quarantine.version == "1.13.1"
    assert_served(world)


@pytest.mark.parametrize(
    "change",
    [
        lambda world: world.annotate(resetAt=world.now.isoformat()),
        lambda world: world.edit_config(STUB_ZONE),
    ],
    ids=["a person asks", "the input changes"],
)
def test_an_update_that_was_taken_back_is_tried_again_when(change):
    world = World().run()
    world.apply_original()
    world.run()
    world.tick(1)
    change(world)
    world.run()
    assert world.running == "1.12.1"
    assert_safe(world)


def test_a_failing_version_that_a_person_replaces_is_not_tried_again():
    world = at("Soaking")
    world.behave("1.12.1", TURNS_BAD)
    world.run(until=lambda w: any(revision.decision for revision in w.revisions()))
    world.set_image("1.12.0")
    settle(world)
    assert world.running == "1.12.0"
    assert world.revisions()[1].quarantine.version == "1.12.1"
    assert_safe(world)


def test_a_version_that_a_person_puts_back_while_we_go_back_is_left_to_them():
    world = at("Soaking")
    world.behave("1.12.1", TURNS_BAD)
    world.run(until=lambda w: w.running == "1.11.3")
    world.edit("Deployment", {"spec": {"minReadySeconds": 2}})
    world.set_image("1.12.1")
    settle(world)
    assert world.running == "1.12.1"
    assert world.results[1:] == [("1.12.1", "Superseded"), ("1.12.1", "Adopted")]
    assert world.condition("Ready") == ("True", "VersionFits")
    assert_safe(world)


def test_a_version_that_a_person_sets_before_our_switch_is_theirs():
    world = at("Rehearsing")
    world.edit("Deployment", {"spec": {"minReadySeconds": 2}})
    world.set_image("1.12.1")
    world.behave("1.12.1", TURNS_BAD)
    settle(world)
    assert world.running == "1.12.1"
    assert [result for _, result in world.results] == ["Adopted", "Superseded", "Adopted"]
    assert_safe(world)


def test_an_edit_of_the_mounted_corefile_before_the_switch_ends_the_attempt_and_is_taken_along():
    world = at("Rehearsing")
    world.edit_config(STUB_ZONE)
    world.run()
    assert ("1.12.1", "Superseded") in world.results
    assert world.results[-1] == ("1.12.1", "Promoted")
    assert world.revisions()[-1].content.config.text == STUB_ZONE
    assert_served(world)


def test_an_edit_of_the_peoples_key_before_the_switch_ends_an_attempt_made_from_the_old_text():
    world = World("1.12.1", SHORT_HEADER, "1.35").run()
    world.edit_config(STUB_ZONE)
    world.run(until=lambda w: w.step_is("Rehearsing"))
    world.edit_config(PLAIN)
    world.run()
    assert ("1.13.1", "Failed") in world.results
    assert world.events[-2].reason == "WishChanged"
    assert world.revisions()[-1].content.config.text == PLAIN
    assert_served(world)


def test_an_edit_of_workload_and_corefile_at_once_loses_neither():
    world = World("1.12.1", SHORT_HEADER, "1.35").run()
    world.set_image("1.13.2")
    world.edit_config(STUB_ZONE)
    world.run()
    assert world.running == "1.13.2"
    assert world.data["Corefile"] == STUB_ZONE
    assert world.data[world.mounted_key] == STUB_ZONE
    assert_safe(world)


def test_a_workload_deleted_in_the_middle_is_not_created_again():
    world = at("Progressing")
    world.api.delete("Deployment", "coredns", "kubectl")
    world.run()
    assert world.api.get("Deployment", "coredns") is None
    assert world.condition("Stalled") == ("True", "WorkloadNotFound")


def test_a_workload_deleted_under_the_very_write_is_not_created_again():
    world = at("Rehearsing")
    world.before = lambda _, action: (
        world.api.delete("Deployment", "coredns", "kubectl")
        if type(action).__name__ == "ApplyWorkload"
        else None
    )
    world.run()
    assert world.api.get("Deployment", "coredns") is None


def test_a_workload_that_is_created_again_is_adopted_as_it_is():
    world = World().run()
    world.api.delete("Deployment", "coredns", "kubectl")
    world.run()
    world.api.create("Deployment", deployment("1.11.3"), "kubectl-create")
    world.tick(30)
    settle(world)
    assert world.running == "1.11.3"
    assert world.results[-1] == ("1.11.3", "Adopted")


@pytest.mark.parametrize(
    "break_it, reason",
    [
        (lambda w: w.api.delete("ConfigMap", "coredns", "kubectl"), "ConfigNotFound"),
        (lambda w: w.edit("ConfigMap", {"data": {"Corefile": None, "other": "x"}}), "ConfigNotFound"),
        (lambda w: w.edit_config(".:53 {\n    errors\n"), "ConfigUnreadable"),
        (lambda w: w.set_image("latest"), "VersionUnreadable"),
        (lambda w: w.change_spec(container="dns"), "ContainerNotFound"),
        (lambda w: w.change_spec(addon="cilium"), "UnknownAddon"),
        (lambda w: w.change_spec(version="not a range"), "InvalidSpec"),
    ],
    ids=["no ConfigMap", "no key", "Corefile", "tag", "container", "addon", "range"],
)
def test_what_cannot_be_understood_stalls_and_is_left_alone(break_it, reason):
    world = World("1.12.1").run()
    written = len(world.writes)
    break_it(world)
    world.run()
    assert world.condition("Stalled") == ("True", reason)
    assert world.decision.stalled.message
    assert len(world.writes) == written


def test_a_corefile_that_is_repaired_ends_the_stall():
    world = World().run()
    world.edit_config(".:53 {\n    errors\n")
    world.run()
    world.edit_config(PLAIN)
    world.run()
    assert world.condition("Stalled") == ("", "")
    assert world.condition("Ready") == ("True", "VersionFits")


def test_a_paused_workload_is_waited_for():
    world = World()
    world.edit("Deployment", {"spec": {"paused": True}})
    world.run()
    assert world.condition("UpdateAvailable") == ("True", "WaitingForWorkload")
    assert world.running == "1.11.3"


def test_a_rehearsal_that_somebody_deletes_is_started_again():
    world = at("Rehearsing")
    world.run(until=lambda w: any(not pod.template for pod in w.kubelet.pods))
    world.kubelet.pods = [pod for pod in world.kubelet.pods if pod.template]
    world.run()
    assert world.results[-1] == ("1.12.1", "Promoted")


def test_a_rehearsal_of_another_attempt_proves_nothing():
    world = at("Rehearsing")
    labels = {"addon-updater.dev/rehearsal": "dns"}
    spec = world.workload["spec"]["template"]["spec"]
    old = world.kubelet.start(spec, labels, world.now, name="addon-updater-rehearsal-0000000000")
    world.kubelet.pods = [old, *(pod for pod in world.kubelet.pods if pod.template)]
    world.run()
    assert world.results[-1] == ("1.12.1", "Promoted")
    assert old not in world.kubelet.pods


def test_annotations_that_somebody_garbles_cannot_make_a_forbidden_write():
    world = at("Soaking")
    garbled = {"addon-updater.dev/applied-at": "2026-01-05T12:00:00", "addon-updater.dev/attempt": "{"}
    world.tampering += 1
    world.edit("Deployment", {"metadata": {"annotations": garbled}})
    world.run()
    assert world.results[-1] == ("1.12.1", "Promoted")
    name = world.revisions()[1].name
    for text in ("[]", "{}", '{"baseline": []}', "x"):
        patch = {"metadata": {"annotations": {"addon-updater.dev/attempt": text}}}
        world.api.merge("ControllerRevision", name, patch, "kubectl-annotate")
        world.run()
    assert world.running == "1.12.1"
    assert image("1.12.1") in str(world.workload)
    assert_safe(world)


def test_a_recreated_release_holds_nothing_back_for_what_it_finds():
    """The one before may have governed another workload, or a person may have had a reason that is over."""
    world = World().run()
    assert world.running == "1.12.1"
    world.crash()
    world.release_uid = "release-2"
    world.apply_original(manager="kubectl-client-side-apply")
    world.run(until=lambda w: len(w.results) == 3)
    adopted = world.revisions()[-1]
    assert (adopted.content.version, adopted.outcome.reason, adopted.quarantine) == (
        "1.11.3",
        "Adopted",
        None,
    )
    world.run()
    assert world.results[-1] == ("1.12.1", "Promoted")
