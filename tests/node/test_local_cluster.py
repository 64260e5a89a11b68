"""The local node does what a real one does, and leaves nothing behind."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from localcluster import Node, attach_node, list_nodes, start_node, stop_node
from localcluster.cgroups import container_cgroups
from localcluster.errors import NodeError
from localcluster.node import own_environment
from localcluster.processes import leftovers

pytestmark = pytest.mark.node

DNSLOAD = (sys.executable, "-m", "localcluster.dnsload")
START = (
    "import sys; from localcluster import start_node; start_node(sys.argv[1], kubernetes='1.34'); print('up')"
)


def summary(text: str) -> dict[str, float]:
    found: dict[str, float] = json.loads(text.splitlines()[-1])["summary"]
    return found


def eventually(check: Callable[[], bool], timeout: float = 90.0) -> bool:
    deadline = time.monotonic() + timeout
    while not check():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.2)
    return True


@pytest.fixture(scope="module")
def own_node(make_node: Callable[..., Node]) -> Node:
    """A node whose control plane these tests may break and upgrade."""
    return make_node("own")


def test_cluster_dns_answers_through_its_service_address(node: Node) -> None:
    result = summary(node.run([*DNSLOAD, "--duration", "2"]).stdout)
    assert result["answered"] == result["sent"] > 200


def test_a_pod_resolves_and_reaches_services_runs_commands_and_gives_its_log(node: Node) -> None:
    image = ("--image=localhost/busybox:1", "--image-pull-policy=Never")
    node.kubectl("run", "client", *image, "--command", "--", "sh", "-c", "echo started; sleep 600")
    node.kubectl("wait", "--for=condition=Ready", "pod/client", "--timeout=90s")
    try:
        assert node.kubectl("logs", "client") == "started\n"
        found = node.kubectl("exec", "client", "--", "nslookup", "kubernetes.default.svc.cluster.local")
        assert "10.96.0.1" in found
        assert (
            node.kubectl("exec", "client", "--", "sh", "-c", "nc -w 2 kubernetes 443 </dev/null && echo ok")
            == "ok\n"
        )
    finally:
        node.kubectl("delete", "pod", "client", "--grace-period=0", "--force")


def test_service_accounts_hold_bound_tokens_and_no_rights(node: Node) -> None:
    token = node.kubectl("create", "token", "default", "--duration=10m").strip()
    review = json.dumps(
        {
            "apiVersion": "authentication.k8s.io/v1",
            "kind": "TokenReview",
            "metadata": {"name": "review"},
            "spec": {"token": token},
        }
    )
    answer = json.loads(node.kubectl("create", "-o", "json", "-f", "-", input=review))
    assert answer["status"]["user"]["username"] == "system:serviceaccount:default:default"
    as_account = "--as=system:serviceaccount:default:default"
    with pytest.raises(NodeError, match=r"exit code 1: no"):
        node.kubectl("auth", "can-i", "delete", "deployments", "-n", "kube-system", as_account)


def test_the_audit_log_holds_writes_and_no_reads_of_the_system(node: Node) -> None:
    node.kubectl("create", "configmap", "audited")
    node.kubectl("delete", "configmap", "audited")
    events = [json.loads(line) for line in node.audit_log.read_text().splitlines()]
    about = [event for event in events if event.get("objectRef", {}).get("name") == "audited"]
    assert {event["verb"] for event in about} >= {"create", "delete"}
    system_reads = [
        event
        for event in events
        if event["user"]["username"] in ("system:kube-scheduler", "system:node:node-1")
        and event["verb"] in ("get", "list", "watch")
    ]
    assert system_reads == []


def test_a_live_upgrade_moves_the_minor_while_dns_keeps_answering(own_node: Node, tmp_path: Path) -> None:
    report = tmp_path / "load.jsonl"
    with own_node.popen([*DNSLOAD, "--output", str(report)]) as load:
        own_node.upgrade("1.35")
        load.terminate()
        assert load.wait(timeout=30) == 0
    result = summary(report.read_text())
    assert own_node.kubernetes == own_node.api().minor() == "1.35"
    assert result["sent"] > 200
    assert result["failed"] == 0
    assert result["wrong"] == 0


def test_a_killed_server_stays_down_until_it_is_started(own_node: Node) -> None:
    server = own_node.component("kube-apiserver")
    server.kill()
    assert server.state() == "stopped"
    assert own_node.api().text("/readyz", timeout=1.0) is None
    server.start()
    assert eventually(lambda: own_node.api().text("/readyz") == "ok")


def test_a_paused_server_hangs_and_answers_when_resumed(own_node: Node) -> None:
    server = own_node.component("kube-apiserver")
    server.pause()
    assert server.state() == "paused"
    assert own_node.api().text("/readyz", timeout=1.0) is None
    server.resume()
    assert eventually(lambda: own_node.api().text("/readyz") == "ok")


def test_a_program_that_dies_by_itself_is_started_again(own_node: Node) -> None:
    before = own_node.control("status")["kube-scheduler"]["starts"]
    own_node.run(["pkill", "-KILL", "kube-scheduler"])

    def started_again() -> bool:
        status = own_node.control("status")["kube-scheduler"]
        return (status["starts"], status["state"]) == (before + 1, "running")

    assert eventually(started_again)


@pytest.mark.parametrize("killed_when", ["the namespaces are made", "the node is ready"])
def test_a_node_whose_starter_was_killed_is_cleaned_by_stop(killed_when: str) -> None:
    name = f"test-{os.getpid()}-orphan"
    with subprocess.Popen(
        [sys.executable, "-c", START, name], stdout=subprocess.PIPE, text=True, env=own_environment()
    ) as starter:
        if killed_when == "the node is ready":
            assert starter.stdout is not None
            assert starter.stdout.readline() == "up\n"
        else:
            assert eventually(lambda: any(living == name for living, alive in list_nodes() if alive))
        starter.send_signal(signal.SIGKILL)
    orphan = attach_node(name)
    cgroups = container_cgroups(orphan.layout)
    stop_node(name)
    assert leftovers(orphan.layout, cgroups) == []


def test_stopping_a_node_removes_the_cgroups_of_its_pods(make_node: Callable[..., Node]) -> None:
    node = make_node("cgroups")
    cgroups = container_cgroups(node.layout)
    assert len(cgroups) >= 4, "two CoreDNS pods of a sandbox and a container each"
    assert all(path.is_dir() for path in cgroups)
    node.stop()
    assert leftovers(node.layout, cgroups) == []


def test_a_start_replaces_a_living_node_of_the_same_name_and_reuse_keeps_it(own_node: Node) -> None:
    kept = start_node(own_node.name, kubernetes=own_node.kubernetes, reuse=True)
    identity = ("get", "namespace", "kube-system", "-o", "jsonpath={.metadata.uid}")
    assert kept.kubectl(*identity) == own_node.kubectl(*identity)
    before = own_node.kubectl(*identity)
    replaced = start_node(own_node.name, kubernetes="1.36")
    assert replaced.api().minor() == "1.36"
    assert replaced.kubectl(*identity) != before
