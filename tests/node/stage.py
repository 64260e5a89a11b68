"""The governed namespace of a node as a test uses it: declare a release, read what came of it, put all back."""

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from localcluster import Cluster
from node.audit_trail import AuditTrail
from node.operator_under_test import LEASE
from node.raw_api import Manifest, RawApi, eventually

GROUP = "addon-updater.dev"
NAMESPACE = "kube-system"
RELEASES = f"/apis/{GROUP}/v1alpha1/namespaces/{NAMESPACE}/addonreleases"
CATALOGS = f"/apis/{GROUP}/v1alpha1/addoncatalogs"
DEPLOYMENTS = f"/apis/apps/v1/namespaces/{NAMESPACE}/deployments"
DEPLOYMENT = f"{DEPLOYMENTS}/coredns"
CONFIG_MAPS = f"/api/v1/namespaces/{NAMESPACE}/configmaps"
CONFIG_MAP = f"{CONFIG_MAPS}/coredns"
RELEASE_LABEL = f"{GROUP}/release"

# Shorter than anybody would wait in production.
BRISK: Manifest = {"minReadySeconds": 2, "soak": "4s"}


@dataclass(frozen=True)
class Subject:
    """The addon of a test: workload, container, ConfigMap and AddonRelease all bear its name."""

    addon: str = "coredns"
    namespace: str = NAMESPACE
    workloads: str = "deployments"
    """The resource of its workload: deployments or statefulsets."""
    config_volume: str = "config-volume"

    @property
    def releases(self) -> str:
        """The path of the AddonReleases beside it."""
        return f"/apis/{GROUP}/v1alpha1/namespaces/{self.namespace}/addonreleases"

    @property
    def workload(self) -> str:
        """The path of its workload."""
        return f"/apis/apps/v1/namespaces/{self.namespace}/{self.workloads}/{self.addon}"

    @property
    def config_map(self) -> str:
        """The path of its ConfigMap."""
        return f"/api/v1/namespaces/{self.namespace}/configmaps/{self.addon}"

    @property
    def revisions(self) -> str:
        """The path of the revisions beside it."""
        return f"/apis/apps/v1/namespaces/{self.namespace}/controllerrevisions"

    @property
    def events(self) -> str:
        """The path of the Events beside it."""
        return f"/apis/events.k8s.io/v1/namespaces/{self.namespace}/events"

    @property
    def pods(self) -> str:
        """The path of the pods beside it."""
        return f"/api/v1/namespaces/{self.namespace}/pods"

    @property
    def jobs(self) -> str:
        """The path of the Jobs beside it."""
        return f"/apis/batch/v1/namespaces/{self.namespace}/jobs"


COREDNS = Subject()


class Stage:
    """One node with the operator's kinds installed, and the addon that a test is about."""

    def __init__(self, node: Cluster, api: RawApi, subject: Subject = COREDNS) -> None:
        self.node = node
        self.api = api
        self.subject = subject

    def declare(self, name: str = "", **spec: Any) -> None:
        """Create an AddonRelease; unless told otherwise it is one of the subject at a brisk pace.

        What breaks users travels with a cluster minor; most stories are about something else and do not wait for it.
        """
        free = {"policy": {"breakingChanges": "Allow"}}
        body = {
            "apiVersion": f"{GROUP}/v1alpha1",
            "kind": "AddonRelease",
            "metadata": {"name": name or self.subject.addon, "namespace": self.subject.namespace},
            "spec": {"addon": self.subject.addon, "rollout": BRISK, **free, **spec},
        }
        self.api.create(self.subject.releases, body)

    def release(self, name: str = "") -> str:
        """The path of an AddonRelease; unless told otherwise the subject's."""
        return f"{self.subject.releases}/{name or self.subject.addon}"

    def change(self, name: str = "", **spec: Any) -> None:
        """Change fields of an AddonRelease's spec."""
        self.api.merge(self.release(name), {"spec": spec})

    def status(self, name: str = "") -> Manifest:
        """The status of an AddonRelease; empty while there is none."""
        return (self.api.get(self.release(name)) or {}).get("status") or {}

    def reason(self, type_: str, name: str = "") -> str:
        """The reason of a condition that is True or Unknown or False; empty when there is no such condition."""
        return str(self.condition(type_, name).get("reason", ""))

    def condition(self, type_: str, name: str = "") -> Manifest:
        """A condition; empty when there is none of that type."""
        conditions = self.status(name).get("conditions") or ()
        return next((item for item in conditions if item["type"] == type_), {})

    def await_reason(self, type_: str, reason: str, name: str = "", timeout: float = 120.0) -> Manifest:
        """Wait until a condition has a reason, and give it."""

        def so() -> bool:
            return self.reason(type_, name) == reason

        eventually(so, _Told(self, name, f"{type_} {reason}"), timeout)
        return self.condition(type_, name)

    def await_version(self, version: str, name: str = "", timeout: float = 300.0) -> None:
        """Wait until that version runs, is Ready, and nothing more is to be had or done."""

        def so() -> bool:
            status = self.status(name)
            return (
                (status.get("current") or {}).get("version") == version
                and self.reason("Ready", name) == "VersionFits"
                and self.reason("UpdateAvailable", name) in {"UpToDate", "NoBetterVersion"}
                and self.reason("Reconciling", name) == "Idle"
            )

        eventually(so, _Told(self, name, f"{version} to be Ready"), timeout)

    def await_switch(self, version: str, name: str = "", timeout: float = 240.0) -> None:
        """Wait until the workload is told to run that version."""
        told = _Told(self, name, f"the switch to {version}")

        def so() -> bool:
            return self.image().rpartition(":")[2].removeprefix("v") == version

        eventually(so, told, timeout, pause=0.1)

    def events(self, name: str = "") -> list[Manifest]:
        """The Events about the AddonRelease of that name that lives now, oldest first."""
        uid = (self.api.get(self.release(name)) or {})["metadata"]["uid"]
        every = self.api.items(self.subject.events)
        found = [item for item in every if (item.get("regarding") or {}).get("uid") == uid]
        return sorted(found, key=lambda item: str(item["eventTime"]))

    def revisions(self, name: str = "") -> list[Manifest]:
        """The recorded revisions, oldest first."""
        found = self.api.items(
            f"{self.subject.revisions}?labelSelector={RELEASE_LABEL}%3D{name or self.subject.addon}"
        )
        return sorted(found, key=lambda item: int(item["revision"]))

    def deployment(self) -> Manifest:
        """The workload, whatever its kind."""
        deployment = self.api.get(self.subject.workload)
        assert deployment is not None
        return deployment

    def texts(self) -> dict[str, str]:
        """Every key of its ConfigMap."""
        return dict((self.api.get(self.subject.config_map) or {}).get("data") or {})

    def governed(self) -> Manifest:
        """All that an update may change: image, arguments, mounted keys, every text."""
        pod = self.deployment()["spec"]["template"]["spec"]
        container = pod["containers"][0]
        volume = next(volume for volume in pod["volumes"] if volume["name"] == self.subject.config_volume)
        return {
            "image": container["image"],
            "args": container.get("args"),
            "items": volume["configMap"].get("items"),
            "texts": self.texts(),
        }

    def image(self) -> str:
        """The image in the Deployment."""
        return str(self.governed()["image"])

    def serving(self) -> dict[str, int]:
        """The pods of the workload that are ready and stay: uid, and how often its containers started again."""
        labels = self.deployment()["spec"]["selector"]["matchLabels"]
        selector = quote(",".join(f"{key}={value}" for key, value in sorted(labels.items())))
        return {
            pod["metadata"]["uid"]: sum(state["restartCount"] for state in pod["status"]["containerStatuses"])
            for pod in self.api.items(f"{self.subject.pods}?labelSelector={selector}")
            if "deletionTimestamp" not in pod["metadata"] and _is_ready(pod)
        }

    def tasks(self) -> dict[str, Manifest]:
        """The status of every Job of the operator, by name."""
        found = self.api.items(f"{self.subject.jobs}?labelSelector={GROUP}/task")
        return {item["metadata"]["name"]: item.get("status") or {} for item in found}

    def rehearsals(self) -> list[str]:
        """The names of the throw-away pods that are left."""
        found = self.api.items(f"{self.subject.pods}?labelSelector={GROUP}/rehearsal")
        return [item["metadata"]["name"] for item in found if "deletionTimestamp" not in item["metadata"]]

    def annotate(self, key: str, text: str, name: str = "") -> None:
        """Set one of the annotations by which a person speaks to the operator."""
        self.api.merge(self.release(name), {"metadata": {"annotations": {f"{GROUP}/{key}": text}}})

    def leader(self) -> str:
        """Who holds the Lease; empty when nobody does."""
        return str(((self.api.get(LEASE) or {}).get("spec") or {}).get("holderIdentity") or "")

    def trail(self) -> AuditTrail:
        """The operator's requests from now on."""
        return AuditTrail(self.node.audit_log)

    def clear(self) -> None:
        """Remove every release, catalog, revision and Event; the workload stays as it is, but unclaimed."""
        for collection in (self.subject.releases, CATALOGS):
            self.api.delete(collection)
        self.api.delete(f"{self.subject.revisions}?labelSelector={RELEASE_LABEL}")
        self.api.delete(f"{self.subject.pods}?labelSelector={GROUP}/rehearsal")
        self.api.delete(f"{self.subject.jobs}?labelSelector={GROUP}/task&propagationPolicy=Background")
        self.api.delete(self.subject.events)
        marks = (RELEASE_LABEL, *(f"{GROUP}/{key}" for key in ("revision", "attempt", "applied-at")))
        if self.api.get(self.subject.workload) is not None:
            gone: dict[str, None] = dict.fromkeys(marks)
            self.api.merge(self.subject.workload, {"metadata": {"labels": gone, "annotations": gone}})


def _is_ready(pod: Manifest) -> bool:
    conditions = pod["status"].get("conditions") or ()
    return any(one["type"] == "Ready" and one["status"] == "True" for one in conditions)


class _Told:
    """What a test waits for, told with what the release says instead, when it waited in vain."""

    def __init__(self, stage: Stage, name: str, what: str) -> None:
        self._stage, self._name, self._what = stage, name, what

    def __str__(self) -> str:
        return f"{self._what}; {json.dumps(self._stage.status(self._name).get('conditions'), indent=1)}"
