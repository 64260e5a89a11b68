"""A status is always one that the API server takes, however much there is to tell."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from addon_updater.api.release_status import AddonReleaseStatus
from addon_updater.reasons import Reason
from addon_updater.rollout.decision import FALSE, TRUE, Decision, ready, reconciling, update
from addon_updater.rollout.gate import Gate, Outcome
from addon_updater.rollout.observed import NOTHING
from addon_updater.rollout.revision import Quarantine
from addon_updater.rollout.status import project
from unit.rollout.world import World

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
HEALTHY = Decision(
    ready=ready(TRUE, Reason.VERSION_FITS),
    update=update(FALSE, Reason.UP_TO_DATE),
    reconciling=reconciling(Reason.IDLE),
)


def told(decision: Decision) -> AddonReleaseStatus:
    return project(World().release(), NOTHING, decision, (), NOW)


def gates(*outcomes: Outcome) -> tuple[Gate, ...]:
    return tuple(Gate(f"http/{n:02}", outcome, "x" * 5000) for n, outcome in enumerate(outcomes))


@pytest.mark.parametrize("bad", [Outcome.FAIL, Outcome.UNKNOWN])
def test_of_more_gates_than_fit_those_that_pass_give_way(bad):
    shown = told(HEALTHY.but(gates=gates(*[Outcome.PASS] * 40, bad))).gates
    assert shown is not None
    assert len(shown) == 32
    assert [gate.name for gate in shown if gate.outcome != "Pass"] == ["http/40"]
    assert [gate.name for gate in shown] == sorted(gate.name for gate in shown)


def test_of_more_quarantines_than_fit_the_newest_are_told():
    held = tuple(
        Quarantine(f"1.0.{n}", "image", "", "1.34", "GateFailed", "it failed", NOW) for n in range(40)
    )
    shown = told(HEALTHY.but(quarantines=held)).quarantined
    assert shown is not None
    assert [one.version for one in shown] == [f"1.0.{n}" for n in range(8, 40)]
