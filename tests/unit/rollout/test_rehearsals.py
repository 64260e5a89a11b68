"""When a throw-away pod is started, what it is made of, and what is said when there is none."""

from __future__ import annotations

from typing import Any

import pytest

from addon_updater.rollout.render import lasting_volumes, secrets_of
from unit.rollout.kubelet import CRASHES, NEVER_READY, Behavior
from unit.rollout.ledger import Ledger
from unit.rollout.properties import assert_safe
from unit.rollout.scenes import Scene, books
from unit.rollout.world import World

SECRET_ENV = [
    {"name": "PASSWORD", "valueFrom": {"secretKeyRef": {"name": "ledger-admin", "key": "password"}}}
]
SECRETIVE = books(env=SECRET_ENV)
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
    "behavior, held",
    [(Behavior(), False), (NEVER_READY, True)],
    ids=["it served", "it was never ready"],
)
def test_a_rehearsal_that_ended_while_no_operator_ran_is_held_against_nobody_that_served(behavior, held):
    world = World("1.0.0", scene=books())
    world.behave("1.1.0", behavior)
    world.run(until=lambda w: any(not pod.template for pod in w.kubelet.pods))
    world.crash()
    world.tick(400)
    world.run(until=lambda w: len(w.results) == 2)
    assert world.results[-1] == ("1.1.0", "Failed")
    assert (world.revisions()[1].quarantine is not None) is held
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
