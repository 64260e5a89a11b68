from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from demo.audit import OPERATOR, Audit, read_audit

START = datetime(2026, 11, 25, 20, 0, tzinfo=UTC)


def event(verb: str, resource: str, name: str = "", **more: Any) -> dict[str, Any]:
    return {
        "stage": "ResponseComplete",
        "verb": verb,
        "user": {"username": more.get("user", OPERATOR)},
        "requestURI": f"/{resource}",
        "objectRef": {
            "resource": resource,
            "name": name,
            "namespace": more.get("namespace", "kube-system"),
            "subresource": more.get("subresource", ""),
        },
        "responseStatus": {"code": more.get("code", 200)},
        "requestReceivedTimestamp": more.get("at", "2026-11-25T21:00:00.000000Z"),
    }


def audited(tmp_path: Path, *events: dict[str, Any]) -> Audit:
    log = tmp_path / "audit.log"
    log.write_text("".join(json.dumps(entry) + "\n" for entry in events))
    return read_audit(log, [START])


@pytest.mark.parametrize(
    "entry, strangers",
    [
        (event("patch", "deployments", "coredns"), 0),
        (event("patch", "deployments", "kube-proxy"), 1),
        (event("patch", "deployments", "coredns", namespace="default"), 1),
        (event("patch", "deployments", "coredns", subresource="scale"), 1),
        (event("create", "pods"), 0),
        (event("delete", "pods", "addon-updater-rehearsal-0123456789"), 0),
        (event("delete", "pods", "coredns-5bb59d498d-7nsvw"), 1),
        (event("update", "addonreleases", "coredns"), 1),
        (event("patch", "addonreleases", "coredns", subresource="status"), 0),
        (event("get", "secrets", "anything"), 0),
        (event("create", "secrets"), 1),
    ],
)
def test_a_write_outside_the_listed_objects_is_named(tmp_path, entry, strangers):
    assert len(audited(tmp_path, entry).strangers) == strangers


@pytest.mark.parametrize(
    "code, at, refused, at_start",
    [
        (200, "2026-11-25T20:00:01.000000Z", 0, 0),
        (403, "2026-11-25T20:00:01.000000Z", 0, 1),
        (403, "2026-11-25T20:01:00.000000Z", 1, 0),
        (422, "2026-11-25T20:01:00.000000Z", 1, 0),
        (409, "2026-11-25T20:01:00.000000Z", 0, 0),
    ],
)
def test_a_refusal_counts_unless_a_server_was_just_starting(tmp_path, code, at, refused, at_start):
    audit = audited(tmp_path, event("get", "pods", code=code, at=at))
    assert (len(audit.refused), audit.refused_at_start) == (refused, at_start)


def test_requests_of_others_and_unfinished_ones_do_not_count(tmp_path):
    other = event("delete", "deployments", "coredns", user="kubernetes-admin")
    begun = event("patch", "deployments", "coredns") | {"stage": "RequestReceived"}
    lease = event("update", "leases", "addon-updater", namespace="addon-updater")
    audit = audited(tmp_path, other, begun, lease, event("patch", "deployments", "coredns"))
    assert (audit.requests, audit.writes, audit.lease_requests) == (2, 1, 1)
