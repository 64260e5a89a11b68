"""Grafana workloads as charts and people write them, and the rules that an update of one meets."""

from __future__ import annotations

from typing import Any

from addon_updater.addons.grafana.addon import Grafana
from addon_updater.api.release import AddonReleaseSpec
from addon_updater.api.versions import Version
from addon_updater.rollout.addon import HopContext, NetworkFacts
from addon_updater.rollout.content import Content
from addon_updater.rollout.workload import ConfigMap, Workload, read_config_map, read_workload

GRAFANA = Grafana()
TOOLS = "ghcr.io/example/addon-updater:1.0.0"
CLAIM = {"name": "data", "persistentVolumeClaim": {"claimName": "grafana"}}
GONE_WITH_THE_POD = {"name": "data", "emptyDir": {}}
DATA_MOUNT = {"name": "data", "mountPath": "/var/lib/grafana"}
CONFIG_MOUNT = {"name": "config", "mountPath": "/etc/grafana/grafana.ini", "subPath": "grafana.ini"}
BY_ITEMS = {"name": "grafana", "items": [{"key": "grafana.ini", "path": "grafana.ini"}]}
WHOLE = {"name": "grafana"}


def workload(
    version: str = "12.4.1",
    *,
    repository: str = "docker.io/grafana/grafana",
    env: dict[str, Any] | None = None,
    data: dict[str, Any] | None = CLAIM,
    data_mount: dict[str, Any] = DATA_MOUNT,
    config: dict[str, Any] | None = None,
    replicas: int = 1,
    strategy: str = "RollingUpdate",
    kind: str = "Deployment",
    spec: dict[str, Any] | None = None,
    pod: dict[str, Any] | None = None,
    owners: list[dict[str, Any]] | None = None,
    **container: Any,
) -> Workload:
    """A workload; `env` values that are no text are taken as `valueFrom`, `config` is the ConfigMap volume."""
    variables = [
        {"name": name, "value": value} if isinstance(value, str) else {"name": name, "valueFrom": value}
        for name, value in (env or {}).items()
    ]
    mine = {
        "name": "grafana",
        "image": f"{repository}:{version}",
        "env": variables,
        "ports": [{"name": "web", "containerPort": 3000}],
        "volumeMounts": [
            *([data_mount] if data_mount else []),
            *([CONFIG_MOUNT] if config else []),
            *container.pop("mounts", []),
        ],
        **container,
    }
    volumes = [*([data] if data else []), *([{"name": "config", "configMap": config}] if config else [])]
    extra = dict(pod or {})
    template = {
        "containers": [mine, *extra.pop("sidecars", [])],
        "volumes": [*volumes, *extra.pop("volumes", [])],
        **extra,
    }
    labels = {"app": "grafana"}
    pace = (
        {"strategy": {"type": strategy}} if kind == "Deployment" else {"updateStrategy": {"type": strategy}}
    )
    return read_workload(
        {
            "kind": kind,
            "metadata": {
                "name": "grafana",
                "namespace": "monitoring",
                "uid": "u",
                "resourceVersion": "1",
                "ownerReferences": owners or [],
            },
            "spec": {
                "replicas": replicas,
                "selector": {"matchLabels": labels},
                "template": {"metadata": {"labels": labels}, "spec": template},
                **pace,
                **(spec or {}),
            },
        }
    )


def config_map(text: str, key: str = "grafana.ini", **more: str) -> ConfigMap:
    """The ConfigMap with grafana.ini."""
    metadata = {"name": "grafana", "uid": "c", "resourceVersion": "1"}
    return read_config_map({"metadata": metadata, "data": {key: text, **more}})


def context(
    *, acknowledged: bool = False, tools: str | None = TOOLS, attempt: str = "a1", **backup: Any
) -> HopContext:
    """What the engine tells about the release."""
    if acknowledged:
        backup["database"] = {"external": "Acknowledged"}
    spec = AddonReleaseSpec.model_validate({"addon": "grafana", "backup": backup})
    return HopContext(release="grafana", spec=spec, tools_image=tools, attempt=attempt)


def contents(live: Workload, target: str, ini: str | None = None) -> tuple[Content, Content]:
    """The present content and that of an update to the target."""
    config = None if ini is None else config_map(ini)
    current = GRAFANA.read(live, "grafana", config)
    image = f"{current.image.rpartition(':')[0]}:{target.replace('+', '-')}"
    return current, GRAFANA.revise(current, input_text=ini, target=Version.parse(target), image=image)


def findings(live: Workload, target: str, ini: str | None = None, **told: Any) -> dict[str, Any]:
    """The findings of an update by rule; `ini` is what people wrote, and what runs."""
    current, desired = contents(live, target, ini)
    found = GRAFANA.preflight(
        live, current, desired, input_text=ini, facts=NetworkFacts(), context=context(**told)
    )
    return {finding.rule: finding for finding in found}
