"""What the operator asked of the API server, from the server's own audit log."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

OPERATOR = "system:serviceaccount:addon-updater:addon-updater"
_WRITES = frozenset({"create", "update", "patch", "delete", "deletecollection"})
_REFUSED = frozenset({401, 403, 422})
_STARTING = timedelta(seconds=15)

# (verb, resource[/subresource], namespace, beginning of the name); reviews ask a question and store nothing.
_ALLOWED_WRITES: tuple[tuple[str, str, str, str], ...] = (
    ("patch", "deployments", "kube-system", "coredns"),
    ("patch", "configmaps", "kube-system", "coredns"),
    ("create", "controllerrevisions", "kube-system", ""),
    ("patch", "controllerrevisions", "kube-system", "addon-updater-"),
    ("delete", "controllerrevisions", "kube-system", "addon-updater-"),
    ("create", "pods", "kube-system", ""),
    ("delete", "pods", "kube-system", "addon-updater-rehearsal-"),
    ("create", "events", "kube-system", ""),
    ("patch", "addonreleases/status", "kube-system", "coredns"),
    ("patch", "deployments", "monitoring", "prometheus"),
    ("patch", "deployments", "monitoring", "grafana"),
    ("patch", "configmaps", "monitoring", "prometheus"),
    ("create", "controllerrevisions", "monitoring", ""),
    ("patch", "controllerrevisions", "monitoring", "addon-updater-"),
    ("delete", "controllerrevisions", "monitoring", "addon-updater-"),
    ("create", "pods", "monitoring", ""),
    ("delete", "pods", "monitoring", "addon-updater-rehearsal-"),
    ("create", "jobs", "monitoring", ""),
    ("create", "events", "monitoring", ""),
    ("patch", "addonreleases/status", "monitoring", ""),
    ("patch", "addoncatalogs/status", "", "house-rules"),
    ("create", "upgradereadinesses", "", ""),
    ("patch", "upgradereadinesses", "", "kubernetes-"),
    ("patch", "upgradereadinesses/status", "", "kubernetes-"),
    ("delete", "upgradereadinesses", "", "kubernetes-"),
    ("create", "leases", "addon-updater", ""),
    ("update", "leases", "addon-updater", "addon-updater"),
    ("create", "subjectaccessreviews", "", ""),
)


@dataclass(frozen=True)
class Audit:
    """The operator's requests since the cluster began."""

    requests: int
    writes: int
    lease_requests: int
    refused: tuple[str, ...]
    refused_at_start: int
    """Refusals while a new API server had not read its RBAC objects yet and refused everybody."""
    strangers: tuple[str, ...]
    """Writes outside the listed objects."""
    by_kind: Counter[str]


def read_audit(log: Path, starts: Sequence[datetime]) -> Audit:
    """Read the whole log; lines of other users are skipped unparsed. `starts` are those of API servers."""
    refused: list[str] = []
    strangers: list[str] = []
    by_kind: Counter[str] = Counter()
    writes = leases = at_start = 0
    for line in log.read_text().splitlines():
        if OPERATOR not in line:
            continue
        event = json.loads(line)
        if event.get("stage") != "ResponseComplete" or event["user"].get("username") != OPERATOR:
            continue
        reference = event.get("objectRef") or {}
        resource = "/".join(filter(None, (reference.get("resource"), reference.get("subresource"))))
        name = "/".join(filter(None, (reference.get("namespace"), reference.get("name"))))
        told = f"{event['verb']} {resource or event['requestURI']} {name}".strip()
        by_kind[f"{event['verb']} {resource or event['requestURI'].partition('?')[0]}"] += 1
        leases += resource == "leases"
        if (event.get("responseStatus") or {}).get("code") in _REFUSED:
            if _is_at_a_start(event["requestReceivedTimestamp"], starts):
                at_start += 1
            else:
                refused.append(told)
        if event["verb"] in _WRITES:
            writes += resource != "leases"
            if not _is_allowed(event["verb"], resource, reference):
                strangers.append(told)
    return Audit(
        sum(by_kind.values()),
        writes,
        leases,
        tuple(sorted(set(refused))),
        at_start,
        tuple(sorted(set(strangers))),
        by_kind,
    )


def _is_at_a_start(stamp: str, starts: Sequence[datetime]) -> bool:
    moment = datetime.fromisoformat(stamp)
    return any(start <= moment <= start + _STARTING for start in starts)


def _is_allowed(verb: str, resource: str, reference: dict[str, str]) -> bool:
    namespace, name = reference.get("namespace", ""), reference.get("name", "")
    return any(
        (verb, resource, namespace) == allowed[:3]
        and (not allowed[3] or name.startswith(allowed[3]) or not name)
        for allowed in _ALLOWED_WRITES
    )
