"""The governed namespace of a node as a test uses it: declare a release, read what came of it, put all back."""

import json
from typing import Any

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
REVISIONS = f"/apis/apps/v1/namespaces/{NAMESPACE}/controllerrevisions"
EVENTS = f"/apis/events.k8s.io/v1/namespaces/{NAMESPACE}/events"
PODS = f"/api/v1/namespaces/{NAMESPACE}/pods"
RELEASE_LABEL = f"{GROUP}/release"

# Shorter than anybody would wait in production.
BRISK: Manifest = {"minReadySeconds": 2, "soak": "4s"}


class Stage:
    """One node with the operator's kinds installed."""

    def __init__(self, node: Cluster, api: RawApi) -> None:
        self.node = node
        self.api = api

    def declare(self, name: str = "coredns", **spec: Any) -> None:
        """Create an AddonRelease; unless told otherwise it is one of CoreDNS at a brisk pace."""
        body = {
            "apiVersion": f"{GROUP}/v1alpha1",
            "kind": "AddonRelease",
            "metadata": {"name": name, "namespace": NAMESPACE},
            "spec": {"addon": "coredns", "rollout": BRISK, **spec},
        }
        self.api.create(RELEASES, body)

    def change(self, name: str = "coredns", **spec: Any) -> None:
        """Change fields of an AddonRelease's spec."""
        self.api.merge(f"{RELEASES}/{name}", {"spec": spec})

    def status(self, name: str = "coredns") -> Manifest:
        """The status of an AddonRelease; empty while there is none."""
        return (self.api.get(f"{RELEASES}/{name}") or {}).get("status") or {}

    def reason(self, type_: str, name: str = "coredns") -> str:
        """The reason of a condition that is True or Unknown or False; empty when there is no such condition."""
        return str(self.condition(type_, name).get("reason", ""))

    def condition(self, type_: str, name: str = "coredns") -> Manifest:
        """A condition; empty when there is none of that type."""
        conditions = self.status(name).get("conditions") or ()
        return next((item for item in conditions if item["type"] == type_), {})

    def await_reason(self, type_: str, reason: str, name: str = "coredns", timeout: float = 60.0) -> Manifest:
        """Wait until a condition has a reason, and give it."""

        def so() -> bool:
            return self.reason(type_, name) == reason

        eventually(so, _Told(self, name, f"{type_} {reason}"), timeout)
        return self.condition(type_, name)

    def await_version(self, version: str, name: str = "coredns", timeout: float = 180.0) -> None:
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

    def await_switch(self, version: str, name: str = "coredns", timeout: float = 120.0) -> None:
        """Wait until the workload is told to run that version."""
        told = _Told(self, name, f"the switch to {version}")
        eventually(lambda: self.image().endswith(f":v{version}"), told, timeout, pause=0.1)

    def events(self, name: str = "coredns") -> list[Manifest]:
        """The Events about the AddonRelease of that name that lives now, oldest first."""
        uid = (self.api.get(f"{RELEASES}/{name}") or {})["metadata"]["uid"]
        found = [item for item in self.api.items(EVENTS) if (item.get("regarding") or {}).get("uid") == uid]
        return sorted(found, key=lambda item: str(item["eventTime"]))

    def revisions(self, name: str = "coredns") -> list[Manifest]:
        """The recorded revisions, oldest first."""
        found = self.api.items(f"{REVISIONS}?labelSelector={RELEASE_LABEL}%3D{name}")
        return sorted(found, key=lambda item: int(item["revision"]))

    def deployment(self) -> Manifest:
        """CoreDNS's Deployment."""
        deployment = self.api.get(DEPLOYMENT)
        assert deployment is not None
        return deployment

    def texts(self) -> dict[str, str]:
        """Every key of CoreDNS's ConfigMap."""
        return dict((self.api.get(CONFIG_MAP) or {}).get("data") or {})

    def governed(self) -> Manifest:
        """All that an update may change: image, arguments, mounted keys, every text."""
        pod = self.deployment()["spec"]["template"]["spec"]
        container = pod["containers"][0]
        volume = next(volume for volume in pod["volumes"] if volume["name"] == "config-volume")
        return {
            "image": container["image"],
            "args": container["args"],
            "items": volume["configMap"]["items"],
            "texts": self.texts(),
        }

    def image(self) -> str:
        """The image in the Deployment."""
        return str(self.governed()["image"])

    def rehearsals(self) -> list[str]:
        """The names of the throw-away pods that are left."""
        found = self.api.items(f"{PODS}?labelSelector={GROUP}/rehearsal")
        return [item["metadata"]["name"] for item in found if "deletionTimestamp" not in item["metadata"]]

    def leader(self) -> str:
        """Who holds the Lease; empty when nobody does."""
        return str(((self.api.get(LEASE) or {}).get("spec") or {}).get("holderIdentity") or "")

    def trail(self) -> AuditTrail:
        """The operator's requests from now on."""
        return AuditTrail(self.node.audit_log)

    def clear(self) -> None:
        """Remove every release, catalog, revision and Event; the workload stays as it is, but unclaimed."""
        for collection in (RELEASES, CATALOGS):
            self.api.delete(collection)
        self.api.delete(f"{REVISIONS}?labelSelector={RELEASE_LABEL}")
        self.api.delete(f"{PODS}?labelSelector={GROUP}/rehearsal")
        self.api.delete(EVENTS)
        marks = (RELEASE_LABEL, *(f"{GROUP}/{key}" for key in ("revision", "attempt", "applied-at")))
        if self.api.get(DEPLOYMENT) is not None:
            gone: dict[str, None] = dict.fromkeys(marks)
            self.api.merge(DEPLOYMENT, {"metadata": {"labels": gone, "annotations": gone}})


class _Told:
    """What a test waits for, told with what the release says instead, when it waited in vain."""

    def __init__(self, stage: Stage, name: str, what: str) -> None:
        self._stage, self._name, self._what = stage, name, what

    def __str__(self) -> str:
        return f"{self._what}; {json.dumps(self._stage.status(self._name).get('conditions'), indent=1)}"
