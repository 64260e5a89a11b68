"""Prometheus, real, and Grafana, a fake, behave on the local node as their makers say."""

import json
import time
from collections.abc import Iterator

import pytest

from localcluster import Node
from localcluster.ask import Answer, ask, service
from localcluster.errors import NodeError
from localcluster.grafana import await_grafana, install_grafana, remove_grafana
from localcluster.images import (
    GRAFANA_REPOSITORY,
    PROMETHEUS_REPOSITORY,
    grafana_image,
    prometheus_fault_image,
    prometheus_image,
)
from localcluster.prometheus import await_prometheus, install_prometheus, remove_prometheus
from localcluster.volumes import MONITORING
from node.raw_api import eventually

pytestmark = pytest.mark.node

DASHBOARDS = {"cluster-dns", "prometheus-overview", "of-a-person"}
HEALTHY_SECONDS = 8.0


@pytest.fixture(scope="module")
def prometheus(node: Node) -> Iterator[str]:
    """The address of Prometheus 2.55.1 with its data on a volume."""
    install_prometheus(node)
    yield f"http://{service(node, MONITORING, 'prometheus')}:9090"
    remove_prometheus(node)


@pytest.fixture(scope="module")
def grafana(node: Node) -> Iterator[str]:
    """The address of Grafana 11.6.16 with its database on a volume and a dashboard that a person made."""
    install_grafana(node)
    url = f"http://{service(node, MONITORING, 'grafana')}:3000"
    dashboard = {"dashboard": {"uid": "of-a-person", "title": "Of a person"}}
    # Ready pods are behind their Service only once kube-proxy has heard of them.
    eventually(
        lambda: ask(node, f"{url}/api/dashboards/db", user="admin:admin", body=dashboard).status == 200,
        "Grafana to take a dashboard",
    )
    yield url
    remove_grafana(node)


def switch(node: Node, name: str, image: str) -> None:
    node.kubectl("-n", MONITORING, "set", "image", f"deployment/{name}", f"{name}={image}")


def until(node: Node, url: str, text: str, timeout: float = 180.0) -> Answer:
    """Ask until the answer holds a text."""
    deadline = time.monotonic() + timeout
    while text not in (answer := ask(node, url)).body:
        assert time.monotonic() < deadline, answer
        time.sleep(0.5)
    return answer


def uids(node: Node, grafana: str) -> set[str]:
    return {hit["uid"] for hit in ask(node, f"{grafana}/api/search?type=dash-db").json()}


def restarts(node: Node, name: str) -> int:
    """How often the containers of an addon's pods were started again; pods without a started container count as 0."""
    labels = f"app.kubernetes.io/name={name}"
    pods = json.loads(node.kubectl("-n", MONITORING, "get", "pods", "-l", labels, "-o", "json"))["items"]
    return sum(seen["restartCount"] for pod in pods for seen in pod["status"].get("containerStatuses", []))


def test_prometheus_finds_cluster_dns_and_keeps_its_data_through_a_major_release(
    node: Node, prometheus: str
) -> None:
    until(node, f"{prometheus}/api/v1/query?query=count(up{{job='coredns'}}==1)==2", '"2"')
    until(node, f"{prometheus}/api/v1/query?query=up{{job='prometheus'}}==1", '"1"')
    counted = ask(node, f"{prometheus}/api/v1/query?query=timestamp(up{{job='prometheus'}})").json()
    written = float(counted["data"]["result"][0]["value"][1])
    node.load_image(prometheus_image("3.13.2"))
    switch(node, "prometheus", f"{PROMETHEUS_REPOSITORY}:v3.13.2")
    await_prometheus(node)
    until(node, f"{prometheus}/api/v1/status/buildinfo", '"version":"3.13.2"')
    kept = f"{prometheus}/api/v1/query?query=up{{job='prometheus'}}&time={written}"
    assert ask(node, kept).json()["data"]["result"][0]["value"] == [written, "1"]


def test_a_broken_release_of_prometheus_is_ready_and_fails_its_work_after_its_time(
    node: Node, prometheus: str
) -> None:
    image = prometheus_fault_image("3.13.91", "api-errors-after", "3.13.2", seconds=HEALTHY_SECONDS)
    node.load_image(image)
    switch(node, "prometheus", f"{PROMETHEUS_REPOSITORY}:v3.13.91")
    await_prometheus(node)
    until(node, f"{prometheus}/metrics", 'version="3.13.91"')
    assert until(node, f"{prometheus}/api/v1/query?query=up", "errorType").status == 503
    assert ask(node, f"{prometheus}/-/ready").status == 200


def test_grafana_carries_its_dashboards_forward_and_not_back(node: Node, grafana: str) -> None:
    found = []
    for version in ("12.4.9", "13.2.3"):
        node.load_image(grafana_image(version))
        switch(node, "grafana", f"{GRAFANA_REPOSITORY}:{version}")
        await_grafana(node)
        until(node, f"{grafana}/api/health", version)
        found.append((version, uids(node, grafana)))
    assert found == [("12.4.9", DASHBOARDS), ("13.2.3", DASHBOARDS)]
    switch(node, "grafana", f"{GRAFANA_REPOSITORY}:12.4.9")
    await_grafana(node)
    until(node, f"{grafana}/api/health", "12.4.9")
    assert ask(node, f"{grafana}/api/search").status == 500


def test_a_crashing_release_of_grafana_never_becomes_ready(node: Node, grafana: str) -> None:
    node.load_image(grafana_image("13.2.91", fault="crash"))
    switch(node, "grafana", f"{GRAFANA_REPOSITORY}:13.2.91")
    eventually(lambda: restarts(node, "grafana") > 0, "the container to crash and start again")
    with pytest.raises(NodeError, match="timed out"):
        node.kubectl("-n", MONITORING, "rollout", "status", "deployment/grafana", "--timeout=4s")
    assert ask(node, f"{grafana}/api/health").status == 0
