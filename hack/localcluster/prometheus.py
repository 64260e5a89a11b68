"""Prometheus on the local node: the manifest, and putting it there."""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import yaml

from localcluster.cluster import Cluster
from localcluster.images import PROMETHEUS_REPOSITORY, PROMETHEUS_USER, prometheus_image
from localcluster.node import Node
from localcluster.volumes import MONITORING, claim, claim_template, make_folder, namespace, static_volume

Kind = Literal["Deployment", "StatefulSet"]

PROMETHEUS_ARGS = (
    "--config.file=/etc/prometheus/prometheus.yml",
    "--storage.tsdb.path=/prometheus",
    "--storage.tsdb.retention.time=6h",
)
"""Flags that 2.55 and 3 both know."""

PROMETHEUS_RULES = """\
groups:
  - name: node
    rules:
      - record: job:up:sum
        expr: sum by (job) (up)
"""

_SLICES = """\
    kubernetes_sd_configs:
      - {role: endpointslice, namespaces: {names: [NAMESPACE]}}
    relabel_configs:
      - {source_labels: [__meta_kubernetes_service_name], regex: SERVICE, action: keep}
      - {source_labels: [__meta_kubernetes_endpointslice_port_name], regex: PORT, action: keep}
      - {source_labels: [__meta_kubernetes_pod_name], target_label: pod}
"""


def scrape_endpoints(job: str, namespace: str, service: str, port: str, *, honor_labels: bool = False) -> str:
    """A job for the pods behind a port of a Service; `honor_labels` lets a series keep its own `namespace`."""
    found = _SLICES.replace("NAMESPACE", namespace).replace("SERVICE", service).replace("PORT", port)
    honors = "    honor_labels: true\n" if honor_labels else ""
    return f"  - job_name: {job}\n{honors}{found}"


PROMETHEUS_CONFIG = f"""\
global:
  scrape_interval: 2s
  scrape_timeout: 2s
  evaluation_interval: 2s
rule_files: [/etc/prometheus/rules.yml]
scrape_configs:
  - job_name: prometheus
    static_configs: [{{targets: ["localhost:9090"]}}]
{scrape_endpoints("coredns", "kube-system", "kube-dns", "metrics")}\
{scrape_endpoints("addon-updater", "addon-updater", "addon-updater", "http", honor_labels=True)}"""
"""A configuration that 2.55 and 3 both take: Prometheus itself, cluster DNS and the operator."""


def prometheus_manifest(
    version: str,
    *,
    kind: Kind = "Deployment",
    folder: Path | None = None,
    strategy: str = "Recreate",
    config: str = PROMETHEUS_CONFIG,
    rules: str = PROMETHEUS_RULES,
    args: Sequence[str] = PROMETHEUS_ARGS,
) -> list[dict[str, Any]]:
    """The objects of Prometheus `version` (without `v`) in the order of their creation, the namespace apart.

    `folder` holds the data, by a static volume; without one the data goes with the pod. `strategy` concerns a
    Deployment only: RollingUpdate with a volume is the deadlock that an updater must see coming.
    """
    documents = list(yaml.safe_load_all((Path(__file__).parent / "prometheus.yaml").read_text()))
    by_kind = {document["kind"]: document for document in documents}
    by_kind["ConfigMap"]["data"] = {"prometheus.yml": config, "rules.yml": rules}
    workload = by_kind["Deployment"]
    workload["kind"] = kind
    spec = workload["spec"]
    container = spec["template"]["spec"]["containers"][0]
    container["image"] = f"{PROMETHEUS_REPOSITORY}:v{version}"
    container["args"] = list(args)
    if kind == "StatefulSet":
        spec["serviceName"] = "prometheus"
    else:
        spec["strategy"] = {"type": strategy}
    return [*_place_of_data(kind, spec, folder), *documents]


def _place_of_data(kind: Kind, spec: dict[str, Any], folder: Path | None) -> list[dict[str, Any]]:
    """Give the pods their data volume; the objects that it needs."""
    volumes = spec["template"]["spec"]["volumes"]
    if folder is None:
        volumes.append({"name": "data", "emptyDir": {}})
        return []
    if kind == "StatefulSet":
        spec["volumeClaimTemplates"] = [claim_template("data")]
        return [static_volume("prometheus", "data-prometheus-0", folder)]
    volumes.append({"name": "data", "persistentVolumeClaim": {"claimName": "prometheus"}})
    return [static_volume("prometheus", "prometheus", folder), claim("prometheus", "prometheus")]


def install_prometheus(
    cluster: Cluster,
    version: str = "2.55.1",
    *,
    kind: Kind = "Deployment",
    persistent: bool = True,
    strategy: str = "Recreate",
    config: str = PROMETHEUS_CONFIG,
    rules: str = PROMETHEUS_RULES,
    args: Sequence[str] = PROMETHEUS_ARGS,
) -> None:
    """Create Prometheus where there is none, as with `kubectl create`, and wait until it is ready; on a node it runs.

    Raises:
        NodeError: an object exists already, or the rollout did not finish.
    """
    folder = prometheus_folder(cluster) if persistent else None
    if isinstance(cluster, Node):
        cluster.load_image(prometheus_image(version))
        if folder is not None:
            make_folder(folder, PROMETHEUS_USER)
    objects = prometheus_manifest(
        version, kind=kind, folder=folder, strategy=strategy, config=config, rules=rules, args=args
    )
    cluster.kubectl("apply", "-f", "-", input=json.dumps(namespace()))
    cluster.kubectl("create", "-f", "-", input=_list(objects))
    await_prometheus(cluster, kind)


def prometheus_folder(cluster: Cluster) -> Path:
    """Where the data of a persistent Prometheus lies, seen from the host."""
    return cluster.state_dir / "volumes" / "prometheus"


def await_prometheus(cluster: Cluster, kind: Kind = "Deployment") -> None:
    """Wait until the current template runs and is ready.

    Raises:
        NodeError: not within 100 seconds.
    """
    cluster.kubectl("-n", MONITORING, "rollout", "status", f"{kind.lower()}/prometheus", "--timeout=100s")


def remove_prometheus(cluster: Cluster) -> None:
    """Delete everything of Prometheus, its data too; fine when there is none."""
    folder = prometheus_folder(cluster)
    objects = [
        *prometheus_manifest("0", kind="StatefulSet"),
        *prometheus_manifest("0", folder=folder),
        claim("data-prometheus-0", "prometheus"),
    ]
    # Workloads first: a claim is not let go while a pod uses it.
    cluster.kubectl("delete", "--ignore-not-found", "--wait=true", "-f", "-", input=_list(objects[::-1]))
    shutil.rmtree(folder, ignore_errors=True)


def _list(objects: Sequence[dict[str, Any]]) -> str:
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": list(objects)})
