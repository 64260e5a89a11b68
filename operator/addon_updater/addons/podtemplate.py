"""Reads what every addon needs out of a pod template as the Kubernetes API returns it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Template = Mapping[str, Any]
"""`spec.template` of a workload, as JSON."""


@dataclass(frozen=True, slots=True)
class ConfigSource:
    """Where a configuration file comes from. `whole` is true when the ConfigMap is mounted without items."""

    volume: str
    config_map: str
    key: str
    whole: bool


@dataclass(frozen=True, slots=True)
class Environment:
    """The container's variables: the values that are known, all names, and whether there may be more."""

    values: Mapping[str, str]
    names: frozenset[str]
    complete: bool


def container_of(template: Template, name: str) -> Mapping[str, Any]:
    """The container of that name; empty when the pod has none."""
    return next((item for item in entries(pod_of(template), "containers") if item.get("name") == name), {})


def mounted_config(template: Template, container: str, path: str) -> ConfigSource | None:
    """The ConfigMap and key behind the file at an absolute path; None when it is not from a ConfigMap."""
    for mount in entries(container_of(template, container), "volumeMounts"):
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


def variables_of(template: Template, container: str) -> Environment:
    """The variables that the template gives the container."""
    holder = container_of(template, container)
    given = entries(holder, "env")
    values = {entry["name"]: entry.get("value", "") for entry in given if "valueFrom" not in entry}
    names = frozenset(entry["name"] for entry in given)
    return Environment(values, names, complete=not holder.get("envFrom"))


def port_names(template: Template, container: str) -> dict[int, list[str]]:
    """The names that the container gives its ports."""
    names: dict[int, list[str]] = {}
    for port in entries(container_of(template, container), "ports"):
        if port.get("name"):
            names.setdefault(int(port["containerPort"]), []).append(port["name"])
    return names


def pod_of(template: Template) -> Mapping[str, Any]:
    """The pod spec of the template."""
    return template.get("spec") or {}


def entries(holder: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    """A list of objects, empty when it is unset or null."""
    return list(holder.get(key) or ())


def words(holder: Mapping[str, Any], key: str) -> tuple[str, ...]:
    """A list of strings, empty when it is unset or null."""
    return tuple(str(word) for word in holder.get(key) or ())


def _in_volume(template: Template, name: str, relative: str) -> ConfigSource | None:
    volume = next((item for item in entries(pod_of(template), "volumes") if item.get("name") == name), {})
    source = volume.get("configMap") or {}
    if "name" not in source:
        return None
    items = entries(source, "items")
    if not items:
        return ConfigSource(name, source["name"], relative, whole=True)
    key = next((item["key"] for item in items if item.get("path") == relative), None)
    return None if key is None else ConfigSource(name, source["name"], key, whole=False)
