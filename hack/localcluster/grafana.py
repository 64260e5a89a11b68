"""The FAKE Grafana on the local node: the manifest, and putting it there."""

import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from localcluster.cluster import Cluster
from localcluster.images import GRAFANA_REPOSITORY, GRAFANA_USER, grafana_image
from localcluster.node import Node
from localcluster.volumes import MONITORING, claim, make_folder, namespace, static_volume

_SCHEMA = 39
"""`schemaVersion` of a dashboard that every Grafana from 10.4 to 13 reads."""


def _dashboard(uid: str, title: str) -> str:
    return json.dumps({"uid": uid, "title": title, "schemaVersion": _SCHEMA, "editable": False, "panels": []})


GRAFANA_DASHBOARDS: Mapping[str, str] = {
    "cluster-dns.json": _dashboard("cluster-dns", "Cluster DNS"),
    "prometheus.json": _dashboard("prometheus-overview", "Prometheus overview"),
}
"""File name -> JSON of the dashboards that are provisioned, into the folder Platform."""


def grafana_manifest(
    version: str,
    *,
    folder: Path | None = None,
    strategy: str = "Recreate",
    dashboards: Mapping[str, str] = GRAFANA_DASHBOARDS,
    environment: Mapping[str, str] | None = None,
) -> list[dict[str, Any]]:
    """The objects of Grafana `version` in the order of their creation, the namespace apart.

    `folder` holds the database, by a static volume; without one it goes with the pod. `environment` is added to
    the container's, for example `GF_ALERTING_ENABLED`.
    """
    documents = list(yaml.safe_load_all((Path(__file__).parent / "grafana.yaml").read_text()))
    by_name = {(document["kind"], document["metadata"]["name"]): document for document in documents}
    by_name["ConfigMap", "grafana-dashboards"]["data"] = dict(dashboards)
    spec = by_name["Deployment", "grafana"]["spec"]
    spec["strategy"] = {"type": strategy}
    pod = spec["template"]["spec"]
    container = pod["containers"][0]
    container["image"] = f"{GRAFANA_REPOSITORY}:{version}"
    container["env"] += [{"name": name, "value": value} for name, value in (environment or {}).items()]
    if folder is None:
        pod["volumes"].append({"name": "data", "emptyDir": {}})
        return documents
    pod["volumes"].append({"name": "data", "persistentVolumeClaim": {"claimName": "grafana"}})
    return [static_volume("grafana", "grafana", folder), claim("grafana", "grafana"), *documents]


def install_grafana(
    cluster: Cluster,
    version: str = "11.6.16",
    *,
    persistent: bool = True,
    strategy: str = "Recreate",
    dashboards: Mapping[str, str] = GRAFANA_DASHBOARDS,
    environment: Mapping[str, str] | None = None,
) -> None:
    """Create Grafana where there is none, as with `kubectl create`, and wait until it is ready; on a node the fake runs.

    Raises:
        NodeError: an object exists already, or the rollout did not finish.
    """
    folder = grafana_folder(cluster) if persistent else None
    if isinstance(cluster, Node):
        cluster.load_image(grafana_image(version))
        if folder is not None:
            make_folder(folder, GRAFANA_USER)
    objects = grafana_manifest(
        version, folder=folder, strategy=strategy, dashboards=dashboards, environment=environment
    )
    cluster.kubectl("apply", "-f", "-", input=json.dumps(namespace()))
    cluster.kubectl("create", "-f", "-", input=_list(objects))
    await_grafana(cluster)


def grafana_folder(cluster: Cluster) -> Path:
    """Where grafana.db of a persistent Grafana lies, seen from the host."""
    return cluster.state_dir / "volumes" / "grafana"


def await_grafana(cluster: Cluster) -> None:
    """Wait until the current template runs and is ready.

    Raises:
        NodeError: not within 100 seconds.
    """
    cluster.kubectl("-n", MONITORING, "rollout", "status", "deployment/grafana", "--timeout=100s")


def remove_grafana(cluster: Cluster) -> None:
    """Delete everything of Grafana, its database too; fine when there is none."""
    folder = grafana_folder(cluster)
    # The workload first: a claim is not let go while a pod uses it.
    objects = grafana_manifest("0", folder=folder)[::-1]
    cluster.kubectl("delete", "--ignore-not-found", "--wait=true", "-f", "-", input=_list(objects))
    shutil.rmtree(folder, ignore_errors=True)


def _list(objects: Sequence[dict[str, Any]]) -> str:
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": list(objects)})
