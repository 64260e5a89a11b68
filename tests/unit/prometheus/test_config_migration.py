"""A configuration of 2.x becomes one of 3.x; comments, order and layout stay."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from addon_updater.addons.prometheus.config_migration import migrate_config
from addon_updater.api.versions import Version

OLD = """\
# Written by the team; do not format.
global:
  external_labels: {cluster: "a$b", plain: c}   # one line
alerting:
  alertmanagers:
    - api_version: v1   # since 2019
      static_configs: [{targets: [am:9093]}]
    - api_version: 'v1'
scrape_configs:
  - job_name: a
    scrape_classic_histograms: true
  - {job_name: b, scrape_classic_histograms: false}
"""
NEW = """\
# Written by the team; do not format.
global:
  external_labels: {cluster: "a$$b", plain: c}   # one line
alerting:
  alertmanagers:
    - api_version: v2   # since 2019
      static_configs: [{targets: [am:9093]}]
    - api_version: 'v2'
scrape_configs:
  - job_name: a
    always_scrape_classic_histograms: true
  - {job_name: b, always_scrape_classic_histograms: false}
"""
LABELS = st.dictionaries(st.sampled_from("abc"), st.text(st.sampled_from("x$y{}"), max_size=4), max_size=3)


def migrated(text, running="2.55.1", target="3.13.2", features=()):
    return migrate_config(
        text, running=Version.parse(running), target=Version.parse(target), features=features
    )


def test_everything_that_3_x_reads_differently_is_edited_in_place():
    migration = migrated(OLD)

    assert migration.text == NEW
    assert [change.rule for change in migration.changes] == [
        "PrometheusAlertmanagerApi",
        "PrometheusAlertmanagerApi",
        "PrometheusClassicHistograms",
        "PrometheusClassicHistograms",
        "PrometheusExternalLabelDollar",
    ]
    assert "line 6:" in migration.changes[0].message
    assert not migration.obstacles


@pytest.mark.parametrize(
    "running, target", [("2.45.6", "2.55.1"), ("2.55.1", "2.53.5"), ("3.13.2", "2.55.1")]
)
def test_nothing_is_edited_on_the_way_to_a_2_x(running, target):
    assert migrated(OLD, running, target).text == OLD


def test_with_expanded_labels_in_2_x_the_dollar_means_the_same_in_both():
    assert '"a$b"' in migrated(OLD, features=("expand-external-labels",)).text


def test_an_old_text_that_comes_back_is_put_right_but_its_dollars_are_taken_as_3_x_reads_them():
    again = migrated(OLD, running="3.13.2", target="3.13.2").text

    assert "always_scrape_classic_histograms: true" in again
    assert "api_version: v2" in again
    assert '"a$b"' in again


def test_a_text_that_needs_nothing_stays_the_same_object():
    text = "scrape_configs: []\n"

    assert migrated(text).text is text


@pytest.mark.parametrize(
    "case, text, after",
    [
        (
            "before the first key of global",
            "global:\n  # how often\n  scrape_interval: 15s\n",
            "global:\n  # how often\n  scrape_native_histograms: true\n  scrape_interval: 15s\n",
        ),
        (
            "a global of its own",
            "# top\n---\nscrape_configs: []\n",
            "# top\n---\nglobal:\n  scrape_native_histograms: true\nscrape_configs: []\n",
        ),
        (
            "Windows line ends",
            "global:\r\n    scrape_interval: 15s\r\n",
            "global:\r\n    scrape_native_histograms: true\r\n    scrape_interval: 15s\r\n",
        ),
        (
            "global in one line",
            "global: {scrape_interval: 15s}\n",
            "global: {scrape_native_histograms: true, scrape_interval: 15s}\n",
        ),
        (
            "a choice that was made",
            "global:\n  scrape_native_histograms: false\n",
            "global:\n  scrape_native_histograms: false\n",
        ),
    ],
)
def test_native_histograms_go_on_when_the_feature_ends(case, text, after):
    assert migrated(text, features=("native-histograms",)).text == after, case
    assert migrated(text, target="3.8.1", features=("native-histograms",)).text == text
    assert migrated(text).text == text


@pytest.mark.parametrize(
    "text, features, rule",
    [
        ('global: {external_labels: {a: "\\x24b"}}\n', (), "PrometheusExternalLabelDollar"),
        ("global: {}\n", ("native-histograms",), "PrometheusNativeHistograms"),
        ("global:\nscrape_configs: []\n", ("native-histograms",), "PrometheusNativeHistograms"),
        ("{scrape_configs: []}\n", ("native-histograms",), "PrometheusNativeHistograms"),
        ('alerting: {alertmanagers: [{api_version: "\\x76\\x31"}]}\n', (), "PrometheusAlertmanagerApi"),
    ],
)
def test_what_cannot_be_edited_safely_is_an_obstacle_and_stays(text, features, rule):
    migration = migrated(text, features=features)

    assert migration.text == text
    assert [obstacle.rule for obstacle in migration.obstacles] == [rule]


def test_a_job_that_others_merge_is_renamed_once():
    text = "scrape_configs:\n- &a\n  scrape_classic_histograms: true\n- <<: *a\n  job_name: b\n"

    assert migrated(text).text == text.replace("scrape_classic", "always_scrape_classic")


@given(
    labels=LABELS,
    style=st.sampled_from([None, '"', "'"]),
    flow=st.booleans(),
    classic=st.lists(st.booleans(), max_size=3),
    api=st.lists(st.sampled_from(["v1", "v2"]), max_size=3),
)
def test_the_new_text_says_what_the_old_one_said_in_the_words_of_3_x(labels, style, flow, classic, api):
    old = {
        "global": {"external_labels": labels},
        "alerting": {"alertmanagers": [{"api_version": version} for version in api]},
        "scrape_configs": [{"scrape_classic_histograms": value} for value in classic],
    }
    new = {
        "global": {"external_labels": {name: value.replace("$", "$$") for name, value in labels.items()}},
        "alerting": {"alertmanagers": [{"api_version": "v2"} for _ in api]},
        "scrape_configs": [{"always_scrape_classic_histograms": value} for value in classic],
    }
    migration = migrated(yaml.safe_dump(old, default_style=style, default_flow_style=flow))

    assert yaml.safe_load(migration.text) == new
    assert migrated(migration.text, running="3.13.2").text == migration.text
