"""The circuit breaker: failures of several addons within a day pause every update that would start by itself.

Two addons that fail soon after one another hint at something that they share, such as the cluster, a registry or the
catalog, and then the next update fails as well. What counts is what the recorded revisions say; the breaker itself is
stored nowhere and follows anew from them in every pass.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from addon_updater.api.meta import GROUP, format_duration, read_moment
from addon_updater.api.operator_settings import CircuitBreaker
from addon_updater.reasons import Reason
from addon_updater.rollout.revision import Result, Revision

BREAKER_RESET_ANNOTATION = f"{GROUP}/resetBreakerAt"
"""On any AddonRelease: what had failed anywhere by that moment (RFC 3339) counts no more."""

RESET_COMMAND = "kubectl addons reset-breaker"
_OF_PEOPLE = (Reason.ROLLBACK_REQUESTED, Reason.SUPERSEDED)
_TOLD = 3


@dataclass(frozen=True, slots=True)
class Failure:
    """An attempt that ended badly, and of which release."""

    namespace: str
    release: str
    version: str
    reason: str
    at: datetime

    @property
    def of(self) -> tuple[str, str]:
        """Which AddonRelease has failed."""
        return self.namespace, self.release

    def __str__(self) -> str:
        return f"{self.namespace}/{self.release} ({self.version} {self.reason}, {minute(self.at)})"


@dataclass(frozen=True, slots=True)
class Breaker:
    """How the breaker stands at one moment; without failures it is closed.

    `failures` are those that hold it open, the newest one of each release, oldest first. It has been open `since` the
    failure that opened it and closes by itself at `until`, when too few of them are young enough to count. `memory` is
    how long one counts.
    """

    failures: tuple[Failure, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    memory: timedelta = timedelta(0)

    @property
    def is_open(self) -> bool:
        """Whether updates that would start by themselves are held."""
        return self.since is not None

    @property
    def who(self) -> str:
        """The releases that hold it open, the newest failures if they are many."""
        return self._listed(f"{one.namespace}/{one.release}" for one in self.failures[-_TOLD:])

    @property
    def why(self) -> str:
        """Who failed how, and what ends the pause."""
        end = f" before {minute(self.until)}" if self.until is not None else ""
        return (
            f"{self._listed(str(one) for one in self.failures[-_TOLD:])} failed within {format_duration(self.memory)}, "
            f"so no update starts by itself{end}; find out why, then end the pause with {RESET_COMMAND}"
        )

    def _listed(self, told: Iterable[str]) -> str:
        hidden = len(self.failures) - _TOLD
        return " and ".join([", ".join(told), *([f"{hidden} more"] if hidden > 0 else [])])

    def retry_from(self, namespace: str, release: str) -> datetime | None:
        """From when on a person's retry of that release lets it start all the same; None while nothing is held.

        A retry from before the breaker opened was about something else, and one from before the release failed last
        is spent.
        """
        if self.since is None:
            return None
        return max([self.since, *(one.at for one in self.failures if one.of == (namespace, release))])

    def holds(self, namespace: str, release: str, *, retried_at: datetime | None) -> bool:
        """Whether that release may not start by itself, with the last retry that a person has asked for."""
        needed = self.retry_from(namespace, release)
        return needed is not None and (retried_at is None or retried_at < needed)


CLOSED = Breaker()


def failure_of(namespace: str, release: str, revision: Revision) -> Failure | None:
    """The failure that a revision records; None when it records none.

    What a person took back or changed is no failure, nor is an attempt that ended for a cause which blames no version,
    such as a wish that changed or a Job that its node ended.
    """
    outcome = revision.outcome
    if outcome is None or outcome.reason in _OF_PEOPLE:
        return None
    failed = outcome.result in (Result.ROLLED_BACK, Result.ROLLBACK_FAILED)
    if not failed and not (outcome.result is Result.FAILED and revision.quarantine is not None):
        return None
    return Failure(namespace, release, revision.content.version, outcome.reason, outcome.at)


def breaker_reset(annotations: Mapping[str, str]) -> datetime | None:
    """Up to when these annotations of an AddonRelease forget failures; None when they say nothing that can be read."""
    return read_moment(annotations.get(BREAKER_RESET_ANNOTATION))


def judge_breaker(
    failures: Iterable[Failure], resets: Iterable[datetime], terms: CircuitBreaker, now: datetime
) -> Breaker:
    """How the breaker stands: open from the failure that makes them too many until too few of them still count."""
    limit, memory = terms.limit, terms.memory
    known = sorted(failures, key=lambda one: (one.at, one.of))
    if limit is None or not known:
        return CLOSED
    # A reset that lies ahead of everything known would silence failures that nobody has seen yet.
    newest = max(now, known[-1].at)
    forgotten = max((reset for reset in resets if reset <= newest), default=None)
    counted = [one for one in known if forgotten is None or one.at > forgotten]
    held = _newest_of_each(one for one in counted if one.at > now - memory)
    if len(held) < limit:
        return CLOSED
    # One that a clock has put ahead finds nobody young beside it, and holds all the same.
    since = _opened(counted, limit, memory) or held[-1].at
    return Breaker(held, since, held[-limit].at + memory, memory)


def _newest_of_each(failures: Iterable[Failure]) -> tuple[Failure, ...]:
    """The newest failure of each release; both given and returned oldest first."""
    newest = {one.of: one for one in failures}
    return tuple(sorted(newest.values(), key=lambda one: (one.at, one.of)))


def _opened(counted: Sequence[Failure], limit: int, memory: timedelta) -> datetime | None:
    """The last failure that found too few others to hold the breaker open and made them enough."""
    opened: datetime | None = None
    young, first = Counter[tuple[str, str]](), 0
    for one in counted:
        while counted[first].at <= one.at - memory:
            young[counted[first].of] -= 1
            first += 1
        before = +young
        young[one.of] += 1
        if len(before) < limit <= len(+young):
            opened = one.at
    return opened


def minute(moment: datetime) -> str:
    """A moment as people read it."""
    return f"{moment:%Y-%m-%d %H:%M} UTC"
