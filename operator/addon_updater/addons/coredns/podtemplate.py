"""Reads what matters to CoreDNS out of a pod template as the Kubernetes API returns it."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

Template = Mapping[str, Any]
"""`spec.template` of a Deployment or DaemonSet, as JSON."""

_DEFAULT_GRACE_SECONDS: Final = 30
_DEFAULT_COREFILE: Final = "Corefile"


@dataclass(frozen=True, slots=True)
class ConfigSource:
    """Where the container's Corefile comes from. `whole` is true when the ConfigMap is mounted without items."""

    volume: str
    config_map: str
    key: str
    whole: bool


@dataclass(frozen=True, slots=True)
class Probe:
    """An HTTP probe with Kubernetes's defaults filled in. `port` is None when its name leads nowhere."""

    path: str
    port: int | None
    period_s: int
    failures: int


@dataclass(frozen=True, slots=True)
class Environment:
    """The container's variables: the values that are known, all names, and whether there may be more."""

    values: Mapping[str, str]
    names: frozenset[str]
    complete: bool


def container_of(template: Template, name: str) -> Mapping[str, Any]:
    """The container of that name; empty when the pod has none."""
    return next((item for item in _list(_pod(template), "containers") if item.get("name") == name), {})


def config_source(template: Template, container: str = "coredns") -> ConfigSource | None:
    """The ConfigMap and key behind the file that `-conf` names; None when it is not a ConfigMap."""
    path = _corefile_path(container_of(template, container))
    for mount in _list(container_of(template, container), "volumeMounts"):
        directory = mount.get("mountPath", "").rstrip("/")
        subpath = mount.get("subPath")
        if path == directory and subpath:
            relative = subpath
        elif path.startswith(f"{directory}/"):
            relative = path[len(directory) + 1 :]
        else:
            continue
        return _in_volume(template, mount.get("name", ""), relative)
    return None


def http_probe(template: Template, container: str, kind: str) -> Probe | None:
    """The container's `kind` (readinessProbe, livenessProbe); None when there is none that uses HTTP."""
    holder = container_of(template, container)
    probe = holder.get(kind) or {}
    action = probe.get("httpGet")
    if not action:
        return None
    port = action.get("port")
    if isinstance(port, str) and not port.isdigit():
        port = next((p["containerPort"] for p in _list(holder, "ports") if p.get("name") == port), None)
    return Probe(
        path=action.get("path", "/"),
        port=None if port is None else int(port),
        period_s=probe.get("periodSeconds") or 10,
        failures=probe.get("failureThreshold") or 3,
    )


def environment_of(template: Template, container: str = "coredns") -> Environment:
    """The variables that the template gives the container."""
    holder = container_of(template, container)
    entries = _list(holder, "env")
    values = {entry["name"]: entry.get("value", "") for entry in entries if "valueFrom" not in entry}
    names = frozenset(entry["name"] for entry in entries)
    return Environment(values, names, complete=not holder.get("envFrom"))


def dns_policy(template: Template) -> str:
    """The policy that kubelet applies: ClusterFirst acts as Default for a pod in the node's network."""
    pod = _pod(template)
    policy = str(pod.get("dnsPolicy") or "ClusterFirst")
    return "Default" if policy == "ClusterFirst" and pod.get("hostNetwork") else policy


def grace_period_s(template: Template) -> int:
    """How long a pod may take to end, in seconds."""
    grace = _pod(template).get("terminationGracePeriodSeconds")
    return _DEFAULT_GRACE_SECONDS if grace is None else int(grace)


def security_context(template: Template, container: str) -> Mapping[str, Any]:
    """The container's security settings over the pod's."""
    return {**(_pod(template).get("securityContext") or {}), **_own_security_context(template, container)}


def _own_security_context(template: Template, container: str) -> Mapping[str, Any]:
    own = container_of(template, container).get("securityContext") or {}
    return {key: value for key, value in own.items() if value is not None}


def _corefile_path(container: Mapping[str, Any]) -> str:
    words = [*_strings(container, "command"), *_strings(container, "args")]
    path = _DEFAULT_COREFILE
    for word, following in pairwise([*words, ""]):
        flag, _, value = word.partition("=")
        if flag in {"-conf", "--conf"}:
            path = value or following
    return posixpath.join(container.get("workingDir") or "/", path)


def _in_volume(template: Template, name: str, relative: str) -> ConfigSource | None:
    volume = next((item for item in _list(_pod(template), "volumes") if item.get("name") == name), {})
    source = volume.get("configMap") or {}
    if "name" not in source:
        return None
    items = _list(source, "items")
    if not items:
        return ConfigSource(name, source["name"], relative, whole=True)
    key = next((item["key"] for item in items if item.get("path") == relative), None)
    return None if key is None else ConfigSource(name, source["name"], key, whole=False)


def _pod(template: Template) -> Mapping[str, Any]:
    return template.get("spec") or {}


def _list(holder: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    return list(holder.get(key) or ())


def _strings(holder: Mapping[str, Any], key: str) -> Iterator[str]:
    return (str(word) for word in holder.get(key) or ())
