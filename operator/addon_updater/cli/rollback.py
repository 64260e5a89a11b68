"""`kubectl addons rollback`: take back the update that is running."""

from __future__ import annotations

from addon_updater.cli.arguments import Arguments
from addon_updater.cli.preview import Preview
from addon_updater.cli.words import Word, is_switched, speak
from addon_updater.errors import RefusedError
from addon_updater.rollout.revision import Attempt, Revision
from addon_updater.rollout.situation import ROLLBACK_ANNOTATION, Situation


async def run(arguments: Arguments) -> None:
    """Ask for the revision before the running update.

    Raises:
        RefusedError: no update is running, or it cannot go back to that revision.
        ApiError: something cannot be read or written.
    """
    await speak(arguments, lambda seen: rollback(seen, arguments.revision))


def rollback(seen: Preview, wanted: str | None) -> Word:
    """The word that takes the running update back.

    Raises:
        RefusedError: no update is running, or it cannot go back to that revision.
    """
    situation = seen.situation
    target = situation.open if situation is not None else None
    if situation is None or target is None or target.attempt is None:
        raise RefusedError(_nothing_to_take_back(seen))
    previous = situation.by_name(target.attempt.previous)
    if previous is None:
        raise RefusedError(
            f"revision {target.attempt.previous}, from which the update came, is gone; the operator ends the attempt"
        )
    if wanted is not None and wanted not in (previous.name, str(previous.number)):
        raise RefusedError(
            f"the running update can only go back to revision {previous.number}, {previous.name} "
            f"({previous.content.version}), not to {wanted}"
        )
    if target.decision is not None:
        return Word(
            (
                f"{seen.view.full_name} is on its way back already: {target.decision.reason}; nothing was written",
            )
        )
    if situation.wants_back(target.attempt):
        return Word(
            (f"the update of {seen.view.full_name} is to be taken back already; nothing was written",)
        )
    return _word(seen, situation, target, target.attempt, previous)


def _word(
    seen: Preview, situation: Situation, target: Revision, attempt: Attempt, previous: Revision
) -> Word:
    start, to = previous.content.version, target.content.version
    said = [f"{seen.view.full_name}: the update from {start} to {to} is taken back to {previous.name}"]
    if is_switched(situation, target):
        said.append(
            f"the operator puts image and configuration of {start} back as one, and they must serve again"
        )
    else:
        said.append("the workload is not switched yet, and never will be: the attempt ends")
    said.append(f"{to} is then held back until an input changes, or until kubectl addons retry")
    warning = None
    if attempt.one_way and is_switched(situation, target):
        warning = (
            f"{start} cannot read what {to} has written: going back without the backup of attempt {attempt.id} "
            "makes it worse; restore it first"
        )
    return Word(tuple(said), ROLLBACK_ANNOTATION, attempt.id, warning=warning)


def _nothing_to_take_back(seen: Preview) -> str:
    version = seen.situation.live.version if seen.situation is not None else None
    runs = f"{version} runs" if version is not None else "its workload cannot be read"
    return (
        f"{seen.view.full_name} has no running update to take back ({runs}); a finished one is not taken back: put the "
        "older image back yourself, which is recorded and holds the newer version"
    )
