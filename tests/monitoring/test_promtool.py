"""Alerts, queries and metrics before the real promtool of every line of Prometheus that we know."""

import shutil
from pathlib import Path

import yaml

from addon_updater import metrics
from dashboard import build, queries
from unit.metrics.standings import stands

ROOT = Path(__file__).parents[2]
RULES = ROOT / "deploy/monitoring/rules/addon-updater.yaml"
TESTS = Path(__file__).parent / "alerts_test.yaml"


def test_every_alert_fires_when_it_should_and_only_then(promtool, tmp_path):
    shutil.copy(RULES, tmp_path)
    answer = promtool("test", "rules", str(shutil.copy(TESTS, tmp_path)))
    assert answer.returncode == 0, answer.stdout


def test_an_alert_that_no_longer_fires_does_not_go_unnoticed(promtool, tmp_path):
    (tmp_path / RULES.name).write_text(RULES.read_text().replace('reason="RollbackFailed"', 'reason="None"'))
    cases = yaml.safe_load(TESTS.read_text())
    cases["tests"] = [case for case in cases["tests"] if "RollbackFailed" in case["name"]]
    (tmp_path / TESTS.name).write_text(yaml.safe_dump(cases))
    answer = promtool("test", "rules", TESTS.name)
    assert answer.returncode != 0
    assert "AddonUpdaterRollbackFailed" in answer.stdout


def as_rules(*expressions: str) -> str:
    rules = [
        {"record": f"dashboard:query:{number}", "expr": expression}
        for number, expression in enumerate(expressions)
    ]
    return yaml.safe_dump({"groups": [{"name": "dashboard", "rules": rules}]})


def test_every_query_of_the_dashboard_is_promql(promtool, tmp_path):
    expressions = [query.expression for query in queries(build())]
    (tmp_path / "queries.yaml").write_text(as_rules(*expressions))
    answer = promtool("check", "rules", "queries.yaml")
    assert answer.returncode == 0, answer.stdout
    assert f"{len(expressions)} rules found" in answer.stdout


def test_a_query_that_is_no_promql_does_not_go_unnoticed(promtool, tmp_path):
    (tmp_path / "queries.yaml").write_text(as_rules("sum by (addon (up)"))
    assert promtool("check", "rules", "queries.yaml").returncode != 0


def test_the_exposition_can_be_read_and_follows_the_conventions_of_prometheus(promtool):
    metrics.expect_attempts(["coredns"])
    metrics.show_release(stands())
    metrics.show_readiness("1.36", "coredns", "Passing")
    answer = promtool("check", "metrics", stdin=metrics.exposition().decode())
    assert (answer.returncode, answer.stdout) == (0, ""), answer.stdout
