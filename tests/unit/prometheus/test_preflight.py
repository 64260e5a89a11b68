"""What is said about an update of Prometheus before it starts."""

from __future__ import annotations

import pytest

from addon_updater.addons.prometheus.addon import Prometheus
from addon_updater.api.release import AddonReleaseSpec
from addon_updater.api.versions import Version
from addon_updater.rollout.addon import HopContext, NetworkFacts
from addon_updater.rollout.finding import Severity
from unit.prometheus.workloads import ARGS, CONFIG, config_map, workload

PROMETHEUS = Prometheus()
QUIET = "global: {metric_name_validation_scheme: legacy}\n"
ENV_FROM_SECRET = {"env": [{"name": "X", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}]}
BUCKETS = 'groups:\n- rules:\n  - expr: x{le="1"}\n'
OPERATOR = {"ownerReferences": [{"kind": "Prometheus", "name": "k8s"}]}


def found(text=QUIET, target="3.13.2", data=None, facts=NetworkFacts(), **changes):  # noqa: B008 - a frozen value
    """The findings of one hop; `data` are the other keys of the ConfigMap."""
    live, config = workload(**changes), config_map(text, **(data or {}))
    current = PROMETHEUS.read(live, "prometheus", config)
    version = Version.parse(target)
    desired = PROMETHEUS.revise(current, input_text=text, target=version, image=f"quay.io/p:v{target}")
    context = HopContext("prometheus", AddonReleaseSpec(addon="prometheus"), None, config_data=config.data)
    return PROMETHEUS.preflight(live, current, desired, input_text=text, facts=facts, context=context)


def rules(findings, *severities):
    return [one.rule for one in findings if not severities or one.severity in severities]


def test_a_plain_prometheus_goes_to_3_x_with_warnings_only():
    findings = found(CONFIG, data={"rules_yml": "groups: []\n"})

    assert rules(findings) == ["PrometheusContentType", "PrometheusUtf8Names"]
    assert {finding.severity for finding in findings} == {Severity.WARN}


def test_a_step_inside_3_x_finds_nothing():
    assert found(CONFIG, "3.13.2", version="3.13.1", data={"rules_yml": "groups: []\n"}) == ()


@pytest.mark.parametrize(
    "case, changes, expected",
    [
        ("flags in command", {"command": ("prometheus", *ARGS), "args": ()}, ["PrometheusFlagsInCommand"]),
        ("a shell", {"command": ("sh",), "args": ("-c", *ARGS)}, ["PrometheusFlagsUnknown"]),
        ("a secret variable", {"args": (*ARGS, "--web.page-title=$(X)"), "container": ENV_FROM_SECRET}, ["PrometheusFlagsUnknown"]),
        ("a scheme of names", {"args": (*ARGS, "--scrape.name-escaping-scheme=dots")}, ["PrometheusFlagRefused"]),
        ("an encoding", {"args": (*ARGS, "--enable-feature=st-storage")}, ["PrometheusChunkEncoding"]),
        ("an operator's", {"metadata": OPERATOR}, ["PrometheusOperatorManaged"]),
        ("an operator's by label", {"metadata": {"labels": {"operator.prometheus.io/name": "k8s"}}}, ["PrometheusOperatorManaged"]),
        ("replicas on one volume", {"claim": True, "replicas": 2}, ["PrometheusSharedVolume"]),
        ("a feature inside a variable", {"args": (*ARGS, "--enable-feature=$(X)"), "container": {"env": [{"name": "X", "value": "agent"}]}}, ["PrometheusHiddenFlag"]),
        ("a feature of histograms inside a variable", {"args": (*ARGS, "--enable-feature=$(X)"), "container": {"env": [{"name": "X", "value": "native-histograms"}]}}, ["PrometheusHiddenFlag"]),
    ],
)  # fmt: skip
def test_what_the_operator_cannot_do_blocks(case, changes, expected):
    assert rules(found(**changes), Severity.BLOCK) == expected, case


@pytest.mark.parametrize(
    "text, data, expected",
    [
        (QUIET + "rule_files: [r.yml]\n", {"r_yml": "groups: [{rules: [{expr: 'holt_winters(x[5m],1,1)'}]}]"}, ["PrometheusHoltWinters"]),
        ('global: {external_labels: {a: "\\x24b"}}\n', {}, ["PrometheusExternalLabelDollar"]),
        ("storage: {tsdb: {stale_series_compaction_threshold: 0.5}}\n", {}, ["PrometheusStaleSeriesCompaction"]),
        ("storage: {tsdb: {chunk_encoding: {floats: xor2}}}\n", {}, ["PrometheusChunkEncoding"]),
        (QUIET + "rule_files: [r.yml]\n", {"r_yml": "groups: ["}, ["PrometheusRuleFile"]),
    ],
)  # fmt: skip
def test_a_configuration_that_3_x_refuses_blocks(text, data, expected):
    findings = found(text, data=data, items=("prometheus.yml", "r.yml"))

    assert rules(findings, Severity.BLOCK) == expected


def test_arguments_and_configuration_are_repaired_together():
    text = QUIET + "alerting: {alertmanagers: [{api_version: v1}]}\n"
    findings = found(text, args=(*ARGS, "--storage.tsdb.retention=15d", "--enable-feature=agent"))

    assert rules(findings, Severity.REPAIR) == [
        "PrometheusFlagRenamed",
        "PrometheusFeatureBecameFlag",
        "PrometheusAlertmanagerApi",
    ]
    assert not rules(findings, Severity.BLOCK)


def test_a_changed_text_in_a_whole_mount_blocks_and_an_unchanged_one_does_not():
    text = QUIET + "alerting: {alertmanagers: [{api_version: v1}]}\n"

    assert rules(found(text, items=()), Severity.BLOCK) == ["PrometheusWholeMount"]
    assert not rules(found(QUIET, items=()), Severity.BLOCK)


@pytest.mark.parametrize("target, severity", [("3.13.2", Severity.BLOCK), ("2.55.1", Severity.WARN)])
def test_a_configuration_that_is_no_config_map_cannot_cross_the_border(target, severity):
    secret = {
        "volumes": [{"name": "config", "secret": {"secretName": "s"}}, {"name": "data", "emptyDir": {}}]
    }
    findings = found(target=target, version="2.53.5", pod=secret)

    assert [(one.rule, one.severity) for one in findings] == [("PrometheusConfigElsewhere", severity)]


@pytest.mark.parametrize(
    "patterns, unread",
    [
        ("rule_files: [rules.yml]", []),
        ("rule_files: ['*.yml']", []),
        ("rule_files: [/etc/prometheus/rules.yml]", []),
        ("rule_files: [/srv/rules/*.yml]", ["/srv/rules/*.yml"]),
        ("rule_files: [other/*.yml]", ["other/*.yml"]),
        ("scrape_config_files: [jobs/*.yml]", ["jobs/*.yml"]),
    ],
)
def test_files_that_are_not_beside_the_configuration_are_named(patterns, unread):
    text = f"{QUIET}{patterns}\n"
    findings = found(text, data={"rules_yml": BUCKETS})
    named = [one for one in findings if one.rule == "PrometheusFileNotChecked"]

    assert [finding.message.split(":")[0].split(" ", 1)[1] for finding in named] == unread
    assert {finding.severity for finding in named} <= {Severity.INFO}
    assert ("PrometheusBucketLabel" in rules(findings)) == (patterns.startswith("rule") and not unread)


@pytest.mark.parametrize(
    "case, changes, expected",
    [
        ("a volume", {"claim": True}, [("PrometheusRecreate", Severity.REPAIR)]),
        ("a volume, already Recreate", {"claim": True, "strategy": {"type": "Recreate"}}, []),
        ("a StatefulSet", {"kind": "StatefulSet"}, [("PrometheusMinReadySeconds", Severity.INFO)]),
        ("a StatefulSet that waits", {"kind": "StatefulSet", "minReadySeconds": 60}, []),
        ("little grace", {"pod": {"terminationGracePeriodSeconds": 30}}, [("PrometheusGracePeriod", Severity.WARN)]),
        ("a liveness that kills", {"container": {"livenessProbe": {"httpGet": {"path": "/-/ready"}}}}, [("PrometheusLiveness", Severity.WARN)]),
        ("a memory limit", {"container": {"resources": {"limits": {"memory": "2Gi"}}}}, [("PrometheusMemoryLimit", Severity.INFO)]),
        ("a memory limit that is known", {"container": {"resources": {"limits": {"memory": "2Gi"}}, "env": [{"name": "GOMEMLIMIT", "value": "1GiB"}]}}, []),
        ("TLS", {"args": (*ARGS, "--web.config.file=/w.yml")}, [("PrometheusNotAsked", Severity.WARN)]),
    ],
)  # fmt: skip
def test_the_workload_is_judged_too(case, changes, expected):
    assert [(one.rule, one.severity) for one in found(**changes)] == expected, case


@pytest.mark.parametrize(
    "discovery, allowed, warns",
    [
        ("{role: endpointslice}", False, True),
        ("{role: endpointslice}", True, False),
        ("{role: endpointslice}", None, False),
        ("{role: endpointslice, namespaces: {names: [a]}}", False, False),
        ("{role: pod}", False, False),
    ],
)
def test_a_discovery_without_the_right_to_list_is_told(discovery, allowed, warns):
    text = QUIET + f"scrape_configs: [{{job_name: a, kubernetes_sd_configs: [{discovery}]}}]\n"
    facts = NetworkFacts(endpoint_slices_allowed=allowed)

    findings = found(text, version="3.13.1", facts=facts)
    assert rules(findings) == ["PrometheusEndpointSlicesForbidden"] * warns


def test_a_server_that_sends_is_not_rehearsed_and_says_so():
    text = QUIET + "remote_write: [{url: http://a, enable_http2: true}]\n"
    config = config_map(text)
    content = PROMETHEUS.read(workload(), "prometheus", config)

    assert rules(found(text)) == []
    assert "remote_write" in PROMETHEUS.no_rehearsal(workload(), content)
    assert (
        PROMETHEUS.no_rehearsal(workload(), PROMETHEUS.read(workload(), "prometheus", config_map())) is None
    )
    claims = workload(kind="StatefulSet", volumeClaimTemplates=[{"metadata": {"name": "data"}}])
    assert "volume" in PROMETHEUS.no_rehearsal(claims, content)


def test_flags_and_features_that_only_another_release_knows_are_named():
    downgrade = found(version="3.13.2", target="2.55.1", args=(*ARGS, "--agent"))
    left_over = found(
        version="3.13.1", target="3.13.2", args=(*ARGS, "--enable-feature=remote-write-receiver")
    )

    assert rules(downgrade) == ["PrometheusFlagRefused"]
    assert "only from 3.0.0" in downgrade[0].message
    assert rules(left_over) == ["PrometheusFeatureIgnored"]


@pytest.mark.parametrize(
    "words, running, target, blocks",
    [
        ("--enable-feature=xor2-encoding", "3.13.2", "3.14.0", True),
        ("--enable-feature=xor2-encoding", "3.14.0", "3.15.1", True),
        ("--enable-feature=xor2-encoding", "3.15.0", "3.15.1", False),
        ("--enable-feature=histograms-st-encoding", "3.15.0", "3.15.1", True),
        ("--enable-feature=exemplar-storage", "3.13.2", "3.14.0", False),
    ],
)
def test_an_encoding_blocks_until_it_is_stable(words, running, target, blocks):
    assert bool(rules(found(version=running, target=target, args=(*ARGS, words)), Severity.BLOCK)) == blocks
