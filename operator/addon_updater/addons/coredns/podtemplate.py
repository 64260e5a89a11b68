"""Reads what matters to CoreDNS out of a pod template as the Kubernetes API returns it."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from addon_updater.addons.podtemplate import (
    ConfigSource,
    Environment,
    Template,
    container_of,
    entries,
    mounted_config,
    pod_of,
    variables_of,
    words,
)

_DEFAULT_GRACE_SECONDS: Final = 30
_DEFAULT_COREFILE: Final = "Corefile"


@dataclass(frozen=True, slots=True)
class Probe:
    """An HTTP probe with Kubernetes's defaults filled in. `port` is None when its name leads nowhere."""

    path: str
    port: int | None
    period_s: int
    failures: int


def config_source(template: Template, container: str = "coredns") -> ConfigSource | None:
    """The ConfigMap and key behind the file that `-conf` names; None when it is not a ConfigMap."""
    return mounted_config(template, container, _corefile_path(container_of(template, container)))


def http_probe(template: Template, container: str, kind: str) -> Probe | None:
    """The container's `kind` (readinessProbe, livenessProbe); None when there is none that uses HTTP."""
    holder = container_of(template, container)
    probe = holder.get(kind) or {}
    action = probe.get("httpGet")
    if not action:
        return None
    port = action.get("port")
    if isinstance(port, str) and not port.isdigit():
        port = next((p["containerPort"] for p in entries(holder, "ports") if p.get("name") == port), None)
    return Probe(
        path=action.get("path", "/"),
        port=None if port is None else int(port),
        period_s=probe.get("periodSeconds") or 10,
        failures=probe.get("failureThreshold") or 3,
    )


def environment_of(template: Template, container: str = "coredns") -> Environment:
    """The variables that the template gives the container."""
    return variables_of(template, container)


def dns_policy(template: Template) -> str:
    """The policy that kubelet applies: ClusterFirst acts as Default for a pod in the node's network."""
    pod = pod_of(template)
    policy = str(pod.get("dnsPolicy") or "ClusterFirst")
    return "Default" if policy == "ClusterFirst" and pod.get("hostNetwork") else policy


def grace_period_s(template: Template) -> int:
    """How long a pod may take to end, in seconds."""
    grace = pod_of(template).get("terminationGracePeriodSeconds")
    return _DEFAULT_GRACE_SECONDS if grace is None else int(grace)


def security_context(template: Template, container: str) -> Mapping[str, Any]:
    """The container's security settings over the pod's."""
    return {**(pod_of(template).get("securityContext") or {}), **_own_security_context(template, container)}


def _own_security_context(template: Template, container: str) -> Mapping[str, Any]:
    own = container_of(template, container).get("securityContext") or {}
    return {key: value for key, value in own.items() if value is not None}


def _corefile_path(container: Mapping[str, Any]) -> str:
    path = _DEFAULT_COREFILE
    for word, following in pairwise([*words(container, "command"), *words(container, "args"), ""]):
        flag, _, value = word.partition("=")
        if flag in {"-conf", "--conf"}:
            path = value or following
    return posixpath.join(container.get("workingDir") or "/", path)
