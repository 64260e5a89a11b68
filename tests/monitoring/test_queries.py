"""Every query of the dashboard against a real Prometheus that has scraped a cluster with a story."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from addon_updater import metrics
from addon_updater.api.release_status import (
    AddonReleaseStatus,
    AttemptStatus,
    CurrentStatus,
    FindingStatus,
    GateStatus,
    HistoryStatus,
    HopStatus,
    NextWindowStatus,
    PlanStatus,
    QuarantineStatus,
    TargetStatus,
)
from dashboard import build, queries
from localcluster.build import program
from localcluster.groups import PROMETHEUS_VERSIONS
from localcluster.settings import current_settings
from monitoring.scraped import scraping_prometheus
from unit.metrics.standings import conditions

RULES = Path(__file__).parents[2] / "deploy/monitoring/rules/addon-updater.yaml"
ADDONS_OWN = {
    "CoreDNS: SERVFAIL",
    "Prometheus: failed evaluations and notifications",
    "Grafana: server errors",
}
"""Panels about what an addon exports itself, which nobody does here."""


def tell_a_story(now: datetime) -> None:
    """A release at rest, one in the middle of an attempt, one that was rolled back and is blocked."""
    metrics.expect_attempts(["coredns", "prometheus", "grafana"])
    metrics.show_minors(["1.34", "1.35"], settled=34)
    for addon, verdict in (("coredns", "Passing"), ("prometheus", "Error"), ("grafana", "Warning")):
        metrics.show_readiness("1.36", addon, verdict)
    metrics.LEADING.set(1)
    metrics.api_request("GET", 200)
    hop = HopStatus(from_="2.55.1", to="3.5.0", when="Now", breaking=True, reversible=True, reason="newer")
    finding = FindingStatus(rule_id="GrafanaStop", severity="Block", message="m", remedy="r")
    minor = {"observed_kubernetes_minor": "1.34"}
    told = {
        ("kube-system", "coredns"): AddonReleaseStatus(
            **minor,
            conditions=conditions(Ready="True VersionFits", UpdateAvailable="False UpToDate"),
            current=CurrentStatus(version="1.12.1"),
            target=TargetStatus(version="1.12.1"),
            gates=[GateStatus(name="dns/service", outcome="Pass", message="")],
        ),
        ("monitoring", "prometheus"): AddonReleaseStatus(
            **minor,
            conditions=conditions(
                Ready="True VersionFits", UpdateAvailable="True InProgress", Reconciling="True Soaking"
            ),
            current=CurrentStatus(version="2.55.1"),
            target=TargetStatus(version="3.5.0"),
            plan=PlanStatus(hash="h", hops=[hop], findings=[]),
            attempt=AttemptStatus(id="a", hop="2.55.1 to 3.5.0", step="Soaking", started_at=now),
        ),
        ("monitoring", "grafana"): AddonReleaseStatus(
            **minor,
            conditions=conditions(
                Ready="False VersionUnfit", UpdateAvailable="True Blocked", Stalled="True RestoreNeeded"
            ),
            current=CurrentStatus(version="11.6.0"),
            target=TargetStatus(version="12.4.0"),
            plan=PlanStatus(hash="h", hops=[hop], findings=[finding]),
            next_window=NextWindowStatus(opens_at=now + timedelta(hours=1)),
            quarantined=[QuarantineStatus(version="12.4.0", reason="Crashed", message="", since=now)],
            history=[
                HistoryStatus(
                    revision="r", version="12.4.0", outcome="RolledBack", message="", finished_at=now
                )
            ],
        ),
    }
    for (namespace, name), status in told.items():
        metrics.show_release(metrics.standing(namespace, name, name, status, now))


def let_attempts_end() -> None:
    metrics.PASSES.labels("done").inc()
    metrics.attempt_finished("coredns", result="Promoted", reason="Promoted", seconds=40)
    metrics.attempt_finished("grafana", result="RolledBack", reason="Crashed", seconds=90)


@pytest.mark.parametrize("version", PROMETHEUS_VERSIONS)
def test_every_query_has_an_answer(version, tmp_path):
    tell_a_story(datetime.now(UTC) - timedelta(minutes=2))  # noqa: TID251 - a real Prometheus has the real time
    binary = program(current_settings(), f"prometheus-{version}", "prometheus")
    with scraping_prometheus(binary, tmp_path, RULES) as prometheus:
        prometheus.wait_for(
            "min(count_over_time(addon_updater_leader[1m])) > 1 and count(addon_updater_leader) == 2"
        )
        let_attempts_end()
        prometheus.wait_for('ALERTS{alertname="AddonUpdaterRestoreNeeded", alertstate="firing"}')
        prometheus.wait_for("count(increase(addon_updater_attempts_total[1m]) > 0) == 4")
        answers = {query: prometheus.ask(query.expression) for query in queries(build())}
        by_place = {(query.panel, query.ref_id): answer for query, answer in answers.items()}
    silent = {panel for (panel, _), answer in by_place.items() if not answer}
    assert silent - ADDONS_OWN == set()
    counts = {
        panel: float(answer[0]["value"][1])
        for (panel, ref), answer in by_place.items()
        if ref == "A" and answer
    }
    assert counts["Up to date"] == 1
    assert counts["Attempts running"] == 1
    assert counts["Stalled"] == 1
    assert counts["Rolled back (24 h)"] == 1
    assert counts["Promoted (30 d)"] == pytest.approx(0.5)
    matrix = {
        (row["metric"]["addon"], row["metric"]["minor"]): row["value"][1]
        for row in by_place["Addon by Kubernetes minor", "A"]
    }
    assert matrix["coredns", "1.34"] == matrix["coredns", "1.36"] == "3"
    assert matrix["grafana", "1.34"] == matrix["prometheus", "1.36"] == "0"
