"""Real nodes for tests: one shared by the whole run, and more for tests that change a node for good."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from localcluster import Node, install_coredns, list_nodes, start_node, stop_node
from node.operator_under_test import govern_monitoring, install_without_workload
from node.raw_api import RawApi

_PREFIX = "test"

_LONG = ("test_bad_release", "test_prometheus", "test_grafana")
"""Files whose tests wait for minutes. They come first, so that the others fill what is left of both nodes' time."""

MakeNode = Callable[..., Node]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the long files first; within a file, and among all others, the order stays."""
    items.sort(key=lambda item: _LONG.index(name) if (name := item.path.stem) in _LONG else len(_LONG))


def _forget_nodes_of_dead_runs() -> None:
    """A killed test run leaves its nodes alive; their names carry its process number."""
    for name, _ in list_nodes():
        prefix, _, number = name.partition("-")
        run = number.partition("-")[0]
        if prefix == _PREFIX and run.isdigit() and not Path(f"/proc/{run}").exists():
            stop_node(name)


@pytest.fixture(scope="session")
def make_node() -> Iterator[MakeNode]:
    """Start nodes by `make_node(purpose, kubernetes="1.34", coredns="1.11.3")`; all end with the run."""
    _forget_nodes_of_dead_runs()
    names: list[str] = []

    def make(purpose: str, *, kubernetes: str = "1.34", coredns: str | None = "1.11.3") -> Node:
        names.append(f"{_PREFIX}-{os.getpid()}-{purpose}")
        node = start_node(names[-1], kubernetes=kubernetes)
        if coredns is not None:
            install_coredns(node, coredns)
        return node

    yield make
    for name in names:
        stop_node(name)


@pytest.fixture(scope="session")
def node(make_node: MakeNode) -> Node:
    """The shared node: Kubernetes 1.34, CoreDNS 1.11.3 as kubeadm leaves it.

    A test that changes cluster DNS ends with `localcluster.reset_coredns(node)`.
    """
    return make_node("shared")


@pytest.fixture(scope="session")
def governed(node: Node) -> Node:
    """The shared node with all of deploy/base but the operator's own Deployment."""
    install_without_workload(node)
    return node


@pytest.fixture(scope="session")
def monitored(governed: Node) -> Node:
    """The shared node, where the operator may govern Prometheus and Grafana too."""
    govern_monitoring(governed)
    return governed


@pytest.fixture(scope="session")
def api(governed: Node) -> RawApi:
    """Raw requests to the shared node's API server as cluster admin."""
    return RawApi(governed.kubeconfig)
