"""The governed workload, its pods and its ConfigMap as the pure core sees them: read from API objects, trimmed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from addon_updater.rollout.content import ConfigItem, Content
from addon_updater.rollout.revision import RELEASE_LABEL

Manifest = Mapping[str, Any]

DEPLOYMENT = "Deployment"
STATEFUL_SET = "StatefulSet"


@dataclass(frozen=True, slots=True)
class Workload:
    """A Deployment or StatefulSet: identity, governed parts, progress."""

    kind: str
    name: str
    namespace: str
    uid: str
    resource_version: str
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    managed_fields: Sequence[Manifest]
    spec: Manifest
    status: Manifest
    generation: int
    owners: Sequence[tuple[str, str]] = ()
    """Kind and name of the objects that own it, as a Prometheus owns its StatefulSet."""

    @property
    def template(self) -> Manifest:
        """The pod template."""
        template: Manifest = self.spec["template"]
        return template

    @property
    def replicas(self) -> int:
        """The wanted number of pods; ours to read, never to write."""
        replicas = self.spec.get("replicas")
        return 1 if replicas is None else int(replicas)

    @property
    def min_ready_seconds(self) -> int:
        """Seconds a new pod must stay ready to count as available."""
        return int(self.spec.get("minReadySeconds") or 0)

    @property
    def claimed_by(self) -> str | None:
        """The AddonRelease that governs this workload, by its claim label."""
        return self.labels.get(RELEASE_LABEL)

    @property
    def selector(self) -> Mapping[str, str]:
        """The labels its pods carry."""
        labels: Mapping[str, str] = (self.spec.get("selector") or {}).get("matchLabels") or {}
        return labels

    def container(self, name: str) -> Manifest | None:
        """The container of that name in the pod template."""
        containers: Sequence[Manifest] = self.template["spec"].get("containers") or []
        return next((container for container in containers if container["name"] == name), None)

    @property
    def is_paused(self) -> bool:
        """Whether a person has paused its rollout."""
        return bool(self.spec.get("paused"))

    @property
    def is_stateful_set(self) -> bool:
        """Whether its pods have names and volumes of their own."""
        return self.kind == STATEFUL_SET

    @property
    def strategy(self) -> str:
        """RollingUpdate, Recreate or OnDelete."""
        field = "updateStrategy" if self.is_stateful_set else "strategy"
        return str((self.spec.get(field) or {}).get("type") or "RollingUpdate")

    @property
    def unrolled(self) -> str | None:
        """Why its controller would not replace all pods by itself; None when it will."""
        if self.is_paused:
            return "the workload's rollout is paused"
        if self.strategy == "OnDelete":
            return "updateStrategy OnDelete waits for a person to delete the pods; use RollingUpdate"
        rolling = (self.spec.get("updateStrategy") or {}).get("rollingUpdate") or {}
        if self.is_stateful_set and int(rolling.get("partition") or 0) > 0:
            return "updateStrategy.rollingUpdate.partition keeps pods back; set it to 0"
        return None

    def claims(self) -> Mapping[str, str]:
        """The PersistentVolumeClaims of its pod template: volume name to claim name."""
        volumes: Sequence[Manifest] = self.template["spec"].get("volumes") or []
        return {
            volume["name"]: volume["persistentVolumeClaim"]["claimName"]
            for volume in volumes
            if "persistentVolumeClaim" in volume
        }

    @property
    def is_rolled_out(self) -> bool:
        """Every pod is of the newest template and available, and no old one is left."""
        status = self.status
        if self.is_stateful_set and status.get("currentRevision") != status.get("updateRevision"):
            return False
        return (
            int(status.get("observedGeneration") or 0) >= self.generation
            and int(status.get("updatedReplicas") or 0) == self.replicas
            and int(status.get("replicas") or 0) == self.replicas
            and int(status.get("availableReplicas") or 0) == self.replicas
        )

    @property
    def was_rolled_out(self) -> bool:
        """Whether the newest template has been complete once, even if a pod is missing again.

        A Deployment's controller keeps the reason of its Progressing condition through evictions and scaling, a
        StatefulSet's calls the new revision the current one from then on.
        """
        status = self.status
        if int(status.get("observedGeneration") or 0) < self.generation:
            return False
        if self.is_stateful_set:
            return bool(status.get("currentRevision") == status.get("updateRevision"))
        return (
            int(status.get("updatedReplicas") or 0) == int(status.get("replicas") or 0)
            and self.completed_at is not None
        )

    @property
    def completed_at(self) -> datetime | None:
        """When a Deployment's controller saw the newest template complete; a StatefulSet's does not tell."""
        for condition in self.status.get("conditions") or []:
            if condition.get("type") == "Progressing" and condition.get("reason") == "NewReplicaSetAvailable":
                return read_time(condition["lastUpdateTime"])
        return None


@dataclass(frozen=True, slots=True)
class Pod:
    """A pod of the workload, or a rehearsal."""

    name: str
    uid: str
    ip: str | None
    is_ready: bool
    is_deleting: bool
    phase: str
    created_at: datetime
    restarts: int
    waiting_reason: str | None
    waiting_message: str
    terminated_reason: str | None
    exit_message: str
    spec: Manifest
    ready_since: datetime | None = None
    unready_since: datetime | None = None
    """Since when it has not been ready; the moment of its start when it never was."""
    reason: str | None = None
    """Why the whole pod is in its phase, as in Evicted."""

    @property
    def outlived_its_deadline(self) -> bool:
        """Whether kubelet ended it for its activeDeadlineSeconds, which says nothing about its version.

        Source: pkg/kubelet/active_deadline.go of Kubernetes, whose reason becomes that of the pod's status.
        """
        return self.phase == "Failed" and self.reason == "DeadlineExceeded"

    @property
    def served_to_its_deadline(self) -> bool:
        """Whether it was ready until its deadline ended it: nobody looked, and it did nothing wrong."""
        deadline = self.spec.get("activeDeadlineSeconds")
        if not self.outlived_its_deadline or deadline is None or self.unready_since is None:
            return False
        return self.unready_since >= self.created_at + timedelta(seconds=int(deadline))

    @property
    def may_have_run(self) -> bool:
        """Whether its container may have run already; one that still waits for its first start has written nothing."""
        began = self.waiting_reason is None and self.phase != "Pending"
        return began or self.restarts > 0 or self.terminated_reason is not None

    def runs(self, content: Content) -> bool:
        """Whether this pod was made from that content: same image, arguments and mounted keys."""
        containers: Sequence[Manifest] = self.spec.get("containers") or []
        mine = next((container for container in containers if container["name"] == content.container), None)
        if mine is None or mine.get("image") != content.image:
            return False
        if content.args is not None and tuple(mine.get("args") or ()) != content.args:
            return False
        if content.config is None or not content.config.items:
            return True
        return volume_items(self.spec, content.config.volume) == content.config.items


@dataclass(frozen=True, slots=True)
class ConfigMap:
    """The ConfigMap that carries an addon's configuration."""

    name: str
    uid: str
    resource_version: str
    data: Mapping[str, str]
    managed_fields: Sequence[Manifest]
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    is_immutable: bool = False
    """Whether the API server refuses every change of its data."""


def read_time(text: str) -> datetime:
    """An RFC 3339 time of the API server."""
    return datetime.fromisoformat(text)


def read_workload(manifest: Manifest) -> Workload:
    """Read a Deployment or a StatefulSet."""
    metadata = manifest["metadata"]
    return Workload(
        kind=str(manifest.get("kind") or DEPLOYMENT),
        name=metadata["name"],
        namespace=metadata["namespace"],
        uid=metadata["uid"],
        resource_version=metadata["resourceVersion"],
        labels=metadata.get("labels") or {},
        annotations=metadata.get("annotations") or {},
        managed_fields=metadata.get("managedFields") or (),
        spec=manifest["spec"],
        status=manifest.get("status") or {},
        generation=int(metadata.get("generation") or 0),
        owners=tuple((owner["kind"], owner["name"]) for owner in metadata.get("ownerReferences") or ()),
    )


def read_config_map(manifest: Manifest) -> ConfigMap:
    """Read a ConfigMap."""
    metadata = manifest["metadata"]
    return ConfigMap(
        name=metadata["name"],
        uid=metadata["uid"],
        resource_version=metadata["resourceVersion"],
        data=manifest.get("data") or {},
        managed_fields=metadata.get("managedFields") or (),
        labels=metadata.get("labels") or {},
        annotations=metadata.get("annotations") or {},
        is_immutable=bool(manifest.get("immutable")),
    )


def read_pod(manifest: Manifest, container: str) -> Pod:
    """Read a pod with the state of one of its containers."""
    metadata, status = manifest["metadata"], manifest.get("status") or {}
    states = status.get("containerStatuses") or []
    mine: Manifest = next((state for state in states if state["name"] == container), {})
    state = mine.get("state") or {}
    waiting, terminated = state.get("waiting") or {}, state.get("terminated") or {}
    last = (mine.get("lastState") or {}).get("terminated") or {}
    conditions = {condition["type"]: condition for condition in status.get("conditions") or []}
    readiness: Manifest = conditions.get("Ready") or {}
    since = read_time(readiness["lastTransitionTime"]) if "lastTransitionTime" in readiness else None
    is_ready = readiness.get("status") == "True"
    return Pod(
        name=metadata["name"],
        uid=metadata["uid"],
        ip=status.get("podIP"),
        is_ready=is_ready,
        ready_since=since if is_ready else None,
        unready_since=None if is_ready else since,
        is_deleting=bool(metadata.get("deletionTimestamp")),
        phase=status.get("phase") or "Unknown",
        created_at=read_time(metadata["creationTimestamp"]),
        restarts=int(mine.get("restartCount") or 0),
        waiting_reason=waiting.get("reason"),
        waiting_message=str(waiting.get("message") or ""),
        terminated_reason=terminated.get("reason") or last.get("reason"),
        exit_message=str(terminated.get("message") or last.get("message") or ""),
        spec=manifest["spec"],
        reason=status.get("reason"),
    )


@dataclass(frozen=True, slots=True)
class TaskJob:
    """A Job of ours, with what its pod left as termination message."""

    name: str
    uid: str
    created_at: datetime
    succeeded: bool
    failed: bool
    is_deleting: bool
    message: str
    pod: Pod | None = None


def read_task_job(manifest: Manifest, pods: Sequence[Pod]) -> TaskJob:
    """Read a Job together with the pods that carry our task label."""
    metadata, status = manifest["metadata"], manifest.get("status") or {}
    true = {one["type"]: one for one in status.get("conditions") or [] if one["status"] == "True"}
    pod = next((pod for pod in pods if pod.name.startswith(f"{metadata['name']}-")), None)
    failed = true.get("Failed")
    said = pod.exit_message if pod is not None else ""
    return TaskJob(
        name=metadata["name"],
        uid=metadata["uid"],
        created_at=read_time(metadata["creationTimestamp"]),
        succeeded="Complete" in true,
        failed=failed is not None,
        is_deleting=bool(metadata.get("deletionTimestamp")),
        message=said or str((failed or {}).get("message") or ""),
        pod=pod,
    )


def volume_items(pod_spec: Manifest, volume: str) -> tuple[ConfigItem, ...] | None:
    """The items of a ConfigMap volume; None when there is no such volume or it is mounted whole."""
    for candidate in pod_spec.get("volumes") or []:
        if candidate["name"] == volume:
            items = (candidate.get("configMap") or {}).get("items")
            if not items:
                return None
            return tuple(ConfigItem(item["key"], item["path"], item.get("mode")) for item in items)
    return None
