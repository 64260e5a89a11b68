from __future__ import annotations

import pytest

from addon_updater.addons.coredns.questions import Expect, Question
from addon_updater.addons.coredns.verdict import Answer, Outcome, judge, judge_baseline

API = Question(
    "api", "kubernetes.default.svc.cluster.local.", "A", False, Expect.ADDRESSES, frozenset({"10.96.0.1"})
)
NONE = Question("nx", "no_such.default.svc.cluster.local.", "A", True, Expect.NXDOMAIN)
ZONE = Question("zone", "corp.example.", "SOA", False, Expect.AS_BEFORE)

RIGHT = Answer("NOERROR", frozenset({"10.96.0.1"}))
WRONG = Answer("NOERROR", frozenset({"10.96.0.2"}))
EMPTY = Answer("NOERROR")
MISSING = Answer("NXDOMAIN")
BROKEN = Answer("SERVFAIL")
REFUSED = Answer("REFUSED")
SILENT = Answer(None, error="Timeout")


@pytest.mark.parametrize(
    "question, answer, baseline, outcome",
    [
        (API, RIGHT, RIGHT, Outcome.PASS),
        (API, RIGHT, BROKEN, Outcome.PASS),
        (API, RIGHT, None, Outcome.PASS),
        (API, WRONG, RIGHT, Outcome.FAIL),
        (API, EMPTY, RIGHT, Outcome.FAIL),
        (API, MISSING, RIGHT, Outcome.FAIL),
        (API, SILENT, RIGHT, Outcome.FAIL),
        (API, SILENT, SILENT, Outcome.UNKNOWN),
        (API, BROKEN, WRONG, Outcome.UNKNOWN),
        (API, BROKEN, None, Outcome.UNKNOWN),
        (NONE, MISSING, MISSING, Outcome.PASS),
        (NONE, RIGHT, MISSING, Outcome.FAIL),
        (NONE, BROKEN, MISSING, Outcome.FAIL),
        (NONE, RIGHT, RIGHT, Outcome.UNKNOWN),
        (ZONE, EMPTY, EMPTY, Outcome.PASS),
        (ZONE, MISSING, MISSING, Outcome.PASS),
        (ZONE, BROKEN, REFUSED, Outcome.PASS),
        (ZONE, SILENT, SILENT, Outcome.PASS),
        (ZONE, EMPTY, SILENT, Outcome.PASS),
        (ZONE, BROKEN, EMPTY, Outcome.FAIL),
        (ZONE, SILENT, EMPTY, Outcome.FAIL),
        (ZONE, MISSING, EMPTY, Outcome.FAIL),
        (ZONE, EMPTY, None, Outcome.UNKNOWN),
    ],
)
def test_an_answer_fails_only_when_the_change_can_have_broken_it(question, answer, baseline, outcome):
    judgment = judge(question, answer, baseline)
    assert judgment.outcome is outcome
    assert judgment.message.startswith(f"{question.name} {question.rdtype} over ")


@pytest.mark.parametrize(
    "question, answer, outcome",
    [
        (API, RIGHT, Outcome.PASS),
        (API, WRONG, Outcome.FAIL),
        (API, SILENT, Outcome.UNKNOWN),
        (NONE, MISSING, Outcome.PASS),
        (NONE, EMPTY, Outcome.FAIL),
        (NONE, SILENT, Outcome.UNKNOWN),
        (ZONE, SILENT, Outcome.PASS),
        (ZONE, BROKEN, Outcome.PASS),
    ],
)
def test_a_baseline_is_worth_something_only_when_an_answer_arrived(question, answer, outcome):
    assert judge_baseline(question, answer).outcome is outcome


def test_the_message_says_what_came_and_what_was_expected():
    assert judge(API, WRONG, RIGHT).message == (
        "kubernetes.default.svc.cluster.local. A over UDP: 10.96.0.2 instead of 10.96.0.1"
    )
    assert judge(ZONE, SILENT, EMPTY).message == (
        "corp.example. SOA over UDP: no answer (Timeout), but NOERROR before the change"
    )
