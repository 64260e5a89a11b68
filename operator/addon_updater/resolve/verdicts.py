"""One verdict for every release, each made when it is looked at: a status shows ten of them, a question one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import overload

from addon_updater.api.versions import Version
from addon_updater.resolve.candidates import Candidate, Verdict, judge
from addon_updater.resolve.reasons import Reason
from addon_updater.resolve.search import Search


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was decided, as far as the word for each candidate depends on it."""

    target: Version | None
    installed: Version | None
    why_installed: str
    """What speaks for or against the installed version."""
    downgrade: Version | None = None
    """The older version that an approval would lead to."""
    floor: Version | None = None
    """The oldest version that reads what the installed one writes."""


class Candidates(Sequence[Candidate]):
    """Every release of the catalog with its verdict, newest first. Equal to another one of equal verdicts."""

    def __init__(self, search: Search | None, outcome: Outcome) -> None:
        """Without a search there is nothing to judge."""
        self._search = search
        self._outcome = outcome
        self._made: dict[int, Candidate] = {}

    def find(self, version: Version) -> Candidate | None:
        """The verdict on this version; None when the catalog does not list it."""
        place = self._search.filters.addon.position(version) if self._search else None
        return None if place is None else self._at(place)

    def worth_telling(self, limit: int) -> list[Candidate]:
        """The newest ones, newest first; those that only the channel leaves out give way to the others."""
        if self._search is None:
            return []
        return [self._at(place) for place in self._search.worth_telling(limit, self._outcome.target)]

    def __len__(self) -> int:
        return len(self._search.filters.addon.releases) if self._search else 0

    @overload
    def __getitem__(self, index: int) -> Candidate: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Candidate, ...]: ...
    def __getitem__(self, index: int | slice) -> Candidate | tuple[Candidate, ...]:
        if isinstance(index, slice):
            return tuple(self._at(place) for place in range(len(self))[index])
        return self._at(range(len(self))[index])

    def __iter__(self) -> Iterator[Candidate]:
        return map(self._at, range(len(self)))

    def __eq__(self, other: object) -> bool:
        return tuple(self) == tuple(other) if isinstance(other, Candidates) else NotImplemented

    def __hash__(self) -> int:
        return hash(tuple(one.version for one in self))

    def __repr__(self) -> str:
        return f"Candidates({list(self)!r})"

    def _at(self, place: int) -> Candidate:
        if self._search is None:
            raise IndexError(place)
        if place not in self._made:
            judged = judge(self._search.filters.addon.releases[place], self._search.filters)
            self._made[place] = _marked(judged, self._outcome)
        return self._made[place]


def _marked(one: Candidate, outcome: Outcome) -> Candidate:
    """The candidate with the word for what became of it."""
    installed, target = outcome.installed, outcome.target
    if one.version == installed == target:
        message = one.message if one.verdict is Verdict.ELIGIBLE else outcome.why_installed
        return replace(one, verdict=Verdict.INSTALLED, reason=Reason.INSTALLED, message=message, remedy="")
    if one.version == target:
        return _as_target(one, outcome.why_installed)
    if one.verdict is not Verdict.ELIGIBLE:
        return one
    if installed is not None and one.version < installed:
        return _as_older(one, installed, outcome)
    if one.version == installed:
        message, remedy = f"{one.message}; it runs, and {target} is newer", f"{one.remedy} to stay on it"
        return replace(one, message=message, remedy=remedy) if target is not None else one
    if target is None or one.version > target:
        message = f"{one.message}; a stop on the way to it cannot be made"
        reason, remedy = (
            Reason.STOP_UNAVAILABLE,
            "make a release of the stop usable; their verdicts say what bars them",
        )
        return replace(one, verdict=Verdict.REJECTED, reason=reason, message=message, remedy=remedy)
    return one


def _as_older(one: Candidate, installed: Version, outcome: Outcome) -> Candidate:
    """Going back: possible after approval, unless the data has moved on."""
    rejected = replace(one, verdict=Verdict.REJECTED)
    if outcome.floor is not None and one.version < outcome.floor:
        message = f"{one.message}; the installed {installed} writes what only {outcome.floor} and later read"
        remedy = f"restore a backup from before {outcome.floor} and put the older image back by hand"
        return replace(rejected, reason=Reason.BELOW_ROLLBACK_FLOOR, message=message, remedy=remedy)
    message = f"{one.message}; it is older than the installed {installed}"
    approve = "approve the plan to go back"
    remedy = approve if one.version == outcome.downgrade else f"{one.remedy}, and {approve}"
    return replace(rejected, reason=Reason.DOWNGRADE_NEEDS_APPROVAL, message=message, remedy=remedy)


def _as_target(one: Candidate, why_installed: str) -> Candidate:
    if one.verdict is Verdict.ELIGIBLE:
        return replace(one, verdict=Verdict.TARGET, reason=Reason.BEST_FIT, remedy="")
    message = f"{one.message}; it is taken all the same, because {why_installed}"
    return replace(one, verdict=Verdict.TARGET, reason=Reason.WAY_FORWARD, message=message, remedy="")
