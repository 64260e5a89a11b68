from __future__ import annotations

import pytest

from addon_updater.addons.coredns.check import check, check_environment, check_text
from addon_updater.addons.coredns.parser import parse
from addon_updater.api.versions import Version
from addon_updater.rollout.finding import Finding, Severity
from unit.coredns.corefiles import AKS, KUBEADM


def findings(text: str, running: str, target: str) -> tuple[Finding, ...]:
    return check_text(text, running=Version.parse(running), target=Version.parse(target))


def rules(text: str, running: str, target: str, severity: Severity) -> list[str]:
    return [finding.rule for finding in findings(text, running, target) if finding.severity is severity]


def block(*lines: str) -> str:
    return "\n".join([". {", *lines, "reload", "}"])


@pytest.mark.parametrize(
    "text, running, target, expected",
    [
        (KUBEADM, "1.11.3", "1.12.4", []),
        (". {", "1.11.3", "1.12.4", ["CoreDNSCorefileInvalid"]),
        (block("unbound"), "1.11.3", "1.12.4", ["CoreDNSCustomBuild"]),
        (block("multisocket"), "1.11.3", "1.12.4", ["CoreDNSCustomBuild"]),
        (block("multisocket"), "1.12.0", "1.11.3", ["CoreDNSPluginTooNew"]),
        (block("federation {", "}"), "1.6.9", "1.7.0", ["CoreDNSPluginRemoved", "CoreDNSFederationRemoved"]),
        (block("secondary a.org"), "1.12.1", "1.12.4", ["CoreDNSSecondaryWithoutTransfer"]),
        (block("cache", "cache"), "1.12.1", "1.12.4", ["CoreDNSPluginRepeated"]),
    ],
)
def test_a_target_that_would_not_start_blocks_the_update(text, running, target, expected):
    assert rules(text, running, target, Severity.BLOCK) == expected


def test_what_the_migration_does_is_said_as_repairs():
    text = block("header {", "set ra", "}")
    assert rules(text, "1.11.3", "1.13.1", Severity.REPAIR) == ["CoreDNSOptionRemoved"]
    assert rules(text, "1.11.3", "1.12.3", Severity.REPAIR) == []


@pytest.mark.parametrize(
    "text, running, target, expected",
    [
        (KUBEADM, "1.12.1", "1.12.4", []),
        (KUBEADM, "1.10.1", "1.11.3", ["CoreDNSForwardMetricsRenamed"]),
        (KUBEADM, "1.6.9", "1.7.0", ["CoreDNSMetricsRenamed"]),
        (KUBEADM, "1.8.7", "1.9.0", ["CoreDNSWildcardQueries"]),
        (KUBEADM, "1.11.3", "1.12.0", ["CoreDNSReverseLookupsMissing"]),
        (KUBEADM, "1.11.4", "1.12.0", []),
        (KUBEADM, "1.14.6", "1.14.7", ["CoreDNSConnectAttemptsCapped"]),
        (KUBEADM, "1.14.7", "1.15.0", ["CoreDNSCacheAuthoritative"]),
        (AKS, "1.12.1", "1.12.4", ["CoreDNSImportOpaque", "CoreDNSImportOpaque"]),
        (block("bufsize"), "1.10.1", "1.11.3", ["CoreDNSBufsizeDefault"]),
        (block("bufsize 512"), "1.10.1", "1.11.3", []),
        (block("acl", "rewrite name a b"), "1.14.1", "1.14.2", ["CoreDNSAclAfterRewrite"]),
        (block("acl"), "1.14.1", "1.14.2", []),
        (
            block("acl", "cache", "autopath"),
            "1.14.6",
            "1.14.7",
            ["CoreDNSAclBeforeCache", "CoreDNSAclAfterAutopath"],
        ),
        (block("hosts {", "fallthrough", "}"), "1.14.4", "1.14.6", ["CoreDNSHostsFallthrough"]),
        (block("hosts {", "}"), "1.14.4", "1.14.6", []),
        (block("hosts {", "fallthrough", "}"), "1.14.4", "1.14.7", []),
        (block("forward a.org /etc/resolv.conf"), "1.14.3", "1.14.4", []),
        (block("forward a.org /etc/resolv.conf 1.1.1.1"), "1.14.3", "1.14.4", ["CoreDNSEmptyResolvConf"]),
        (block("forward a.org /run/resolv.conf"), "1.14.3", "1.14.4", ["CoreDNSEmptyResolvConf"]),
        (block("forward a.org tls://dns.corp"), "1.14.7", "1.15.0", ["CoreDNSUpstreamNamesAbsolute"]),
        (block("file db a.org"), "1.14.7", "1.15.0", ["CoreDNSZoneFileOwner"]),
        (block("tls a b"), "1.14.7", "1.15.0", ["CoreDNSTLSPolicyConflict"]),
        (block("forward . 1.1.1.1"), "1.12.1", "1.12.4", ["CoreDNSNoLoopDetection"]),
        (block("kubernetes", "loop"), "1.12.1", "1.12.4", ["CoreDNSReadyElsewhere"]),
        (". {\n log\n}", "1.12.1", "1.12.4", ["CoreDNSNoReload"]),
        (block("file db a.org"), "1.10.1", "1.11.3", ["CoreDNSRelativePath"]),
        (block("file /db a.org"), "1.10.1", "1.11.3", []),
        (block("root /zones", "file db a.org"), "1.10.1", "1.11.3", []),
        (block("tls /a b"), "1.10.1", "1.11.3", ["CoreDNSRelativePath"]),
        (block("auto {", "directory zones", "}"), "1.10.1", "1.11.3", ["CoreDNSRelativePath"]),
    ],
)
def test_a_person_is_told_what_the_update_changes(text, running, target, expected):
    assert rules(text, running, target, Severity.WARN) == expected


def test_messages_name_the_line_and_a_remedy():
    for finding in findings(
        block("unbound", "header {", "set ra", "}", "acl", "rewrite name a b"), "1.11.3", "1.15.0"
    ):
        assert "Corefile line" in finding.message or finding.rule == "CoreDNSNoReload", finding
        assert finding.remedy


def test_a_known_variable_is_filled_in_for_the_judgment():
    corefile = parse(". {\n {$PLUGIN}\n reload\n}")
    running, target = Version.parse("1.11.3"), Version.parse("1.12.4")
    assert check(corefile, running=running, target=target, environment={"PLUGIN": "log"})[1:] == ()


@pytest.mark.parametrize(
    "text, known, complete, expected",
    [
        ("{$ZONE} {\n}", {"ZONE"}, True, []),
        ("{$ZONE} {\n}", set(), True, [("CoreDNSVariableUnset", Severity.BLOCK)]),
        ("{%ZONE%} {\n}", set(), False, [("CoreDNSVariableUnset", Severity.WARN)]),
        (". {\n chaos {$HOSTNAME} {$KUBERNETES_SERVICE_HOST}\n}", set(), True, []),
    ],
)
def test_a_variable_that_the_container_lacks_is_found(text, known, complete, expected):
    found = check_environment(parse(text), known=known, complete=complete)
    assert [(finding.rule, finding.severity) for finding in found] == expected
