"""Claims that do not exist, that would vanish with the last old pod, or that two pods would need at a time."""

from __future__ import annotations

import pytest

from addon_updater.rollout.claims import claim_findings, has_claims
from addon_updater.rollout.replacing import replacing
from addon_updater.rollout.surroundings import CLAIMS, Claim, Surroundings, read_claim
from unit.rollout.workloads import deployment, recreating, stateful_set

ONCE, MANY, ALONE = ("ReadWriteOnce",), ("ReadWriteMany",), ("ReadWriteOncePod",)


def claim(name: str = "data", modes: tuple[str, ...] = ONCE, *, is_deleting: bool = False) -> Claim:
    return Claim(name, modes, is_deleting)


@pytest.mark.parametrize(
    "workload, claims, told",
    [
        (recreating(1, "data"), [claim()], []),
        (recreating(1, "data"), [], [("ClaimMissing", "Block")]),
        (recreating(1, "data"), [claim("other")], [("ClaimMissing", "Block")]),
        (recreating(1, "data"), [claim(is_deleting=True)], [("ClaimEnds", "Block")]),
        (recreating(1), [claim(is_deleting=True)], []),
        (deployment(1, "data"), [claim()], [("ClaimHeldAlone", "Warn")]),
        (deployment(1, "data"), [claim(modes=ALONE)], [("ClaimHeldAlone", "Block")]),
        (deployment(2, "data", maxUnavailable=1), [claim(modes=ALONE)], [("ClaimHeldAlone", "Warn")]),
        (deployment(2, "data", maxUnavailable=1, maxSurge=0), [claim()], []),
        (deployment(1, "data"), [claim(modes=MANY)], []),
        (deployment(1, "data"), [claim(modes=("ReadWriteOnce", "ReadOnlyMany"))], []),
        (stateful_set(2, "data"), [claim("data-web-0"), claim("data-web-1")], []),
        (stateful_set(2, "data"), [], []),
        (
            stateful_set(2, "data"),
            [claim("data-web-0"), claim("data-web-1", is_deleting=True)],
            [("ClaimEnds", "Block")],
        ),
        (stateful_set(1, "data"), [claim("data-web-1", is_deleting=True)], []),
        (
            stateful_set(1, "data", ordinals={"start": 3}),
            [claim("data-web-3", is_deleting=True)],
            [("ClaimEnds", "Block")],
        ),
    ],
)
def test_a_claim_is_told_when_the_rollout_would_lose_it_or_wait_for_it(workload, claims, told):
    findings = claim_findings(
        workload, replacing(workload, recreate=False), Surroundings(claims=tuple(claims))
    )
    assert [(str(one.rule), str(one.severity)) for one in findings] == told


def test_two_pods_never_meet_when_the_strategy_becomes_recreate():
    workload = deployment(1, "data")
    around = Surroundings(claims=(claim(modes=ALONE),))
    assert list(claim_findings(workload, replacing(workload, recreate=True), around)) == []


def test_claims_that_may_not_be_read_are_not_taken_for_missing():
    workload = recreating(1, "data")
    around = Surroundings(unread=(CLAIMS,))
    assert list(claim_findings(workload, replacing(workload, recreate=False), around)) == []


@pytest.mark.parametrize(
    "workload, has",
    [
        (deployment(1), False),
        (deployment(1, "data"), True),
        (stateful_set(1), False),
        (stateful_set(1, "data"), True),
    ],
)
def test_claims_are_asked_for_only_where_there_are_any(workload, has):
    assert has_claims(workload) is has


def test_a_claim_is_read_with_what_the_rules_need():
    manifest = {
        "metadata": {"name": "data", "deletionTimestamp": "now"},
        "spec": {"accessModes": ["ReadWriteOnce"]},
    }
    assert read_claim(manifest) == claim(is_deleting=True)
