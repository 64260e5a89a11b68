"""CoreDNS as different tools leave it, made with their real clients or by raw calls under their names."""

import json
from typing import Any

from localcluster import Node, coredns_manifest
from localcluster.coredns import DEFAULT_COREFILE, await_coredns, remove_coredns
from node.raw_api import Manifest, RawApi
from node.stage import DEPLOYMENT

HELM_LABELS = {"app.kubernetes.io/managed-by": "Helm"}
HELM_ANNOTATIONS = {"meta.helm.sh/release-name": "coredns", "meta.helm.sh/release-namespace": "kube-system"}
_COLLECTIONS = {
    "ServiceAccount": "/api/v1/namespaces/kube-system/serviceaccounts",
    "ConfigMap": "/api/v1/namespaces/kube-system/configmaps",
    "Service": "/api/v1/namespaces/kube-system/services",
    "Deployment": "/apis/apps/v1/namespaces/kube-system/deployments",
    "ClusterRole": "/apis/rbac.authorization.k8s.io/v1/clusterroles",
    "ClusterRoleBinding": "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
}


def kubectl_apply(node: Node, version: str) -> None:
    """What `kubectl apply -f coredns.yaml` does, for the first time or again."""
    objects = {"apiVersion": "v1", "kind": "List", "items": coredns_manifest(DEFAULT_COREFILE, version)}
    node.kubectl("apply", "-f", "-", input=json.dumps(objects))


def made_by_kubectl(node: Node, version: str) -> None:
    """CoreDNS from nothing by `kubectl apply`."""
    remove_coredns(node)
    kubectl_apply(node, version)
    await_coredns(node)


def made_by_helm(node: Node, api: RawApi, version: str) -> None:
    """CoreDNS from nothing as Helm 3 creates it: its labels, its annotations, its field manager."""
    remove_coredns(node)
    for manifest in coredns_manifest(DEFAULT_COREFILE, version):
        metadata: dict[str, Any] = manifest["metadata"]
        metadata["labels"] = {**metadata.get("labels", {}), **HELM_LABELS}
        metadata["annotations"] = {**metadata.get("annotations", {}), **HELM_ANNOTATIONS}
        api.create(_COLLECTIONS[manifest["kind"]], manifest, manager="helm")
    await_coredns(node)


def image_applied_by(api: RawApi, manager: str, image: str) -> None:
    """A tool that applies its own idea of the image, as Argo CD does with server-side apply."""
    body: Manifest = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "spec": {"template": {"spec": {"containers": [{"name": "coredns", "image": image}]}}},
    }
    api.apply(DEPLOYMENT, body, manager=manager)


def managers_of_the_image(deployment: Manifest) -> set[tuple[str, str]]:
    """Field manager and operation of everybody who owns the image of CoreDNS's container."""
    found = set()
    for entry in deployment["metadata"]["managedFields"]:
        pod = (entry["fieldsV1"].get("f:spec") or {}).get("f:template", {}).get("f:spec", {})
        if "f:image" in pod.get("f:containers", {}).get('k:{"name":"coredns"}', {}):
            found.add((entry["manager"], entry["operation"]))
    return found
