"""The operator as it is shipped: its own image, two replicas, one of which acts."""

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from localcluster import Node, reset_coredns
from localcluster.images import coredns_image, operator_image
from localcluster.volumes import namespace
from node.operator_under_test import LEASE, NAMESPACE, REPOSITORY
from node.raw_api import RawApi, eventually
from node.stage import Stage

pytestmark = pytest.mark.node

OLD, NEW = "1.11.3", "1.12.1"
OPERATOR_PODS = f"/api/v1/namespaces/{NAMESPACE}/pods"
OPERATOR = f"/apis/apps/v1/namespaces/{NAMESPACE}/deployments/addon-updater"


@pytest.fixture
def stage(governed: Node, api: RawApi) -> Iterator[Stage]:
    stage = Stage(governed, api)
    stage.clear()
    api.delete(LEASE)
    governed.load_image(operator_image())
    governed.load_image(coredns_image(NEW))
    governed.kubectl("apply", "-f", "-", input=json.dumps(namespace()))
    governed.kubectl("apply", "--server-side", "-k", str(REPOSITORY / "hack/demo/overlay"))
    governed.kubectl("-n", NAMESPACE, "rollout", "status", "deployment/addon-updater", "--timeout=110s")
    yield stage
    api.delete(OPERATOR)
    api.delete(f"{OPERATOR_PODS}?gracePeriodSeconds=0")
    eventually(lambda: not api.items(OPERATOR_PODS), "the replicas to be gone")
    stage.clear()
    reset_coredns(governed)


def test_the_leader_killed_in_a_hop_the_hop_ends_well_and_the_standby_never_wrote(stage: Stage) -> None:
    leader = eventually(stage.leader, "a leader")
    replicas = {pod["metadata"]["name"] for pod in stage.api.items(OPERATOR_PODS)}
    trail = stage.trail()
    stage.declare(version=f"{OLD} || {NEW}")
    stage.await_switch(NEW)

    os.kill(process_of(leader), signal.SIGKILL)
    stage.await_version(NEW)

    assert len(replicas) == 2
    assert leader in replicas
    leaders = {leader, stage.leader()}
    assert {asked.pod for asked in trail.asked() if asked.is_write} <= leaders
    assert trail.kinds_of_changes().count("patch deployments") == 2  # the claim and the switch, each once
    assert trail.refused() == []
    restarts = {pod["metadata"]["name"]: restart_count(pod) for pod in stage.api.items(OPERATOR_PODS)}
    assert restarts == {name: int(name == leader) for name in replicas}


def restart_count(pod: dict[str, dict[str, list[dict[str, int]]]]) -> int:
    return pod["status"]["containerStatuses"][0]["restartCount"]


def process_of(pod: str) -> int:
    """The number of the operator's process in that pod, by what its environment says."""
    wanted = f"POD_NAME={pod}".encode()
    for folder in Path("/proc").iterdir():
        try:
            if folder.name.isdigit() and wanted in (folder / "environ").read_bytes().split(b"\0"):
                return int(folder.name)
        except OSError:
            continue
    raise AssertionError(f"pod {pod} has no process")
