"""A Prometheus as people run it, and a configuration with one of everything."""

from __future__ import annotations

from typing import Any

from addon_updater.rollout.workload import ConfigMap, Workload, read_config_map, read_workload

CONFIG = """\
# The team's Prometheus.
global:
  scrape_interval: 15s   # keep in step with the alerts
  evaluation_interval: 30s

rule_files:
  - rules.yml

scrape_configs:
  - job_name: prometheus
    static_configs:
      - targets: ["localhost:9090"]   # itself
"""
ARGS = ("--config.file=/etc/prometheus/prometheus.yml", "--storage.tsdb.path=/data")


def workload(
    version: str = "2.55.1",
    *,
    kind: str = "Deployment",
    args: tuple[str, ...] | None = ARGS,
    command: tuple[str, ...] = (),
    items: tuple[str, ...] = ("prometheus.yml", "rules.yml"),
    claim: bool = False,
    container: dict[str, Any] | None = None,
    pod: dict[str, Any] | None = None,
    metadata: dict[str, Any] | None = None,
    **spec: Any,
) -> Workload:
    """The workload; `items` empty mounts the ConfigMap whole, a `claim` gives it a volume that stays."""
    config: dict[str, Any] = {"name": "prometheus"}
    if items:
        config["items"] = [{"key": key, "path": key.split("@")[-1]} for key in items]
        for item in config["items"]:
            item["key"] = item["key"].split("@")[0]
    data = {"persistentVolumeClaim": {"claimName": "data"}} if claim else {"emptyDir": {}}
    main: dict[str, Any] = {
        "name": "prometheus",
        "image": f"quay.io/prometheus/prometheus:v{version}",
        "volumeMounts": [
            {"name": "config", "mountPath": "/etc/prometheus"},
            {"name": "data", "mountPath": "/data"},
        ],
        **(container or {}),
    }
    if args is not None:
        main["args"] = list(args)
    if command:
        main["command"] = list(command)
    return read_workload(
        {
            "kind": kind,
            "metadata": {
                "name": "prometheus",
                "namespace": "monitoring",
                "uid": "1",
                "resourceVersion": "1",
                **(metadata or {}),
            },
            "spec": {
                "replicas": 1,
                "template": {
                    "spec": {
                        "serviceAccountName": "prometheus",
                        "terminationGracePeriodSeconds": 300,
                        "containers": [main],
                        "volumes": [{"name": "config", "configMap": config}, {"name": "data", **data}],
                        **(pod or {}),
                    }
                },
                **spec,
            },
        }
    )


def config_map(text: str = CONFIG, **others: str) -> ConfigMap:
    """The ConfigMap with the configuration and other keys, `_yml` in their names standing for `.yml`."""
    data = {"prometheus.yml": text} | {name.replace("_yml", ".yml"): value for name, value in others.items()}
    return read_config_map(
        {"metadata": {"name": "prometheus", "uid": "2", "resourceVersion": "1"}, "data": data}
    )
