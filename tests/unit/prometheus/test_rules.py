"""Rules that 3.x refuses, or that go silent in it."""

from __future__ import annotations

import pytest

from addon_updater.addons.prometheus.durations import seconds
from addon_updater.addons.prometheus.rules import Intervals, check_rules
from addon_updater.api.versions import Version
from addon_updater.rollout.finding import Severity

EVERY = Intervals(scrape=30.0, evaluation=60.0)


def found(expression, running="2.55.1", target="3.13.2"):
    text = f"groups:\n- name: g\n  rules:\n  - record: r\n    expr: |\n      {expression}\n"
    return check_rules(
        {"rules.yml": text}, running=Version.parse(running), target=Version.parse(target), intervals=EVERY
    )


@pytest.mark.parametrize(
    "expression, rules",
    [
        ("holt_winters(x[5m], 0.5, 0.5)", ["PrometheusHoltWinters"]),
        ("my_holt_winters(x)", []),
        ('x_bucket{le="1"}', ["PrometheusBucketLabel"]),
        ("x_bucket{le='10', a=\"b\"}", ["PrometheusBucketLabel"]),
        ('x_bucket{le!="1"}', ["PrometheusBucketLabel"]),
        ('x_bucket{le=~"0.5|1"}', ["PrometheusBucketLabel"]),
        ('x{quantile="1"}', ["PrometheusBucketLabel"]),
        ('x_bucket{le="0.5"}', []),
        ('x_bucket{le="1.0"}', []),
        ('x_bucket{le=~"1(\\\\.0)?"}', []),
        ('x_bucket{le="+Inf"}', []),
        ('x{module="1", title="2"}', []),
        ("rate(x[1m:1m])", ["PrometheusSubqueryTooShort"]),
        ("max_over_time(rate(x[5m])[1m:1m])", []),
        ("deriv(x[1m:])", ["PrometheusSubqueryTooShort"]),
        ("rate(x[2m:1m])", []),
        ("rate(x[30s])", ["PrometheusRangeTooShort"]),
        ("rate(x[1m])", []),
        ("increase(sum(x)[45s:30s])", ["PrometheusSubqueryTooShort"]),
        ("count_over_time(x[5m])", ["PrometheusRangeLeftOpen"]),
        ("sum_over_time(x[40s])", []),
        ("sum(rate(x[5m])) by (job) > 1", []),
    ],
)
def test_an_expression_that_changes_its_meaning_is_named(expression, rules):
    assert [finding.rule for finding in found(expression)] == rules


@pytest.mark.parametrize(
    "expression, running, target, rules",
    [
        ("prometheus_notifications_dropped_total", "3.9.1", "3.10.0", ["PrometheusMetricChanged"]),
        ("prometheus_notifications_dropped_total", "3.10.0", "3.13.2", []),
        ("prometheus_remote_storage_metadata_total", "3.15.1", "3.16.0", ["PrometheusMetricChanged"]),
        ("prometheus_api_remote_read_queries", "2.55.1", "3.1.0", []),
        ("prometheus_api_remote_read_queries", "2.55.1", "3.2.1", ["PrometheusMetricChanged"]),
        ("x[min(5m, 1h)]", "3.12.0", "3.13.2", ["PrometheusDurationFunction"]),
        ('holt_winters(x{le="1"}[5m],1,1)', "2.45.6", "2.55.1", []),
    ],
)
def test_a_change_is_told_by_the_update_that_passes_it(expression, running, target, rules):
    assert [finding.rule for finding in found(expression, running, target)] == rules


def test_a_finding_names_file_and_line_and_only_a_refusal_blocks():
    (finding,) = found("holt_winters(x[5m], 0.5, 0.5)")

    assert finding.message.startswith("rules.yml line 5: ")
    assert finding.severity is Severity.BLOCK
    assert {one.severity for one in found('rate(x{le="1"}[30s])')} == {Severity.WARN}


def test_a_file_that_is_no_yaml_blocks():
    (finding,) = check_rules(
        {"r.yml": "groups: ["},
        running=Version.parse("3.13.1"),
        target=Version.parse("3.13.2"),
        intervals=EVERY,
    )

    assert (finding.rule, finding.severity) == ("PrometheusRuleFile", Severity.BLOCK)


@pytest.mark.parametrize(
    "text, length",
    [
        ("15s", 15.0),
        ("1h30m", 5400.0),
        ("100ms", 0.1),
        ("0", 0.0),
        ("1d", 86400.0),
        ("5", None),
        ("", None),
        ("1m5", None),
    ],
)
def test_durations_are_read_in_seconds(text, length):
    assert seconds(text) == (pytest.approx(length) if length is not None else None)
