"""AddonReleases as the API server returns them, and what the other reads of a plan would bring."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from addon_updater.cluster import paths
from addon_updater.errors import ApiError, TransientError
from addon_updater.rollout.observed import Release

NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
SOME_TIME_AGO = "2026-03-01T11:58:30Z"
HASH = "0123456789abcdef"
IMAGE = "registry.k8s.io/coredns/coredns"
COREFILE = """.:53 {
    errors
    health {
       lameduck 15s
    }
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
       fallthrough in-addr.arpa ip6.arpa
    }
    any {
       unknown
    }
    forward . /etc/resolv.conf
    cache 30
}
"""


def condition(type_: str, status: str, reason: str, message: str = "") -> dict[str, Any]:
    return {
        "type": type_,
        "status": status,
        "reason": reason,
        "message": message,
        "observedGeneration": 1,
        "lastTransitionTime": SOME_TIME_AGO,
    }


def release(name: str = "coredns", *, spec: Mapping[str, Any] | None = None, **status: Any) -> dict[str, Any]:
    """An AddonRelease; without status the operator has never seen it."""
    manifest: dict[str, Any] = {
        "metadata": {
            "name": name,
            "namespace": "kube-system",
            "uid": f"uid-{name}",
            "generation": 1,
            "creationTimestamp": "2026-02-01T00:00:00Z",
        },
        "spec": {"addon": "coredns", **(spec or {})},
    }
    return manifest | ({"status": {"observedGeneration": 1, **status}} if status else {})


def healthy() -> dict[str, Any]:
    return release(
        observedKubernetesMinor="1.34",
        current={"version": "1.12.1", "image": f"{IMAGE}:v1.12.1"},
        target={"version": "1.12.1"},
        conditions=[
            condition("Ready", "True", "VersionFits", "1.12.1 is Tested on Kubernetes 1.34"),
            condition("UpdateAvailable", "False", "UpToDate", "1.12.1 is the newest"),
            condition("Reconciling", "False", "Idle"),
        ],
    )


def waiting() -> dict[str, Any]:
    return release(
        observedKubernetesMinor="1.34",
        current={"version": "1.11.3", "image": f"{IMAGE}:v1.11.3"},
        target={"version": "1.12.1"},
        effective={
            "workload": "Deployment/coredns",
            "channel": "Default",
            "updates": "Manual",
            "breakingChanges": "WithClusterMinor",
            "soak": "5m",
            "minReadySeconds": 10,
            "startJitter": "0s",
        },
        nextWindow={
            "opensAt": "2026-03-01T14:30:00Z",
            "message": "no window of spec.windows is open; an update may start at 2026-03-01 14:30 UTC",
        },
        conditions=[
            condition("Ready", "True", "VersionFits", "1.11.3 runs on Kubernetes 1.34"),
            condition("UpdateAvailable", "True", "WaitingForApproval", "1.11.3 to 1.12.1: approve the plan"),
            condition("Reconciling", "False", "Idle"),
        ],
        plan={
            "hash": HASH,
            "hops": [
                {
                    "from": "1.11.3",
                    "to": "1.12.1",
                    "when": "Now",
                    "breaking": True,
                    "reversible": False,
                    "reason": "the target",
                    "admitted": False,
                    "waitsFor": "approval",
                }
            ],
            "findings": [
                {
                    "ruleID": "NoRehearsal",
                    "severity": "Info",
                    "message": "the pods read a Secret",
                    "remedy": "nothing: the gates judge the new pods",
                },
                {
                    "ruleID": "CoreDNSUnknownOption",
                    "severity": "Block",
                    "message": "line 3 is not understood",
                    "remedy": "remove it",
                },
            ],
        },
    )


def running() -> dict[str, Any]:
    return release(
        observedKubernetesMinor="1.34",
        current={"version": "1.11.3", "image": f"{IMAGE}:v1.11.3"},
        target={"version": "1.12.1"},
        conditions=[
            condition("Ready", "True", "VersionFits", "1.11.3 runs on Kubernetes 1.34"),
            condition("UpdateAvailable", "True", "InProgress", "1.11.3 to 1.12.1"),
            condition("Reconciling", "True", "Soaking", "its gates must pass for the whole soak"),
        ],
        attempt={
            "id": "8b10273f99",
            "hop": "1.11.3 to 1.12.1",
            "step": "Soaking",
            "startedAt": SOME_TIME_AGO,
        },
        gates=[
            {"name": "dns/pods", "outcome": "Pass", "message": "answers as before"},
            {"name": "dns/service", "outcome": "Unknown", "message": "no answer"},
        ],
        quarantined=[
            {"version": "1.12.0", "reason": "Crashed", "message": "exit 1", "since": "2026-02-27T12:00:00Z"}
        ],
        history=[
            {
                "revision": "r0",
                "version": "1.11.3",
                "outcome": "Adopted",
                "message": "recorded as found",
                "finishedAt": "2026-02-01T00:00:00Z",
            }
        ],
        candidates=[candidate("1.13.1"), candidate("1.13.0"), candidate("1.12.1", verdict="Target")],
    )


def stalled(reason: str = "RollbackFailed", message: str = "1.11.3 does not serve either") -> dict[str, Any]:
    return release(
        observedKubernetesMinor="1.34",
        conditions=[
            condition("Ready", "False", reason, message),
            condition("UpdateAvailable", "Unknown", reason, message),
            condition("Reconciling", "False", "Idle"),
            condition("Stalled", "True", reason, message),
        ],
    )


def candidate(version: str, *, verdict: str = "Rejected") -> dict[str, Any]:
    return {
        "version": version,
        "verdict": verdict,
        "reason": "BestFit" if verdict == "Target" else "BeyondChannel",
        "message": f"{version} is newer than 1.12.1",
        "evidence": "Assumed",
        "source": "kubeadm-images",
    }


def deployment() -> dict[str, Any]:
    labels = {"k8s-app": "kube-dns"}
    items = [{"key": "Corefile", "path": "Corefile"}]
    container = {
        "name": "coredns",
        "image": f"{IMAGE}:v1.11.3",
        "args": ["-conf", "/etc/coredns/Corefile"],
        "volumeMounts": [{"name": "config", "mountPath": "/etc/coredns"}],
    }
    volume = {"name": "config", "configMap": {"name": "coredns", "items": items}}
    return {
        "metadata": {
            "name": "coredns",
            "namespace": "kube-system",
            "uid": "uid-deployment",
            "resourceVersion": "7",
            "generation": 1,
        },
        "spec": {
            "replicas": 2,
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels},
                "spec": {
                    "serviceAccountName": "coredns",
                    "dnsPolicy": "Default",
                    "containers": [container],
                    "volumes": [volume],
                },
            },
        },
        "status": {"observedGeneration": 1, "replicas": 2, "updatedReplicas": 2, "availableReplicas": 2},
    }


def config_map() -> dict[str, Any]:
    return {
        "metadata": {
            "name": "coredns",
            "namespace": "kube-system",
            "uid": "uid-config",
            "resourceVersion": "5",
        },
        "data": {"Corefile": COREFILE},
    }


class FakeReader:
    """Answers like cli.reader.Reader, from objects; `away` are the servers that cannot be reached."""

    server = "https://api.example:6443"
    namespace = "kube-system"

    def __init__(self, *releases: dict[str, Any], minor: str = "34", verify_ssl: bool = True) -> None:
        self.skipped: dict[str, str] = {}
        self.configuration = SimpleNamespace(verify_ssl=verify_ssl)
        self.minor = minor
        self.away = True
        self.asked_directly: list[str] = []
        self.objects: dict[str, Any] = {
            paths.deployment("kube-system", "coredns"): deployment(),
            paths.config_map("kube-system", "coredns"): config_map(),
            paths.API_ENDPOINTS: {"ports": [{"port": 6443}], "endpoints": [{"addresses": ["192.0.2.1"]}]},
            paths.API_SERVICE: {"spec": {"clusterIPs": ["10.96.0.1"]}},
            paths.VERSION_INFO: {"major": "1", "minor": minor},
        }
        self.all_releases = list(releases)
        self.lists: dict[str, list[dict[str, Any]]] = {}
        self.forbidden: set[str] = set()
        self.written: list[tuple[str, str | None]] = []
        self.written_to: list[str] = []

    async def get(self, path: str) -> dict[str, Any] | None:
        if path in self.forbidden:
            raise ApiError("refused", status=403)
        return self.objects.get(path)

    async def list(self, path: str, *, labels: str | None = None) -> list[dict[str, Any]]:  # noqa: ARG002
        if path in self.forbidden:
            raise ApiError("refused", status=403)
        return self.lists.get(path, [])

    async def pages(self, path: str, *, size: int) -> AsyncIterator[list[dict[str, Any]]]:  # noqa: ARG002
        if path in self.forbidden:
            raise ApiError("refused", status=403)
        yield self.lists.get(path, [])

    async def get_afresh(self, path: str) -> dict[str, Any]:
        return dict(self.objects[path])

    async def releases(self, namespace: str | None) -> list[dict[str, Any]]:
        return [one for one in self.all_releases if namespace in (None, one["metadata"]["namespace"])]

    async def releases_around(self, namespace: str) -> tuple[list[dict[str, Any]], bool]:
        whole = paths.releases(None) not in self.forbidden
        return await self.releases(None if whole else namespace), whole

    async def annotate(self, release: Release, values: Mapping[str, str | None]) -> None:
        assert release.uid == f"uid-{release.name}"
        self.written_to.append(f"{release.namespace}/{release.name}")
        self.written += values.items()

    async def close(self) -> None:
        """A fake has nothing to let go."""

    async def create(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        if path != paths.ACCESS_REVIEWS:
            raise ApiError(f"a preview wrote {body} to {path}")
        return {"status": {"allowed": True}}

    async def get_from(self, server: str, path: str) -> dict[str, Any]:
        self.asked_directly.append(server)
        if self.away:
            raise TransientError(f"{server}{path}: no route")
        return {"major": "1", "minor": self.minor}
