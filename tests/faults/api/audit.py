"""What was written to a cluster since a moment, by whom and with what content: from the API server's audit log."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from localcluster import Cluster
from localcluster.access import USERS_OF, audit_policy
from localcluster.levels import Level
from node.operator_under_test import ACCOUNT, NAMESPACE

Manifest = dict[str, Any]

TELLING = frozenset({"events", "addonreleases/status", "addoncatalogs/status"})
"""What tells about the cluster and changes nothing of it."""
REPORTS = frozenset({"upgradereadinesses", "upgradereadinesses/status"})
"""A report on a coming minor has a rhythm of its own of ten seconds."""
NO_CHANGE = frozenset({"leases", "subjectaccessreviews", "selfsubjectaccessreviews"})
"""A Lease is the price of being there; a review asks a question and stores nothing."""
_WRITES = ("create", "update", "patch", "delete", "deletecollection")
_WITH_CONTENT = (
    {
        "group": "apps",
        "resources": [
            "deployments",
            "deployments/status",
            "statefulsets",
            "statefulsets/status",
            "controllerrevisions",
        ],
    },
    {"group": "", "resources": ["configmaps"]},
    {"group": "addon-updater.dev", "resources": ["addonreleases", "addonreleases/status", "addoncatalogs"]},
    {"group": "coordination.k8s.io", "resources": ["leases"]},
)
_CLIENTS = ("kube-controller-manager", "kube-scheduler", "kwok")
_SYSTEM = frozenset(user for name, (user, _) in USERS_OF[Level.CONTROL_PLANE].items() if name != "admin")


def record_contents(cluster: Cluster) -> None:
    """Let the audit log keep the contents of what the oracles look at; the API server reads its policy at its start."""
    policy = audit_policy()
    own = f"system:serviceaccounts:{NAMESPACE}"
    leases, others = [_WITH_CONTENT[-1]], list(_WITH_CONTENT[:-1])
    detailed = {"level": "RequestResponse", "verbs": list(_WRITES), "omitManagedFields": True}
    rules = [{**detailed, "resources": others}, {**detailed, "userGroups": [own], "resources": leases}]
    known = policy["rules"]
    assert isinstance(known, list)
    file = cluster.layout.config / "audit-policy.yaml"
    file.write_text(yaml.safe_dump({**policy, "rules": [*rules, *known]}))
    for name in ("kube-apiserver", *_CLIENTS):
        # Its clients begin anew with it: one that has lost its server waits up to half a minute before it asks again.
        cluster.component(name).kill()
    cluster.component("kube-apiserver").start()
    cluster.wait("the API server", lambda: cluster.api().text("/readyz") == "ok")
    for name in _CLIENTS:
        cluster.component(name).start()


@dataclass(frozen=True)
class Write:
    """One finished request that was to change something."""

    at: datetime
    user: str
    replica: str
    """Which replica of the operator; empty for everybody else."""
    verb: str
    resource: str
    """With its subresource."""
    namespace: str
    name: str
    code: int
    sent: Manifest
    result: Manifest
    """The object as it was after it; empty where the log does not keep contents."""

    @property
    def is_operators(self) -> bool:
        """Whether the operator asked for it."""
        return self.user == ACCOUNT

    @property
    def is_persons(self) -> bool:
        """Whether it was neither the operator nor a part of the control plane."""
        return not self.is_operators and self.user not in _SYSTEM and not self.user.startswith("system:")

    @property
    def was_done(self) -> bool:
        """Whether the server did it."""
        return self.code < 400

    @property
    def is_change(self) -> bool:
        """Whether it changes the cluster and does not only tell about it."""
        return self.resource not in TELLING | REPORTS | NO_CHANGE

    @property
    def annotations(self) -> dict[str, str]:
        """Of the object after it."""
        return (self.result.get("metadata") or {}).get("annotations") or {}

    def __str__(self) -> str:
        return " ".join(filter(None, (self.verb, self.resource, self.name, str(self.code))))


class Trail:
    """The writes of everybody from the moment on at which this was made."""

    def __init__(self, log: Path) -> None:
        self._log = log
        self._start = log.stat().st_size

    def writes(self) -> list[Write]:
        """All of them in the order of their arrival at the server."""
        with self._log.open("rb") as log:
            log.seek(self._start)
            lines = log.read().decode().rpartition("\n")[0].splitlines()
        return read_writes(json.loads(line) for line in lines)


def read_writes(events: Iterable[Manifest]) -> list[Write]:
    """The writes among audit events."""
    done = (event for event in events if event["stage"] == "ResponseComplete" and event["verb"] in _WRITES)
    return sorted((_read(event) for event in done), key=lambda write: write.at)


def count_changes(writes: Sequence[Write]) -> Counter[str]:
    """How often the operator changed each kind of object."""
    return Counter(
        f"{write.verb} {write.resource}"
        for write in writes
        if write.is_operators and write.was_done and write.is_change
    )


def count_telling(writes: Sequence[Write]) -> Counter[str]:
    """How often the operator told something."""
    return Counter(
        f"{write.verb} {write.resource}"
        for write in writes
        if write.is_operators and write.was_done and write.resource in TELLING
    )


def _read(event: Manifest) -> Write:
    reference, sent, result = (
        event.get(key) or {} for key in ("objectRef", "requestObject", "responseObject")
    )
    is_object = result.get("kind") != "Status"
    name = reference.get("name") or (sent.get("metadata") or {}).get("name") or ""
    agent = str(event.get("userAgent") or "")
    return Write(
        at=datetime.fromisoformat(event["requestReceivedTimestamp"]),
        user=str(event["user"].get("username")),
        replica=agent.removeprefix("addon-updater/") if agent.startswith("addon-updater/") else "",
        verb=str(event["verb"]),
        resource="/".join(filter(None, (reference.get("resource"), reference.get("subresource")))),
        namespace=str(reference.get("namespace") or ""),
        name=str(name),
        code=int((event.get("responseStatus") or {}).get("code") or 0),
        sent=sent,
        result=result if is_object else {},
    )
