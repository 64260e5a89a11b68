"""CoreDNS on the node and its AddonRelease, as they are told what to do and as they look from outside."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

from localcluster import Node
from localcluster.images import COREDNS_REPOSITORY

T = TypeVar("T")
Manifest = Mapping[str, Any]

GROUP: Final = "addon-updater.dev"
NAMESPACE: Final = "kube-system"
DEPLOYMENT: Final = f"/apis/apps/v1/namespaces/{NAMESPACE}/deployments/coredns"
_RELEASE: Final = f"/apis/{GROUP}/v1alpha1/namespaces/{NAMESPACE}/addonreleases/coredns"
_REVISIONS: Final = f"/apis/apps/v1/namespaces/{NAMESPACE}/controllerrevisions?labelSelector={GROUP}/release"
_SLICES: Final = (
    f"/apis/discovery.k8s.io/v1/namespaces/{NAMESPACE}/endpointslices"
    "?labelSelector=kubernetes.io/service-name%3Dkube-dns"
)
_PODS: Final = f"/api/v1/namespaces/{NAMESPACE}/pods?labelSelector=k8s-app%3Dkube-dns"
_REHEARSALS: Final = f"/api/v1/namespaces/{NAMESPACE}/pods?labelSelector={GROUP}/rehearsal"
_PATIENCE_S: Final = 240.0


def now() -> datetime:
    """The time, to compare with what the operator and the API server have written down."""
    return datetime.now(UTC)  # noqa: TID251 - a stamp, no decision


def until(check: Callable[[], T | None], what: str, *, pause: float = 0.02) -> T:
    """Ask until the answer is true in a boolean context, and give it; `pause` is in seconds.

    Raises:
        TimeoutError: it never was.
    """
    deadline = time.monotonic() + _PATIENCE_S
    while True:
        if found := check():
            return found
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {_PATIENCE_S:.0f} s in vain for {what}")
        time.sleep(pause)


def serves(deployment: Manifest, slices: Sequence[Manifest], version: str) -> bool:
    """Whether `kubectl rollout status` would call that version complete, and every endpoint of the Service is ready."""
    spec, status = deployment["spec"], deployment.get("status") or {}
    replicas = spec["replicas"]
    image = spec["template"]["spec"]["containers"][0]["image"]
    counts = [status.get(key) or 0 for key in ("replicas", "updatedReplicas", "availableReplicas")]
    endpoints = [endpoint for part in slices for endpoint in part.get("endpoints") or ()]
    ready = [one for one in endpoints if one["conditions"].get("ready") and not _terminates(one)]
    waiting = [one for one in endpoints if not one["conditions"].get("ready") and not _terminates(one)]
    return (
        image == f"{COREDNS_REPOSITORY}:v{version}"
        and (status.get("observedGeneration") or 0) >= deployment["metadata"]["generation"]
        and counts == [replicas] * 3
        and (len(ready), waiting) == (replicas, [])
    )


def _terminates(endpoint: Manifest) -> bool:
    return bool(endpoint["conditions"].get("terminating"))


class ClusterDns:
    """The Deployment of CoreDNS, and the AddonRelease that governs it while there is one."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self.api = node.api()

    def await_serving(self, version: str) -> datetime:
        """The moment at which that version serves with all of its pods."""
        until(lambda: self._serves(version), f"CoreDNS {version} to serve")
        return now()

    def _serves(self, version: str) -> bool:
        deployment, slices = self.api.document(DEPLOYMENT), self.api.document(_SLICES)
        return deployment is not None and slices is not None and serves(deployment, slices["items"], version)

    def await_image(self, version: str) -> datetime:
        """The moment at which the Deployment is told to run that version."""
        until(lambda: self.image().endswith(f":v{version}"), f"the switch to {version}")
        return now()

    def image(self) -> str:
        """What the Deployment is told to run."""
        deployment = self.api.document(DEPLOYMENT) or {}
        return str(deployment["spec"]["template"]["spec"]["containers"][0]["image"])

    def restarts(self, version: str) -> int:
        """How often the containers of that version's pods were started again."""
        pods = (self.api.document(_PODS) or {}).get("items") or ()
        living = [pod for pod in pods if "deletionTimestamp" not in pod["metadata"]]
        states = [state for pod in living for state in pod["status"].get("containerStatuses") or ()]
        return sum(int(state["restartCount"]) for state in states if state["image"].endswith(f":v{version}"))

    def rehearses(self) -> bool:
        """Whether a throw-away pod of a new version is there."""
        return bool((self.api.document(_REHEARSALS) or {}).get("items"))

    def decided_at(self) -> datetime | None:
        """When the operator wrote down, on a revision, that it goes back; None while it has not."""
        revisions = (self.api.document(_REVISIONS) or {}).get("items") or ()
        notes = (revision["metadata"].get("annotations") or {} for revision in revisions)
        decisions = [note[f"{GROUP}/decision"] for note in notes if f"{GROUP}/decision" in note]
        return datetime.fromisoformat(json.loads(decisions[0])["at"]) if decisions else None

    def is_idle_at(self, version: str) -> bool:
        """Whether the release runs that version, and nothing is under way."""
        status = (self.api.document(_RELEASE) or {}).get("status") or {}
        conditions = {one["type"]: one["reason"] for one in status.get("conditions") or ()}
        return (
            (status.get("current") or {}).get("version") == version
            and conditions.get("Reconciling") == "Idle"
            and conditions.get("UpdateAvailable") in ("UpToDate", "NoBetterVersion")
        )

    def declare(self, versions: Sequence[str], **rollout: object) -> None:
        """Govern it; any of these versions may be taken, the newest first."""
        spec = {
            "addon": "coredns",
            "version": " || ".join(versions),
            "channel": "Latest",
            "policy": {"breakingChanges": "Allow"},
            "rollout": rollout,
        }
        self._apply("AddonRelease", {"name": "coredns", "namespace": NAMESPACE}, spec)

    def offer(self, version: str) -> None:
        """Put a version that nobody ever released into the catalog."""
        source = {"source": "team"}
        release = {"version": version, "evidence": [{"kubernetes": "1.34", "level": "Tested", **source}]}
        addon = {
            "name": "coredns",
            "sources": {"team": {"title": "The team's own trial", "url": "https://git.example.com/trial"}},
            "releases": [release],
        }
        self._apply("AddonCatalog", {"name": "trial"}, {"mode": "Extend", "serial": 1, "addons": [addon]})

    def _apply(self, kind: str, metadata: Manifest, spec: Manifest) -> None:
        body = {"apiVersion": f"{GROUP}/v1alpha1", "kind": kind, "metadata": metadata, "spec": spec}
        self.node.kubectl("apply", "-f", "-", input=json.dumps(body))

    def forget(self) -> None:
        """Take away the release, what the catalog was given, and every mark; the Deployment runs on."""
        self.node.kubectl("delete", "addonreleases,addoncatalogs", "--all", "--all-namespaces")
        self.node.kubectl("-n", NAMESPACE, "delete", "controllerrevisions", "-l", f"{GROUP}/release")
        marks = {f"{GROUP}/{key}": None for key in ("revision", "attempt", "applied-at")}
        gone = {"metadata": {"labels": {f"{GROUP}/release": None}, "annotations": marks}}
        self.node.kubectl("-n", NAMESPACE, "patch", "deployment/coredns", "-p", json.dumps(gone))

    def set_pace(self, *, min_ready_seconds: int) -> None:
        """How long a new pod must be ready until it counts as available, whoever brings it.

        Readiness is asked every second: with kubeadm's ten, what a rollout takes depends on whether the first probe of
        a pod comes a moment too early.
        """
        probed = {"name": "coredns", "readinessProbe": {"periodSeconds": 1}}
        spec = {"minReadySeconds": min_ready_seconds, "template": {"spec": {"containers": [probed]}}}
        self.node.kubectl("-n", NAMESPACE, "patch", "deployment/coredns", "-p", json.dumps({"spec": spec}))

    def set_image(self, version: str) -> None:
        """What a person does."""
        self.node.kubectl(
            "-n", NAMESPACE, "set", "image", "deployment/coredns", f"coredns={COREDNS_REPOSITORY}:v{version}"
        )

    def rollout(self, *words: str) -> None:
        """`kubectl rollout`."""
        self.node.kubectl("-n", NAMESPACE, "rollout", *words, "deployment/coredns")
