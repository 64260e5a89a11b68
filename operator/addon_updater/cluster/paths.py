"""The API paths of the objects that the operator reads and writes. The list is short on purpose."""

from __future__ import annotations

from urllib.parse import quote

from addon_updater.api.meta import GROUP, VERSION


def deployment(namespace: str, name: str) -> str:
    """A Deployment."""
    return f"/apis/apps/v1/namespaces/{quote(namespace)}/deployments/{quote(name)}"


def workload(kind: str, namespace: str, name: str) -> str:
    """A workload of one of the kinds that can be governed."""
    resource = {"Deployment": "deployments", "StatefulSet": "statefulsets"}[kind]
    return f"/apis/apps/v1/namespaces/{quote(namespace)}/{resource}/{quote(name)}"


def jobs(namespace: str) -> str:
    """The Jobs of a namespace."""
    return f"/apis/batch/v1/namespaces/{quote(namespace)}/jobs"


def config_maps(namespace: str) -> str:
    """The ConfigMaps of a namespace."""
    return f"/api/v1/namespaces/{quote(namespace)}/configmaps"


def config_map(namespace: str, name: str) -> str:
    """A ConfigMap."""
    return f"{config_maps(namespace)}/{quote(name)}"


def revisions(namespace: str) -> str:
    """The ControllerRevisions of a namespace."""
    return f"/apis/apps/v1/namespaces/{quote(namespace)}/controllerrevisions"


def revision(namespace: str, name: str) -> str:
    """One ControllerRevision."""
    return f"{revisions(namespace)}/{quote(name)}"


def pods(namespace: str) -> str:
    """The pods of a namespace."""
    return f"/api/v1/namespaces/{quote(namespace)}/pods"


def pod(namespace: str, name: str) -> str:
    """One pod."""
    return f"{pods(namespace)}/{quote(name)}"


def services(namespace: str) -> str:
    """The Services of a namespace."""
    return f"/api/v1/namespaces/{quote(namespace)}/services"


def budgets(namespace: str) -> str:
    """The PodDisruptionBudgets of a namespace."""
    return f"/apis/policy/v1/namespaces/{quote(namespace)}/poddisruptionbudgets"


def quotas(namespace: str) -> str:
    """The ResourceQuotas of a namespace."""
    return f"/api/v1/namespaces/{quote(namespace)}/resourcequotas"


def limit_ranges(namespace: str) -> str:
    """The LimitRanges of a namespace."""
    return f"/api/v1/namespaces/{quote(namespace)}/limitranges"


def claims(namespace: str) -> str:
    """The PersistentVolumeClaims of a namespace."""
    return f"/api/v1/namespaces/{quote(namespace)}/persistentvolumeclaims"


def events(namespace: str) -> str:
    """The Events of a namespace."""
    return f"/apis/events.k8s.io/v1/namespaces/{quote(namespace)}/events"


def leases(namespace: str) -> str:
    """The Leases of a namespace."""
    return f"/apis/coordination.k8s.io/v1/namespaces/{quote(namespace)}/leases"


def releases(namespace: str | None = None) -> str:
    """The AddonReleases of a namespace, or of the cluster."""
    scope = f"/namespaces/{quote(namespace)}" if namespace is not None else ""
    return f"/apis/{GROUP}/{VERSION}{scope}/addonreleases"


def release(namespace: str, name: str) -> str:
    """One AddonRelease."""
    return f"{releases(namespace)}/{quote(name)}"


def readiness(name: str) -> str:
    """One UpgradeReadiness."""
    return f"{READINESS}/{quote(name)}"


CATALOGS = f"/apis/{GROUP}/{VERSION}/addoncatalogs"
READINESS = f"/apis/{GROUP}/{VERSION}/upgradereadinesses"
API_ENDPOINTS = "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices/kubernetes"
API_SERVICE = "/api/v1/namespaces/default/services/kubernetes"
ACCESS_REVIEWS = "/apis/authorization.k8s.io/v1/subjectaccessreviews"
VERSION_INFO = "/version"
NODES = "/api/v1/nodes"
