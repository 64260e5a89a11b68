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
    SecurityStatus,
    TargetStatus,
)
from dashboard import build, queries
from dashboard.grafana_tables import tables
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
            security=[SecurityStatus(id="CVE-2026-1", severity="High", message="m")],
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


@pytest.fixture(scope="module", params=PROMETHEUS_VERSIONS)
def answers(request, tmp_path_factory):
    """The answer to every query by panel and refId, after the story."""
    metrics.forget_releases()
    tell_a_story(datetime.now(UTC) - timedelta(minutes=2))  # noqa: TID251 - a real Prometheus has the real time
    binary = program(current_settings(), f"prometheus-{request.param}", "prometheus")
    with scraping_prometheus(binary, tmp_path_factory.mktemp("prometheus"), RULES) as prometheus:
        prometheus.wait_for(
            "min(count_over_time(addon_updater_leader[1m])) > 1 and count(addon_updater_leader) == 2"
        )
        let_attempts_end()
        prometheus.wait_for('ALERTS{alertname="AddonUpdaterRestoreNeeded", alertstate="firing"}')
        prometheus.wait_for("count(increase(addon_updater_attempts_total[1m]) > 0) == 4")
        at = datetime.now(UTC)  # noqa: TID251 - one moment for all, as Grafana asks the queries of a panel
        return {
            (query.panel, query.ref_id): prometheus.ask(query.expression, at) for query in queries(build())
        }


def test_every_query_has_an_answer(answers):
    assert {panel for (panel, _), answer in answers.items() if not answer} - ADDONS_OWN == set()


@pytest.mark.parametrize(
    "panel, number",
    {
        "Up to date": 1,
        "Attempts running": 1,
        "Blocked": 0,
        "Stalled": 1,
        "Rolled back (24 h)": 1,
        "Operator": 1,
        "Promoted (30 d)": 0.5,
    }.items(),
)
def test_a_number_is_right(answers, panel, number):
    (series,) = answers[panel, "A"]
    assert float(series["value"][1]) == pytest.approx(number)


def test_tables_are_right_after_grafanas_own_transformations(answers):
    shown = tables(build(), answers, current_settings())
    versions = {row["Release"]: row for row in shown["Versions"]}
    assert len(shown["Versions"]) == 3
    assert versions["coredns"].items() >= {"Runs": "1.12.1", "Phase": "Idle", "Last attempt": None}.items()
    assert versions["prometheus"].items() >= {"Wants": "3.5.0", "Phase": "Soaking", "Hops left": 1}.items()
    assert versions["grafana"].items() >= {"Last attempt": "RolledBack", "Quarantined": 1}.items()
    waiting = {
        (row["Release"], row["Condition"], row["Reason"]) for row in shown["Waiting, blocked and stalled"]
    }
    assert waiting == {
        ("prometheus", "UpdateAvailable", "InProgress"),
        ("grafana", "UpdateAvailable", "Blocked"),
        ("grafana", "Stalled", "RestoreNeeded"),
    }
    assert [row["Rule"] for row in shown["Findings about the next hop"]] == ["GrafanaStop"]
    assert "AddonUpdaterRestoreNeeded" in {row["Alert"] for row in shown["Alerts"]}
    matrix = {row.pop(r"addon\minor"): row for row in shown["Addon by Kubernetes minor"]}
    assert matrix == {
        "coredns": {"1.34": 3, "1.36": 3},
        "prometheus": {"1.34": 3, "1.36": 0},
        "grafana": {"1.34": 0, "1.36": 2},
    }
    way = shown["The way to the wanted version"]
    assert {(row["Release"], row["From"], row["To"], row["Breaking"]) for row in way} == {
        ("prometheus", "2.55.1", "3.5.0", "true"),
        ("grafana", "2.55.1", "3.5.0", "true"),
    }
