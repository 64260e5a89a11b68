"""Writes to workloads and their ConfigMaps that must be refused, each by the policy that names the reason."""

from typing import Any

from node.admission.forbidden import ForbiddenWrite
from node.admission.objects import COREFILE, DOMAIN, HASH, IMAGE, deployment
from node.admission.request import MERGE, STRATEGIC, Request

_COREDNS = "/apis/apps/v1/namespaces/{namespace}/deployments/coredns"
_CONFIG = "/api/v1/namespaces/{namespace}/configmaps/coredns"
_OWNER = {
    "apiVersion": "v1",
    "kind": "ConfigMap",
    "name": "coredns",
    "uid": "00000000-0000-0000-0000-000000000000",
}

ONLY_CONTAINERS = "may change only containers and volumes in a pod template"
ONLY_IMAGE_AND_ARGS = "may change only image and args of a container"
ONLY_ITEMS = "may change only configMap.items of a volume"
ONLY_SPEC = "may change only minReadySeconds, strategy and the pod template"
FOREIGN_IMAGE = "is outside imageRepositories of"
NOT_LISTED = "it is not on the list of its writes"


def _patch(name: str, body: object, message: str, *, path: str = _COREDNS) -> ForbiddenWrite:
    return ForbiddenWrite(name, Request("PATCH", path, body, STRATEGIC), "addon-updater-workloads", message)


def _spec(name: str, message: str, **fields: object) -> ForbiddenWrite:
    return _patch(name, {"spec": fields}, message)


def _pod(name: str, message: str, **fields: object) -> ForbiddenWrite:
    return _spec(name, message, template={"spec": fields})


def _container(name: str, message: str, **fields: object) -> ForbiddenWrite:
    return _pod(name, message, containers=[{"name": "coredns", **fields}])


def _volume(name: str, message: str, **fields: object) -> ForbiddenWrite:
    return _pod(name, message, volumes=[{"name": "config-volume", **fields}])


def _items(key: str) -> dict[str, Any]:
    return {"items": [{"key": key, "path": "Corefile"}]}


def _config(name: str, body: object, message: str, *, path: str = _CONFIG) -> ForbiddenWrite:
    return ForbiddenWrite(name, Request("PATCH", path, body, MERGE), "addon-updater-configmaps", message)


def _unlisted(name: str, request: Request) -> ForbiddenWrite:
    return ForbiddenWrite(name, request, "addon-updater-allowlist", NOT_LISTED)


WORKLOADS = (
    _container("adds an environment variable", ONLY_IMAGE_AND_ARGS, env=[{"name": "GOGC", "value": "1"}]),
    _container("replaces the command", ONLY_IMAGE_AND_ARGS, command=["/bin/sh"]),
    _container("makes the container privileged", ONLY_IMAGE_AND_ARGS, securityContext={"privileged": True}),
    _container("changes resources", ONLY_IMAGE_AND_ARGS, resources={"limits": {"memory": "1Gi"}}),
    _pod("adds a container", ONLY_IMAGE_AND_ARGS, containers=[{"name": "helper", "image": IMAGE}]),
    _container("moves to another repository", FOREIGN_IMAGE, image="example.com/evil/coredns:v1.13.1"),
    _container(
        "moves to a repository whose name only begins alike",
        FOREIGN_IMAGE,
        image="registry.k8s.io/coredns/coredns-evil:v1",
    ),
    _pod("adds an init container", ONLY_CONTAINERS, initContainers=[{"name": "first", "image": IMAGE}]),
    _pod("runs under another ServiceAccount", ONLY_CONTAINERS, serviceAccountName="cluster-admin-like"),
    _pod("joins the host's network", ONLY_CONTAINERS, hostNetwork=True),
    _pod("drops the priority class", ONLY_CONTAINERS, priorityClassName=None),
    _pod("adds a host path", ONLY_ITEMS, volumes=[{"name": "host", "hostPath": {"path": "/"}}]),
    _pod(
        "removes a volume and its mount",
        ONLY_IMAGE_AND_ARGS,
        volumes=[{"name": "config-volume", "$patch": "delete"}],
        containers=[{"name": "coredns", "volumeMounts": [{"mountPath": "/etc/coredns", "$patch": "delete"}]}],
    ),
    _volume(
        "turns the configuration volume into a host path", ONLY_ITEMS, configMap=None, hostPath={"path": "/"}
    ),
    _volume("mounts another ConfigMap", ONLY_ITEMS, configMap={"name": "web", **_items("Corefile")}),
    _volume(
        "shows a key that is not governed",
        "a volume shows a key outside configMaps",
        configMap=_items("hosts"),
    ),
    _spec(
        "adds a label to the pods",
        "may not change the metadata of a pod template",
        template={"metadata": {"labels": {"app": "web"}}},
    ),
    _spec("scales", ONLY_SPEC, replicas=3),
    _spec(
        "stops its pods before it starts others",
        "only where a volume outlives its pods",
        strategy={"type": "Recreate", "rollingUpdate": None},
    ),
    _spec("pauses the rollout", ONLY_SPEC, paused=True),
    _patch(
        "labels the workload outside its domain",
        {"metadata": {"labels": {"app": "web"}}},
        "may change only workload labels that begin with",
    ),
    _patch(
        "removes somebody's annotation",
        {"metadata": {"annotations": {"example.com/owner": None}}},
        "may change only workload annotations that begin with",
    ),
    _patch(
        "adds a finalizer",
        {"metadata": {"finalizers": ["example.com/hold"]}},
        "ownerReferences or finalizers",
    ),
    _patch("adds an owner", {"metadata": {"ownerReferences": [_OWNER]}}, "ownerReferences or finalizers"),
    _patch(
        "upgrades a workload that is not listed",
        {"spec": {"minReadySeconds": 10}},
        "is not in workloads of",
        path="/apis/apps/v1/namespaces/{namespace}/deployments/web",
    ),
    _unlisted("deletes the workload", Request("DELETE", _COREDNS)),
    _unlisted(
        "creates a workload",
        Request("POST", "/apis/apps/v1/namespaces/{namespace}/deployments", deployment("second")),
    ),
    _unlisted(
        "scales through the subresource",
        Request("PATCH", f"{_COREDNS}/scale", {"spec": {"replicas": 3}}, MERGE),
    ),
    _unlisted(
        "writes the workload's status",
        Request("PATCH", f"{_COREDNS}/status", {"status": {"replicas": 3}}, MERGE),
    ),
)

CONFIG_MAPS = (
    _config("removes the Corefile", {"data": {"Corefile": None}}, "may neither remove nor empty Corefile"),
    _config("empties the Corefile", {"data": {"Corefile": " \n"}}, "may neither remove nor empty Corefile"),
    _config("empties the ConfigMap", {"data": None}, "may change only Corefile"),
    _config("changes another key", {"data": {"hosts": "10.0.0.2 example.test"}}, "may change only Corefile"),
    _config("removes another key", {"data": {"hosts": None}}, "may change only Corefile"),
    _config(
        "adds a key that is no revision", {"data": {"Corefile-backup": COREFILE}}, "may change only Corefile"
    ),
    _config("adds a revision of another key", {"data": {f"hosts-{HASH}": ""}}, "may change only Corefile"),
    _config(
        "adds binary data", {"binaryData": {"Corefile.gz": "AAAA"}}, "may not change binaryData or immutable"
    ),
    _config("freezes the ConfigMap", {"immutable": True}, "may not change binaryData or immutable"),
    _config(
        "labels the ConfigMap",
        {"metadata": {"labels": {f"{DOMAIN}/release": "coredns"}}},
        "may not change labels",
    ),
    _config(
        "annotates the ConfigMap outside its domain",
        {"metadata": {"annotations": {"example.com/a": "b"}}},
        "may change only ConfigMap annotations",
    ),
    _config(
        "changes a ConfigMap that is not listed",
        {"data": {"Corefile": COREFILE + "#"}},
        "is not in configMaps of",
        path="/api/v1/namespaces/{namespace}/configmaps/web",
    ),
    _unlisted("deletes the ConfigMap", Request("DELETE", _CONFIG)),
    _unlisted(
        "creates a ConfigMap",
        Request("POST", "/api/v1/namespaces/{namespace}/configmaps", {"metadata": {"name": "second"}}),
    ),
)
