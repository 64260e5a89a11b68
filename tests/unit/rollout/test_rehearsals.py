"""When a throw-away pod is started, what it is made of, and what is said when there is none."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from addon_updater.api.release import AddonReleaseSpec
from addon_updater.rollout.gate import Gate, HttpAnswer, Outcome, Probe, Reply, Subject, Unasked
from addon_updater.rollout.observed import pace_of
from addon_updater.rollout.rehearsing import unless_cut_off
from addon_updater.rollout.render import lasting_volumes, secrets_of
from addon_updater.rollout.workload import Pod, read_pod
from unit.rollout.answers import NO_PAGE, SILENCE, Answer
from unit.rollout.kubelet import CRASHES, NEVER_READY, Behavior
from unit.rollout.ledger import Ledger
from unit.rollout.properties import assert_safe
from unit.rollout.scenes import Scene, books
from unit.rollout.world import World

SECRET_ENV = [
    {"name": "PASSWORD", "valueFrom": {"secretKeyRef": {"name": "ledger-admin", "key": "password"}}}
]
SECRETIVE = books(env=SECRET_ENV)
TEN_MINUTES = timedelta(minutes=10)
BORN = datetime(2026, 1, 5, 12, tzinfo=UTC)
CUT_OFF = Behavior(silent=True)
HARMFUL = books(addon=Ledger(recreates=True, harm="a second ledger would pay the bills twice"))


@pytest.mark.parametrize(
    "pod, names",
    [
        ({"containers": [{"name": "a"}]}, ()),
        ({"containers": [{"name": "a", "env": SECRET_ENV}]}, ("ledger-admin",)),
        ({"initContainers": [{"name": "a", "env": SECRET_ENV}], "containers": []}, ("ledger-admin",)),
        ({"containers": [{"name": "a", "envFrom": [{"secretRef": {"name": "all"}}]}]}, ("all",)),
        ({"containers": [{"name": "a", "envFrom": [{"configMapRef": {"name": "all"}}]}]}, ()),
        ({"containers": [{"name": "a", "env": [{"name": "A", "value": "b"}]}]}, ()),
        ({"containers": [], "volumes": [{"name": "v", "secret": {"secretName": "tls"}}]}, ("tls",)),
        ({"containers": [], "volumes": [{"name": "v", "configMap": {"name": "tls"}}]}, ()),
        (
            {
                "containers": [],
                "volumes": [{"name": "v", "projected": {"sources": [{"secret": {"name": "t"}}]}}],
            },
            ("t",),
        ),
        (
            {
                "containers": [{"name": "a", "env": SECRET_ENV}],
                "volumes": [
                    {"name": "v", "secret": {"secretName": "ledger-admin"}},
                    {"name": "w", "secret": {"secretName": "a-tls"}},
                ],
            },
            ("a-tls", "ledger-admin"),
        ),
    ],
    ids=[
        "none",
        "env",
        "init",
        "envFrom",
        "no Secret",
        "value",
        "volume",
        "ConfigMap",
        "projected",
        "several",
    ],
)
def test_the_secrets_of_a_pod_are_found_wherever_they_are_read(pod: dict[str, Any], names):
    assert secrets_of(pod) == names


@pytest.mark.parametrize(
    "volume, shared",
    [
        ({"configMap": {"name": "ledger"}}, ()),
        ({"secret": {"secretName": "ledger"}}, ()),
        ({"projected": {"sources": []}}, ()),
        ({"emptyDir": {}}, ()),
        ({"persistentVolumeClaim": {"claimName": "ledger"}}, ()),
        ({"ephemeral": {"volumeClaimTemplate": {}}}, ()),
        ({"hostPath": {"path": "/var/lib/ledger"}}, ("data (hostPath)",)),
        ({"nfs": {"server": "10.0.0.9", "path": "/"}}, ("data (nfs)",)),
        ({"csi": {"driver": "secrets-store.csi.k8s.io"}}, ("data (csi)",)),
    ],
    ids=lambda value: next(iter(value), "") if isinstance(value, dict) else "",
)
def test_a_volume_that_lasts_is_found_unless_an_empty_folder_can_stand_in_for_it(volume, shared):
    assert lasting_volumes({"volumes": [{"name": "data", **volume}]}) == shared


def test_data_on_the_node_is_never_shared_with_a_throw_away_pod():
    world = World("1.0.0", scene=books())
    volumes = world.workload["spec"]["template"]["spec"]["volumes"]
    kept = [
        {"name": "data", "hostPath": {"path": "/data"}} if one["name"] == "data" else one for one in volumes
    ]
    world.edit("Deployment", {"spec": {"template": {"spec": {"volumes": kept}}}})
    world.run()
    assert "CreateRehearsal" not in world.did
    assert world.results[-1] == ("1.1.0", "Promoted")


@pytest.mark.parametrize(
    "scene, says",
    [(SECRETIVE, "the pods read Secret ledger-admin"), (HARMFUL, "would pay the bills twice")],
    ids=["Secrets", "the addon says so"],
)
def test_what_cannot_be_rehearsed_is_told_in_the_plan_and_goes_on_without(scene: Scene, says):
    world = World("1.0.0", scene=scene, spec={"policy": {"updates": "Manual"}}).run()
    (finding,) = world.told[-1].plan.findings
    assert (finding.rule_id, finding.severity) == ("NoRehearsal", "Info")
    assert says in finding.message
    world.annotate(approve=world.told[-1].plan.hash)
    world.run()
    assert "CreateRehearsal" not in world.did
    assert world.results[-1] == ("1.1.0", "Promoted")
    assert_safe(world)


def test_a_plan_that_can_be_rehearsed_finds_nothing():
    world = World("1.0.0", scene=books(), spec={"policy": {"updates": "Manual"}}).run()
    assert not world.told[-1].plan.findings


def test_without_a_rehearsal_the_check_still_comes_before_the_backup():
    world = World("1.0.0", scene=SECRETIVE).run()
    assert [job.task for job in world.jobs.jobs] == ["check-config", "backup"]


def test_without_a_rehearsal_the_gates_judge_the_new_pods():
    world = World("1.0.0", scene=SECRETIVE)
    world.behave("1.1.0", CRASHES)
    world.run()
    assert world.results[-1] == ("1.1.0", "RolledBack")


@pytest.mark.parametrize("kind", ["Deployment", "StatefulSet"])
def test_a_rehearsal_never_sees_the_data_of_the_workload(kind):
    world = World("1.0.0", scene=books(kind=kind))
    world.run(until=lambda w: any(not pod.template for pod in w.kubelet.pods))
    pod = next(pod for pod in world.kubelet.pods if not pod.template)
    volumes = {volume["name"]: volume for volume in pod.spec["volumes"]}
    assert volumes["data"] == {"name": "data", "emptyDir": {}}
    assert volumes["config"]["configMap"]["name"] == "ledger"
    assert pod.image == world.scene.image("1.1.0")


def test_a_rehearsal_that_its_node_puts_out_says_nothing_and_another_one_is_started():
    world = World("1.0.0", scene=books())
    world.run(until=lambda w: any(not pod.template for pod in w.kubelet.pods))
    pod = next(pod for pod in world.kubelet.pods if not pod.template)
    pod.evicted = True
    world.survive()
    assert world.decision.action is None
    world.run()
    assert world.did.count("CreateRehearsal") == 2
    assert world.results == [("1.0.0", "Adopted"), ("1.1.0", "Promoted")]
    assert_safe(world)


@pytest.mark.parametrize(
    "behavior, held, says",
    [
        (Behavior(), False, "ended by its deadline before its gates had an answer"),
        (NEVER_READY, True, "was not ready after 0:00:30, nor when its deadline ended it"),
    ],
    ids=["it served", "it was never ready"],
)
def test_a_rehearsal_that_ended_while_no_operator_ran_is_held_against_nobody_that_served(
    behavior, held, says
):
    world = World("1.0.0", scene=books())
    world.behave("1.1.0", behavior)
    world.run(until=lambda w: any(not pod.template for pod in w.kubelet.pods))
    world.crash()
    world.tick(1900)
    world.run(until=lambda w: len(w.results) == 2)
    assert world.results[-1] == ("1.1.0", "Failed")
    ended = world.revisions()[1]
    assert (ended.quarantine is not None) is held
    assert ended.outcome.reason == "RehearsalFailed"
    assert says in ended.outcome.message
    world.run()
    world.tick(TEN_MINUTES.total_seconds())
    world.run()
    assert world.running == ("1.0.0" if held else "1.1.0")
    assert_safe(world)


def test_a_rehearsal_takes_no_port_of_the_node_for_sidecars_either():
    world = World("1.0.0", scene=books())
    port = [{"containerPort": 1, "hostPort": 1}]
    sidecar = {"name": "side", "image": "side:1", "restartPolicy": "Always", "ports": port}
    world.edit("Deployment", {"spec": {"template": {"spec": {"initContainers": [sidecar]}}}})
    world.run(until=lambda w: any(not pod.template for pod in w.kubelet.pods))
    pod = next(pod for pod in world.kubelet.pods if not pod.template)
    assert pod.spec["initContainers"] == [sidecar | {"ports": [{"containerPort": 1}]}]


@pytest.mark.parametrize(
    "rollout, seconds",
    [
        ({}, 600 + 600 + 1800),
        ({"progressDeadline": "30m"}, 1800 + 600 + 1800),
        ({"unknownDeadline": "1h"}, 600 + 3600 + 1800),
        ({"progressDeadline": "2h", "unknownDeadline": "2h"}, 7200 + 7200 + 1800),
    ],
    ids=["defaults", "slow to start", "patient with silence", "the longest"],
)
def test_a_rehearsal_outlives_both_deadlines_by_the_time_that_a_person_needs(rollout, seconds):
    spec = AddonReleaseSpec.model_validate({"addon": "ledger", "rollout": rollout})
    assert pace_of(spec).rehearsal_lifetime == timedelta(seconds=seconds)
    world = World("1.0.0", scene=books(), spec={"rollout": rollout})
    world.run(until=lambda w: any(not pod.template for pod in w.kubelet.pods))
    pod = next(pod for pod in world.kubelet.pods if not pod.template)
    assert pod.spec["activeDeadlineSeconds"] == seconds


def test_a_rehearsal_that_starts_slowly_has_the_whole_progress_deadline():
    slow = Behavior(ready_after=330)
    world = World("1.0.0", scene=books(), spec={"rollout": {"soak": "8s", "progressDeadline": "6m"}})
    world.behave("1.1.0", slow)
    world.run(passes=1500)
    assert world.did.count("CreateRehearsal") == 1
    assert world.results[-1] == ("1.1.0", "Promoted")


def test_a_rehearsal_that_is_never_ready_fails_by_the_progress_deadline():
    world = World("1.0.0", scene=books(), spec={"rollout": {"progressDeadline": "6m"}})
    world.behave("1.1.0", NEVER_READY)
    world.run(passes=1500)
    ended = world.revisions()[1]
    assert ended.outcome.reason == ended.quarantine.reason == "RehearsalFailed"
    assert ended.outcome.message.endswith("was not ready after 0:06:00")


def test_a_rehearsal_that_stumbles_late_has_the_progress_deadline_anew():
    world, _ = cut_off("ledger")
    world.run(until=lambda w: w.condition("Stalled") == ("True", "GateUnknown"))
    pod = next(pod for pod in world.kubelet.pods if not pod.template)
    pod.stumbled_at = stumbled_at = world.now
    world.tick(20)
    world.survive()
    assert len(world.results) == 1
    world.run(until=lambda w: len(w.results) == 2)
    assert timedelta(seconds=30) < world.now - stumbled_at <= timedelta(seconds=32)
    assert world.revisions()[-1].outcome.message.endswith("was not ready after 0:00:30")


def ended_pod(**status: Any) -> Pod:
    """A pod with a deadline of 300 s as kubelet left it."""
    metadata = {"name": "p", "uid": "u", "creationTimestamp": BORN.isoformat()}
    return read_pod(
        {"metadata": metadata, "spec": {"containers": [], "activeDeadlineSeconds": 300}, "status": status},
        "ledger",
    )


def unready_since(seconds: float) -> list[dict[str, str]]:
    at = (BORN + timedelta(seconds=seconds)).isoformat()
    return [{"type": "Ready", "status": "False", "lastTransitionTime": at}]


@pytest.mark.parametrize(
    "status, outlived, served",
    [
        ({"phase": "Failed", "reason": "DeadlineExceeded", "conditions": unready_since(1)}, True, False),
        ({"phase": "Failed", "reason": "DeadlineExceeded", "conditions": unready_since(299)}, True, False),
        ({"phase": "Failed", "reason": "DeadlineExceeded", "conditions": unready_since(301)}, True, True),
        ({"phase": "Failed", "reason": "DeadlineExceeded"}, True, False),
        ({"phase": "Failed", "reason": "Evicted", "conditions": unready_since(301)}, False, False),
        ({"phase": "Failed", "conditions": unready_since(301)}, False, False),
        ({"phase": "Running", "conditions": unready_since(301)}, False, False),
    ],
    ids=["never ready", "not at the end", "to the end", "nothing told", "evicted", "crashed", "runs"],
)
def test_how_a_pod_came_to_its_end_is_read_as_kubelet_tells_it(status, outlived, served):
    pod = ended_pod(**status)
    assert (pod.outlived_its_deadline, pod.served_to_its_deadline) == (outlived, served)


@pytest.mark.parametrize("addon", ["coredns", "ledger"])
def test_a_rehearsal_that_answers_nothing_calls_a_person_with_the_remedy_and_blames_nobody(addon):
    world, version = cut_off(addon)
    world.run(until=lambda w: w.condition("Stalled") == ("True", "GateUnknown"))
    assert (
        "the label addon-updater.dev/rehearsal through every NetworkPolicy" in world.decision.stalled.message
    )
    assert world.step_is("Rehearsing")
    world.run(until=lambda w: len(w.results) == 2)
    assert world.results[-1] == (version, "Failed")
    ended = world.revisions()[1]
    assert ended.outcome.reason == "RehearsalFailed"
    assert ended.quarantine is None
    assert [(event.type, event.reason) for event in world.events] == [("Warning", "RehearsalFailed")]
    assert_safe(world)


@pytest.mark.parametrize("addon", ["coredns", "ledger"])
def test_a_rehearsal_without_a_verdict_holds_the_next_start_for_ten_minutes_each_time(addon):
    world, version = cut_off(addon)
    for number in (2, 3):
        world.run(until=lambda w, number=number: len(w.results) == number)
        while world.condition("UpdateAvailable")[1] != "RehearsalFailed":
            world.survive()
        over = world.revisions()[-1].outcome.at
        assert world.now + world.decision.requeue_after == over + TEN_MINUTES
        world.tick(world.decision.requeue_after.total_seconds())
    assert world.did.count("CreateRehearsal") == 2
    world.behave(version, Behavior())
    world.run()
    assert world.results[-1] == (version, "Promoted")


def test_a_rehearsal_that_is_reached_at_last_goes_on_by_itself():
    world, version = cut_off("coredns")
    world.run(until=lambda w: w.condition("Stalled") == ("True", "GateUnknown"))
    world.behave(version, Behavior())
    world.run()
    assert world.did.count("CreateRehearsal") == 1
    assert world.results[-1] == (version, "Promoted")


@pytest.mark.parametrize(
    "behavior, says",
    [(Behavior(deaf_over_udp=True), "over UDP: no answer"), (Behavior(wrong_answers=True), "192.0.2.66")],
    ids=["silent to some", "wrong"],
)
def test_a_rehearsal_that_answers_anything_is_judged_by_all_of_its_answers(behavior, says):
    world = World(spec={"version": "1.12.1"})
    world.behave("1.12.1", behavior)
    world.run()
    ended = world.revisions()[1]
    assert ended.outcome.reason == ended.quarantine.reason == "RehearsalFailed"
    assert says in ended.outcome.message


def cut_off(addon: str) -> tuple[World, str]:
    """A world whose throw-away pods are ready and never answer, and the version of them."""
    version = "1.12.1" if addon == "coredns" else "1.1.0"
    world = World(spec={"version": version}) if addon == "coredns" else World("1.0.0", scene=books())
    world.behave(version, CUT_OFF)
    return world, version


TIMEOUT, NOT_ASKED = Answer(None, error="timed out"), Unasked("not asked: the 45 s were over")


@pytest.mark.parametrize(
    "answers, outcomes",
    [
        ([SILENCE, NO_PAGE], ["Unknown", "Unknown", "Pass", "Skipped"]),
        ([TIMEOUT, NOT_ASKED], ["Unknown", "Unknown", "Pass", "Skipped"]),
        ([SILENCE, Answer("SERVFAIL")], ["Fail", "Unknown", "Pass", "Skipped"]),
        ([NO_PAGE, HttpAnswer(503)], ["Fail", "Unknown", "Pass", "Skipped"]),
        ([SILENCE, object()], ["Fail", "Unknown", "Pass", "Skipped"]),
        ([], ["Fail", "Unknown", "Pass", "Skipped"]),
    ],
    ids=["silence", "no time for all", "an error in DNS", "an error in HTTP", "who knows", "nothing to ask"],
)
def test_silence_is_no_failure_while_nothing_else_is_heard(answers, outcomes):
    gates = tuple(
        Gate(one.value, one, "said") for one in (Outcome.FAIL, Outcome.UNKNOWN, Outcome.PASS, Outcome.SKIPPED)
    )
    replies = [Reply(Probe("dns/a", Subject.REHEARSAL, "10.0.0.1", "?"), answer) for answer in answers]
    judged = unless_cut_off(gates, replies, ended_pod(phase="Running"))
    assert [gate.outcome for gate in judged] == outcomes
    assert all(("NetworkPolicy" in gate.message) is (outcomes[0] == "Unknown") for gate in judged[:2])
