"""Which actions end an attempt, and what is counted then."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from addon_updater import metrics
from addon_updater.cluster import clock
from addon_updater.cluster.reconcile import _count_end
from addon_updater.reasons import Reason
from addon_updater.rollout.actions import AnnotateRevision, ClaimWorkload
from addon_updater.rollout.content import Content
from addon_updater.rollout.decision import EventNote, EventType
from addon_updater.rollout.observed import NOTHING
from addon_updater.rollout.revision import DECISION_ANNOTATION, OUTCOME_ANNOTATION, Attempt, Revision

BEGUN = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
ENDED = BEGUN + timedelta(seconds=90)
ATTEMPT = Attempt("a1", previous="r1", plan="p", minor="1.34", started_at=BEGUN, baseline={})
CONTENT = Content("1.13.1", "coredns", "coredns:v1.13.1", None, 0, None)
TARGET = Revision("r2", 2, "7", CONTENT, attempt=ATTEMPT)
ROLLED_BACK = EventNote(EventType.WARNING, Reason.GATE_FAILED, "it failed", "r2-RolledBack")
END = AnnotateRevision("r2", "7", {OUTCOME_ANNOTATION: "{}"})


def counted(addon, action, event, revision=TARGET):
    """How often a rollback of the addon was counted, its seconds, and how often GateFailed was the reason."""
    _count_end(
        SimpleNamespace(spec=SimpleNamespace(addon=addon)),
        action,
        event,
        replace(NOTHING, revisions=(revision,)),
    )
    value = metrics.REGISTRY.get_sample_value
    result, reason = {"addon": addon, "result": "RolledBack"}, {"addon": addon, "reason": "GateFailed"}
    return (
        value("addon_updater_attempts_total", result),
        value("addon_updater_attempt_duration_seconds_sum", result),
        value("addon_updater_attempt_failures_total", reason),
    )


def test_the_end_of_an_attempt_is_counted_with_its_time_and_its_reason(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: ENDED)
    assert counted("ends", END, ROLLED_BACK) == (1, 90, 1)


@pytest.mark.parametrize(
    "action, event, revision",
    [
        (ClaimWorkload("w1", "9", "dns"), ROLLED_BACK, TARGET),
        (AnnotateRevision("r2", "7", {DECISION_ANNOTATION: "{}"}), ROLLED_BACK, TARGET),
        (END, None, TARGET),
        (END, ROLLED_BACK, replace(TARGET, attempt=None)),
        (END, ROLLED_BACK, replace(TARGET, name="r3")),
    ],
    ids=["no revision", "a decision to go back", "no event", "adopted as found", "another revision"],
)
def test_nothing_else_is_counted(action, event, revision):
    assert counted("goes on", action, event, revision) == (None, None, None)
