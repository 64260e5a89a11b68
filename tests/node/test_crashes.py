"""The operator killed with SIGKILL in the middle of what it does: the one after it ends where it would have ended."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from localcluster import Node, reset_coredns
from localcluster.images import coredns_image
from node.bad_releases import FOUND_IN_SOAK
from node.end_state import end_state
from node.operator_under_test import OperatorProcess
from node.raw_api import Manifest, RawApi, eventually
from node.stage import GROUP, Stage

pytestmark = pytest.mark.node

OLD, NEW = "1.11.3", "1.13.1"
COREFILE = (Path(__file__).parent / "Corefile.team").read_text()
# Nobody vouches for 1.13.1 on the shared node's minor, hence the policy; but it is the version that asks for a
# migration of the configuration.
WISH: Manifest = {
    "version": f"{OLD} || {NEW}",
    "channel": "Latest",
    "policy": {"minEvidence": "None", "breakingChanges": "Allow"},
    "health": {"dns": {"names": ["db.corp.example", "mainframe.example"]}},
}

Point = Callable[[Stage], object]


def the_revision_is_recorded(stage: Stage) -> object:
    return any(annotation(item, "attempt") and not annotation(item, "outcome") for item in stage.revisions())


def the_workload_is_switched(stage: Stage) -> object:
    return stage.image().endswith(NEW)


def it_soaks(stage: Stage) -> object:
    # On a slow machine the soak may be over by the time that the next operator has started.
    return (stage.status().get("attempt") or {}).get("step") == "Soaking" or it_is_promoted(stage)


def it_is_promoted(stage: Stage) -> object:
    newest = stage.revisions()[-1]
    return annotation(newest, "attempt") and annotation(newest, "outcome")


def the_rollback_is_decided(stage: Stage) -> object:
    return any(annotation(item, "decision") for item in stage.revisions())


def the_rollback_is_written(stage: Stage) -> object:
    return the_rollback_is_decided(stage) and stage.image().endswith(NEW)


def annotation(revision: Manifest, key: str) -> str | None:
    text: str | None = revision["metadata"]["annotations"].get(f"{GROUP}/{key}")
    return text


@pytest.fixture(scope="module")
def operator(governed: Node, tmp_path_factory: pytest.TempPathFactory) -> Iterator[OperatorProcess]:
    operator = OperatorProcess(governed, tmp_path_factory.mktemp("operator"))
    yield operator
    operator.kill()


@pytest.fixture(scope="module")
def stage(governed: Node, api: RawApi) -> Iterator[Stage]:
    governed.load_image(coredns_image(NEW))
    stage = Stage(governed, api)
    yield stage
    stage.clear()
    reset_coredns(governed)


@pytest.fixture(scope="module")
def uninterrupted(stage: Stage, operator: OperatorProcess) -> Manifest:
    """The end state of the same upgrade by an operator that nobody disturbs."""
    begin(stage)
    operator.start()
    stage.await_version(NEW)
    operator.kill()
    return end_state(stage)


def begin(stage: Stage) -> None:
    """CoreDNS as before every run; no operator runs yet."""
    stage.clear()
    reset_coredns(stage.node, OLD, COREFILE)
    stage.declare(**WISH)


def kill_at(stage: Stage, operator: OperatorProcess, point: Point) -> None:
    """Kill it as soon as the cluster shows that the point is reached, and start the next one."""
    operator.start()
    eventually(lambda: point(stage), point.__name__, timeout=240, pause=0.02)
    operator.kill()


def test_killed_at_every_step_the_upgrade_ends_as_if_nobody_had_disturbed_it(
    stage: Stage, operator: OperatorProcess, uninterrupted: Manifest
) -> None:
    begin(stage)
    trail = stage.trail()

    for point in (the_revision_is_recorded, the_workload_is_switched, it_soaks, it_is_promoted):
        kill_at(stage, operator, point)
    operator.start()
    stage.await_version(NEW)

    assert end_state(stage) == uninterrupted
    assert stage.texts() == uninterrupted["governed"]["texts"]
    assert "response set ra" in stage.texts()["Corefile"]
    assert trail.kinds_of_changes().count("patch deployments") == 2  # the claim and the switch, each once
    assert trail.refused() == []

    assert stage.leader() == "replica-a"
    assert operator.stop() == 0
    assert stage.leader() == ""


def test_killed_during_a_rollback_the_next_one_finishes_it(
    stage: Stage, operator: OperatorProcess, uninterrupted: Manifest
) -> None:
    assert stage.governed() == uninterrupted["governed"]
    before, spec, trail = stage.governed(), stage.deployment()["spec"], stage.trail()
    FOUND_IN_SOAK.offer(stage.node, stage, base=NEW)
    stage.change(version=f"{NEW} || {FOUND_IN_SOAK.version}", rollout={"soak": "60s"})

    kill_at(stage, operator, the_rollback_is_decided)
    kill_at(stage, operator, the_rollback_is_written)
    operator.start()
    stage.await_version(NEW)

    held = stage.status()["quarantined"]
    assert [(one["version"], one["reason"]) for one in held] == [
        (FOUND_IN_SOAK.version, FOUND_IN_SOAK.reason)
    ]
    assert stage.governed() == before
    assert stage.deployment()["spec"] == spec
    assert trail.kinds_of_changes().count("patch deployments") == 2  # there and back, each once
    assert trail.refused() == []
