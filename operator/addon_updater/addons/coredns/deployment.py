"""Judges a Deployment's pod template against its Corefile and the target release."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection, Iterator
from typing import Final

from addon_updater.addons.coredns.corefile import Corefile, Plugin
from addon_updater.addons.coredns.facts import RESOLV_CONF, Span, upstream_address
from addon_updater.addons.coredns.podtemplate import (
    config_source,
    dns_policy,
    grace_period_s,
    http_probe,
    security_context,
)
from addon_updater.addons.podtemplate import Template
from addon_updater.api.versions import Version
from addon_updater.rollout.finding import Finding, Severity

_NON_ROOT_SINCE: Final = Version.parse("1.11.0")
_NAMED_USER: Final = Span.parse("1.11.0..1.14.6")
_DNS_PORTS: Final = ("", "53")
_DURATION: Final = re.compile(r"(\d+(?:\.\d+)?)(ms|h|m|s)")
_SECONDS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
DEFAULT_SYNC_S: Final = 1.0
"""kube-proxy's default minSyncPeriod: the longest it waits before it acts on a change of endpoints."""


def check_pod(
    template: Template,
    corefile: Corefile,
    *,
    running: Version,
    target: Version,
    container: str = "coredns",
    dns_ips: Collection[str] = (),
    sync_s: float = DEFAULT_SYNC_S,
) -> tuple[Finding, ...]:
    """What the template means for the update. `dns_ips` are the addresses of the cluster's DNS Service.

    `sync_s` is the time that kube-proxy takes to act on a change of endpoints, in seconds.
    """
    return (
        *_forwarding_loop(template, corefile, dns_ips),
        *_probes(template, corefile, container),
        *_lameduck(template, corefile, container, sync_s),
        *_low_port(template, running, target, container),
        *_user(template, target, container),
    )


def check_config_source(
    template: Template, keys: Collection[str] | None, *, container: str = "coredns"
) -> tuple[Finding, ...]:
    """Whether the Corefile exists. `keys` are those of the ConfigMap behind it, None when it does not exist."""
    source = config_source(template, container)
    if source is None:
        problem = f"the Corefile of container '{container}' does not come from a ConfigMap"
        remedy = "mount it from a ConfigMap and name it with -conf"
    elif keys is None:
        problem, remedy = f"ConfigMap {source.config_map} does not exist", "create it with the Corefile"
    elif source.key not in keys:
        problem = f"ConfigMap {source.config_map} has no key '{source.key}'"
        remedy = f"add the key, or name another in volume '{source.volume}'"
    else:
        return ()
    return (Finding("CoreDNSConfigMissing", Severity.BLOCK, problem, remedy),)


def _forwarding_loop(template: Template, corefile: Corefile, dns_ips: Collection[str]) -> Iterator[Finding]:
    policy = dns_policy(template)
    for _, plugin in corefile.plugins("forward"):
        if RESOLV_CONF in plugin.arguments[1:] and policy.startswith("ClusterFirst"):
            yield Finding(
                "CoreDNSForwardingLoop",
                Severity.BLOCK,
                f"Corefile line {plugin.line} forwards to {RESOLV_CONF}, which names CoreDNS itself: dnsPolicy is {policy}",
                "set dnsPolicy: Default in the pod template",
            )
        for upstream in plugin.arguments[1:]:
            if _is_own_address(upstream, dns_ips):
                yield Finding(
                    "CoreDNSForwardingLoop",
                    Severity.BLOCK,
                    f"Corefile line {plugin.line} forwards to {upstream}, which leads back to CoreDNS",
                    "name the upstream resolver by its own address",
                )


def _is_own_address(upstream: str, dns_ips: Collection[str]) -> bool:
    """Whether a query sent there comes back. A loopback address on another port is a sidecar."""
    host, port = upstream_address(upstream)
    try:
        loopback = ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
    return port in _DNS_PORTS and (loopback or host in dns_ips)


def _probes(template: Template, corefile: Corefile, container: str) -> Iterator[Finding]:
    readiness = http_probe(template, container, "readinessProbe")
    if readiness is None:
        yield Finding(
            "CoreDNSNoReadinessProbe",
            Severity.WARN,
            f"container '{container}' has no HTTP readiness probe: a rollout does not wait for working DNS",
            "add readinessProbe httpGet /ready on port 8181, and the plugin 'ready'",
        )
    pairs = (
        ("readinessProbe", readiness, "/ready", "ready", 8181),
        ("livenessProbe", http_probe(template, container, "livenessProbe"), "/health", "health", 8080),
    )
    for kind, probe, path, plugin, default in pairs:
        if probe is None or probe.path != path:
            continue
        ports = {_listening_port(found, default) for _, found in corefile.plugins(plugin)}
        if probe.port not in ports and not corefile.file_imports:
            heard = ", ".join(str(port) for port in sorted(port for port in ports if port)) or "no port"
            yield Finding(
                "CoreDNSProbeMismatch",
                Severity.BLOCK,
                f"{kind} asks {path} on port {probe.port}, but the Corefile's plugin '{plugin}' listens on {heard}",
                f"add '{plugin} :{probe.port}' to the Corefile, or correct the probe's port",
            )


def _listening_port(plugin: Plugin, default: int) -> int | None:
    if not plugin.arguments:
        return default
    port = plugin.arguments[0].rpartition(":")[2]
    return int(port) if port.isascii() and port.isdigit() else None


def _lameduck(template: Template, corefile: Corefile, container: str, sync_s: float) -> Iterator[Finding]:
    if corefile.file_imports and not any(corefile.plugins("health")):
        return
    lameduck_s = _lameduck_seconds(corefile)
    grace_s = grace_period_s(template)
    if lameduck_s == 0:
        yield _warn(
            "CoreDNSNoLameduck",
            "the Corefile sets no lameduck: queries that still reach a pod as it ends are lost",
            "write 'health { lameduck 12s }' over three lines",
        )
        return
    if lameduck_s >= grace_s:
        yield _warn(
            "CoreDNSLameduckCutShort",
            f"lameduck of {lameduck_s:g} s does not fit into terminationGracePeriodSeconds {grace_s}: the pod is killed in it",
            "shorten lameduck, or raise terminationGracePeriodSeconds above it",
        )
    probe = http_probe(template, container, "readinessProbe")
    if probe is None or probe.path != "/ready":
        return
    noticed_s = probe.period_s * probe.failures + sync_s
    if noticed_s >= lameduck_s:
        yield _warn(
            "CoreDNSNotZeroLoss",
            f"readiness notices an ending pod after {probe.period_s} s x {probe.failures} + {sync_s:g} s of kube-proxy, "
            f"not before its lameduck of {lameduck_s:g} s ends: some queries are lost in a rollout",
            "keep periodSeconds x failureThreshold + kube-proxy's sync below lameduck: 3 s x 2 with lameduck 12s, for example",
        )


def _lameduck_seconds(corefile: Corefile) -> float:
    """The shortest lameduck that is set; 0 without any. Numbers without a unit are no duration in Go."""
    found: list[float] = []
    for _, plugin in corefile.plugins("health"):
        option = plugin.option("lameduck")
        text = option.arguments[0] if option and option.arguments else ""
        if _DURATION.sub("", text) == "":
            found.append(sum(float(number) * _SECONDS[unit] for number, unit in _DURATION.findall(text)))
    return min(found, default=0.0)


def _low_port(template: Template, running: Version, target: Version, container: str) -> Iterator[Finding]:
    """The image's user is no longer root from 1.11.0 on; an installed 1.11 proves that it can bind."""
    if not running < _NON_ROOT_SINCE <= target:
        return
    context = security_context(template, container)
    capabilities = context.get("capabilities") or {}
    if "NET_BIND_SERVICE" in (capabilities.get("add") or ()) or context.get("runAsUser") == 0:
        return
    dropped = {"ALL", "NET_BIND_SERVICE"} & set(capabilities.get("drop") or ())
    if dropped or context.get("allowPrivilegeEscalation") is False:
        yield Finding(
            "CoreDNSCannotBindPort",
            Severity.BLOCK,
            f"CoreDNS {target} runs without root and container '{container}' lacks the capability NET_BIND_SERVICE for port 53",
            "add NET_BIND_SERVICE to securityContext.capabilities.add",
        )


def _user(template: Template, target: Version, container: str) -> Iterator[Finding]:
    context = security_context(template, container)
    if context.get("runAsNonRoot") and context.get("runAsUser") is None and target in _NAMED_USER:
        yield Finding(
            "CoreDNSNamedUser",
            Severity.BLOCK,
            f"runAsNonRoot is set, but the image of CoreDNS {target} names its user, which kubelet cannot verify",
            "set runAsUser: 65532, or choose 1.14.7 or newer",
        )


def _warn(rule: str, message: str, remedy: str) -> Finding:
    return Finding(rule, Severity.WARN, message, remedy)
