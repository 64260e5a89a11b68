"""What one hop costs the API server, by its own audit log: the exact writes of each addon, in their order.

The budget: intent and revision, which are one object, the workload, the result, and one Event. A new configuration
adds two writes at most, a rehearsal two, and each Job that a hop of the addon needs one. The Lease and the status are
counted apart. No addon runs here: kwok plays the pods, a stand-in gives the answers of a good release.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from cluster.played_operator import PlayedOperator
from cluster.ports import free_port
from localcluster import Cluster, install_coredns
from localcluster.grafana import install_grafana
from localcluster.images import OPERATOR_IMAGE
from localcluster.prometheus import install_prometheus
from node.audit_trail import AuditTrail
from node.monitoring_stage import GRAFANA, PROMETHEUS, wish
from node.operator_under_test import govern_monitoring, install_without_workload
from node.raw_api import RawApi
from node.stage import COREDNS, Stage, Subject
from unit.rollout.manifests import SHORT_HEADER

INTENT, SWITCH, RESULT = "create controllerrevisions", "patch deployments", "patch controllerrevisions"
REHEARSAL_BEGINS, REHEARSAL_ENDS = "create pods", "delete pods"
JOB, CONFIGURATION = "create jobs", "patch configmaps"
BASELINE_RISES = "patch controllerrevisions"
"""Once for each minor of the cluster, after the last hop that the minor lets in."""
MOST_STATUS_WRITES = 15
"""Each step of an attempt is told once, and what it waits for."""


@dataclass(frozen=True)
class Hop:
    """A hop of an addon, and every change that it makes."""

    subject: Subject
    install: Callable[[Cluster, str], None]
    start: str
    to: str
    writes: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.subject.addon} {self.start} to {self.to}"


def coredns_of_a_team(cluster: Cluster, version: str) -> None:
    """With a Corefile that CoreDNS reads up to 1.12 as it is."""
    install_coredns(cluster, version, SHORT_HEADER)


HOPS = (
    Hop(
        COREDNS,
        coredns_of_a_team,
        "1.11.3",
        "1.12.1",
        (INTENT, REHEARSAL_BEGINS, SWITCH, REHEARSAL_ENDS, RESULT),
    ),
    Hop(
        PROMETHEUS,
        install_prometheus,
        "2.55.1",
        "3.13.2",
        (INTENT, JOB, REHEARSAL_BEGINS, SWITCH, REHEARSAL_ENDS, RESULT),
    ),
    Hop(
        GRAFANA,
        install_grafana,
        "11.6.16",
        "12.4.9",
        (INTENT, REHEARSAL_BEGINS, JOB, SWITCH, REHEARSAL_ENDS, RESULT),
    ),
)


@pytest.fixture(scope="module")
def operated(
    make_control_plane: Callable[..., Cluster], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Cluster]:
    """A control plane of its own, which a test upgrades, and an operator that has nothing to do yet."""
    cluster = make_control_plane("budgets")
    install_without_workload(cluster)
    govern_monitoring(cluster)
    folder = tmp_path_factory.mktemp("operator")
    operator = PlayedOperator(cluster, folder, port=free_port(), resync="10m", tools_image=OPERATOR_IMAGE)
    operator.start()
    yield cluster
    assert operator.is_running, operator.log[-2000:]
    operator.kill()


def governed(cluster: Cluster, hop: Hop) -> Stage:
    """The addon as it was installed, adopted, and not moving yet."""
    stage = Stage(cluster, RawApi(cluster.kubeconfig), hop.subject)
    hop.install(cluster, hop.start)
    adoption = stage.trail()
    stage.declare(**wish(hop.start, hop.to), suspend=True)
    stage.await_reason("UpdateAvailable", "Suspended")
    # What is found is recorded, and the workload is claimed: two writes, once in the life of a release.
    assert adoption.kinds_of_changes() == [INTENT, SWITCH]
    return stage


@pytest.mark.parametrize("hop", HOPS, ids=str)
def test_a_hop_makes_exactly_these_writes_and_one_event(operated: Cluster, hop: Hop) -> None:
    stage = governed(operated, hop)
    trail = stage.trail()
    stage.change(suspend=None)
    stage.await_version(hop.to)
    assert tuple(trail.kinds_of_changes()) == hop.writes
    assert trail.refused() == []
    tells_briefly(trail)
    stage.clear()


def test_a_new_configuration_adds_two_writes(operated: Cluster) -> None:
    stage = Stage(operated, RawApi(operated.kubeconfig))
    if stage.api.get(stage.subject.workload) is None:
        coredns_of_a_team(operated, "1.12.1")
    stage.declare()
    stage.await_version("1.12.1")
    trail = stage.trail()
    operated.upgrade("1.35")
    stage.await_version("1.13.1")
    assert stage.texts()["Corefile"] != SHORT_HEADER
    assert trail.kinds_of_changes() == [
        INTENT,
        CONFIGURATION,
        REHEARSAL_BEGINS,
        SWITCH,
        REHEARSAL_ENDS,
        RESULT,
        CONFIGURATION,
        BASELINE_RISES,
    ]
    tells_briefly(trail)


def tells_briefly(trail: AuditTrail) -> None:
    """One Event, and a status write for each step."""
    told: Counter[str] = Counter(one.resource for one in trail.asked() if one.verb in {"create", "patch"})
    assert told["events"] == 1
    assert told["addonreleases/status"] <= MOST_STATUS_WRITES
