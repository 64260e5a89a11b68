"""Jobs that the operator may not run, and what it may not do to those of others."""

from typing import Any

from node.admission.forbidden import ForbiddenWrite
from node.admission.monitoring import NAMESPACE, OLD_JOB, TEAM_JOB, TOOLS_IMAGE, WEB_SECRET, backup, job
from node.admission.objects import DOMAIN
from node.admission.objects import IMAGE as COREDNS
from node.admission.request import JSON, MERGE, Request

_JOBS = f"/apis/batch/v1/namespaces/{NAMESPACE}/jobs"
_APPS = f"/apis/apps/v1/namespaces/{NAMESPACE}"
_PODS = f"/api/v1/namespaces/{NAMESPACE}/pods"
_STATEFUL_SET = f"{_APPS}/statefulsets/prometheus"
_OWN = {f"{DOMAIN}/task": "prometheus"}
_SECRET = {"secretKeyRef": {"name": WEB_SECRET, "key": "token"}}
_DAEMON_SET = {"apiVersion": "apps/v1", "kind": "DaemonSet", "name": "a", "uid": "0"}
_TOKEN = {"name": "token", "projected": {"sources": [{"serviceAccountToken": {"path": "token"}}]}}

TASK = "is none of the tasks of"
LABELS = "carries the label addon-updater.dev/task, and only labels and annotations that begin with"
ONCE = "runs one pod once"
END = "has activeDeadlineSeconds and ttlSecondsAfterFinished of at most 3600"
UNKNOWN_FIELD = "sets a field that addon-updater-jobs does not know: "
NETWORK = "may not use the host's network, ports, processes or IPC"
PRIVILEGE = "may not be privileged, unmask /proc or add capabilities"
SCHEDULER = "goes through the scheduler and may not displace others"
ACCOUNT = "is not in serviceAccounts of"
IMAGE = "is outside imageRepositories of"
VOLUMES = "mounts only configMap, emptyDir, downwardAPI, projected, secret, persistentVolumeClaim"
SECRETS = "is not in secrets of"
CLAIMS = "is not in claims of"
NOT_LISTED = "it is not on the list of its writes"


def _create(policy: str, name: str, message: str, body: dict[str, Any]) -> ForbiddenWrite:
    return ForbiddenWrite(f"runs a Job {name}", Request("POST", _JOBS, body), policy, message)


def _job(name: str, message: str, body: dict[str, Any]) -> ForbiddenWrite:
    return _create("addon-updater-jobs", name, message, body)


def _pod(name: str, message: str, body: dict[str, Any]) -> ForbiddenWrite:
    return _create("addon-updater-pods", name, message, body)


def _volume(name: str, message: str, **source: Any) -> ForbiddenWrite:
    return _pod(name, message, job(pod={"volumes": [{"name": "v", **source}]}))


def _unlisted(name: str, method: str, path: str, body: object = None) -> ForbiddenWrite:
    request = Request(method, path, body, MERGE if method == "PATCH" else JSON)
    return ForbiddenWrite(name, request, "addon-updater-allowlist", NOT_LISTED)


JOBS = (
    _job("under a foreign name", TASK, job(metadata={"name": "backup"})),
    _job("for a task that nobody listed", TASK, job("migrate")),
    _job("without its label", LABELS, job(metadata={"labels": {f"{DOMAIN}/other": "a"}})),
    _job("with a foreign label", LABELS, job(metadata={"labels": {**_OWN, "app": "web"}})),
    _job("with a foreign annotation", LABELS, job(metadata={"annotations": {"example.com/a": "b"}})),
    _job("that nobody owns", "is owned by an AddonRelease", job(metadata={"ownerReferences": []})),
    _job(
        "with a foreign owner",
        "is owned by an AddonRelease",
        job(metadata={"ownerReferences": [_DAEMON_SET]}),
    ),
    _job("with a finalizer", "has no finalizers", job(metadata={"finalizers": ["example.com/hold"]})),
    _job("that starts again", ONCE, job(spec={"backoffLimit": 1})),
    _job("that starts again by default", ONCE, job(spec={"backoffLimit": None})),
    _job("with two pods at a time", ONCE, job(spec={"parallelism": 2, "completions": 2})),
    _job(
        "that takes over other pods",
        ONCE,
        job(spec={"manualSelector": True, "selector": {"matchLabels": _OWN}}),
    ),
    _job("without a deadline", END, job(spec={"activeDeadlineSeconds": None})),
    _job("with a long deadline", END, job(spec={"activeDeadlineSeconds": 3601})),
    _job("that stays", END, job(spec={"ttlSecondsAfterFinished": None})),
    _job("that stays long", END, job(spec={"ttlSecondsAfterFinished": 3601})),
    _job(
        "for another controller",
        f"{UNKNOWN_FIELD}managedBy",
        job(spec={"managedBy": "example.com/controller"}),
    ),
    _job(
        "whose pods have a finalizer", f"{UNKNOWN_FIELD}finalizers", job(template={"finalizers": ["a.b/c"]})
    ),
    _pod(
        "whose pods a Service selects",
        "so that no Service selects it",
        job(template={"labels": {**_OWN, "app": "web"}}),
    ),
    _pod(
        "whose pods have foreign annotations",
        "only annotations that begin with",
        job(template={"annotations": {"k8s.v1.cni.cncf.io/networks": "host"}}),
    ),
    _pod("whose pods restart", "has restartPolicy Never", job(pod={"restartPolicy": "OnFailure"})),
    _pod("under a foreign ServiceAccount", ACCOUNT, job(pod={"serviceAccountName": "default"})),
    _pod(
        "under a foreign ServiceAccount without its token",
        ACCOUNT,
        job(pod={"serviceAccountName": "loki", "automountServiceAccountToken": False}),
    ),
    _pod(
        "with a token by a side door",
        ACCOUNT,
        job(
            pod={"serviceAccountName": "default", "automountServiceAccountToken": False, "volumes": [_TOKEN]}
        ),
    ),
    _pod("with a foreign image", IMAGE, job(container={"image": "example.com/evil:1"})),
    _pod(
        "with a foreign image in an init container",
        IMAGE,
        job(pod={"initContainers": [{"name": "a", "image": "b"}]}),
    ),
    _pod("with another tag of its own image", IMAGE, backup(image=f"{TOOLS_IMAGE}-2")),
    _pod("on a node of its choice", SCHEDULER, job(pod={"nodeName": "node-1"})),
    _pod("that displaces others", SCHEDULER, job(pod={"priorityClassName": "system-node-critical"})),
    _pod("in the host's network", NETWORK, job(pod={"hostNetwork": True})),
    _pod("among the host's processes", NETWORK, job(pod={"hostPID": True})),
    _pod("in the host's IPC", NETWORK, job(pod={"hostIPC": True})),
    _pod("on a port of the host", NETWORK, job(container={"ports": [{"containerPort": 1, "hostPort": 1}]})),
    _pod("with privilege", PRIVILEGE, job(container={"securityContext": {"privileged": True}})),
    _pod(
        "with a capability",
        PRIVILEGE,
        job(container={"securityContext": {"capabilities": {"add": ["NET_BIND_SERVICE"]}}}),
    ),
    _pod("with a terminal", "does not know: tty", job(container={"tty": True})),
    _volume("with a host path", VOLUMES, hostPath={"path": "/"}),
    _volume("with a share of the network", VOLUMES, nfs={"server": "192.0.2.1", "path": "/"}),
    _volume("with a foreign Secret", SECRETS, secret={"secretName": "token"}),
    _volume(
        "with a foreign projected Secret", SECRETS, projected={"sources": [{"secret": {"name": "token"}}]}
    ),
    _volume("that checks settings and sees the data", CLAIMS, persistentVolumeClaim={"claimName": "grafana"}),
    _pod(
        "that backs up foreign data",
        CLAIMS,
        backup(volumes=[{"name": "data", "persistentVolumeClaim": {"claimName": "loki"}}]),
    ),
    _pod(
        "with a Secret in a variable",
        "reads no Secret",
        job(container={"env": [{"name": "T", "valueFrom": _SECRET}]}),
    ),
    ForbiddenWrite(
        "runs a Job where no task is listed",
        Request(
            "POST",
            "/apis/batch/v1/namespaces/{namespace}/jobs",
            job(pod={"serviceAccountName": "coredns", "volumes": []}, container={"image": COREDNS}),
        ),
        "addon-updater-jobs",
        TASK,
    ),
    ForbiddenWrite(
        "deletes a Job it did not make",
        Request("DELETE", f"{_JOBS}/{TEAM_JOB}?propagationPolicy=Background"),
        "addon-updater-deletions",
        "may delete only jobs named addon-updater-",
    ),
    ForbiddenWrite(
        "deletes a Job of its own and leaves the pod",
        Request("DELETE", f"{_JOBS}/{OLD_JOB}"),
        "addon-updater-deletions",
        "deletes a Job together with its pod",
    ),
    _unlisted("resumes a Job", "PATCH", f"{_JOBS}/{TEAM_JOB}", {"spec": {"suspend": False}}),
)
