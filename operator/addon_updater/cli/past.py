"""What the recorded revisions of a release tell about its past. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from addon_updater.cli.preview import Preview
from addon_updater.rollout.ownership import MANAGER
from addon_updater.rollout.revision import BASELINE_ANNOTATION, Result, Revision
from addon_updater.rollout.situation import Situation

_OTHERS = "others"


@dataclass(frozen=True, slots=True)
class Entry:
    """One revision and what became of it."""

    revision: Revision
    is_current: bool
    """Whether it is what runs now."""
    is_held: bool
    """Whether its content is in quarantine, so that it is not tried again."""

    @property
    def result(self) -> str:
        """How it ended; Running while it has not."""
        outcome = self.revision.outcome
        if outcome is None:
            return "Running" if self.revision.is_open else "Unknown"
        return outcome.result.value if outcome.result is not None else outcome.reason

    @property
    def reason(self) -> str | None:
        """Why it ended so, in one word."""
        return self.revision.outcome.reason if self.revision.outcome is not None else None

    @property
    def message(self) -> str:
        """Why it ended so, in one sentence."""
        return self.revision.outcome.message if self.revision.outcome is not None else ""

    @property
    def at(self) -> datetime | None:
        """When it ended or, while it runs, began."""
        if self.revision.outcome is not None:
            return self.revision.outcome.at
        return self.revision.attempt.started_at if self.revision.attempt is not None else None

    @property
    def duration(self) -> timedelta | None:
        """From the intent to the end of an attempt; None for what was only recorded, or still runs."""
        attempt, outcome = self.revision.attempt, self.revision.outcome
        return outcome.at - attempt.started_at if attempt is not None and outcome is not None else None

    @property
    def who(self) -> str:
        """Who made it: the operator, or somebody else whose work was recorded; the message names that one."""
        adopted = self.revision.outcome is not None and self.revision.outcome.result is Result.ADOPTED
        return _OTHERS if adopted or self.revision.attempt is None else MANAGER

    @property
    def baseline_minor(self) -> str | None:
        """The Kubernetes minor up to which breaking updates had been let in."""
        return self.revision.annotations.get(BASELINE_ANNOTATION)


def history(seen: Preview) -> tuple[Entry, ...]:
    """Every revision that is kept, newest first."""
    situation = seen.situation
    current = situation.current if situation is not None else None
    ordered = sorted(seen.observed.revisions, key=lambda revision: -revision.number)
    return tuple(
        Entry(one, is_current=current is not None and one.name == current.name, is_held=_held(one, situation))
        for one in ordered
    )


def _held(revision: Revision, situation: Situation | None) -> bool:
    """Whether the quarantine on it is in force; when nobody can tell, a recorded one counts."""
    if revision.quarantine is None:
        return False
    return situation is None or revision.quarantine in situation.quarantines
