"""The rules of the model: everything that can happen next in a run, each with the choices that it has."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from addon_updater.errors import ApiError, ForbiddenError, InvalidError, TransientError
from addon_updater.rollout.actions import Action
from faults.model.interleaving import HELD, STALE_PARTS, Interleaving
from faults.model.plays import Play
from faults.model.tampering import TAMPERING
from unit.rollout.world import Crash

Act = Callable[[Interleaving, Any], None]
NO_CHOICE: Mapping[str, Any] = {"": None}


def _always(run: Interleaving) -> bool:  # noqa: ARG001 - a predicate of a rule
    return True


@dataclass(frozen=True)
class Rule:
    """One kind of step: its name, its choices by name, what it does, how often it is drawn, when it can be taken."""

    name: str
    act: Act
    choices: Mapping[str, Any]
    weight: int
    applies: Callable[[Interleaving], bool] = _always


def rules_of(play: Play) -> tuple[Rule, ...]:
    """All rules for an addon. Every choice is a plain name, so that a run can be written down."""
    paces = {f"{count} of them, {pause} s late": (count, pause) for count in (1, 2, 4) for pause in (0, 2, 6)}
    versions = {
        f"{version} {name}": (version, behavior)
        for version in play.versions
        for name, behavior in play.behaviors.items()
    }
    texts = {f"text {number}": text for number, text in enumerate(play.edits)}
    return (
        Rule("passes", lambda run, pace: run.passes(*pace), paces, 9),
        Rule("one pass", lambda run, _: run.world.survive(), NO_CHOICE, 4),
        Rule("time passes", lambda run, s: run.world.tick(s), _seconds(1, 10, 40, 300), 3),
        Rule("the process dies", lambda run, _: run.world.crash(), NO_CHOICE, 2),
        Rule("the next write", _meets, _FAULTS, 4),
        Rule("a process is paused right before its write", lambda run, _: run.hold_up(), NO_CHOICE, 2),
        Rule(
            "a paused process writes",
            lambda run, number: run.write_late(number),
            {f"number {number}": number for number in range(HELD)},
            3,
            lambda run: bool(run.held),
        ),
        Rule(
            "a pass over a server that is behind in",
            lambda run, what: run.stale_pass(what),
            {part: part for part in STALE_PARTS},
            2,
        ),
        Rule("the watch", _watch, {"is silent": True, "catches up": False}, 2),
        Rule("the minors", _minors, {"are not told": True, "are told": False}, 1),
        Rule("the rights", _rights, {"are taken away": True, "are given back": False}, 1),
        Rule("the clock", _clock, {"is an hour ahead": 1, "is an hour behind": -1, "is right": 0}, 1),
        Rule("the image", lambda run, pair: run.world.behave(*pair), versions, 2),
        Rule("the configuration is edited", lambda run, text: run.world.edit_config(text), texts, 2),
        Rule("it happens that", lambda run, happens: happens(run.world), play.happenings, 7),
        Rule("somebody tampers:", lambda run, happens: happens(run.world), TAMPERING, 1),
    )


def _seconds(*numbers: int) -> Mapping[str, int]:
    return {f"{number} s": number for number in numbers}


def _watch(run: Interleaving, silent: bool) -> None:  # noqa: FBT001 - the choice of a rule
    run.world.heard = (run.world.heard or run.world.release()) if silent else None


def _minors(run: Interleaving, silent: bool) -> None:  # noqa: FBT001 - the choice of a rule
    run.minors = (run.minors or run.seen[-1].minors) if silent and run.seen else None


def _rights(run: Interleaving, taken: bool) -> None:  # noqa: FBT001 - the choice of a rule
    run.is_denied = taken


def _clock(run: Interleaving, hours: int) -> None:
    run.world.ahead = timedelta(hours=hours)


# What the next write meets; it happens once.


def _meets(run: Interleaving, fault: tuple[str, Callable[[Interleaving, Action], None]]) -> None:
    hook, happen = fault

    def once(number: int, action: Action) -> None:  # noqa: ARG001 - the signature of a hook
        setattr(run.world, hook, lambda *_: None)
        happen(run, action)

    setattr(run.world, hook, once)


def _raise(error: Exception) -> Callable[[Interleaving, Action], None]:
    def happen(run: Interleaving, action: Action) -> None:  # noqa: ARG001 - whatever is written
        raise error

    return happen


def _touch(run: Interleaving, action: Action) -> None:  # noqa: ARG001 - whatever is written
    for kind, name in list(run.world.api.objects):
        run.world.api.touch(kind, name)


def _again(run: Interleaving, action: Action) -> None:
    """The network delivers the request twice; the second answer reaches nobody."""
    try:
        run.world.execute(action)
    except ApiError:
        return


_FAULTS: Mapping[str, tuple[str, Callable[[Interleaving, Action], None]]] = {
    "is never sent, for the process dies": ("before", _raise(Crash())),
    "is the last one of its process": ("after", _raise(Crash())),
    "is done, but the reply is lost": ("after", _raise(TransientError("connection reset"))),
    "meets a server that is away": ("before", _raise(TransientError("503", status=503))),
    "is refused by admission": ("before", _raise(ForbiddenError("denied", status=403))),
    "is called invalid": ("before", _raise(InvalidError("invalid", status=422))),
    "meets objects that somebody has just written": ("before", _touch),
    "is delivered twice": ("after", _again),
}
