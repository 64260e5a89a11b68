"""Gates: functional checks whose answers decide whether an attempt goes on, waits or goes back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, runtime_checkable


class Outcome(StrEnum):
    """What a gate says. Only Fail rolls back; Unknown is never treated as fine."""

    PASS = "Pass"  # noqa: S105 - a gate's word, no password
    """The new version answers as it should, compared with the baseline."""
    FAIL = "Fail"
    """It answers, and worse than before; alone this one rolls back."""
    UNKNOWN = "Unknown"
    """Nobody answers, or the answer says nothing; the attempt pauses."""
    SKIPPED = "Skipped"
    """Its input is not configured; named in the plan."""


class Subject(StrEnum):
    """What a probe talks to."""

    SERVICE = "service"
    """The Service address, as every client of the addon does."""
    PODS = "pods"
    """One pod by its own address."""
    REHEARSAL = "rehearsal"
    """The throw-away pod."""


@runtime_checkable
class Answer(Protocol):
    """What every answer of a prober tells by itself, whatever its addon makes of the rest."""

    @property
    def is_silence(self) -> bool:
        """Whether nothing usable arrived from the server."""
        ...


@dataclass(frozen=True, slots=True)
class HttpQuestion:
    """A GET to the server of a probe, with the token of the release when `with_token` says so and there is one.

    Questions of an addon hold one of these as their attribute `http`; the rest of them is for its judge.
    """

    port: int
    path: str
    scheme: str = "http"
    with_token: bool = False
    limit: int = 256 * 1024
    """Bytes of the body that are read; a longer one is cut there."""


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """What a GET brought: status and body, or why there was no answer at all."""

    status: int | None
    body: str = ""
    error: str | None = None
    is_cut: bool = False
    """Whether the body is longer than the question's limit."""

    @property
    def is_silence(self) -> bool:
        """Whether there was no answer at all."""
        return self.status is None


@dataclass(frozen=True, slots=True)
class Unasked:
    """In place of an answer: there was no time for the question. No judge sees it, its gate is Unknown."""

    why: str

    @property
    def is_silence(self) -> bool:
        """Nobody was heard, for nobody was asked."""
        return True


@dataclass(frozen=True, slots=True)
class Probe:
    """One question to one server. `question` is the addon's own value; the shell hands it to its prober."""

    id: str
    subject: Subject
    server: str
    question: object


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back. `answer` is the prober's own value; the addon judges it."""

    probe: Probe
    answer: object

    @property
    def is_silence(self) -> bool:
        """Whether the server said nothing; an answer that does not tell counts as one that was heard."""
        return isinstance(self.answer, Answer) and self.answer.is_silence


@dataclass(frozen=True, slots=True)
class Gate:
    """The folded verdict of all probes of one name."""

    name: str
    outcome: Outcome
    message: str
    is_excused: bool = False
    """Whether it is Unknown only because the failure may be that of another addon: no word of a person passes it."""


_WEIGHT = {Outcome.FAIL: 3, Outcome.UNKNOWN: 2, Outcome.PASS: 1, Outcome.SKIPPED: 0}


def fold(name: str, verdicts: Iterable[tuple[Outcome, str]]) -> Gate:
    """The heaviest verdict names the gate: Fail over Unknown over Pass over Skipped."""
    heaviest = max(verdicts, key=lambda verdict: _WEIGHT[verdict[0]], default=None)
    if heaviest is None:
        return Gate(name, Outcome.SKIPPED, "nothing to ask")
    return Gate(name, *heaviest)


def worst(gates: Iterable[Gate]) -> Outcome:
    """The heaviest outcome of several gates; Pass when there is none."""
    return max((gate.outcome for gate in gates), key=_WEIGHT.__getitem__, default=Outcome.PASS)


def first(gates: Iterable[Gate], outcome: Outcome) -> Gate:
    """The first gate with that outcome; the caller has seen that there is one."""
    return next(gate for gate in gates if gate.outcome is outcome)
