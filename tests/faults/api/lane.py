"""A control plane on which one plan after the other is played, and how it is put back in between."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from tempfile import mkdtemp

from faults.api.audit import record_contents
from faults.api.stories import STORIES, Story
from localcluster import Cluster, start_control_plane, stop
from localcluster.volumes import MONITORING
from node.operator_under_test import LEASE, NAMESPACE, govern_monitoring, install_without_workload
from node.raw_api import Manifest, RawApi, eventually
from node.stage import CATALOGS, GROUP, RELEASE_LABEL

MINOR = "1.34"
GOVERNED = ("kube-system", MONITORING)
READINESS = f"/apis/{GROUP}/v1alpha1/upgradereadinesses"
SETTINGS = f"/api/v1/namespaces/{NAMESPACE}/configmaps"
_KUBEADM = "kubeadm"
"""One-shot writer of CoreDNS: what it wrote may be taken over."""
_TEAM = "kubectl-create"
_BEGINS_WITHIN_S = 120.0
_CHANGED = frozenset({"Deployment", "StatefulSet", "ConfigMap"})
"""What a story changes; everything else of an addon is created once."""
_COLLECTIONS = {
    "Deployment": "/apis/apps/v1/namespaces/{namespace}/deployments",
    "StatefulSet": "/apis/apps/v1/namespaces/{namespace}/statefulsets",
    "ConfigMap": "/api/v1/namespaces/{namespace}/configmaps",
    "Service": "/api/v1/namespaces/{namespace}/services",
    "ServiceAccount": "/api/v1/namespaces/{namespace}/serviceaccounts",
    "PersistentVolumeClaim": "/api/v1/namespaces/{namespace}/persistentvolumeclaims",
    "PersistentVolume": "/api/v1/persistentvolumes",
    "Role": "/apis/rbac.authorization.k8s.io/v1/namespaces/{namespace}/roles",
    "RoleBinding": "/apis/rbac.authorization.k8s.io/v1/namespaces/{namespace}/rolebindings",
    "ClusterRole": "/apis/rbac.authorization.k8s.io/v1/clusterroles",
    "ClusterRoleBinding": "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
}


class Lane:
    """One control plane of the pool, with the operator's kinds, rights and policies."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.folder = Path(mkdtemp(prefix=f"{name}-"))
        """Holds a folder for each plan."""
        self.cluster: Cluster
        self.api: RawApi
        self.token = ""

    def start(self) -> None:
        """Start it, or start it anew: what was stored is gone."""
        self.cluster = start_control_plane(self.name, kubernetes=MINOR)
        record_contents(self.cluster)
        install_without_workload(self.cluster)
        govern_monitoring(self.cluster)
        self.api = RawApi(self.cluster.kubeconfig)
        account = ("addon-updater", "-n", NAMESPACE, "--duration=24h")
        self.token = self.cluster.kubectl("create", "token", *account).strip()
        made = [story for story in STORIES.values() if self._make(story)]
        for story in made:
            self._await_workload(story)

    def stop(self) -> None:
        """End it and remove what it left."""
        stop(self.name)

    def set(self, story: Story) -> Manifest:
        """Put everything back to what the story finds; the workload as it then is."""
        self._clear()
        manifests = [one for one in story.found() if one["kind"] in _CHANGED]
        self._remove([*manifests, *_rivals(story)])
        for manifest in manifests:
            self._create(manifest)
        return self._await_workload(story)

    def _clear(self) -> None:
        """Forget everything that an operator or a plan has made."""
        namespaced = (
            f"/apis/{GROUP}/v1alpha1/namespaces/{{}}/addonreleases",
            f"/apis/apps/v1/namespaces/{{}}/controllerrevisions?labelSelector={RELEASE_LABEL}",
            f"/api/v1/namespaces/{{}}/pods?labelSelector={GROUP}/rehearsal&gracePeriodSeconds=0",
            f"/apis/batch/v1/namespaces/{{}}/jobs?labelSelector={GROUP}/task&propagationPolicy=Background",
            "/apis/events.k8s.io/v1/namespaces/{}/events",
        )
        for namespace, path in product(GOVERNED, namespaced):
            self.api.delete(path.format(namespace))
        for path in (CATALOGS, READINESS, LEASE, f"{SETTINGS}/addon-updater-settings"):
            self.api.delete(path)

    def _remove(self, manifests: list[Manifest]) -> None:
        """Delete objects and what the controllers made of them; wait until all are gone."""
        for manifest in manifests:
            self.api.delete(f"{_path(manifest)}?propagationPolicy=Background")
        left: list[str] = []
        for workload in (one for one in manifests if "template" in one.get("spec", {})):
            namespace = workload["metadata"]["namespace"]
            labels = workload["spec"]["selector"]["matchLabels"]
            selector = "labelSelector=" + ",".join(f"{key}%3D{value}" for key, value in labels.items())
            sets = f"/apis/apps/v1/namespaces/{namespace}/replicasets?{selector}"
            pods = f"/api/v1/namespaces/{namespace}/pods?{selector}"
            self.api.delete(f"{sets}&propagationPolicy=Background")
            self.api.delete(f"{pods}&gracePeriodSeconds=0")
            left += [sets, pods]
        eventually(
            lambda: not any(self.api.items(path) for path in left),
            "the pods before to be gone",
            _BEGINS_WITHIN_S,
            0.1,
        )

    def _create(self, manifest: Manifest) -> None:
        collection = _path(manifest).rpartition("/")[0]
        if self.api.get(_path(manifest)) is None:
            manager = _KUBEADM if manifest["metadata"].get("namespace") == "kube-system" else _TEAM
            self.api.create(collection, manifest, manager=manager)

    def _make(self, story: Story) -> bool:
        """Create what the story finds, unless the addon is there already as a workload of another kind."""
        if any(self.api.get(_path(manifest)) is not None for manifest in _rivals(story)):
            return False
        for manifest in story.found():
            self._create(manifest)
        return True

    def _await_workload(self, story: Story) -> Manifest:
        def served() -> Manifest | None:
            found = self.api.get(story.subject.workload) or {}
            status, wanted = found.get("status") or {}, (found.get("spec") or {}).get("replicas")
            numbers = {status.get(key) for key in ("replicas", "updatedReplicas", "availableReplicas")}
            is_seen = status.get("observedGeneration") == (found.get("metadata") or {}).get("generation")
            return found if is_seen and numbers == {wanted} else None

        what = _Unserved(self.api, story)
        found = eventually(served, what, _BEGINS_WITHIN_S, 0.1)
        assert found is not None
        return found


def _rivals(story: Story) -> list[Manifest]:
    """The same addon as a workload of another kind, as other stories find it."""
    found: dict[str, Manifest] = {}
    for other in STORIES.values():
        is_rival = other.subject.addon == story.subject.addon and other.subject != story.subject
        for manifest in other.found() if is_rival else ():
            if "template" in manifest.get("spec", {}):
                found[manifest["kind"]] = manifest
    return list(found.values())


def _path(manifest: Manifest) -> str:
    metadata = manifest["metadata"]
    collection = _COLLECTIONS[manifest["kind"]].format(namespace=metadata.get("namespace", "default"))
    return f"{collection}/{metadata['name']}"


class _Unserved:
    """What is waited for, and how the pods are instead when it does not come."""

    def __init__(self, api: RawApi, story: Story) -> None:
        self._api, self._subject = api, story.subject

    def __str__(self) -> str:
        status = (self._api.get(self._subject.workload) or {}).get("status")
        pods = [
            f"{one['metadata']['name']} {one['status'].get('phase')} {one['status'].get('conditions')}"
            for one in self._api.items(self._subject.pods)
        ]
        return f"{self._subject.addon} to serve; its status is {status}, the pods are {pods}"
