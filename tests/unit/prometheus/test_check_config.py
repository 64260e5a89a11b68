"""What an update does to a configuration that loads in both releases."""

from __future__ import annotations

import pytest

from addon_updater.addons.prometheus.check_config import Hop, check_config, intervals_of, patience, sends
from addon_updater.addons.prometheus.config_document import read_config
from addon_updater.api.versions import Version
from addon_updater.rollout.finding import Severity

QUIET = "global: {metric_name_validation_scheme: legacy}\n"
STALE = QUIET + "storage: {tsdb: {stale_series_compaction_threshold: 0.5}}\n"
RETENTION = QUIET + "storage: {tsdb: {retention: {time: 15d}}}\n"
WINDOW = QUIET + "storage: {tsdb: {out_of_order_time_window: 30m}}\n"
QUEUE = QUIET + "remote_write: [{url: http://a, enable_http2: true}]\n"
LOGIN = (
    QUIET
    + "scrape_configs: [{job_name: a, fallback_scrape_protocol: OpenMetricsText1.0.0, basic_auth: {}}]\n"
)


def scrape(settings):
    return f"{QUIET}scrape_configs: [{{job_name: a, fallback_scrape_protocol: PrometheusText0.0.4, {settings}}}]\n"


def found(text, running="2.55.1", target="3.14.0", features=()):
    return check_config(read_config(text), Hop(Version.parse(running), Version.parse(target)), features)


@pytest.mark.parametrize(
    "text, rules",
    [
        (QUIET, []),
        ("", []),
        ("scrape_configs: [{job_name: a}]", ["PrometheusContentType", "PrometheusUtf8Names"]),
        (scrape("scheme: https"), []),
        (scrape("static_configs: [{targets: [a]}]"), ["PrometheusTargetWithoutPort"]),
        (scrape("static_configs: [{targets: ['a:80']}]"), []),
        (scrape("static_configs: [{targets: ['[::1]']}]"), ["PrometheusTargetWithoutPort"]),
        (scrape("static_configs: [{targets: ['[::1]:80']}]"), []),
        (scrape("static_configs: [{targets: ['https://a/metrics']}]"), []),
        (
            scrape("metric_relabel_configs: [{source_labels: [le], regex: '1|10', action: keep}]"),
            ["PrometheusBucketRelabeling"],
        ),
        (scrape("metric_relabel_configs: [{source_labels: [le], regex: '0.5', action: keep}]"), []),
        (scrape("metric_relabel_configs: [{source_labels: [code], regex: '5', action: keep}]"), []),
        (scrape("metric_relabel_configs: [{source_labels: [le]}]"), []),
        (QUIET + "remote_write: [{url: http://a}]", ["PrometheusRemoteWriteHttp2"]),
    ],
)
def test_the_way_to_3_x_names_what_changes(text, rules):
    assert [finding.rule for finding in found(text)] == rules
    assert {finding.severity for finding in found(text)} <= {Severity.WARN}
    assert not found(text, "3.0.1", "3.1.0")


def test_targets_without_port_were_so_already_with_the_feature():
    assert not found(scrape("static_configs: [{targets: [a]}]"), features=("no-default-scrape-port",))


@pytest.mark.parametrize(
    "text, running, target, expected",
    [
        (STALE, "3.9.1", "3.13.2", [("PrometheusStaleSeriesCompaction", Severity.BLOCK)]),
        (STALE, "3.10.0", "3.13.2", [("PrometheusStaleSeriesCompaction", Severity.WARN)]),
        (STALE, "3.10.0", "3.14.0", []),
        (STALE.replace("0.5", "0"), "3.9.1", "3.13.2", []),
        (RETENTION, "3.7.3", "3.8.1", [("PrometheusRetentionUnit", Severity.BLOCK)]),
        (RETENTION, "3.8.1", "3.10.0", [("PrometheusRetentionUnit", Severity.WARN)]),
        (RETENTION, "3.8.1", "3.11.3", []),
        (WINDOW, "3.5.0", "3.13.2", [("PrometheusOutOfOrderLoss", Severity.WARN)]),
        (WINDOW, "3.5.0", "3.14.0", []),
        (WINDOW.replace("30m", "0s"), "3.5.0", "3.13.2", []),
        (QUEUE, "2.43.1", "2.55.1", [("PrometheusQueueDefaults", Severity.WARN)]),
        (QUEUE, "2.44.0", "2.55.1", []),
        (
            QUIET + "remote_write: [{url: a, queue_config: {capacity: 9}}]",
            "2.43.1",
            "2.55.1",
            [],
        ),
        (LOGIN, "3.12.0", "3.13.2", [("PrometheusRedirectCredentials", Severity.WARN)]),
        (LOGIN.replace("basic_auth: {}", "bearer_token: x, follow_redirects: false"), "3.12.0", "3.13.2", []),
        (LOGIN, "3.13.1", "3.13.2", []),
        ("# __meta_hetzner_datacenter", "3.13.2", "3.14.0", [("PrometheusHetznerLabel", Severity.WARN)]),
        ("# __meta_hetzner_datacenter_id_of_ours", "3.13.2", "3.14.0", []),
    ],
)
def test_a_defect_or_change_counts_only_where_the_update_meets_it(text, running, target, expected):
    assert [(one.rule, one.severity) for one in found(text, running, target)] == expected


@pytest.mark.parametrize(
    "text, waits_s",
    [
        ("global: {scrape_interval: 15s}", 40),
        (
            "global: {scrape_interval: 15s}\nscrape_configs: [{scrape_interval: 30s}, {scrape_interval: 1s}]",
            70,
        ),
        ("", 130),
        ("global: {scrape_interval: 1h}", 300),
    ],
)
def test_a_failure_counts_after_two_of_the_longest_scrapes(text, waits_s):
    assert patience(read_config(text)).total_seconds() == waits_s


def test_a_finding_names_the_line():
    (finding,) = found(STALE, "3.9.1", "3.13.2")

    assert finding.message.startswith("line 2: ")


@pytest.mark.parametrize(
    "text, setting",
    [
        ("remote_write: [{url: http://a}]", "remote_write"),
        ("alerting: {alertmanagers: [{static_configs: []}]}", "alerting.alertmanagers"),
        ("remote_write: []\nalerting: {alertmanagers: []}", None),
        ("remote_read: [{url: http://a}]", None),
        ("remote_write:\n", None),
    ],
)
def test_a_server_that_acts_on_others_is_known(text, setting):
    assert sends(read_config(text)) == setting


@pytest.mark.parametrize(
    "text, scrape_s, evaluation_s",
    [
        ("", 60, 60),
        ("global: {scrape_interval: 15s}", 15, 60),
        ("global: {evaluation_interval: 1m30s}", 60, 90),
    ],
)
def test_intervals_are_those_of_global(text, scrape_s, evaluation_s):
    intervals = intervals_of(read_config(text))

    assert (intervals.scrape, intervals.evaluation) == (scrape_s, evaluation_s)
