"""Everything the operator does at the API server for addons that have data or settings to check."""

from typing import Any

from node.admission.allowed import AllowedWrite
from node.admission.monitoring import (
    FINISHED_JOB,
    GRAFANA,
    NAMESPACE,
    NEXT_GRAFANA,
    NEXT_PROMETHEUS,
    PROMETHEUS,
    SETTINGS,
    WEB_SECRET,
    backup,
    job,
)
from node.admission.objects import DOMAIN, HASH, own_revision, rehearsal
from node.admission.request import APPLY, MERGE, Request

_APPS = f"/apis/apps/v1/namespaces/{NAMESPACE}"
_CORE = f"/api/v1/namespaces/{NAMESPACE}"
_JOBS = f"/apis/batch/v1/namespaces/{NAMESPACE}/jobs"
_RECREATE = {"spec": {"strategy": {"type": "Recreate", "rollingUpdate": None}}}


def _read(name: str, path: str) -> AllowedWrite:
    return AllowedWrite(f"reads {name}", Request("GET", path))


def _task(name: str, body: dict[str, Any]) -> AllowedWrite:
    return AllowedWrite(name, Request("POST", _JOBS, body), dry_run=True)


def _apply(name: str, kind: str, workload: str, image: str, **pod: Any) -> AllowedWrite:
    body = {
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": {
            "name": workload,
            "labels": {f"{DOMAIN}/release": workload},
            "annotations": {f"{DOMAIN}/attempt": "1"},
        },
        "spec": {
            "minReadySeconds": 10,
            "template": {"spec": {"containers": [{"name": workload, "image": image}], **pod}},
        },
    }
    path = f"{_APPS}/{kind.lower()}s/{workload}?fieldManager=addon-updater&force=true"
    return AllowedWrite(name, Request("PATCH", path, body, APPLY))


def _settings(key: str) -> dict[str, Any]:
    items = [{"key": key, "path": "prometheus.yml"}]
    return {"volumes": [{"name": "config-volume", "configMap": {"name": "prometheus", "items": items}}]}


MONITORING_READS = (
    _read("a StatefulSet", f"{_APPS}/statefulsets/prometheus"),
    _read("the Jobs of an attempt", f"{_JOBS}?labelSelector={DOMAIN}/task%3Dprometheus"),
    _read("the pods of an attempt", f"{_CORE}/pods?labelSelector={DOMAIN}/task%3Dprometheus"),
    _read("the settings of an addon", f"{_CORE}/configmaps/prometheus"),
)

_PROJECTED = {
    "name": "web",
    "projected": {"sources": [{"secret": {"name": WEB_SECRET}}, {"configMap": {"name": "prometheus"}}]},
}

TASKS = (
    _task("checks the settings with the new version", job()),
    _task("checks the settings beside a projected Secret", job(pod={"volumes": [_PROJECTED]})),
    _task(
        "checks the settings under no account",
        job(pod={"serviceAccountName": "default", "automountServiceAccountToken": False}),
    ),
    _task("backs the data up with its own tools", backup()),
    AllowedWrite(
        "rehearses a pod that needs no account",
        Request(
            "POST",
            f"{_CORE}/pods",
            rehearsal(
                spec={"serviceAccountName": None, "automountServiceAccountToken": False},
                container={"image": NEXT_GRAFANA},
            ),
        ),
        dry_run=True,
    ),
    _task(
        "backs the data up with the addon's image and account",
        backup(image=GRAFANA, serviceAccountName="grafana"),
    ),
    AllowedWrite(
        "deletes a Job of its own",
        Request("DELETE", f"{_JOBS}/{FINISHED_JOB}?propagationPolicy=Background"),
    ),
)

# In the order of a hop.
MONITORING_HOP = (
    AllowedWrite(
        "adds a revision of the settings",
        Request(
            "PATCH",
            f"{_CORE}/configmaps/prometheus",
            {"data": {f"prometheus.yml-{HASH}": SETTINGS + "# migrated\n"}},
            MERGE,
        ),
    ),
    AllowedWrite(
        "records a revision",
        Request("POST", f"{_APPS}/controllerrevisions", own_revision("addon-updater-prometheus-1")),
    ),
    _apply(
        "upgrades a StatefulSet",
        "StatefulSet",
        "prometheus",
        NEXT_PROMETHEUS,
        **_settings(f"prometheus.yml-{HASH}"),
    ),
    _apply(
        "rolls a StatefulSet back", "StatefulSet", "prometheus", PROMETHEUS, **_settings("prometheus.yml")
    ),
    AllowedWrite(
        "lets a Deployment with a disk replace its pods one after the other",
        Request("PATCH", f"{_APPS}/deployments/grafana", _RECREATE, MERGE),
    ),
    AllowedWrite("says so again", Request("PATCH", f"{_APPS}/deployments/grafana", _RECREATE, MERGE)),
    _apply("upgrades a Deployment with a disk", "Deployment", "grafana", NEXT_GRAFANA),
    _apply("upgrades a Deployment larger than any", "Deployment", "prometheus", NEXT_PROMETHEUS),
)
