"""Real control planes for tests, with simulated pods: no root, nothing but loopback.

One is shared by the whole run; tests that change a control plane for good start their own.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from localcluster import Cluster, Level, install_coredns, list_clusters, start_control_plane, stop
from node.operator_under_test import install_without_workload
from node.raw_api import RawApi

_PREFIX = "test"

MakeControlPlane = Callable[..., Cluster]


def _forget_control_planes_of_dead_runs() -> None:
    """A killed test run leaves them alive; their names carry its process number."""
    for name, level, _ in list_clusters():
        prefix, _, number = name.partition("-")
        run = number.partition("-")[0]
        is_of_a_run = level is Level.CONTROL_PLANE and prefix == _PREFIX and run.isdigit()
        if is_of_a_run and not Path(f"/proc/{run}").exists():
            stop(name)


@pytest.fixture(scope="session")
def make_control_plane() -> Iterator[MakeControlPlane]:
    """Start control planes by `make_control_plane(purpose, kubernetes="1.34", coredns=None)`; all end with the run."""
    _forget_control_planes_of_dead_runs()
    names: list[str] = []

    def make(purpose: str, *, kubernetes: str = "1.34", coredns: str | None = None) -> Cluster:
        names.append(f"{_PREFIX}-{os.getpid()}-{purpose}")
        cluster = start_control_plane(names[-1], kubernetes=kubernetes)
        if coredns is not None:
            install_coredns(cluster, coredns)
        return cluster

    yield make
    for name in names:
        stop(name)


@pytest.fixture(scope="session")
def control_plane(make_control_plane: MakeControlPlane) -> Cluster:
    """The shared control plane: Kubernetes 1.34, CoreDNS 1.11.3 as kubeadm leaves it."""
    return make_control_plane("shared", coredns="1.11.3")


@pytest.fixture(scope="session")
def governed(control_plane: Cluster) -> Cluster:
    """The shared control plane with all of deploy/base but the operator's own Deployment."""
    install_without_workload(control_plane)
    return control_plane


@pytest.fixture(scope="session")
def api(governed: Cluster) -> RawApi:
    """Raw requests to the shared API server as cluster admin."""
    return RawApi(governed.kubeconfig)
