"""The words of people, as annotations: each takes effect once, is echoed in the status, and means the same twice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from addon_updater.api.release_status import LastHandledStatus
from unit.rollout.kubelet import TURNS_BAD
from unit.rollout.test_decisions_of_people import unanswered
from unit.rollout.test_pauses import fail_elsewhere, shop
from unit.rollout.test_pauses import settle as rest
from unit.rollout.world import World


def manual() -> World:
    return rest(shop(policy={"updates": "Manual"}))


def soaking() -> World:
    world = World()
    return world.run(until=lambda w: w.step_is("Soaking"))


def failed() -> World:
    world = soaking()
    world.behave("1.12.1", TURNS_BAD)
    world.run()
    world.tick(1)
    return world


def paused() -> World:
    return rest(fail_elsewhere(shop()))


def at_rest() -> World:
    return rest(shop(version="1.0.0"))


def plan_hash(world: World) -> str:
    assert world.decision is not None
    assert world.decision.plan is not None
    return world.decision.plan.hash


def attempt(world: World) -> str:
    found = world.revisions()[1].attempt
    assert found is not None
    return found.id


@dataclass(frozen=True)
class Said:
    """A word, the story in which it is given, and what has come of it in the end."""

    annotation: str
    story: Callable[[], World]
    value: Callable[[World], str]
    results: list[tuple[str, str]]
    echo: str


FOUND, OLD = ("1.0.0", "Adopted"), ("1.11.3", "Adopted")
WORDS = {
    "a plan is approved": Said("approve", manual, plan_hash, [FOUND, ("1.1.0", "Promoted")], "approve"),
    "an attempt is approved": Said("approve", unanswered, attempt, [OLD, ("1.12.1", "Promoted")], "approve"),
    "an attempt is taken back": Said(
        "rollback", soaking, attempt, [OLD, ("1.12.1", "RolledBack")], "rollback"
    ),
    "a failure is forgotten": Said(
        "resetAt",
        failed,
        lambda w: w.now.isoformat(),
        [OLD, ("1.12.1", "RolledBack"), ("1.12.1", "RolledBack")],
        "reset_at",
    ),
    "a look is asked for": Said("requestedAt", at_rest, lambda _: "whenever", [FOUND], "requested_at"),
    "failures everywhere are forgotten": Said(
        "resetBreakerAt",
        paused,
        lambda w: w.failures[-1].at.isoformat(),
        [FOUND, ("1.1.0", "Promoted")],
        "reset_breaker_at",
    ),
}
by_word = pytest.mark.parametrize("said", WORDS.values(), ids=WORDS)


def speak(world: World, said: Said, value: str) -> World:
    world.annotate(**{said.annotation: value})
    world.run()
    return world


def echo(world: World) -> LastHandledStatus | None:
    return world.told[-1].last_handled


@by_word
def test_a_word_takes_effect_and_is_echoed(said):
    world = said.story()
    value = said.value(world)
    assert echo(world) is None
    speak(world, said, value)
    assert world.results == said.results
    assert echo(world) == LastHandledStatus(**{said.echo: value})


@by_word
def test_the_same_word_twice_does_nothing_more(said):
    world = said.story()
    value = said.value(world)
    written = len(speak(world, said, value).writes)
    for _ in range(3):
        world.crash()
        world.tick(600)
        speak(world, said, value)
    assert len(world.writes) == written
    assert world.results == said.results


@by_word
def test_a_word_that_is_withdrawn_leaves_no_echo_and_undoes_nothing(said):
    world = said.story()
    speak(world, said, said.value(world))
    world.annotations.clear()
    world.run()
    assert echo(world) is None
    assert world.results[: len(said.results)] == said.results


@pytest.mark.parametrize("annotation", ["resetAt", "resetBreakerAt"])
@pytest.mark.parametrize("text", ["", "yesterday", "2026-01-05", "2026-01-05T12:00:00"])
def test_a_moment_that_cannot_be_read_does_nothing_and_is_not_echoed(annotation, text):
    world = failed()
    before = world.results
    world.annotate(**{annotation: text})
    world.run()
    assert world.results == before
    assert echo(world) is None


def test_a_word_that_is_longer_than_the_status_takes_is_echoed_as_far_as_it_does():
    world = at_rest()
    world.annotate(approve="x" * 5000)
    world.run()
    told = echo(world)
    assert told is not None
    assert told.approve == "x" * 255 + "…"


def test_several_words_are_echoed_beside_one_another():
    world = at_rest()
    world.annotate(approve="0123456789abcdef", requestedAt="1", rollback="abc")
    world.run()
    assert echo(world) == LastHandledStatus(approve="0123456789abcdef", requested_at="1", rollback="abc")
