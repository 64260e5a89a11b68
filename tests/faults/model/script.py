"""A run written down: how it begins and what happens in it, drawn from a seed, replayed, and made short."""

from __future__ import annotations

import functools
import random
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from faults.model.interleaving import Interleaving
from faults.model.plays import CLUSTER_DNS, COUNTING_OTHERS, DEPLOYMENT, STATEFUL_SET, Play
from faults.model.rules import Rule, rules_of

PLAYS: Mapping[str, Play] = {
    "cluster DNS": CLUSTER_DNS,
    "a Deployment": DEPLOYMENT,
    "a StatefulSet": STATEFUL_SET,
    "one that counts others": COUNTING_OTHERS,
}
PACES = (2, 0)
"""Seconds of minReadySeconds: with and without a field of ours that stays when others write."""
LAST_MINORS = ("", "", "", "1.35")
LENGTHS = (4, 20)


@dataclass(frozen=True)
class Beginning:
    """How the addon is found, and how far an attempt has come when things begin to go wrong."""

    version: str
    text: int
    pace: int
    step: str
    last_minor: str
    """The minor of the cluster in the end; empty for the one that it has then."""

    def __str__(self) -> str:
        minor = f", on {self.last_minor} in the end" if self.last_minor else ""
        return f"{self.version}, text {self.text}, minReadySeconds {self.pace}, {self.step}{minor}"


@dataclass(frozen=True)
class Step:
    """A rule and the name of the choice that was made."""

    rule: str
    choice: str

    def __str__(self) -> str:
        return f"{self.rule} {self.choice}".strip()


@dataclass(frozen=True)
class Script:
    """A whole run."""

    play: str
    beginning: Beginning
    steps: tuple[Step, ...]

    def __str__(self) -> str:
        lines = [f"{self.play}: {self.beginning}", *(str(step) for step in self.steps), "all faults stop"]
        return "\n".join(f"{number:3}  {line}" for number, line in enumerate(lines))


@functools.cache
def rules(play: str) -> Mapping[str, Rule]:
    """The rules of a play by name."""
    return {rule.name: rule for rule in rules_of(PLAYS[play])}


def draw(seed: int) -> Script:
    """The run of that seed: the same seed gives the same run."""
    chance = random.Random(seed)
    name = chance.choice(list(PLAYS))
    play, known = PLAYS[name], list(rules(name).values())
    beginning = Beginning(
        version=chance.choice(play.starts),
        text=chance.randrange(len(play.texts)),
        pace=chance.choice(PACES),
        step=chance.choice(play.steps),
        last_minor=chance.choice(LAST_MINORS),
    )
    drawn = chance.choices(known, [rule.weight for rule in known], k=chance.randint(*LENGTHS))
    steps = tuple(Step(rule.name, chance.choice(list(rule.choices))) for rule in drawn)
    return Script(name, beginning, steps)


def begin(play: Play, beginning: Beginning) -> Interleaving:
    """The world at the moment from which on anything may happen."""
    world = play.begin(beginning.version, play.texts[beginning.text], beginning.pace)
    run = Interleaving(play, world, last_minor=beginning.last_minor)
    if beginning.step != "Idle":
        run.world.run(until=lambda world: world.step_is(beginning.step))
    return run


def take(run: Interleaving, rule: Rule, choice: str) -> bool:
    """Take one step; the answer says whether it could be taken."""
    if not rule.applies(run):
        return False
    rule.act(run, rule.choices[choice])
    return True


def act_out(script: Script) -> tuple[int, int]:
    """Do what the script says, to the end; the answer counts steps taken and passes of the operator.

    Raises:
        AssertionError: a property is violated.
    """
    known = rules(script.play)
    run = begin(PLAYS[script.play], script.beginning)
    taken = sum(take(run, known[step.rule], step.choice) for step in script.steps)
    run.finish()
    return taken, run.world.passes


def violation_of(script: Script) -> str | None:
    """What a run violates, in words; None when all properties hold."""
    try:
        act_out(script)
    except Exception as error:  # noqa: BLE001 - a decision that fails is a violation, whatever it raises
        return words(error)
    return None


def words(error: Exception) -> str:
    """One line about what ended a run: the property and where it is written down, or the failure of a decision."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    said = str(error).partition("\n")[0] or str(place.line)
    return f"{place.name}: {type(error).__name__}: {said}"


def shorten(script: Script) -> Script:
    """The same violation, or another one, with as few steps as can be left out one block after the other."""
    size = max(len(script.steps) // 2, 1)
    while True:
        shorter = _without_blocks(script, size)
        if size == 1 and shorter == script:
            return script
        script, size = shorter, max(size // 2, 1)


def _without_blocks(script: Script, size: int) -> Script:
    place = 0
    while place < len(script.steps):
        candidate = replace(script, steps=_without(script.steps, place, size))
        if violation_of(candidate) is not None:
            script = candidate
        else:
            place += size
    return script


def _without(steps: Sequence[Step], place: int, size: int) -> tuple[Step, ...]:
    return (*steps[:place], *steps[place + size :])
