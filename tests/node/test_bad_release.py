"""A release that does not even start is found out before it serves anybody, and not tried again."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from localcluster import Node
from node.bad_releases import FOUND_IN_REHEARSAL, BadRelease
from node.lookups import steady_lookups
from node.operator_under_test import OperatorProcess
from node.raw_api import RawApi, eventually
from node.stage import Stage

pytestmark = pytest.mark.node

OLD = "1.11.3"
PACE = {"minReadySeconds": 2, "soak": "4s", "progressDeadline": "30s"}


@pytest.fixture(scope="module")
def stage(governed: Node, api: RawApi, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    operator = OperatorProcess(governed, tmp_path_factory.mktemp("operator"), resync="10m")
    operator.start()
    stage = Stage(governed, api)
    stage.clear()
    yield stage
    operator.kill()


@pytest.fixture(autouse=True)
def cleared(stage: Stage) -> Iterator[None]:
    yield
    stage.clear()


@pytest.mark.parametrize("bad", FOUND_IN_REHEARSAL, ids=lambda bad: bad.name)
def test_the_old_version_serves_on_when_a_release(stage: Stage, bad: BadRelease, tmp_path: Path) -> None:
    bad.offer(stage.node, stage)
    before, spec, trail = stage.governed(), stage.deployment()["spec"], stage.trail()

    with steady_lookups(
        stage.node, tmp_path / "lookups", ("kubernetes.default.svc.cluster.local",)
    ) as counted:
        stage.declare(version=f"{OLD} || {bad.version}", rollout=PACE)
        held = eventually(lambda: stage.status().get("quarantined"), f"the quarantine of {bad}", 180)
        stage.await_version(OLD)

    assert [(one["version"], one["reason"]) for one in held] == [(bad.version, bad.reason)]
    assert bad.told in held[0]["message"]
    assert stage.governed() == before
    assert stage.deployment()["spec"] == spec
    assert stage.condition("Ready")["status"] == "True"
    warnings = [event["reason"] for event in stage.events() if event["type"] == "Warning"]
    assert warnings == [bad.reason]
    assert trail.kinds_of_changes().count("patch deployments") == 1  # the claim, and no switch
    assert trail.refused() == []
    assert counted["failed"] == 0
