"""A person's word: which annotation says it, what follows from it, and when there is nothing to say."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass

from addon_updater.cli.annotator import Annotator, open_annotator
from addon_updater.cli.arguments import Arguments
from addon_updater.cli.looking import look_with
from addon_updater.cli.output import console_on, plain, show
from addon_updater.cli.preview import Preview
from addon_updater.errors import RefusedError, UsageError
from addon_updater.rollout.revision import REVISION_ANNOTATION, Revision
from addon_updater.rollout.situation import ROLLBACK_ANNOTATION, Situation


@dataclass(frozen=True, slots=True)
class Word:
    """One annotation to write, and what that means, as sentences; without an annotation nothing is to be written."""

    said: tuple[str, ...]
    annotation: str | None = None
    value: str = ""
    withdraws: str | None = None
    """An older word that would undo what this one starts."""
    warning: str | None = None
    """Why a person is asked first, by typing the value."""


async def speak(arguments: Arguments, choose: Callable[[Preview], Word]) -> None:
    """Look, let `choose` find the word, ask where it carries a warning, write it, and say what follows.

    Raises:
        RefusedError: there is nothing to say, or the person did not confirm it.
        ApiError: something cannot be read or written.
    """
    annotator = await open_annotator(arguments.kubeconfig, arguments.context)
    try:
        seen = await look_with(annotator, arguments)
        word = choose(seen)
        if word.warning is not None and not arguments.yes:
            confirm(word.warning, word.value)
        await _write(annotator, seen, word)
    finally:
        await annotator.close()
    for sentence in word.said:
        show(console_on(sys.stdout), plain(sentence))


async def _write(annotator: Annotator, seen: Preview, word: Word) -> None:
    if word.annotation is None:
        return
    values: dict[str, str | None] = {word.annotation: word.value}
    if word.withdraws is not None:
        values[word.withdraws] = None
    await annotator.annotate(seen.release, values)


def confirm(warning: str, value: str) -> None:
    """Ask for the value itself: a bare yes is given before anything is read.

    Raises:
        UsageError: nobody is at the terminal.
        RefusedError: something else was typed.
    """
    if not sys.stdin.isatty():
        raise UsageError(f"{warning}; nobody is at a terminal to confirm it, so pass --yes when it is meant")
    sys.stderr.write(f"{warning}\ntype {value} to go on: ")
    sys.stderr.flush()
    if sys.stdin.readline().strip() != value:
        raise RefusedError(f"that is not {value}; nothing was written")


def stale_rollback(seen: Preview) -> str | None:
    """The annotation of a rollback that is over; the next update from the same revision would be taken back by it."""
    over = ROLLBACK_ANNOTATION in seen.release.annotations and not seen.is_running
    return ROLLBACK_ANNOTATION if over else None


def is_switched(situation: Situation, target: Revision) -> bool:
    """Whether the workload has been switched to the revision of a running attempt."""
    applied = situation.workload.annotations.get(REVISION_ANNOTATION) == target.name
    return applied and situation.live.switches_like(target.content)
