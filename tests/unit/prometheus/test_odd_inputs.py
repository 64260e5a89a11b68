"""Whatever YAML people write, the checks end with findings and never with an accident."""

from __future__ import annotations

import contextlib
import json

import yaml
from hypothesis import given
from hypothesis import strategies as st

from addon_updater.addons.prometheus.addon import Prometheus
from addon_updater.addons.prometheus.config_document import PrometheusConfigError, read_config
from addon_updater.api.release import AddonReleaseSpec
from addon_updater.api.versions import Version
from addon_updater.rollout.addon import HopContext, NetworkFacts, UnreadableAddonError
from addon_updater.rollout.gate import HttpAnswer, Outcome, Subject
from unit.prometheus.workloads import ARGS, config_map, workload

PROMETHEUS = Prometheus()
KEYS = st.sampled_from(
    [
        "global",
        "external_labels",
        "scrape_interval",
        "alerting",
        "alertmanagers",
        "api_version",
        "scrape_configs",
        "job_name",
        "targets",
        "static_configs",
        "metric_relabel_configs",
        "source_labels",
        "regex",
        "remote_write",
        "queue_config",
        "storage",
        "tsdb",
        "retention",
        "stale_series_compaction_threshold",
        "out_of_order_time_window",
        "rule_files",
        "scrape_config_files",
        "kubernetes_sd_configs",
        "role",
        "basic_auth",
        "follow_redirects",
        "enable_http2",
        "scrape_classic_histograms",
        "groups",
        "rules",
        "expr",
        "chunk_encoding",
        "floats",
        "min",
        "max",
        "current",
        "version",
        "reloadConfigSuccess",
        "activeTargets",
        "scrapePool",
        "health",
        "interval",
        "name",
        "lastError",
    ]
)
SCALARS = st.sampled_from(
    ["v1", "a$b", "", "le", "1", "15s", "true", "rules.yml", "*.yml", "up", 1, 0.5, None, True]
)
TREES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=20,
)
MAPPINGS = st.dictionaries(KEYS, TREES, max_size=5)


@given(config=MAPPINGS, rules=TREES, flow=st.booleans())
def test_no_configuration_is_an_accident(config, rules, flow):
    text = yaml.safe_dump(config, default_flow_style=flow)
    live, found = (
        workload(args=(*ARGS, "--enable-feature=native-histograms")),
        config_map(text, rules_yml=yaml.safe_dump(rules)),
    )
    context = HopContext("prometheus", AddonReleaseSpec(addon="prometheus"), None, config_data=found.data)
    facts = NetworkFacts(endpoint_slices_allowed=False)

    current = PROMETHEUS.read(live, "prometheus", found)
    desired = PROMETHEUS.revise(
        current, input_text=text, target=Version.parse("3.13.2"), image="quay.io/p:v3.13.2"
    )
    findings = PROMETHEUS.preflight(live, current, desired, input_text=text, facts=facts, context=context)
    (task,) = PROMETHEUS.tasks(live, current, desired, context)

    assert all(finding.message and finding.remedy for finding in findings)
    assert task.pod["containers"][0]["image"] == "quay.io/p:v3.13.2"
    assert PROMETHEUS.patience(desired).total_seconds() >= 10
    assert read_config(desired.config.text)


@given(text=st.text(st.sampled_from("ab:-[]{}\"'\\&*!|>%@#\n\t ,?$\ufeff\x85"), max_size=30))
def test_a_text_is_read_or_refused_and_never_an_accident(text):
    live, found = workload(), config_map(text)

    assert _refuses(PrometheusConfigError, lambda: read_config(text)) == _refuses(
        UnreadableAddonError, lambda: PROMETHEUS.read(live, "prometheus", found)
    )


def _refuses(error, read):
    with contextlib.suppress(error):
        read()
        return False
    return True


@given(data=TREES | MAPPINGS, status=st.sampled_from(["success", "error", None]))
def test_no_answer_is_an_accident(data, status):
    answer = HttpAnswer(200, json.dumps({"status": status, "data": data}))
    content = PROMETHEUS.read(workload(), "prometheus", config_map())

    for probe in PROMETHEUS.probes(content, NetworkFacts(), None, [(Subject.PODS, "10.0.0.1")], workload()):
        kept = PROMETHEUS.fingerprint(probe, answer)
        before = {} if kept is None else {probe.id: kept}
        for baseline in (None, before):
            outcome, message = PROMETHEUS.judge(probe, answer, baseline)
            assert isinstance(outcome, Outcome)
            assert message.startswith("10.0.0.1: ")
