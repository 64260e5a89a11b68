"""Pods that the operator may not create, and what it may not do to pods that are there."""

from typing import Any

from node.admission.forbidden import ForbiddenWrite
from node.admission.objects import DOMAIN, IMAGE, rehearsal
from node.admission.request import JSON, MERGE, STRATEGIC, Request

_PODS = "/api/v1/namespaces/{namespace}/pods"
_BYSTANDER = f"{_PODS}/bystander"
_SECRET = {"secretKeyRef": {"name": "token", "key": "token"}}
_OWNER = {
    "apiVersion": "apps/v1",
    "kind": "DaemonSet",
    "name": "a",
    "uid": "00000000-0000-0000-0000-000000000000",
}
_OWN = {f"{DOMAIN}/rehearsal": "coredns"}

NETWORK = "may not use the host's network, ports, processes or IPC"
PRIVILEGE = "may not be privileged, unmask /proc or add capabilities"
PROFILE = "may not leave seccomp, AppArmor or SELinux, be a host process or set sysctls"
DEADLINE = "has restartPolicy Never and, as a rehearsal, activeDeadlineSeconds of at most 16200"
VOLUMES = (
    "mounts only configMap, emptyDir, downwardAPI, projected, "
    "and projected only serviceAccountToken, configMap, downwardAPI, clusterTrustBundle"
)
SCHEDULER = "goes through the scheduler and may not displace others"
NOT_LISTED = "it is not on the list of its writes"


def _create(name: str, message: str, pod: dict[str, Any]) -> ForbiddenWrite:
    return ForbiddenWrite(f"rehearses {name}", Request("POST", _PODS, pod), "addon-updater-pods", message)


def _spec(name: str, message: str, **spec: object) -> ForbiddenWrite:
    return _create(name, message, rehearsal(spec=spec))


def _container(name: str, message: str, **container: object) -> ForbiddenWrite:
    return _create(name, message, rehearsal(container=container))


def _metadata(name: str, message: str, **metadata: object) -> ForbiddenWrite:
    return _create(name, message, rehearsal(metadata=metadata))


def _volume(name: str, **source: object) -> ForbiddenWrite:
    return _spec(name, VOLUMES, volumes=[{"name": "v", **source}])


def _unlisted(
    name: str, method: str, path: str, body: object = None, content_type: str = JSON
) -> ForbiddenWrite:
    return ForbiddenWrite(
        name, Request(method, path, body, content_type), "addon-updater-allowlist", NOT_LISTED
    )


def _connect(name: str, path: str) -> ForbiddenWrite:
    return ForbiddenWrite(name, Request("POST", path), "addon-updater-allowlist", NOT_LISTED, dry_run=False)


REHEARSALS = (
    _create("under a foreign name", "is named addon-updater-rehearsal-", rehearsal("coredns-1")),
    _metadata("without its label", "carries the label addon-updater.dev/rehearsal", labels={}),
    _metadata(
        "with the labels of a Service",
        "so that no Service selects it",
        labels={**_OWN, "k8s-app": "kube-dns"},
    ),
    _metadata(
        "with foreign annotations",
        "only annotations that begin with",
        annotations={"k8s.v1.cni.cncf.io/networks": "host"},
    ),
    _metadata("with a foreign owner", "is owned by an AddonRelease or by nobody", ownerReferences=[_OWNER]),
    _metadata("with a finalizer", "has no finalizers", finalizers=["example.com/hold"]),
    _spec(
        "under a foreign ServiceAccount", "is not in serviceAccounts", serviceAccountName="cluster-admin-like"
    ),
    _spec("under the default ServiceAccount", "is not in serviceAccounts", serviceAccountName=None),
    _spec(
        "under the default ServiceAccount, its token by a side door",
        "is not in serviceAccounts",
        serviceAccountName=None,
        automountServiceAccountToken=False,
        volumes=[{"name": "v", "projected": {"sources": [{"serviceAccountToken": {"path": "token"}}]}}],
    ),
    _spec(
        "with a foreign image in an init container",
        "is outside imageRepositories",
        initContainers=[{"name": "first", "image": "example.com/evil:1"}],
    ),
    _container("with a foreign image", "is outside imageRepositories", image="example.com/evil:1"),
    _spec("without a deadline", DEADLINE, activeDeadlineSeconds=None),
    _spec("with a long deadline", DEADLINE, activeDeadlineSeconds=16201),
    _spec("with restarts", DEADLINE, restartPolicy="Always"),
    _spec("on a node of its choice", SCHEDULER, nodeName="node-1"),
    _spec("with a priority that displaces others", SCHEDULER, priorityClassName="system-cluster-critical"),
    _spec(
        "with a claim on a device",
        "sets a field that addon-updater-pods does not know: resourceClaims",
        resourceClaims=[{"name": "gpu", "resourceClaimName": "gpu"}],
    ),
    _container("with a terminal", "sets a field that addon-updater-pods does not know: tty", tty=True),
    _spec("in the host's network", NETWORK, hostNetwork=True),
    _spec("among the host's processes", NETWORK, hostPID=True),
    _spec("in the host's IPC", NETWORK, hostIPC=True),
    _container("on a port of the host", NETWORK, ports=[{"containerPort": 53, "hostPort": 53}]),
    _container("privileged", PRIVILEGE, securityContext={"privileged": True}),
    _container("with SYS_ADMIN", PRIVILEGE, securityContext={"capabilities": {"add": ["SYS_ADMIN"]}}),
    _create(
        "with an unmasked /proc",
        PRIVILEGE,
        rehearsal(spec={"hostUsers": False}, container={"securityContext": {"procMount": "Unmasked"}}),
    ),
    _container("without seccomp", PROFILE, securityContext={"seccompProfile": {"type": "Unconfined"}}),
    _spec(
        "with a pod outside AppArmor", PROFILE, securityContext={"appArmorProfile": {"type": "Unconfined"}}
    ),
    _spec("with a sysctl", PROFILE, securityContext={"sysctls": [{"name": "kernel.msgmax", "value": "1"}]}),
    _volume("with a host path", hostPath={"path": "/"}),
    _volume("with a Secret", secret={"secretName": "token"}),
    _volume("with a projected Secret", projected={"sources": [{"secret": {"name": "token"}}]}),
    _volume("with a claim", persistentVolumeClaim={"claimName": "data"}),
    _container("with a Secret in a variable", "reads no Secret", env=[{"name": "T", "valueFrom": _SECRET}]),
    _container("with a Secret as environment", "reads no Secret", envFrom=[{"secretRef": {"name": "token"}}]),
)

PODS = (
    ForbiddenWrite(
        "deletes a pod it did not make",
        Request("DELETE", _BYSTANDER),
        "addon-updater-deletions",
        "may delete only pods named addon-updater-rehearsal-",
    ),
    _connect("executes a command in a pod", f"{_BYSTANDER}/exec?command=true&container=coredns&stdout=true"),
    _connect("attaches to a pod", f"{_BYSTANDER}/attach?container=coredns&stdout=true"),
    _connect("forwards a port of a pod", f"{_BYSTANDER}/portforward?ports=53"),
    _connect("talks through the API server to a pod", f"{_BYSTANDER}/proxy/"),
    _unlisted(
        "adds an ephemeral container",
        "PATCH",
        f"{_BYSTANDER}/ephemeralcontainers",
        {"spec": {"ephemeralContainers": [{"name": "debug", "image": IMAGE}]}},
        STRATEGIC,
    ),
    _unlisted(
        "evicts a pod",
        "POST",
        f"{_BYSTANDER}/eviction",
        {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": "bystander"}},
    ),
    _unlisted("labels a pod", "PATCH", _BYSTANDER, {"metadata": {"labels": {"k8s-app": "kube-dns"}}}, MERGE),
    _unlisted(
        "binds a pod to a node",
        "POST",
        f"{_BYSTANDER}/binding",
        {"metadata": {"name": "bystander"}, "target": {"kind": "Node", "name": "node-1"}},
    ),
)
