"""The operator as it is shipped: its own image, two replicas, one of which acts."""

import json
import os
import signal
from collections.abc import Iterator
from contextlib import suppress

import pytest

from localcluster import Node, reset_coredns
from localcluster.images import coredns_image, operator_image
from localcluster.volumes import namespace
from node.operator_under_test import LEASE, NAMESPACE, REPOSITORY
from node.raw_api import RawApi, eventually
from node.stage import Stage
from recovery.cluster_dns import now
from recovery.replicas import Requests, process_of, send

pytestmark = pytest.mark.node

OLD, NEW, NEXT = "1.11.3", "1.12.1", "1.13.1"
OPERATOR_PODS = f"/api/v1/namespaces/{NAMESPACE}/pods"
OPERATOR = f"/apis/apps/v1/namespaces/{NAMESPACE}/deployments/addon-updater"
RESUMED_WITHIN_S = 20.0
"""From the new start of a killed leader to its first pass: some 3 s, on a machine that does nothing else."""


@pytest.fixture(scope="module")
def stage(governed: Node, api: RawApi) -> Iterator[Stage]:
    stage = Stage(governed, api)
    stage.clear()
    api.delete(LEASE)
    governed.load_image(operator_image())
    for version in (NEW, NEXT):
        governed.load_image(coredns_image(version))
    governed.kubectl("apply", "-f", "-", input=json.dumps(namespace()))
    governed.kubectl("apply", "--server-side", "-k", str(REPOSITORY / "hack/demo/overlay"))
    governed.kubectl("-n", NAMESPACE, "rollout", "status", "deployment/addon-updater", "--timeout=110s")
    yield stage
    api.delete(OPERATOR)
    api.delete(f"{OPERATOR_PODS}?gracePeriodSeconds=0")
    eventually(lambda: not api.items(OPERATOR_PODS), "the replicas to be gone")
    stage.clear()
    reset_coredns(governed)


def test_the_leader_killed_in_a_hop_is_soon_back_at_it_and_the_standby_never_wrote(stage: Stage) -> None:
    leader = eventually(stage.leader, "a leader")
    replicas = {pod["metadata"]["name"] for pod in stage.api.items(OPERATOR_PODS)}
    trail, requests = stage.trail(), Requests(stage.node)
    stage.declare(version=f"{OLD} || {NEW}")
    stage.await_switch(NEW)

    killed, died = send(leader, signal.SIGKILL), now()
    eventually(lambda: process_of(leader) not in {None, killed}, f"the new start of {leader}", pause=0.1)
    started = now()
    looked = eventually(lambda: requests.first_look(died), "a pass over the release")
    stage.await_version(NEW)

    assert (looked - started).total_seconds() < RESUMED_WITHIN_S
    assert len(replicas) == 2
    assert leader in replicas
    leaders = {leader, stage.leader()}
    assert {asked.pod for asked in trail.asked() if asked.is_write} <= leaders
    assert trail.kinds_of_changes().count("patch deployments") == 2  # the claim and the switch, each once
    assert trail.refused() == []
    restarts = {pod["metadata"]["name"]: restart_count(pod) for pod in stage.api.items(OPERATOR_PODS)}
    assert restarts == {name: int(name == leader) for name in replicas}


def test_a_leader_that_hangs_in_a_hop_is_replaced_and_writes_nothing_when_it_wakes(stage: Stage) -> None:
    leader = eventually(stage.leader, "a leader")
    trail = stage.trail()
    # Nobody vouches for 1.13.1 on this minor.
    policy = {"minEvidence": "None", "breakingChanges": "Allow"}
    stage.change(version=f"{NEW} || {NEXT}", channel="Latest", policy=policy)
    stage.await_switch(NEXT)

    hanging = send(leader, signal.SIGSTOP)
    other = eventually(lambda: {stage.leader()} - {leader, ""}, "another leader").pop()
    stage.await_version(NEXT)
    since_it_woke = stage.trail()
    # The kubelet ends what does not answer for a minute.
    with suppress(ProcessLookupError):
        os.kill(hanging, signal.SIGCONT)
    eventually(
        lambda: any(asked.pod == leader and asked.resource == "leases" for asked in since_it_woke.asked()),
        "the old leader to look who leads",
    )

    assert stage.leader() == other
    assert {asked.pod for asked in since_it_woke.asked() if asked.is_write} <= {other}
    assert trail.kinds_of_changes().count("patch deployments") == 1
    assert trail.refused() == []


def restart_count(pod: dict[str, dict[str, list[dict[str, int]]]]) -> int:
    return pod["status"]["containerStatuses"][0]["restartCount"]
