"""Input that only the operator can judge: it says what is wrong, once, writes nothing, and goes on when mended."""

import time
from collections.abc import Iterator

import pytest

from cluster.bad_inputs import BAD_INPUTS, SIDE, SIDE_SPEC, BadInput, make_side_workload
from cluster.ports import free_port
from localcluster import Cluster
from node.operator_under_test import OperatorProcess
from node.raw_api import RawApi, eventually
from node.stage import CONFIG_MAP, DEPLOYMENTS, RELEASES, Stage


@pytest.fixture(scope="module")
def running(governed: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[OperatorProcess]:
    """One process for all cases: what one case leaves in its memory must not disturb the next."""
    operator = OperatorProcess(governed, tmp_path_factory.mktemp("operator"), port=free_port(), resync="1s")
    operator.start()
    yield operator
    operator.kill()


@pytest.fixture
def stage(governed: Cluster, api: RawApi, running: OperatorProcess) -> Iterator[Stage]:
    stage = Stage(governed, api)
    stage.clear()
    yield stage
    stage.clear()
    api.delete(f"{DEPLOYMENTS}/{SIDE}")
    assert running.is_running


@pytest.mark.parametrize("case", BAD_INPUTS, ids=lambda case: case.name)
def test_said_once_nothing_written_and_taken_up_when_mended(stage: Stage, case: BadInput) -> None:
    case.spoil(stage)
    trail = stage.trail()
    before = versions(stage)
    stage.declare("odd", **case.spec)

    try:
        stalled = stage.await_reason("Stalled", case.reason, "odd")
        assert stalled["status"] == "True"
        assert [part for part in case.told if part not in stalled["message"]] == []
        assert stage.condition("Ready", "odd")["status"] == case.ready
        assert trail.changes() == []
        assert versions(stage) == before
        if "policy" not in case.spec:
            stage.change("odd", suspend=True)
    finally:
        case.mend(stage)

    eventually(
        lambda: stage.reason("Stalled", "odd") == "" and stage.reason("Ready", "odd") == "VersionFits",
        f"the release to go on: {stage.status('odd').get('conditions')}",
    )
    events = stage.events("odd")
    assert [(event["type"], event["reason"]) for event in events] == [("Warning", case.reason)]
    assert events[0]["note"] == stalled["message"]


def test_a_second_release_of_the_same_workload_waits_for_the_first_to_go(stage: Stage) -> None:
    stage.declare("older", suspend=True)
    stage.await_reason("UpdateAvailable", "Suspended", "older")
    trail, before = stage.trail(), versions(stage)
    time.sleep(1.1)  # creation times are whole seconds
    stage.declare("younger")

    stalled = stage.await_reason("Stalled", "WorkloadClaimed", "younger")
    assert "governed by the older AddonRelease older; delete one of the two" in stalled["message"]
    assert [event["reason"] for event in stage.events("younger")] == ["WorkloadClaimed"]
    assert stage.events("older") == []
    assert trail.changes() == []
    assert versions(stage) == before

    stage.change("younger", suspend=True)
    stage.api.delete(f"{RELEASES}/older")
    stage.await_reason("UpdateAvailable", "Suspended", "younger")
    assert stage.reason("Stalled", "younger") == ""
    assert stage.deployment()["metadata"]["labels"]["addon-updater.dev/release"] == "younger"


def test_a_missing_workload_that_the_spec_ignores_is_no_trouble(stage: Stage) -> None:
    trail = stage.trail()
    stage.declare("odd", whenMissing="Ignore", **SIDE_SPEC)

    ready = stage.await_reason("Ready", "WorkloadAbsent", "odd")
    assert ready["status"] == "True"
    assert "spec.whenMissing ignores that" in ready["message"]
    assert stage.reason("Stalled", "odd") == ""
    assert trail.changes() == []

    make_side_workload(stage)
    stage.await_reason("UpdateAvailable", "PlanOnly", "odd")
    assert stage.events("odd") == []


def versions(stage: Stage) -> list[object]:
    """What would differ after any write to workload, ConfigMap or revisions; a status of pods aside."""
    workload = stage.deployment()
    config = stage.api.get(CONFIG_MAP) or {"metadata": {}}
    return [
        workload["spec"],
        {key: workload["metadata"].get(key) for key in ("generation", "labels", "annotations")},
        config["metadata"].get("resourceVersion"),
        [revision["metadata"]["resourceVersion"] for revision in stage.revisions("odd")],
    ]
