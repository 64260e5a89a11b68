"""The operator on a control plane whose own address may not be published: it asks the server behind its kubeconfig."""

from collections.abc import Iterator

import pytest

from cluster.ports import free_port
from localcluster import Cluster
from node.operator_under_test import OperatorProcess, install_without_workload
from node.raw_api import RawApi, eventually
from node.stage import Stage


@pytest.fixture(scope="module")
def operated(make_control_plane, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A control plane of its own, which a test upgrades, with CoreDNS and a running operator."""
    cluster: Cluster = make_control_plane("operated", coredns="1.11.3")
    install_without_workload(cluster)
    operator = OperatorProcess(cluster, tmp_path_factory.mktemp("operator"), port=free_port())
    operator.start()
    yield Stage(cluster, RawApi(cluster.kubeconfig))
    assert operator.is_running, operator.log[-2000:]
    operator.kill()


def test_no_address_of_the_server_is_published(operated: Stage) -> None:
    assert operated.api.get("/apis/discovery.k8s.io/v1/namespaces/default/endpointslices/kubernetes") is None


def test_it_settles_on_the_servers_minor_and_follows_a_live_upgrade(operated: Stage) -> None:
    operated.declare(policy={"updates": "PlanOnly"})
    for minor in ("1.34", "1.35"):
        if operated.node.kubernetes != minor:
            operated.node.upgrade(minor)
        eventually(
            lambda minor=minor: operated.status().get("observedKubernetesMinor") == minor, f"settled {minor}"
        )
    assert operated.reason("Ready") == "VersionFits"
