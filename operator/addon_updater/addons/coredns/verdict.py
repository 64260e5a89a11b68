"""What the answer to a DNS question says about a change: pass, fail, or nothing.

An answer is compared with what the same question brought before the change, so that a cluster whose stub zone
was already down is not rolled back for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from addon_updater.addons.coredns.questions import Expect, Question

_FAILURES: Final = frozenset({"SERVFAIL", "REFUSED", "NOTIMP", "FORMERR"})


class Outcome(StrEnum):
    """What an answer says about a gate."""

    PASS = "Pass"  # noqa: S105 - not a password
    FAIL = "Fail"
    UNKNOWN = "Unknown"


@dataclass(frozen=True, slots=True)
class Answer:
    """What one server said. `rcode` is None when nothing usable arrived, and `error` then says why."""

    rcode: str | None
    addresses: frozenset[str] = frozenset()
    error: str | None = None
    elapsed_s: float = 0.0

    @property
    def is_silence(self) -> bool:
        """Whether nothing usable arrived."""
        return self.rcode is None


@dataclass(frozen=True, slots=True)
class Judgment:
    """An outcome and the sentence for the person who asks why."""

    outcome: Outcome
    message: str


def judge_baseline(question: Question, answer: Answer) -> Judgment:
    """What the answer before a change is worth as its baseline.

    Unknown when nothing arrived: then silence after the change would prove nothing either.
    """
    what = _describe(question)
    if question.expect is Expect.AS_BEFORE:
        return Judgment(Outcome.PASS, f"{what}: {_class(answer)}, recorded")
    if answer.rcode is None:
        return Judgment(Outcome.UNKNOWN, f"{what}: no answer ({answer.error})")
    return _judge_alone(question, answer)


def judge(question: Question, answer: Answer, baseline: Answer | None) -> Judgment:
    """What `answer`, given after a change, says about it. `baseline` is the answer before the change.

    Fail only for what the change can have broken: never for a question that failed before.
    """
    if question.expect is Expect.AS_BEFORE:
        return _judge_as_before(question, answer, baseline)
    now = _judge_alone(question, answer)
    if now.outcome is Outcome.PASS:
        return now
    if baseline is None:
        return Judgment(Outcome.UNKNOWN, f"{now.message}; it was not asked before the change")
    if _judge_alone(question, baseline).outcome is Outcome.PASS:
        return now
    return Judgment(Outcome.UNKNOWN, f"{now.message}; it failed before the change too")


def _judge_alone(question: Question, answer: Answer) -> Judgment:
    what = _describe(question)
    if answer.rcode is None:
        return Judgment(Outcome.FAIL, f"{what}: no answer ({answer.error or 'unknown reason'})")
    if question.expect is Expect.NXDOMAIN:
        if answer.rcode == "NXDOMAIN":
            return Judgment(Outcome.PASS, f"{what}: NXDOMAIN, as it must be")
        return Judgment(Outcome.FAIL, f"{what}: {answer.rcode} instead of NXDOMAIN")
    if answer.rcode != "NOERROR":
        return Judgment(Outcome.FAIL, f"{what}: {answer.rcode} instead of {_list(question.addresses)}")
    if answer.addresses != question.addresses:
        said = _list(answer.addresses)
        return Judgment(Outcome.FAIL, f"{what}: {said} instead of {_list(question.addresses)}")
    return Judgment(Outcome.PASS, f"{what}: {_list(answer.addresses)}")


def _judge_as_before(question: Question, answer: Answer, baseline: Answer | None) -> Judgment:
    what = _describe(question)
    if baseline is None:
        return Judgment(Outcome.UNKNOWN, f"{what}: not asked before the change")
    now, before = _class(answer), _class(baseline)
    if now == before:
        return Judgment(Outcome.PASS, f"{what}: {now}, as before")
    if before in {"no answer", "failure"}:
        return Judgment(Outcome.PASS, f"{what}: {now}, and {before} before the change")
    return Judgment(
        Outcome.FAIL, f"{what}: {now} ({answer.rcode or answer.error}), but {before} before the change"
    )


def _class(answer: Answer) -> str:
    if answer.rcode is None:
        return "no answer"
    return "failure" if answer.rcode in _FAILURES else answer.rcode


def _describe(question: Question) -> str:
    return f"{question.name} {question.rdtype} over {'TCP' if question.tcp else 'UDP'}"


def _list(addresses: frozenset[str]) -> str:
    return ", ".join(sorted(addresses)) or "no address"
