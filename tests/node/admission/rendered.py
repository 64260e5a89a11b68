"""What the engine really makes for the addons of the local cluster: the policies must let all of it through."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from addon_updater.addons.grafana.addon import Grafana
from addon_updater.addons.prometheus.addon import Prometheus
from addon_updater.api.release import AddonReleaseSpec
from addon_updater.api.versions import Version
from addon_updater.rollout.addon import HopContext
from addon_updater.rollout.observed import pace_of
from addon_updater.rollout.render import rehearsal_pod, task_job
from addon_updater.rollout.workload import read_config_map, read_workload
from localcluster.grafana import grafana_manifest
from localcluster.prometheus import PROMETHEUS_CONFIG, prometheus_manifest
from node.admission.allowed import AllowedWrite
from node.admission.monitoring import NAMESPACE, NEXT_GRAFANA, NEXT_PROMETHEUS, TOOLS_IMAGE
from node.admission.request import Request

_UID = "00000000-0000-0000-0000-000000000000"
_FOLDER = Path("/data")
_LONGEST = pace_of(
    AddonReleaseSpec.model_validate(
        {"addon": "any", "rollout": {"progressDeadline": "2h", "unknownDeadline": "2h"}}
    )
).rehearsal_lifetime
"""What a rehearsal lives at most that has the longest deadlines that the API takes."""
# Its removal makes the configuration of Prometheus 3 another text than that of 2.
_OLD_SETTINGS = "alerting: {alertmanagers: [{api_version: v1}]}\n"


def _of(kind: str, objects: list[dict[str, Any]]) -> dict[str, Any]:
    """The object of that kind, with what only a server adds."""
    manifest = next(item for item in objects if item["kind"] == kind)
    metadata = {**manifest["metadata"], "uid": _UID, "resourceVersion": "1", "generation": 1}
    return {**manifest, "metadata": metadata}


def _made(
    addon: Grafana | Prometheus, what: str, kind: str, objects: list[dict[str, Any]], image: str
) -> Iterator[AllowedWrite]:
    workload = read_workload(_of(kind, objects))
    config = read_config_map(_of("ConfigMap", objects))
    current = addon.read(workload, addon.name, config)
    desired = addon.revise(
        current,
        input_text=current.config.text if current.config is not None else None,
        target=Version.parse(image.rpartition(":")[2].removeprefix("v")),
        image=image,
    )
    context = HopContext(addon.name, AddonReleaseSpec(addon=addon.name), TOOLS_IMAGE, attempt="1")
    owner = {"release": addon.name, "release_uid": _UID, "attempt": "1"}
    for task in addon.tasks(workload, current, desired, context):
        body = task_job(workload, task=task, **owner)
        yield _create(f"runs {task.name} for {what}", f"/apis/batch/v1/namespaces/{NAMESPACE}/jobs", body)
    if addon.no_rehearsal(workload, desired) is None:
        pod = rehearsal_pod(workload, content=desired, lifetime=_LONGEST, **owner)
        yield _create(f"rehearses {what}", f"/api/v1/namespaces/{NAMESPACE}/pods", pod)


def _create(name: str, path: str, body: dict[str, Any]) -> AllowedWrite:
    return AllowedWrite(name, Request("POST", path, body), dry_run=True)


def _prometheus(kind: Any, config: str = _OLD_SETTINGS) -> list[dict[str, Any]]:
    return prometheus_manifest("2.55.1", kind=kind, folder=_FOLDER, config=config)


def _all() -> Iterator[AllowedWrite]:
    prometheus, grafana = Prometheus(), Grafana()
    disk, own_disk = _prometheus("Deployment"), _prometheus("StatefulSet")
    silent = _prometheus("Deployment", PROMETHEUS_CONFIG)
    yield from _made(prometheus, "a Prometheus with a disk", "Deployment", disk, NEXT_PROMETHEUS)
    yield from _made(prometheus, "a StatefulSet of Prometheus", "StatefulSet", own_disk, NEXT_PROMETHEUS)
    yield from _made(prometheus, "a Prometheus that alarms nobody", "Deployment", silent, NEXT_PROMETHEUS)
    dashboards = grafana_manifest("12.4.2", folder=_FOLDER)
    yield from _made(grafana, "a Grafana with a disk", "Deployment", dashboards, NEXT_GRAFANA)


RENDERED = tuple(_all())
