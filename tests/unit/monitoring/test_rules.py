"""The alert rules: each complete, and each proven to fire and not to fire."""

import re
from pathlib import Path

import pytest
import yaml

from unit.metrics.exported import known_series

ROOT = Path(__file__).parents[3]
RULES = yaml.safe_load((ROOT / "deploy/monitoring/rules/addon-updater.yaml").read_text())
TESTS = yaml.safe_load((ROOT / "tests/monitoring/alerts_test.yaml").read_text())["tests"]
ALERTS = [rule for group in RULES["groups"] for rule in group["rules"]]
KNOWN = known_series()

by_alert = pytest.mark.parametrize("rule", ALERTS, ids=lambda rule: rule["alert"])


@by_alert
def test_an_alert_has_a_severity_words_and_a_page(rule):
    assert re.fullmatch(r"AddonUpdater([A-Z][a-z]+)+", rule["alert"])
    assert rule["labels"].keys() == {"severity"}
    assert rule["labels"]["severity"] in {"critical", "warning", "info"}
    assert rule["annotations"].keys() == {"summary", "description", "runbook_url"}
    assert [key for key in ("summary", "description") if not rule["annotations"][key].endswith(".")] == []


@by_alert
def test_an_alert_asks_only_for_what_the_operator_exports_and_says_only_labels_that_it_keeps(rule):
    for name, matchers in re.findall(r"\b(addon_updater_\w+)(?:\{([^}]*)\})?", rule["expr"]):
        assert set(re.findall(r"(\w+)\s*[=!]", matchers)) <= KNOWN[name]
    kept = {
        label.strip()
        for labels in re.findall(r"\bby \(([^)]*)\)", rule["expr"])
        for label in labels.split(",")
    }
    said = set(re.findall(r"\$labels\.(\w+)", " ".join(rule["annotations"].values())))
    assert said <= kept


@by_alert
def test_an_alert_is_proven_to_fire_and_not_to_fire(rule):
    checks = [
        check for test in TESTS for check in test["alert_rule_test"] if check["alertname"] == rule["alert"]
    ]
    assert {bool(check["exp_alerts"]) for check in checks} == {True, False}
