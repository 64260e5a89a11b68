"""The operator's own pods: which one leads, which process that is, and what each has asked of the API server."""

from __future__ import annotations

import json
import os
import signal
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from localcluster import Cluster
from localcluster.api import ApiReader

NAMESPACE: Final = "addon-updater"
ACCOUNT: Final = f"system:serviceaccount:{NAMESPACE}:addon-updater"
_LEASE: Final = f"/apis/coordination.k8s.io/v1/namespaces/{NAMESPACE}/leases/addon-updater"
_POD: Final = "authentication.kubernetes.io/pod-name"
_READS: Final = frozenset({"get"})
_WRITES: Final = frozenset({"create", "update", "patch", "delete"})


def leader(api: ApiReader) -> str:
    """The pod that holds the Lease; empty when none does."""
    return str(_lease(api).get("holderIdentity") or "")


def renewed_at(api: ApiReader) -> datetime:
    """When the holder last renewed the Lease, as it says."""
    return datetime.fromisoformat(_lease(api)["renewTime"])


def _lease(api: ApiReader) -> dict[str, Any]:
    return (api.document(_LEASE) or {}).get("spec") or {}


def process_of(pod: str) -> int | None:
    """The number of the operator's process in that pod, by what its environment says; None while there is none."""
    wanted = f"POD_NAME={pod}".encode()
    for folder in Path("/proc").iterdir():
        try:
            if folder.name.isdigit() and wanted in (folder / "environ").read_bytes().split(b"\0"):
                return int(folder.name)
        except OSError:
            continue
    return None


def send(pod: str, number: signal.Signals) -> int:
    """Send a signal to the operator's process in that pod, and give the number of the process.

    Raises:
        ProcessLookupError: it has none.
    """
    process = process_of(pod)
    if process is None:
        raise ProcessLookupError(f"pod {pod} has no process")
    os.kill(process, number)
    return process


class Requests:
    """What the operator's pods ask of the API server from the moment on at which this was made."""

    def __init__(self, cluster: Cluster) -> None:
        self._log = cluster.audit_log
        self._start = self._log.stat().st_size

    def first_look(self, after: datetime, pod: str = "") -> datetime | None:
        """When that pod, or any of them, first read the workload: each does so in every pass over a release."""
        return self._first(after, pod, _READS, "deployments")

    def first_write(self, after: datetime) -> datetime | None:
        """When one of them first wrote something that moves the rollout on."""
        return self._first(after, "", _WRITES, "deployments", "pods", "controllerrevisions", "configmaps")

    def _first(self, after: datetime, pod: str, verbs: frozenset[str], *resources: str) -> datetime | None:
        with self._log.open("rb") as log:
            log.seek(self._start)
            lines = log.read().decode().rpartition("\n")[0].splitlines()
        for line in lines:
            if ACCOUNT not in line or pod not in line:
                continue
            event = json.loads(line)
            received = datetime.fromisoformat(event["requestReceivedTimestamp"])
            asked_by = next(iter((event["user"].get("extra") or {}).get(_POD) or ()), "")
            resource = (event.get("objectRef") or {}).get("resource")
            if (
                pod in {"", asked_by}
                and received > after
                and event["verb"] in verbs
                and resource in resources
            ):
                return received
        return None
