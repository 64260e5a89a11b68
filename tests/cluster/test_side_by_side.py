"""Three addons under one operator: who waits for whom, and what happens to all of them when two fail.

No addon runs here: kwok plays the pods, which crash where the tag of an image says so.
"""

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import NamedTuple

import pytest

from addon_updater.cluster import clock
from cluster.played_operator import PlayedOperator
from cluster.ports import free_port
from localcluster import Cluster, install_coredns
from localcluster.grafana import install_grafana
from localcluster.images import OPERATOR_IMAGE
from localcluster.prometheus import install_prometheus
from node.monitoring_stage import GRAFANA, PROMETHEUS, NeverMade, annotation, quarantined, wish
from node.operator_under_test import govern_monitoring, install_without_workload
from node.raw_api import RawApi, eventually
from node.stage import COREDNS, Stage

OPEN = "CircuitBreakerOpen"


class Span(NamedTuple):
    """From the intent of an attempt to its result."""

    began: datetime
    ended: datetime


class Addons(NamedTuple):
    """The three of them, and who governs them."""

    coredns: Stage
    prometheus: Stage
    grafana: Stage
    operator: PlayedOperator

    @property
    def stages(self) -> tuple[Stage, ...]:
        """The addons alone."""
        return self[:3]


@pytest.fixture(scope="module")
def addons(
    make_control_plane: Callable[..., Cluster], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Addons]:
    """Prometheus and Grafana have failed at the same time, and CoreDNS has an update that nobody has let start."""
    cluster = make_control_plane("side-by-side")
    install_without_workload(cluster)
    govern_monitoring(cluster)
    folder = tmp_path_factory.mktemp("operator")
    operator = PlayedOperator(cluster, folder, port=free_port(), resync="10m", tools_image=OPERATOR_IMAGE)
    coredns, prometheus, grafana = (
        Stage(cluster, RawApi(cluster.kubeconfig), subject) for subject in (COREDNS, PROMETHEUS, GRAFANA)
    )
    install_coredns(cluster, "1.11.3")
    install_prometheus(cluster, "2.55.1")
    install_grafana(cluster, "11.6.16")
    operator.start()
    coredns.declare(**wish("1.11.3", "1.12.1"), suspend=True)
    coredns.await_reason("UpdateAvailable", "Suspended")
    for stage, old, new in ((prometheus, "2.55.1", "2.55.92"), (grafana, "11.6.16", "11.6.92")):
        stage.declare(**wish(old, new))
        stage.await_version(old)
    # Both at once, so that neither failure is known when the other one starts.
    for stage, new in ((grafana, "11.6.92"), (prometheus, "2.55.92")):
        floor = new.rpartition(".")[0] + ".0"
        NeverMade(stage.subject.addon, new, floor, f"v{new}-crash").offer(stage)
    yield Addons(coredns, prometheus, grafana, operator)
    assert operator.is_running, operator.log[-2000:]
    operator.kill()


def attempts(stage: Stage) -> list[Span]:
    """Every attempt of an addon that has come to its end, oldest first."""
    notes = [(annotation(one, "attempt"), annotation(one, "outcome")) for one in stage.revisions()]
    return [
        Span(
            datetime.fromisoformat(json.loads(intent)["startedAt"]),
            datetime.fromisoformat(json.loads(result)["at"]),
        )
        for intent, result in notes
        if intent and result
    ]


def test_each_of_two_that_fail_goes_back_and_is_told_why(addons: Addons) -> None:
    """The Job that checks the configuration runs the new image as well, and comes first."""
    assert quarantined(addons.prometheus) == [("2.55.92", "CheckFailed")]
    assert quarantined(addons.grafana) == [("11.6.92", "Crashed")]


def test_prometheus_does_not_begin_while_another_one_is_on_its_way(addons: Addons) -> None:
    (tried,) = attempts(addons.prometheus)
    for stage in (addons.coredns, addons.grafana):
        assert not [one for one in attempts(stage) if one.began < tried.began < one.ended]


def test_then_all_say_that_the_circuit_is_broken_and_who_broke_it(addons: Addons) -> None:
    for stage in addons.stages:
        told = stage.await_reason(OPEN, "CircuitBroken")
        assert told["status"] == "True"
        assert "monitoring/prometheus" in told["message"]
        assert "monitoring/grafana" in told["message"]


def test_what_could_start_now_waits_and_a_restart_forgets_nothing(addons: Addons) -> None:
    trail = addons.coredns.trail()
    addons.coredns.change(suspend=None)
    waiting = addons.coredns.await_reason("UpdateAvailable", "CircuitBroken")
    assert "kubectl addons reset-breaker" in waiting["message"]
    addons.operator.start()
    eventually(addons.coredns.leader, "a leader")
    addons.coredns.annotate("requestedAt", moment := clock.now().isoformat())
    eventually(
        lambda: (addons.coredns.status().get("lastHandled") or {}).get("requestedAt") == moment, "a new look"
    )
    assert addons.coredns.reason("UpdateAvailable") == "CircuitBroken"
    assert trail.changes() == []


def test_a_reset_on_any_of_them_lets_all_go_on(addons: Addons) -> None:
    moment = clock.now().isoformat()
    addons.grafana.annotate("resetBreakerAt", moment)
    addons.coredns.await_version("1.12.1")
    eventually(lambda: not any(stage.condition(OPEN) for stage in addons.stages), "no open circuit breaker")
    assert addons.grafana.status()["lastHandled"]["resetBreakerAt"] == moment
    assert quarantined(addons.grafana) == [("11.6.92", "Crashed")]
