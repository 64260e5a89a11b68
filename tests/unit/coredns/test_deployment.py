from __future__ import annotations

from typing import Any

import pytest

from addon_updater.addons.coredns.deployment import check_config_source, check_pod
from addon_updater.addons.coredns.parser import parse
from addon_updater.addons.coredns.podtemplate import ConfigSource, config_source, environment_of
from addon_updater.api.versions import Version
from addon_updater.rollout.finding import Severity
from unit.coredns.corefiles import AKS, KUBEADM

CALM = KUBEADM.replace("lameduck 5s", "lameduck 12s")


def template(pod: dict[str, Any] | None = None, **container: Any) -> dict[str, Any]:
    """kubeadm's pod template with a readiness probe that loses nothing, and the given differences."""
    default = {
        "name": "coredns",
        "args": ["-conf", "/etc/coredns/Corefile"],
        "ports": [{"name": "readiness-probe", "containerPort": 8181}],
        "livenessProbe": {"httpGet": {"path": "/health", "port": 8080}},
        "readinessProbe": {
            "httpGet": {"path": "/ready", "port": "readiness-probe"},
            "periodSeconds": 3,
            "failureThreshold": 2,
        },
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"add": ["NET_BIND_SERVICE"], "drop": ["ALL"]},
        },
        "volumeMounts": [{"name": "config-volume", "mountPath": "/etc/coredns"}],
    }
    items = [{"key": "Corefile", "path": "Corefile"}]
    volume = {"name": "config-volume", "configMap": {"name": "coredns", "items": items}}
    spec = {
        "dnsPolicy": "Default",
        "volumes": [volume],
        "containers": [{**default, **container}],
        **(pod or {}),
    }
    return {"spec": spec}


def rules(
    pod_template: dict[str, Any], text: str = CALM, running: str = "1.10.1", target: str = "1.12.1"
) -> list[str]:
    found = check_pod(
        pod_template,
        parse(text),
        running=Version.parse(running),
        target=Version.parse(target),
        dns_ips=("10.96.0.10",),
    )
    return [finding.rule for finding in found]


def test_a_calm_template_has_nothing_to_say():
    assert rules(template()) == []


@pytest.mark.parametrize(
    "pod, upstream, expected",
    [
        ({}, "/etc/resolv.conf", []),
        ({"dnsPolicy": "ClusterFirst"}, "/etc/resolv.conf", ["CoreDNSForwardingLoop"]),
        ({"dnsPolicy": None}, "/etc/resolv.conf", ["CoreDNSForwardingLoop"]),
        ({"dnsPolicy": "ClusterFirst", "hostNetwork": True}, "/etc/resolv.conf", []),
        (
            {"dnsPolicy": "ClusterFirstWithHostNet", "hostNetwork": True},
            "/etc/resolv.conf",
            ["CoreDNSForwardingLoop"],
        ),
        ({"dnsPolicy": "ClusterFirst"}, "1.1.1.1", []),
        ({}, "10.96.0.10", ["CoreDNSForwardingLoop"]),
        ({}, "127.0.0.53", ["CoreDNSForwardingLoop"]),
        ({}, "[::1]:53", ["CoreDNSForwardingLoop"]),
        ({}, "127.0.0.1:5353", []),
        ({}, "dns.corp.example", []),
    ],
)
def test_a_forwarding_loop_blocks_the_update(pod, upstream, expected):
    assert rules(template(pod), CALM.replace("/etc/resolv.conf", upstream)) == expected


@pytest.mark.parametrize(
    "container, text, expected",
    [
        ({"readinessProbe": None}, CALM, ["CoreDNSNoReadinessProbe"]),
        ({}, CALM.replace("    ready\n", ""), ["CoreDNSProbeMismatch"]),
        ({}, CALM.replace("    ready\n", "    ready :8182\n"), ["CoreDNSProbeMismatch"]),
        ({}, CALM.replace("    ready\n", "    ready 0.0.0.0:8181\n"), []),
        ({"livenessProbe": {"httpGet": {"path": "/health", "port": 9000}}}, CALM, ["CoreDNSProbeMismatch"]),
        ({"livenessProbe": {"httpGet": {"path": "/other", "port": 9000}}}, CALM, []),
        ({}, AKS.replace("    ready\n", "").replace("5s", "12s"), []),  # an imported file may have it
    ],
)
def test_probes_must_meet_the_plugins_that_answer_them(container, text, expected):
    assert rules(template(**container), text) == expected


@pytest.mark.parametrize(
    "period, failures, lameduck, grace, expected",
    [
        (10, 3, "lameduck 5s", 30, ["CoreDNSNotZeroLoss"]),
        (1, 1, "lameduck 5s", 30, []),
        (3, 2, "lameduck 12s", 30, []),
        (3, 2, "lameduck 7s", 30, ["CoreDNSNotZeroLoss"]),  # 3 x 2 + 1 is not before 7
        (3, 2, "lameduck 0m8.5s", 30, []),
        (3, 2, "lameduck 12s", 12, ["CoreDNSLameduckCutShort"]),
        (None, None, "lameduck 30s", None, ["CoreDNSLameduckCutShort", "CoreDNSNotZeroLoss"]),
        (3, 2, "", 30, ["CoreDNSNoLameduck"]),
    ],
)
def test_readiness_must_notice_an_ending_pod_before_its_lameduck_ends(
    period, failures, lameduck, grace, expected
):
    probe = {
        "httpGet": {"path": "/ready", "port": 8181},
        "periodSeconds": period,
        "failureThreshold": failures,
    }
    pod_template = template({"terminationGracePeriodSeconds": grace}, readinessProbe=probe)
    assert rules(pod_template, KUBEADM.replace("lameduck 5s", lameduck)) == expected


@pytest.mark.parametrize(
    "security, running, target, expected",
    [
        ({"capabilities": {"drop": ["ALL"]}}, "1.10.1", "1.11.3", ["CoreDNSCannotBindPort"]),
        ({"allowPrivilegeEscalation": False}, "1.10.1", "1.11.3", ["CoreDNSCannotBindPort"]),
        ({"capabilities": {"drop": ["ALL"]}, "runAsUser": 0}, "1.10.1", "1.11.3", []),
        ({"capabilities": {"drop": ["ALL"]}}, "1.11.1", "1.12.1", []),  # it binds already
        ({"capabilities": {"drop": ["ALL"]}}, "1.9.3", "1.10.1", []),
        ({}, "1.10.1", "1.11.3", []),
        (None, "1.10.1", "1.11.3", []),
        ({"runAsNonRoot": True}, "1.11.1", "1.14.6", ["CoreDNSNamedUser"]),
        ({"runAsNonRoot": True, "runAsUser": 65532}, "1.11.1", "1.14.6", []),
        ({"runAsNonRoot": True}, "1.14.6", "1.14.7", []),
    ],
)
def test_the_container_must_be_able_to_start_without_root(security, running, target, expected):
    assert rules(template(securityContext=security), running=running, target=target) == expected


def test_the_pods_security_context_holds_where_the_container_says_nothing():
    pod = {"securityContext": {"runAsNonRoot": True, "runAsUser": 65532}}
    assert rules(template(pod, securityContext={"runAsNonRoot": True, "runAsUser": None})) == []


@pytest.mark.parametrize(
    "difference, expected",
    [
        ({}, ConfigSource("config-volume", "coredns", "Corefile", whole=False)),
        (
            {"args": ["-conf=/etc/coredns/Corefile"]},
            ConfigSource("config-volume", "coredns", "Corefile", whole=False),
        ),
        (
            {"args": [], "workingDir": "/etc/coredns"},
            ConfigSource("config-volume", "coredns", "Corefile", whole=False),
        ),
        ({"args": ["-conf", "/elsewhere/Corefile"]}, None),
        ({"args": ["-conf", "/etc/coredns/Other"]}, None),
        (
            {
                "volumeMounts": [
                    {"name": "config-volume", "mountPath": "/etc/coredns/Corefile", "subPath": "Corefile"}
                ]
            },
            ConfigSource("config-volume", "coredns", "Corefile", whole=False),
        ),
    ],
)
def test_the_key_behind_the_corefile_is_found(difference, expected):
    assert config_source(template(**difference)) == expected


def test_a_configmap_mounted_whole_has_the_files_name_as_key():
    pod = {"volumes": [{"name": "config-volume", "configMap": {"name": "coredns"}}]}
    assert config_source(template(pod)) == ConfigSource("config-volume", "coredns", "Corefile", whole=True)


@pytest.mark.parametrize(
    "pod, keys, problem",
    [
        ({}, {"Corefile"}, None),
        ({}, {"Other"}, "has no key 'Corefile'"),
        ({}, None, "ConfigMap coredns does not exist"),
        ({"volumes": [{"name": "config-volume", "secret": {}}]}, {"Corefile"}, "not come from a ConfigMap"),
    ],
)
def test_a_missing_corefile_blocks_the_update(pod, keys, problem):
    found = check_config_source(template(pod), keys)
    assert [finding.severity for finding in found] == ([] if problem is None else [Severity.BLOCK])
    assert all(problem in finding.message for finding in found)


def test_the_variables_of_the_container_are_read():
    env = [{"name": "A", "value": "1"}, {"name": "B"}, {"name": "C", "valueFrom": {"fieldRef": {}}}]
    environment = environment_of(template(env=env))
    assert environment.values == {"A": "1", "B": ""}
    assert environment.names == {"A", "B", "C"}
    assert environment.complete
    assert not environment_of(template(envFrom=[{"secretRef": {"name": "s"}}])).complete
