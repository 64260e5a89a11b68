"""What the operator finds out about a cluster with its own rights: who built it, and how old its kubelets are."""

import asyncio
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from addon_updater.api.versions import Minor
from addon_updater.cluster.client import connect
from addon_updater.cluster.minors import sample
from addon_updater.cluster.nodes import PAGE, dns_writers, list_nodes
from addon_updater.resolve.nodes import Nodes
from cluster.ports import free_port
from localcluster import Cluster
from node.operator_under_test import (
    OperatorProcess,
    install_without_workload,
    kubeconfig_of_the_operator,
)
from node.raw_api import RawApi, eventually
from node.stage import Stage

READINESS = "/apis/addon-updater.dev/v1alpha1/upgradereadinesses/kubernetes-1.35"
MANY = PAGE * 2 + 5


@pytest.fixture(scope="module")
def cluster(make_control_plane) -> Cluster:
    """A control plane of its own, since nodes are shared by everybody on one."""
    made: Cluster = make_control_plane("facts", coredns="1.11.3")
    install_without_workload(made)
    return made


@pytest.fixture(scope="module")
def stage(cluster: Cluster) -> Stage:
    found = Stage(cluster, RawApi(cluster.kubeconfig))
    found.declare(policy={"updates": "PlanOnly"})
    return found


@pytest.fixture
def operator(cluster: Cluster, tmp_path: Path) -> Iterator[OperatorProcess]:
    """The operator, which looks at the nodes when it begins to lead."""
    made = OperatorProcess(cluster, tmp_path, port=free_port())
    yield made
    made.stop()


def add_nodes(cluster: Cluster, *nodes: tuple[str, str, dict[str, str]]) -> None:
    """Nodes by name, kubelet version and labels; kwok makes them Ready."""
    items = [
        {
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": {"name": name, "labels": {"of-this-test": "yes", **labels}},
            "status": {"nodeInfo": {**_NODE_INFO, "kubeletVersion": version}},
        }
        for name, version, labels in nodes
    ]
    cluster.kubectl(
        "create", "-f", "-", input=json.dumps({"apiVersion": "v1", "kind": "List", "items": items})
    )
    cluster.kubectl("wait", "--for=condition=Ready", "nodes", "-l", "of-this-test", "--timeout=60s")


_NODE_INFO = dict.fromkeys(
    (
        "architecture",
        "bootID",
        "containerRuntimeVersion",
        "kernelVersion",
        "kubeProxyVersion",
        "machineID",
        "operatingSystem",
        "osImage",
        "systemUUID",
    ),
    "kwok",
)


def look(cluster: Cluster, folder: Path) -> tuple[Nodes, frozenset[str], set[str]]:
    """All nodes, CoreDNS' writers and what fresh connections answer, with the rights of the operator."""

    async def ask() -> tuple[Nodes, frozenset[str], set[str]]:
        client = await connect(str(kubeconfig_of_the_operator(cluster, folder)))
        try:
            answers = await sample(client)
            return await list_nodes(client), await dns_writers(client), {str(one) for one in answers.minors}
        finally:
            await client.close()

    return asyncio.run(ask())


def test_its_rights_are_enough_and_pages_lose_no_node(cluster: Cluster, tmp_path: Path) -> None:
    add_nodes(cluster, *((f"many-{number}", f"v1.{32 + number % 3}.1", {}) for number in range(MANY)))
    nodes, writers, minors = look(cluster, tmp_path)
    expected = Counter(Minor(1, 32 + number % 3) for number in range(MANY)) + Counter([Minor(1, 34)])
    assert nodes.minors == expected
    assert "kubeadm" in writers
    assert minors == {"1.34"}
    cluster.kubectl("delete", "nodes", "-l", "of-this-test")


def test_the_status_tells_kubeadm_and_is_written_once(stage: Stage, operator: OperatorProcess) -> None:
    operator.start()
    told = eventually(lambda: stage.status().get("cluster"), "what is known about the cluster")
    assert told["vendor"] == "kubeadm"
    assert told["because"] == "Deployment kube-system/coredns was written by kubeadm"
    assert (told["owner"], told["kubelets"]) == ("OneShot", "1.34")
    stage.await_reason("UpdateAvailable", "PlanOnly")
    before = stage.api.get(stage.release())["metadata"]["resourceVersion"]
    operator.stop()
    operator.start()
    operator_looks_again(operator)
    assert stage.api.get(stage.release())["metadata"]["resourceVersion"] == before


def operator_looks_again(operator: OperatorProcess) -> None:
    """Wait until a restarted operator has seen the nodes and passed over the release."""
    eventually(lambda: operator.log.count("the cluster is of vendor") >= 2, "its look at the nodes")
    eventually(lambda: operator.is_running, "the operator")
    asyncio.run(asyncio.sleep(5))


def test_an_old_kubelet_must_move_before_the_next_minor(stage: Stage, operator: OperatorProcess) -> None:
    add_nodes(stage.node, ("old", "v1.31.9", {}))
    operator.start()

    def finding() -> Any:
        findings = ((stage.api.get(READINESS) or {}).get("status") or {}).get("findings") or []
        return next((one for one in findings if one["addon"] == "kubelet"), None)

    found = eventually(finding, "a finding about kubelets")
    assert (found["rule"], found["verdict"], found["count"]) == ("KubeletsFirst", "Warning", 1)
    assert found["message"].endswith("Kubernetes 1.35: one Ready node has 1.31")
    assert stage.status()["cluster"]["kubelets"] == "1.31 - 1.34"
    stage.node.kubectl("delete", "nodes", "-l", "of-this-test")


def test_gke_has_no_coredns_and_the_release_says_so(stage: Stage, operator: OperatorProcess) -> None:
    add_nodes(stage.node, ("pool", "v1.34.1-gke.1", {"cloud.google.com/gke-nodepool": "default"}))
    stage.api.delete(stage.subject.workload)
    operator.start()
    stalled = stage.await_reason("Stalled", "WorkloadNotFound")
    eventually(lambda: "GKE" in stage.condition("Stalled")["message"], "GKE to be named")
    assert "GKE runs kube-dns or Cloud DNS instead of CoreDNS" in stage.condition("Stalled")["message"]
    assert stalled["status"] == "True"
    assert stage.status()["cluster"]["owner"] == "Absent"
