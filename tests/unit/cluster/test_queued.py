"""What a release learns of others that wait: the reason, the window, and how much a known flaw hurries them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from addon_updater.api.catalog_advisories import AdvisorySeverity
from addon_updater.cluster.store import Store
from addon_updater.rollout.observed import Release
from unit.cluster.releases import release

HIGH = AdvisorySeverity.HIGH.gravity
UNKNOWN = AdvisorySeverity.UNKNOWN.gravity


def learned(status, spec=None):
    store = Store()
    store.put_release(release(status=status, **({"spec": spec} if spec else {})))
    store.put_release(release(metadata={"name": "web", "uid": "another"}))
    (own,) = [kept.identity for key, kept in store.releases.items() if key.name == "web"]
    assert isinstance(own, Release)
    (seen,) = store.others(own)
    return seen


def waiting(reason, status="True"):
    return {"conditions": [{"type": "UpdateAvailable", "status": status, "reason": reason, "message": ""}]}


@pytest.mark.parametrize(
    "status, waits",
    [
        ({}, None),
        (waiting("WaitingForOthers"), "WaitingForOthers"),
        (waiting("WaitingForWindow"), "WaitingForWindow"),
        (waiting("UpToDate", "False"), None),
        (waiting("Starting", "Unknown"), None),
    ],
)
def test_the_reason_counts_while_an_update_waits(status, waits):
    assert learned(status).waits == waits


@pytest.mark.parametrize(
    "flaws, urgency",
    [
        ([], 0),
        ([{"id": "a", "severity": "High", "fixedIn": "2.0.0"}], HIGH),
        ([{"id": "a", "severity": "Critical"}], 0),
        (
            [{"id": "a", "severity": "Critical"}, {"id": "b", "severity": "High", "fixedIn": "2.0.0"}],
            HIGH,
        ),
        ([{"id": "a", "severity": "Catastrophic", "fixedIn": "2.0.0"}], UNKNOWN),
    ],
)
def test_only_a_flaw_that_the_plan_ends_hurries(flaws, urgency):
    assert learned({"security": flaws}).urgency == urgency


def test_window_and_dependencies_are_learned():
    seen = learned(
        {"nextWindow": {"opensAt": "2026-03-07T02:00:00Z"}},
        spec={"addon": "coredns", "dependsOn": [{"name": "net"}]},
    )

    assert seen.opens_at == datetime(2026, 3, 7, 2, tzinfo=UTC)
    assert seen.depends_on == (("kube-system", "net"),)
    assert learned({}).opens_at is None
