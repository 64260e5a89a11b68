"""A control plane on loopback: one beside another, upgraded while it runs, and nothing left when it is stopped."""

import json
import os
import signal
import socket
import subprocess

import pytest

from localcluster import Cluster, Level, attach, attach_node, list_clusters, stop
from localcluster.errors import NodeError, UsageError
from localcluster.processes import MARK, find_supervisor, leftovers
from node.raw_api import eventually

IDENTITY = ("get", "namespace", "kube-system", "-o", "jsonpath={.metadata.uid}")


@pytest.fixture(scope="module")
def own(make_control_plane) -> Cluster:
    """A control plane that these tests may break and upgrade."""
    return make_control_plane("own")


def test_kubectl_reaches_the_minor_that_was_asked_for(control_plane: Cluster) -> None:
    version = json.loads(control_plane.kubectl("version", "-o", "json"))["serverVersion"]
    assert version["emulationMinor"] == "34"
    assert control_plane.api().minor() == control_plane.kubernetes == "1.34"
    assert control_plane.kubectl("get", "nodes", "-o", "name") == "node/node-1\n"


def test_it_is_found_by_name_and_is_no_node(control_plane: Cluster) -> None:
    assert attach(control_plane.name).level is Level.CONTROL_PLANE
    assert (control_plane.name, Level.CONTROL_PLANE, True) in list_clusters()
    with pytest.raises(UsageError, match="is no node but a control-plane"):
        attach_node(control_plane.name)


def test_service_accounts_hold_bound_tokens_and_no_rights(control_plane: Cluster) -> None:
    assert control_plane.kubectl("create", "token", "default", "--duration=10m").count(".") == 2
    with pytest.raises(NodeError, match=r"exit code 1: no"):
        control_plane.kubectl(
            "auth", "can-i", "delete", "deployments", "--as=system:serviceaccount:default:default"
        )


def test_the_audit_log_holds_writes_and_no_noise_of_the_system(control_plane: Cluster) -> None:
    control_plane.kubectl("create", "configmap", "audited")
    control_plane.kubectl("delete", "configmap", "audited")
    events = [json.loads(line) for line in control_plane.audit_log.read_text().splitlines()]
    about = [event for event in events if event.get("objectRef", {}).get("name") == "audited"]
    assert {event["verb"] for event in about} >= {"create", "delete"}
    of_kwok = [event for event in events if event["user"]["username"] == "system:kwok"]
    assert {event["verb"] for event in of_kwok} & {"get", "list", "watch"} == set()
    assert "leases" not in {event["objectRef"]["resource"] for event in of_kwok}


def test_two_control_planes_live_side_by_side(control_plane: Cluster, own: Cluster) -> None:
    own.kubectl("create", "configmap", "only-here")
    assert own.kubectl(*IDENTITY) != control_plane.kubectl(*IDENTITY)
    assert "only-here" not in control_plane.kubectl("get", "configmaps", "-o", "name")
    assert own.spec.ports != control_plane.spec.ports


def test_a_live_upgrade_keeps_every_object_and_goes_on_working(own: Cluster) -> None:
    own.kubectl("create", "deployment", "kept", "--replicas=3", "--image=registry.example/app:v1")
    own.kubectl("rollout", "status", "deployment/kept", "--timeout=90s")
    uids = ("get", "deployments,replicasets,pods,nodes", "-o", "jsonpath={.items[*].metadata.uid}")
    before = own.kubectl(*uids)

    own.upgrade("1.35")

    assert own.kubernetes == own.api().minor() == "1.35"
    assert own.kubectl(*uids) == before
    own.kubectl("scale", "deployment/kept", "--replicas=5")
    own.kubectl("rollout", "status", "deployment/kept", "--timeout=90s")
    assert len(own.pod_ips("app=kept", "default")) == 5


def test_a_killed_servers_port_goes_to_nobody_else_and_serves_again(own: Cluster) -> None:
    server = own.component("kube-apiserver")
    server.kill()
    assert server.state() == "stopped"
    assert own.api().text("/readyz", timeout=1.0) is None
    with pytest.raises(OSError, match="Address already in use"):
        socket.create_server(("127.0.0.1", own.spec.ports.api))
    server.start()
    assert eventually(lambda: own.api().text("/readyz") == "ok", "the server")


def test_a_paused_server_hangs_and_answers_when_resumed(own: Cluster) -> None:
    server = own.component("kube-apiserver")
    server.pause()
    assert server.state() == "paused"
    assert own.api().text("/readyz", timeout=1.0) is None
    server.resume()
    assert eventually(lambda: own.api().text("/readyz") == "ok", "the server")


def test_a_command_runs_on_this_host_and_ends_with_the_control_plane(make_control_plane) -> None:
    brief = make_control_plane("brief")
    assert brief.run(["printenv", "HOME"]).stdout.strip() == os.environ["HOME"]
    with brief.popen(["sleep", "600"]) as command:
        brief.stop()
        assert command.wait(timeout=60) == -signal.SIGKILL
    assert leftovers(brief.layout, []) == []
    assert marked_processes(brief) == []


def test_a_killed_supervisor_takes_every_program_with_it(make_control_plane) -> None:
    orphaned = make_control_plane("orphaned")
    supervisor = find_supervisor(orphaned.layout)
    assert supervisor is not None
    assert len(marked_processes(orphaned)) == 6, "the supervisor and five programs"
    os.kill(supervisor, signal.SIGKILL)
    assert eventually(lambda: marked_processes(orphaned) == [], "the programs to end")
    assert (orphaned.name, Level.CONTROL_PLANE, False) in list_clusters()
    stop(orphaned.name)
    assert leftovers(orphaned.layout, []) == []


def marked_processes(cluster: Cluster) -> list[str]:
    """Seen from outside the tool: everything that carries the mark of the cluster's folder."""
    script = f"grep -lzsx '{MARK}={cluster.layout.root}' /proc/[0-9]*/environ; true"
    found = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True)
    return found.stdout.split()
