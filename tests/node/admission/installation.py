"""Puts the shipped base, as an overlay has it, and something to govern in a cluster."""

import json
import os
import shutil
from pathlib import Path
from typing import Any

import yaml

from localcluster import Cluster
from node.admission.monitoring import NAMESPACE as MONITORING
from node.admission.monitoring import TOOLS_IMAGE, WEB_SECRET, addons
from node.admission.objects import neighbors
from node.admission.own_kinds import catalog, readiness

REPOSITORY = Path(__file__).parents[3]
GOVERNED = "governed-by-copy"
UNLISTED = "copied-but-not-listed"


def write_overlay(folder: Path) -> None:
    """An overlay as deploy/README.md shows it: another registry, and more namespaces, one of them not listed."""
    deploy = os.path.relpath(REPOSITORY / "deploy", folder)
    for namespace in (GOVERNED, UNLISTED):
        _copy_namespace(folder / namespace, namespace)
    lists: dict[str, Any] = yaml.safe_load((REPOSITORY / "deploy/namespaces/policy-lists.yaml").read_text())
    governed = json.loads(lists["data"]["governed"])
    governed[GOVERNED] = governed["kube-system"]
    governed[MONITORING]["secrets"] = [WEB_SECRET]
    lists["data"]["governed"] = json.dumps(governed)
    image, _, tag = TOOLS_IMAGE.rpartition(":")
    content = {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": [f"{deploy}/base", f"{deploy}/namespaces/{MONITORING}", GOVERNED, UNLISTED],
        "images": [{"name": "ghcr.io/addon-updater/addon-updater", "newName": image, "newTag": tag}],
        "patches": [{"path": "policy-lists.yaml"}],
        "transformers": [f"{deploy}/fill-in"],
    }
    (folder / "policy-lists.yaml").write_text(yaml.safe_dump(lists))
    (folder / "kustomization.yaml").write_text(yaml.safe_dump(content))


def install(cluster: Cluster, overlay: Path) -> None:
    """Install the overlay, and wait until its kinds are served."""
    for namespace in (GOVERNED, UNLISTED, MONITORING):
        cluster.kubectl("create", "namespace", namespace)
    cluster.kubectl("apply", "-k", str(overlay))
    # A new kind is not served at once; kubectl repeats while the server asks it to wait.
    cluster.kubectl("wait", "--for=condition=Established", "crd", "--all", "--timeout=60s")
    cluster.kubectl("get", "addonreleases,addoncatalogs,upgradereadinesses", "--all-namespaces")


def install_addons(cluster: Cluster) -> None:
    """Everything the rows name: of two Grafana pods one is told ready, the other placed on the node."""
    present = {GOVERNED: [*neighbors(), catalog(), readiness()], UNLISTED: neighbors(), MONITORING: addons()}
    for namespace, items in present.items():
        objects = json.dumps({"apiVersion": "v1", "kind": "List", "items": items})
        cluster.kubectl("create", "-n", namespace, "-f", "-", input=objects)
    for pod in ("prometheus-0", "grafana-0", "grafana-1", "loki-0"):
        cluster.kubectl("wait", "-n", MONITORING, "--for=create", f"pod/{pod}", "--timeout=60s")
    ready = json.dumps({"status": {"conditions": [{"type": "Ready", "status": "True"}]}})
    cluster.kubectl("patch", "pod", "grafana-0", "-n", MONITORING, "--subresource=status", "-p", ready)
    target = {
        "kind": "Node",
        "name": cluster.kubectl("get", "nodes", "-o", "jsonpath={.items[0].metadata.name}"),
    }
    binding = {"apiVersion": "v1", "kind": "Binding", "metadata": {"name": "grafana-1"}, "target": target}
    path = f"/api/v1/namespaces/{MONITORING}/pods/grafana-1/binding"
    cluster.kubectl("create", "--raw", path, "-f", "-", input=json.dumps(binding))


def _copy_namespace(folder: Path, name: str) -> None:
    shutil.copytree(REPOSITORY / "deploy/namespaces/kube-system", folder)
    file = folder / "kustomization.yaml"
    file.write_text(file.read_text().replace("namespace: kube-system", f"namespace: {name}"))
