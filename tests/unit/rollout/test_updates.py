from __future__ import annotations

import pytest

from addon_updater.rollout.content import text_hash
from unit.rollout.kubelet import SLOW
from unit.rollout.manifests import PLAIN, SHORT_HEADER, STUB_ZONE
from unit.rollout.properties import assert_served
from unit.rollout.world import World

MIGRATED = SHORT_HEADER.replace("        set X-Site", "        response set X-Site")


def kinds(world: World) -> list[str]:
    return [type(deed.action).__name__ for deed in world.deeds]


def test_a_found_workload_is_recorded_and_claimed_before_anything_else():
    world = World("1.12.1")
    world.run()
    assert kinds(world) == ["RecordRevision", "ClaimWorkload"]
    assert world.results == [("1.12.1", "Adopted")]
    assert world.revisions()[0].content.config.text == PLAIN
    assert world.revisions()[0].annotations["addon-updater.dev/baseline-minor"] == "1.34"
    assert world.condition("UpdateAvailable") == ("False", "UpToDate")
    assert_served(world)


def test_nothing_is_recorded_before_a_minor_is_settled():
    world = World()
    world.servers, world.settled = world.servers, None
    world.run()
    assert world.writes == []
    assert world.condition("UpdateAvailable") == ("Unknown", "WaitingForClusterMinor")
    world.settle_minor("1.34")
    world.run()
    assert world.running == "1.12.1"


def test_an_update_is_five_writes_one_event_and_then_silence():
    world = World()
    world.run()
    assert kinds(world)[2:] == [
        "RecordRevision",
        "CreateRehearsal",
        "ApplyWorkload",
        "DeleteRehearsal",
        "AnnotateRevision",
    ]
    assert world.running == "1.12.1"
    assert world.results == [("1.11.3", "Adopted"), ("1.12.1", "Promoted")]
    assert [event.reason for event in world.events] == ["Promoted"]
    assert world.condition("Ready") == ("True", "VersionFits")
    written = len(world.writes)
    world.tick(300)
    world.run()
    assert len(world.writes) == written
    assert_served(world)


def test_the_status_says_each_step_and_ends_at_the_new_version():
    world = World().run()
    steps = [status.attempt.step for status in world.told if status.attempt is not None]
    assert [step for at, step in enumerate(steps) if step not in steps[:at]] == [
        "Rehearsing",
        "Progressing",
        "Soaking",
    ]
    assert world.told[-1].current.version == "1.12.1"
    assert world.told[-1].observed_kubernetes_minor == "1.34"


def test_a_changed_corefile_costs_two_writes_more_and_is_switched_with_the_image():
    world = World("1.12.1", SHORT_HEADER, "1.35")
    world.run(until=lambda w: w.running == "1.13.1")
    key = f"Corefile-{text_hash(MIGRATED)}"
    assert world.mounted_key == key
    assert world.data == {"Corefile": SHORT_HEADER, key: MIGRATED}
    world.run()
    assert world.data == {"Corefile": MIGRATED, key: MIGRATED}
    assert kinds(world)[2:] == [
        "RecordRevision",
        "WriteConfig",
        "CreateRehearsal",
        "ApplyWorkload",
        "DeleteRehearsal",
        "AnnotateRevision",
        "WriteConfig",
    ]
    assert_served(world)


def test_the_key_of_the_revision_before_goes_when_no_pod_mounts_it():
    world = World("1.12.1", SHORT_HEADER, "1.35").run()
    world.edit_config(STUB_ZONE)
    world.run()
    assert set(world.data) == {"Corefile", f"Corefile-{text_hash(STUB_ZONE)}"}
    assert_served(world)


def test_a_slow_image_is_waited_for():
    world = World()
    world.behave("1.12.1", SLOW)
    world.run()
    assert world.results[-1] == ("1.12.1", "Promoted")
    assert_served(world)


def test_pace_and_scale_of_the_workload_are_kept():
    world = World().run()
    assert world.workload["spec"]["minReadySeconds"] == 2
    assert world.workload["spec"]["replicas"] == 2
    world.edit("Deployment", {"spec": {"replicas": 4}}, manager="kubectl-scale")
    world.run()
    assert len(world.kubelet.pods) == 4
    assert world.results[-1] == ("1.12.1", "Promoted")


def test_scaling_in_the_middle_is_no_edit_of_what_the_attempt_is_about():
    world = World()
    world.run(until=lambda w: w.step_is("Progressing"))
    world.edit("Deployment", {"spec": {"replicas": 3}}, manager="kubectl-scale")
    world.run()
    assert world.results[-1] == ("1.12.1", "Promoted")


def test_an_edit_of_the_peoples_key_is_rehearsed_and_switched_as_a_revision():
    world = World("1.12.1", SHORT_HEADER, "1.35").run()
    world.edit_config(STUB_ZONE)
    world.run(until=lambda w: w.step_is("Soaking"))
    assert world.mounted_key == f"Corefile-{text_hash(STUB_ZONE)}"
    world.run()
    assert world.results[-1] == ("1.13.1", "Promoted")
    assert world.data["Corefile"] == STUB_ZONE
    assert_served(world)


def test_a_promoted_text_goes_under_the_peoples_key_once_and_their_next_word_holds():
    world = World("1.12.1", SHORT_HEADER, "1.35").run()
    assert world.data["Corefile"] == MIGRATED
    world.tick(60)
    world.edit_config(SHORT_HEADER, manager="kubectl-client-side-apply")
    written = len(world.writes)
    world.run()
    assert world.data["Corefile"] == SHORT_HEADER
    assert len(world.writes) == written
    assert world.condition("UpdateAvailable") == ("False", "UpToDate")


@pytest.mark.parametrize("manager", ["argocd-controller", "helm", "kustomize-controller"])
def test_the_peoples_key_is_left_to_a_continuous_owner_of_the_config_map(manager):
    world = World("1.12.1", SHORT_HEADER, "1.35")
    world.edit_config(SHORT_HEADER.replace("cache 30", "cache 31"), manager=manager)
    world.run()
    assert world.results[-1] == ("1.13.1", "Promoted")
    assert "response set" not in world.data["Corefile"]
    assert "response set" in world.data[world.mounted_key]
    assert_served(world)


def test_revisions_are_pruned_and_what_a_rollback_needs_stays():
    world = World("1.12.1", SHORT_HEADER, "1.35").run()
    for seconds in range(31, 40):
        world.edit_config(PLAIN.replace("cache 30", f"cache {seconds}"))
        world.run()
    numbers = [revision.number for revision in world.revisions()]
    assert numbers == list(range(numbers[-1] - 4, numbers[-1] + 1))
    assert world.revisions()[-1].content.config.text == world.data["Corefile"]
    world.edit_config(PLAIN.replace("cache 30", "cache 99"))
    world.run(until=lambda w: w.step_is("Rehearsing"))
    running = world.revisions()[-1]
    assert running.attempt.previous in {revision.name for revision in world.revisions()}


def test_a_recreated_release_takes_over_the_revisions_of_its_name():
    world = World().run()
    world.crash()
    world.release_uid, world.annotations = "release-2", {}
    done = len(world.did)
    world.run()
    assert world.did[done:] == ["AnnotateRevision"], "nothing but the baseline begins anew"
    assert world.told[-1].history[0].outcome == "Promoted"


def test_a_recreated_release_goes_on_with_the_attempt_of_its_name():
    world = World()
    world.run(until=lambda w: w.step_is("Soaking"))
    world.crash()
    world.release_uid = "release-2"
    world.run()
    assert world.results == [("1.11.3", "Adopted"), ("1.12.1", "Promoted")]
