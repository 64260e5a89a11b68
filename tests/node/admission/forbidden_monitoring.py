"""What the operator may not do to addons that have data, beyond what it may not do to any workload."""

from typing import Any

from node.admission.forbidden import ForbiddenWrite
from node.admission.monitoring import NAMESPACE
from node.admission.request import JSON, MERGE, STRATEGIC, Request

_APPS = f"/apis/apps/v1/namespaces/{NAMESPACE}"
_STATEFUL_SET = f"{_APPS}/statefulsets/prometheus"
_FASTER = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 3}}
_RECREATE = {"type": "Recreate", "rollingUpdate": None}

ONLY_SPEC = "may change only minReadySeconds, strategy and the pod template"
STRATEGY = "may change the strategy of a workload only to Recreate, and only where a volume outlives its pods"
NOT_LISTED = "it is not on the list of its writes"


def _workload(name: str, message: str, body: object, *, path: str = _STATEFUL_SET) -> ForbiddenWrite:
    return ForbiddenWrite(name, Request("PATCH", path, body, STRATEGIC), "addon-updater-workloads", message)


def _template(name: str, message: str, **fields: object) -> ForbiddenWrite:
    return _workload(name, message, {"spec": {"template": {"spec": fields}}})


def _strategy(name: str, message: str, workload: str, strategy: dict[str, Any]) -> ForbiddenWrite:
    path = f"{_APPS}/deployments/{workload}"
    request = Request("PATCH", path, {"spec": {"strategy": strategy}}, MERGE)
    return ForbiddenWrite(name, request, "addon-updater-workloads", message)


def _unlisted(name: str, method: str, path: str, body: object = None) -> ForbiddenWrite:
    request = Request(method, path, body, MERGE if method == "PATCH" else JSON)
    return ForbiddenWrite(name, request, "addon-updater-allowlist", NOT_LISTED)


STATEFUL_SETS = (
    _template(
        "adds a variable to a StatefulSet",
        "may change only image and args",
        containers=[{"name": "prometheus", "env": [{"name": "A", "value": "b"}]}],
    ),
    _template(
        "moves a StatefulSet to another repository",
        "is outside imageRepositories of",
        containers=[{"name": "prometheus", "image": "example.com/evil:1"}],
    ),
    _template(
        "runs a StatefulSet under another ServiceAccount",
        "may change only containers and volumes",
        serviceAccountName="grafana",
    ),
    _template(
        "gives a StatefulSet a host path",
        "may change only configMap.items of a volume",
        volumes=[{"name": "host", "hostPath": {"path": "/"}}],
    ),
    _template(
        "shows a StatefulSet a key that is not governed",
        "a volume shows a key outside configMaps",
        volumes=[
            {"name": "config-volume", "configMap": {"items": [{"key": "users.yml", "path": "users.yml"}]}}
        ],
    ),
    _workload("scales a StatefulSet", ONLY_SPEC, {"spec": {"replicas": 3}}),
    _workload(
        "changes how a StatefulSet rolls",
        ONLY_SPEC,
        {"spec": {"updateStrategy": {"type": "OnDelete", "rollingUpdate": None}}},
    ),
    _workload(
        "lets a StatefulSet delete its data",
        ONLY_SPEC,
        {"spec": {"persistentVolumeClaimRetentionPolicy": {"whenScaled": "Delete"}}},
    ),
    _workload(
        "upgrades a StatefulSet that is not listed",
        "is not in workloads of",
        {"spec": {"minReadySeconds": 10}},
        path=f"{_APPS}/statefulsets/loki",
    ),
    _unlisted("deletes a StatefulSet", "DELETE", _STATEFUL_SET),
    _unlisted(
        "scales a StatefulSet through the subresource",
        "PATCH",
        f"{_STATEFUL_SET}/scale",
        {"spec": {"replicas": 3}},
    ),
)

STRATEGIES = (
    _strategy("stops a Deployment that keeps no data", STRATEGY, "prometheus", _RECREATE),
    _strategy("rolls a Deployment with a disk faster", STRATEGY, "grafana", _FASTER),
    ForbiddenWrite(
        "replaces a disk by Recreate and nothing",
        Request(
            "PATCH",
            f"{_APPS}/deployments/grafana",
            {
                "spec": {
                    "strategy": _RECREATE,
                    "template": {"spec": {"volumes": None}},
                }
            },
            MERGE,
        ),
        "addon-updater-workloads",
        "may change only configMap.items of a volume",
    ),
)

STUCK_PODS = (
    ForbiddenWrite(
        "deletes a StatefulSet's pod without saying which one it saw",
        Request("DELETE", f"/api/v1/namespaces/{NAMESPACE}/pods/prometheus-0"),
        "addon-updater-deletions",
        "by uid and not by force what is not ready of a StatefulSet",
    ),
)
