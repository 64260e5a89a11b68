"""Prometheus moves from 2.x to 3.x with its data, arguments and configuration, or stays as it was to the byte."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from localcluster import Node
from localcluster.images import prometheus_fault_image, prometheus_image
from localcluster.prometheus import (
    PROMETHEUS_ARGS,
    install_prometheus,
    remove_prometheus,
)
from node.end_state import end_state
from node.monitoring_stage import (
    OLD_CONFIG,
    OLD_FLAGS,
    PROMETHEUS,
    PROMETHEUS_SET,
    NeverMade,
    as_delivered,
    governing,
    kill_at,
    quarantined,
    remembers,
    runs,
    succeeded,
    the_intent_is_recorded,
    wish,
    written_at,
)
from node.operator_under_test import OperatorProcess
from node.raw_api import Manifest, RawApi, eventually
from node.stage import Stage, Subject

pytestmark = pytest.mark.node

OLD, NEW = "2.55.1", "3.13.2"
BAD = "3.13.91"
OLD_ALERTING = f"""\
{OLD_CONFIG}alerting:
  alertmanagers:
    - api_version: v1
      static_configs: [{{targets: ["localhost:9093"]}}]
"""
ON_A_VOLUME: dict[str, Any] = {
    "strategy": "RollingUpdate",
    "config": OLD_CONFIG,
    "args": (*PROMETHEUS_ARGS, *OLD_FLAGS),
}


@dataclass(frozen=True)
class Bad:
    """A release that must not stay: what is wrong with its image, and what that is called."""

    name: str
    mode: str
    reason: str
    told: str
    install: dict[str, Any] = field(default_factory=dict)
    subject: Subject = PROMETHEUS
    switches: int = 0
    """How often the workload is told to run it."""
    stuck_pods: int = 0
    soak: str = "3s"
    version: str = BAD

    def offer(self, stage: Stage) -> None:
        """Put the image on the node and the version into the catalog."""
        stage.node.load_image(prometheus_fault_image(self.version, self.mode, NEW, seconds=12))
        NeverMade("prometheus", self.version, OLD).offer(stage)


BAD_RELEASES = (
    Bad(
        "loses its targets after the switch",
        "targets-lost-after",
        "GateFailed",
        "no target is discovered",
        {**ON_A_VOLUME, "config": OLD_ALERTING},
        switches=1,
        soak="20s",
    ),
    Bad(
        "answers errors after the switch",
        "api-errors-after",
        "GateFailed",
        "503",
        {"persistent": False},
        switches=1,
        soak="20s",
    ),
    Bad(
        "crashes as the pod of a StatefulSet",
        "crash",
        "Crashed",
        "prometheus-0",
        {"kind": "StatefulSet"},
        PROMETHEUS_SET,
        switches=1,
        stuck_pods=1,
    ),
)


@pytest.fixture(scope="module")
def operator(monitored: Node, tmp_path_factory: pytest.TempPathFactory) -> Iterator[OperatorProcess]:
    for version in (OLD, NEW):
        monitored.load_image(prometheus_image(version))
    operator = OperatorProcess(monitored, tmp_path_factory.mktemp("operator"))
    yield operator
    operator.kill()


@pytest.fixture(autouse=True)
def removed(monitored: Node, api: RawApi) -> Iterator[None]:
    """Every test begins with no Prometheus; the operator may run."""
    remove_prometheus(monitored)
    yield
    Stage(monitored, api, PROMETHEUS).clear()
    remove_prometheus(monitored)


def began(node: Node, api: RawApi, subject: Subject = PROMETHEUS, **install: Any) -> Stage:
    """The old Prometheus as a team installed it."""
    install_prometheus(node, OLD, **install)
    return Stage(node, api, subject)


def the_configuration_is_checked(stage: Stage) -> object:
    return succeeded(stage, "check-config")


def its_gates_are_asked(stage: Stage) -> object:
    return runs(stage.node) == NEW


def moved(stage: Stage) -> Manifest:
    """The upgrade by an operator that nobody disturbs has ended; all that it left."""
    stage.await_version(NEW)
    assert runs(stage.node) == NEW
    assert succeeded(stage, "check-config")
    assert [entry["outcome"] for entry in stage.status()["history"]] == ["Promoted", "Adopted"]
    return end_state(stage)


def test_2_moves_to_3_with_data_flags_and_configuration_wherever_the_operator_is_killed(
    monitored: Node, api: RawApi, operator: OperatorProcess
) -> None:
    stage = began(monitored, api, **ON_A_VOLUME)
    moment, trail = written_at(monitored), stage.trail()
    stage.declare(**wish(OLD, NEW))
    operator.keep_running()
    undisturbed = moved(stage)
    operator.kill()

    assert remembers(monitored, moment)
    governed, texts = stage.governed(), stage.texts()
    assert governed["args"] == list(PROMETHEUS_ARGS)
    assert texts["prometheus.yml"] == OLD_CONFIG.replace("    scrape_", "    always_scrape_")
    assert stage.deployment()["spec"]["strategy"] == {"type": "Recreate"}
    assert trail.kinds_of_changes().count("patch deployments") == 3  # the claim, the strategy, the switch
    assert trail.kinds_of_changes().count("create pods") == 1  # the rehearsal
    assert trail.refused() == []

    stage.clear()
    remove_prometheus(monitored)
    stage, trail = began(monitored, api, **ON_A_VOLUME), stage.trail()
    stage.declare(**wish(OLD, NEW))
    for point in (the_intent_is_recorded, the_configuration_is_checked, its_gates_are_asked):
        kill_at(stage, operator, point)
    operator.start()
    assert moved(stage) == undisturbed
    assert trail.kinds_of_changes().count("patch deployments") == 3
    assert trail.refused() == []


@pytest.mark.parametrize(
    ("subject", "install"),
    [
        pytest.param(PROMETHEUS, {"persistent": False, "strategy": "RollingUpdate"}, id="without a volume"),
        pytest.param(PROMETHEUS_SET, {"kind": "StatefulSet"}, id="as a StatefulSet"),
    ],
)
def test_2_moves_to_3(
    monitored: Node, api: RawApi, operator: OperatorProcess, subject: Subject, install: dict[str, Any]
) -> None:
    stage = began(monitored, api, subject, **install)
    moment, trail = written_at(monitored), stage.trail()
    before = as_delivered(stage)["texts"]
    stage.declare(**wish(OLD, NEW), **governing(subject))
    operator.keep_running()
    moved(stage)
    assert stage.texts() == before
    assert remembers(monitored, moment) == install.get("persistent", True)
    assert trail.kinds_of_changes().count(f"patch {subject.workloads}") == 2  # the claim and the switch
    assert trail.refused() == []


@pytest.mark.parametrize("bad", BAD_RELEASES, ids=lambda bad: bad.name)
def test_2_serves_on_with_its_data_when_a_release_of_3(
    monitored: Node, api: RawApi, operator: OperatorProcess, bad: Bad
) -> None:
    stage = began(monitored, api, bad.subject, **bad.install)
    bad.offer(stage)
    moment, before, trail = written_at(monitored), as_delivered(stage), stage.trail()
    stage.declare(**wish(OLD, bad.version, soak=bad.soak), **governing(bad.subject))
    operator.keep_running()
    assert quarantined(stage) == [(bad.version, bad.reason)]
    assert bad.told in stage.status()["quarantined"][0]["message"]
    stage.await_version(OLD)

    assert as_delivered(stage) == before
    assert runs(monitored) == OLD
    if bad.install.get("persistent", True):
        assert remembers(monitored, moment)
    changes = trail.kinds_of_changes()
    assert changes.count("delete pods") - changes.count("create pods") == bad.stuck_pods
    there_and_back = eventually(lambda: changes.count(f"patch {bad.subject.workloads}"), "the claim")
    strategy = int(bad.install.get("strategy") == "RollingUpdate")
    assert there_and_back == 1 + strategy * bad.switches + 2 * bad.switches
    assert trail.refused() == []
