"""Cluster DNS as kubeadm leaves it: the manifest, and putting it on a node."""

import json
from pathlib import Path
from typing import Any

import yaml

from localcluster.cluster import Cluster
from localcluster.images import COREDNS_REPOSITORY, coredns_image
from localcluster.layout import CLUSTER_DOMAIN
from localcluster.node import Node

KUBEADM_MANAGER = "kubeadm"
"""Field manager that kubeadm's own client leaves in managedFields."""

DEFAULT_COREFILE = f"""\
.:53 {{
    errors
    health {{
       lameduck 5s
    }}
    ready
    kubernetes {CLUSTER_DOMAIN} in-addr.arpa ip6.arpa {{
       pods insecure
       fallthrough in-addr.arpa ip6.arpa
       ttl 30
    }}
    prometheus :9153
    forward . /etc/resolv.conf {{
       max_concurrent 1000
    }}
    cache 30 {{
       disable success {CLUSTER_DOMAIN}
       disable denial {CLUSTER_DOMAIN}
    }}
    loop
    reload
    loadbalance
}}
"""
"""The Corefile of kubeadm (same source as coredns.yaml)."""

_NAMED_PROBE_PORTS_SINCE = (1, 13)
_PROBE_PORTS = {"livenessProbe": ("liveness-probe", 8080), "readinessProbe": ("readiness-probe", 8181)}


def coredns_manifest(corefile: str, version: str, replicas: int = 2) -> list[dict[str, Any]]:
    """The objects kubeadm creates for CoreDNS `version` (without `v`), in the order it creates them."""
    documents = list(yaml.safe_load_all((Path(__file__).parent / "coredns.yaml").read_text()))
    by_kind = {document["kind"]: document for document in documents}
    by_kind["ConfigMap"]["data"]["Corefile"] = corefile
    spec = by_kind["Deployment"]["spec"]
    spec["replicas"] = replicas
    container = spec["template"]["spec"]["containers"][0]
    container["image"] = f"{COREDNS_REPOSITORY}:v{version}"
    if tuple(int(part) for part in version.split(".")[:2]) >= _NAMED_PROBE_PORTS_SINCE:
        for probe, (name, port) in _PROBE_PORTS.items():
            container["ports"].append({"containerPort": port, "name": name, "protocol": "TCP"})
            container[probe]["httpGet"]["port"] = name
    return documents


def install_coredns(
    cluster: Cluster,
    version: str = "1.11.3",
    corefile: str = DEFAULT_COREFILE,
    *,
    field_manager: str = KUBEADM_MANAGER,
) -> None:
    """Create cluster DNS where there is none, and wait until its pods are ready; on a node they serve.

    Raises:
        NodeError: an object exists already, or the rollout did not finish.
    """
    if isinstance(cluster, Node):
        cluster.load_image(coredns_image(version))
    objects = {"apiVersion": "v1", "kind": "List", "items": coredns_manifest(corefile, version)}
    cluster.kubectl("create", f"--field-manager={field_manager}", "-f", "-", input=json.dumps(objects))
    await_coredns(cluster)


def await_coredns(cluster: Cluster) -> None:
    """Wait until every replica of the current template is available and Service traffic reaches one.

    Raises:
        NodeError: not within 100 seconds.
    """
    cluster.kubectl("-n", "kube-system", "rollout", "status", "deployment/coredns", "--timeout=100s")


def remove_coredns(cluster: Cluster) -> None:
    """Delete every object of the manifest and wait until the pods are gone; fine when there is none."""
    objects = {"apiVersion": "v1", "kind": "List", "items": coredns_manifest("", "1.11.3")}
    cluster.kubectl("delete", "--ignore-not-found", "--wait=true", "-f", "-", input=json.dumps(objects))
    selector = ("-n", "kube-system", "pods", "-l", "k8s-app=kube-dns")
    cluster.kubectl("delete", *selector, "--grace-period=0", "--force", "--ignore-not-found")


def reset_coredns(cluster: Cluster, version: str = "1.11.3", corefile: str = DEFAULT_COREFILE) -> None:
    """Bring cluster DNS back to what kubeadm leaves, whatever was done to it.

    Raises:
        NodeError: as `install_coredns`.
    """
    remove_coredns(cluster)
    install_coredns(cluster, version, corefile)
