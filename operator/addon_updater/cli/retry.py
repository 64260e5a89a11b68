"""`kubectl addons retry`: let what failed be tried again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from addon_updater.cli.arguments import Arguments
from addon_updater.cli.preview import Preview
from addon_updater.cli.reasoning import holding, what_follows
from addon_updater.cli.words import Word, speak, stale_rollback
from addon_updater.reasons import Reason
from addon_updater.rollout.revision import Result
from addon_updater.rollout.situation import RESET_ANNOTATION, Situation

_PAUSES = {
    Reason.BACKUP_FAILED: "the failed backup",
    Reason.CHECK_FAILED: "the check without a verdict",
    Reason.REHEARSAL_FAILED: "the rehearsal without a verdict",
}
"""What holds the next attempt for a while although it blames no version."""


async def run(arguments: Arguments) -> None:
    """Clear the failures of one release.

    Raises:
        ApiError: something cannot be read or written.
    """
    await speak(arguments, retry)


def retry(seen: Preview) -> Word:
    """The word that clears failures, and which it clears; none when nothing is held back."""
    cleared = dict(_held_back(seen, seen.situation)) if seen.situation is not None else {}
    if not cleared:
        return Word((f"nothing of {seen.view.full_name} is held back by a failure; nothing was written",))
    # A clock here that is behind the operator's must not leave the failure in place.
    value = max([seen.now, *cleared.values(), *_paused_since(seen)]).isoformat()
    said = (f"{seen.view.full_name}: what failed may be tried again", *(f"cleared: {one}" for one in cleared))
    follows = _follows(seen.foresee({RESET_ANNOTATION: value}))
    return Word((*said, follows), RESET_ANNOTATION, value, withdraws=stale_rollback(seen))


def _held_back(seen: Preview, situation: Situation) -> Iterator[tuple[str, datetime]]:
    """What holds something back, and since when; failures of others do as well while the circuit breaker is open."""
    yield from _failures(situation)
    if any(one.reason == Reason.CIRCUIT_BROKEN for one in holding(seen)):
        for since in _paused_since(seen):
            yield f"the pause of all updates ({_day(since)}), for this release alone", since


def _paused_since(seen: Preview) -> Iterator[datetime]:
    """The moment that the word must not be older than to lift the circuit breaker for this release; none: it is closed."""
    breaker, release = seen.observed.breaker, seen.release
    since = breaker.retry_from(release.namespace, release.name) if breaker is not None else None
    if since is not None:
        yield since


def _failures(situation: Situation) -> Iterator[tuple[str, datetime]]:
    """What its own failures hold back, and since when."""
    for one in situation.quarantines:
        yield f"the quarantine of {one.version} ({one.reason}, {_day(one.at)})", one.at
    finished = [revision for revision in situation.revisions if revision.outcome is not None]
    last = finished[-1].outcome if finished else None
    if last is None or situation.was_reset_since(last.at):
        return
    if last.result is Result.ROLLBACK_FAILED:
        yield f"the stall after the failed rollback ({_day(last.at)})", last.at
    pause = next((what for reason, what in _PAUSES.items() if reason == last.reason), None)
    if last.result is Result.FAILED and pause is not None and finished[-1].quarantine is None:
        yield f"the pause after {pause} ({_day(last.at)})", last.at


def _follows(then: Preview) -> str:
    if then.is_running:
        return "the update that is running goes on"
    plan, update = then.decision.plan, then.decision.update
    if plan is None:
        return f"nothing starts by that: {update.reason} {update.message}".rstrip()
    what = f"the update to {plan.desired.version}" if plan.hops else "the new configuration"
    return f"next is {what}: {what_follows(then)}"


def _day(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
