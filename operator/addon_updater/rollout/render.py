"""What is written: the apply body of a workload and the manifest of a rehearsal pod. Pure."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from addon_updater.api.meta import API_VERSION, GROUP
from addon_updater.rollout.addon import Task
from addon_updater.rollout.content import Content
from addon_updater.rollout.revision import ATTEMPT_ANNOTATION, RELEASE_LABEL, REVISION_ANNOTATION
from addon_updater.rollout.workload import Workload

APPLIED_AT_ANNOTATION = f"{GROUP}/applied-at"
REHEARSAL_LABEL = f"{GROUP}/rehearsal"
TASK_LABEL = f"{GROUP}/task"
TASK_KEPT_SECONDS = 3600

# A rehearsal must not preempt, must fit on any node, and keeps nothing that would bind it to one.
_LEFT_OUT_OF_A_REHEARSAL = (
    "affinity",
    "hostIPC",
    "hostNetwork",
    "hostPID",
    "nodeName",
    "preemptionPolicy",
    "priority",
    "priorityClassName",
    "topologySpreadConstraints",
)

# A file or folder of the node, of a network, or of a driver may be the data itself.
_OWN_TO_A_POD = {"configMap", "downwardAPI", "emptyDir", "projected"}
_EMPTIED = {"ephemeral", "persistentVolumeClaim"}


def workload_body(
    workload: Workload, *, release: str, content: Content, revision: str, attempt: str, now: datetime
) -> dict[str, Any]:
    """The complete field set of a revision, with uid and resourceVersion as precondition.

    Without the uid a server-side apply would create a workload that was deleted meanwhile.
    """
    container: dict[str, Any] = {"name": content.container, "image": content.image}
    if content.args is not None:
        container["args"] = list(content.args)
    pod: dict[str, Any] = {"containers": [container]}
    if content.config is not None and content.config.items:
        pod["volumes"] = [
            {
                "name": content.config.volume,
                "configMap": {
                    "name": content.config.config_map,
                    "items": [item.to_wire() for item in content.config.items],
                },
            }
        ]
    spec: dict[str, Any] = {"template": {"spec": pod}}
    if content.min_ready_seconds:
        spec["minReadySeconds"] = content.min_ready_seconds
    return {
        "apiVersion": "apps/v1",
        "kind": workload.kind,
        "metadata": {
            "name": workload.name,
            "namespace": workload.namespace,
            "uid": workload.uid,
            "resourceVersion": workload.resource_version,
            "labels": {RELEASE_LABEL: release},
            "annotations": {
                REVISION_ANNOTATION: revision,
                ATTEMPT_ANNOTATION: attempt,
                APPLIED_AT_ANNOTATION: now.isoformat(),
            },
        },
        "spec": spec,
    }


def applied_at(workload: Workload) -> datetime | None:
    """When we last applied a revision to this workload."""
    text = workload.annotations.get(APPLIED_AT_ANNOTATION)
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None


def task_name(task: str, attempt: str) -> str:
    """The name of an attempt's Job."""
    return f"addon-updater-{task}-{attempt}"


def task_job(
    workload: Workload, *, release: str, release_uid: str, task: Task, attempt: str
) -> dict[str, Any]:
    """A Job that runs once, leaves its last words as termination message, and removes itself after an hour."""
    pod: dict[str, Any] = copy.deepcopy(dict(task.pod)) | {"restartPolicy": "Never"}
    for container in pod["containers"]:
        container["terminationMessagePolicy"] = "FallbackToLogsOnError"
    labels = {TASK_LABEL: release}
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {
            "name": task_name(task.name, attempt),
            "namespace": workload.namespace,
            "labels": labels,
            "annotations": {ATTEMPT_ANNOTATION: attempt},
            "ownerReferences": [
                {"apiVersion": API_VERSION, "kind": "AddonRelease", "name": release, "uid": release_uid}
            ],
        },
        "spec": {
            "backoffLimit": 0,
            "activeDeadlineSeconds": task.deadline_seconds,
            "ttlSecondsAfterFinished": TASK_KEPT_SECONDS,
            "template": {"metadata": {"labels": labels}, "spec": pod},
        },
    }


def rehearsal_name(attempt: str) -> str:
    """The name of an attempt's throw-away pod."""
    return f"addon-updater-rehearsal-{attempt}"


def rehearsal_pod(
    workload: Workload,
    *,
    release: str,
    release_uid: str,
    content: Content,
    attempt: str,
    lifetime: timedelta,
) -> dict[str, Any]:
    """A pod of the new template that serves nobody.

    It runs under the workload's ServiceAccount with the new image and configuration; it has none of the
    labels that a Service selects, no host ports, no restarts, a deadline, and the AddonRelease as its owner.
    """
    spec: dict[str, Any] = copy.deepcopy(dict(workload.template["spec"]))
    for key in _LEFT_OUT_OF_A_REHEARSAL:
        spec.pop(key, None)
    for container in (*spec["containers"], *(spec.get("initContainers") or ())):
        for port in container.get("ports") or []:
            port.pop("hostPort", None)
    for container in spec["containers"]:
        container.pop("livenessProbe", None)
        container.pop("startupProbe", None)
        if container["name"] == content.container:
            container["image"] = content.image
            if content.args is not None:
                container["args"] = list(content.args)
    templates = [one["metadata"]["name"] for one in workload.spec.get("volumeClaimTemplates") or ()]
    spec["volumes"] = [
        *(_rehearsal_volume(volume, content) for volume in spec.get("volumes") or ()),
        *({"name": name, "emptyDir": {}} for name in templates),
    ]
    spec |= {
        "restartPolicy": "Never",
        "activeDeadlineSeconds": lifetime // timedelta(seconds=1),
        "terminationGracePeriodSeconds": 1,
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": rehearsal_name(attempt),
            "namespace": workload.namespace,
            "labels": {REHEARSAL_LABEL: release},
            "annotations": {ATTEMPT_ANNOTATION: attempt},
            "ownerReferences": [
                {"apiVersion": API_VERSION, "kind": "AddonRelease", "name": release, "uid": release_uid}
            ],
        },
        "spec": spec,
    }


def secrets_of(pod_spec: Mapping[str, Any]) -> tuple[str, ...]:
    """The Secrets that a pod reads, as volume or environment; a throw-away pod must not be a way to them."""
    sources = pod_spec.get("volumes") or ()
    volumes = [volume["secret"].get("secretName", "") for volume in sources if "secret" in volume]
    for volume in sources:
        projected = (volume.get("projected") or {}).get("sources") or ()
        volumes += [one["secret"].get("name", "") for one in projected if "secret" in one]
    environment = []
    for container in [*(pod_spec.get("initContainers") or ()), *(pod_spec.get("containers") or ())]:
        for variable in container.get("env") or ():
            source = (variable.get("valueFrom") or {}).get("secretKeyRef")
            environment += [source["name"]] if source else []
        environment += [
            one["secretRef"]["name"] for one in container.get("envFrom") or () if "secretRef" in one
        ]
    return tuple(sorted({*volumes, *environment}))


def lasting_volumes(pod_spec: Mapping[str, Any]) -> tuple[str, ...]:
    """The volumes that a throw-away pod would share with the running ones, as name (source).

    A claim is not among them, for an empty folder stands in for it; neither are Secrets, see `secrets_of`.
    """
    return tuple(
        f"{volume['name']} ({', '.join(sorted(set(volume) - {'name'}))})"
        for volume in pod_spec.get("volumes") or ()
        if not set(volume) <= _OWN_TO_A_POD | _EMPTIED | {"name", "secret"}
    )


def _rehearsal_volume(volume: Mapping[str, Any], content: Content) -> dict[str, Any]:
    config = content.config
    if config is not None and config.items and volume["name"] == config.volume:
        source = dict(volume["configMap"]) | {"items": [item.to_wire() for item in config.items]}
        return dict(volume) | {"configMap": source}
    if not _EMPTIED.isdisjoint(volume):
        return {"name": volume["name"], "emptyDir": {}}
    return dict(volume)
