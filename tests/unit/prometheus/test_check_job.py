"""The Job in which the target's promtool reads the new configuration."""

from __future__ import annotations

import pytest

from addon_updater.addons.prometheus.addon import Prometheus
from addon_updater.api.release import AddonReleaseSpec
from addon_updater.api.versions import Version
from addon_updater.rollout.addon import HopContext, Stage
from unit.prometheus.workloads import ARGS, CONFIG, config_map, workload

PROMETHEUS = Prometheus()
CONTEXT = HopContext("prometheus", AddonReleaseSpec(addon="prometheus"), None)
OLD = CONFIG + "alerting: {alertmanagers: [{api_version: v1}]}\n"


def task(text=OLD, **changes):
    live = workload(**changes)
    current = PROMETHEUS.read(live, "prometheus", config_map(text))
    image = "quay.io/prometheus/prometheus:v3.13.2"
    desired = PROMETHEUS.revise(current, input_text=text, target=Version.parse("3.13.2"), image=image)
    (found,) = PROMETHEUS.tasks(live, current, desired, CONTEXT)
    return found, desired


def container(**changes):
    return task(**changes)[0].pod["containers"][0]


def test_the_image_of_the_target_reads_the_new_key_at_the_path_of_the_flag():
    found, desired = task()
    (promtool,) = found.pod["containers"]
    (volume,) = found.pod["volumes"]

    assert (found.name, found.stage, found.blames) == ("check-config", Stage.CHECK, True)
    assert promtool["image"] == desired.image
    assert (promtool["command"], promtool["args"]) == (
        ["/bin/promtool"],
        ["check", "config", "/etc/prometheus/prometheus.yml"],
    )
    assert {"key": desired.config.key, "path": "prometheus.yml"} in volume["configMap"]["items"]
    assert desired.config.is_own_key


def test_the_data_is_never_mounted():
    found, _ = task(claim=True)

    assert [mount["name"] for mount in found.pod["containers"][0]["volumeMounts"]] == ["config"]
    assert [volume["name"] for volume in found.pod["volumes"]] == ["config"]


def test_secrets_and_security_are_those_of_the_pod():
    secret = {"name": "tls", "secret": {"secretName": "tls"}}
    config = {
        "name": "config",
        "configMap": {"name": "prometheus", "items": [{"key": "prometheus.yml", "path": "prometheus.yml"}]},
    }
    mounts = [{"name": "config", "mountPath": "/etc/prometheus"}, {"name": "tls", "mountPath": "/tls"}]
    found, _ = task(
        container={"volumeMounts": mounts, "securityContext": {"readOnlyRootFilesystem": True}},
        pod={"volumes": [config, secret], "securityContext": {"runAsUser": 65534}, "hostNetwork": True},
    )
    (promtool,) = found.pod["containers"]

    assert secret in found.pod["volumes"]
    assert found.pod["serviceAccountName"] == "prometheus"
    assert found.pod["securityContext"] == {"runAsUser": 65534}
    assert promtool["securityContext"] == {"readOnlyRootFilesystem": True}
    assert "hostNetwork" not in found.pod
    assert "env" not in promtool


@pytest.mark.parametrize(
    "case, words, options",
    [
        ("an agent", ("--enable-feature=agent",), ["--agent"]),
        ("features that promtool knows", ("--enable-feature=promql-experimental-functions,exemplar-storage",), ["--enable-feature=promql-experimental-functions"]),
        ("features that it does not", ("--enable-feature=exemplar-storage",), []),
    ],
)  # fmt: skip
def test_promtool_gets_what_changes_its_verdict(case, words, options):
    assert container(args=(*ARGS, *words))["args"][2:-1] == options, case


@pytest.mark.parametrize(
    "text, is_whole",
    [
        (CONFIG, True),
        ("rule_files: [/data/rules/*.yml]\n", False),
        ("rule_files: [../../data/rules.yml]\n", False),
        ("scrape_config_files: [/data/jobs.yml]\n", False),
        ("scrape_configs: [{job_name: a, bearer_token_file: /data/token}]\n", False),
        ("scrape_configs: [{job_name: a, metrics_path: /data/metrics}]\n", True),
    ],
)
def test_only_files_that_a_job_cannot_have_limit_the_check_to_the_syntax(text, is_whole):
    found, _ = task(text)

    assert ("--syntax-only" not in found.pod["containers"][0]["args"]) == is_whole
    assert ("syntax only" not in found.purpose) == is_whole


def test_the_flags_of_the_image_lead_to_its_own_path():
    assert container(args=None)["args"][-1] == "/etc/prometheus/prometheus.yml"


def test_nothing_is_checked_that_is_not_governed():
    live = workload(args=("--config.file=/srv/p.yml",))
    content = PROMETHEUS.read(live, "prometheus", None)

    assert PROMETHEUS.tasks(live, content, content, CONTEXT) == ()
