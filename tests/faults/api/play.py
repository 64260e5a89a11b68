"""Plays one plan on a lane and judges it."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from faults.api.audit import NO_CHANGE, REPORTS, Write, count_changes, count_telling
from faults.api.history import History
from faults.api.lane import Lane
from faults.api.oracles import SAFETY, bounded_writes
from faults.api.patience import patience
from faults.api.plan import Custom, Event, Fault, Plan, ReasonIs
from faults.api.reference import Reference, References, difference, masked_state
from faults.api.registry import await_expected
from faults.api.script import Script
from faults.api.stories import STORIES, Story
from faults.api.world import World

_ERROR = re.compile(r"[\w.]+(Error|Exception)\b")
"""The last line of a traceback."""
Check = Callable[[], None]
HELD, RELAXED = "held", "relaxed"
NEVER_FIRED = "never fired"
TRIES = 3
"""How often a plan is played at most that waits for a request that does not come."""
ROLLOUT_S = 90.0
"""Seconds that a story may take by itself, on a machine that has other things to do; added to every patience."""
AWAKE_AFTER_S = 2.0
"""Seconds from the start of a process until it can be expected to write."""
_UNCOUNTED = NO_CHANGE | REPORTS
_LIVENESS = {"deletion": "L3", "bad-input": "L4"}
"""Row -> the property that its end is about; of all others it is L1."""


@dataclass
class Result:
    """What came of one plan."""

    name: str
    row: str
    faults: list[str]
    properties: dict[str, str] = field(default_factory=dict)
    """Property -> held, relaxed, or what was found."""
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    seconds: float = 0.0
    ends: int = 0
    """How often an operator process ended and nobody had brought it about."""

    @property
    def showed_something(self) -> bool:
        """Whether its faults met their requests, or something else was found."""
        return not self.problems or not all(one.startswith(NEVER_FIRED) for one in self.problems)

    @property
    def passed(self) -> bool:
        """Whether nothing was found."""
        return not self.problems

    def fails(self, name: str, error: AssertionError) -> None:
        """A property does not hold, for this reason."""
        self.properties[name] = _first_line(error)
        self.problems.append(f"{name}: {_first_line(error)}")


def play(lane: Lane, plan: Plan, references: References, mutation: str = "") -> Result:
    """Play a plan, with an engine that is broken on purpose when a mutation is named; what goes wrong is in the result.

    How often a story tells of itself differs by one now and then, with the moments at which it looks. A plan that
    waited for a request that did not come, and met no trouble, has shown nothing: it is played again. Not so with a
    broken engine, which may well never ask.
    """
    for left in reversed(range(1 if mutation else TRIES)):
        result = _play_once(lane, plan, references, mutation)
        if not left or result.showed_something:
            break
    return result


def _play_once(lane: Lane, plan: Plan, references: References, mutation: str) -> Result:
    story, began = STORIES[plan.story], time.monotonic()
    result = Result(plan.name, plan.row, plan.troubles)
    world: World | None = None
    try:
        reference = references.of(story, lambda: learn_reference(lane, story))
        began = time.monotonic()
        world = World(lane, story, plan, mutation)
        try:
            _disturb(world, plan)
        except AssertionError as error:
            result.fails(_LIVENESS.get(plan.row, "L1"), error)
            # What happened until then may say why it did not end.
            _ask(_safety(world), plan, result)
            _count_ends(world, plan, result)
        else:
            _judge(world, plan, reference, result)
    except AssertionError as error:
        result.fails(_LIVENESS.get(plan.row, "L1"), error)
    except Exception as error:  # noqa: BLE001 - one broken plan must not end the others; it fails
        result.problems.append(f"{type(error).__name__}: {error}")
    finally:
        if world is not None:
            _close(world, result)
    result.seconds = round(time.monotonic() - began, 1)
    return result


def learn_reference(lane: Lane, story: Story) -> Reference:
    """Run a story that nobody disturbs.

    Raises:
        AssertionError: it does not end as it should, or violates a property by itself.
    """
    world = World(lane, story)
    try:
        world.begin()
        _run(world, (), ROLLOUT_S)
        _await_end(world, "reference", ROLLOUT_S)
        _await_quiet(world, 3.0, ROLLOUT_S)
        history = _history(world)
        for check in SAFETY.values():
            check(history)
        return Reference(
            state=masked_state(world.stage),
            changes=count_changes(history.writes),
            telling=count_telling(history.writes),
            exchanges=tuple(world.first.proxy.exchanges),
            writes=tuple(history.writes),
        )
    finally:
        world.end()


def _disturb(world: World, plan: Plan) -> None:
    """From the start to the quiet after the end.

    Raises:
        AssertionError: an event never became due, or the end was not reached in time.
    """
    world.begin()
    _run(world, plan.events, ROLLOUT_S)
    _await_end(world, plan.expect.end, plan.expect.within + ROLLOUT_S)
    _await_quiet(world, plan.expect.quiet, plan.expect.within + ROLLOUT_S)


def _run(world: World, events: Sequence[Event], within: float) -> None:
    """Let all events happen."""
    scripts = [Script(world, events), Script(world, world.story.events)]
    deadline, left = time.monotonic() + within * patience(), sum(script.left for script in scripts)
    while left:
        world.tend()
        for script in scripts:
            script.advance()
        now_left = sum(script.left for script in scripts)
        if now_left < left:
            deadline, left = time.monotonic() + within * patience(), now_left
        waits = next((script.next for script in scripts if script.next is not None), None)
        assert time.monotonic() < deadline, f"never became due: {waits} at {waits and waits.at}"
        time.sleep(0.05)


def _await_end(world: World, end: object, within: float) -> None:
    match end:
        case ReasonIs():
            world.wait(
                lambda: world.stage.reason(end.condition) == end.reason,
                _Said(world, f"{end.condition} {end.reason}"),
                within,
            )
        case Custom():
            await_expected(world, end)
        case _:
            world.wait(lambda: world.story.is_told(world.stage), _Said(world, "the story's end"), within)


def _await_quiet(world: World, seconds: float, within: float) -> None:
    """Wait until nothing was written for so long by processes that were awake all the while."""
    deadline = time.monotonic() + within * patience() + seconds
    while True:
        world.tend()
        starts = [replica.started_at + AWAKE_AFTER_S for replica in world.replicas.values() if replica.starts]
        last = max([*starts, *_written_at(world)])
        if time.monotonic() - last >= seconds:
            return
        assert time.monotonic() < deadline, (
            f"no {seconds:g} s without a write; the last: {_last_write(world)}"
        )
        time.sleep(0.1)


def _written_at(world: World) -> Iterable[float]:
    for replica in world.replicas.values():
        for one in replica.proxy.exchanges:
            if one.asked.is_write and one.asked.resource not in _UNCOUNTED:
                yield one.at


def _last_write(world: World) -> str:
    every = [
        one for replica in world.replicas.values() for one in replica.proxy.exchanges if one.asked.is_write
    ]
    return str(max(every, key=lambda one: one.at).asked) if every else "none"


def _history(world: World) -> History:
    return History(world.story, world.found, world.trail.writes(), tuple(world.minors))


def _judge(world: World, plan: Plan, reference: Reference, result: Result) -> None:
    """Ask for every property of a plan that has come to its end."""
    history = _history(world)
    troubles = sum(replica.proxy.rules.troubles for replica in world.replicas.values()) + len(plan.events)
    checks = {**_safety(world), "L1": lambda: _settled(world, plan)}
    if (liveness := _LIVENESS.get(plan.row)) is not None:
        result.properties[liveness] = HELD
    if plan.expect.end == "reference":
        checks["L2"] = lambda: _same_end(world, reference)
        checks["writes"] = lambda: bounded_writes(history, reference, troubles)
    _ask(checks, plan, result)
    result.problems += _never_fired(world)
    _count_ends(world, plan, result)


def _safety(world: World) -> dict[str, Check]:
    """The properties of what was written so far, whether it has ended or not."""
    history = _history(world)
    return {name: _asking(check, history) for name, check in SAFETY.items()}


def _ask(checks: Mapping[str, Check], plan: Plan, result: Result) -> None:
    for name, check in checks.items():
        if name in plan.expect.relax:
            result.properties[name] = RELAXED
            continue
        try:
            check()
            result.properties[name] = HELD
        except AssertionError as error:
            result.fails(name, error)


def _asking(check: Callable[[History], None], history: History) -> Check:
    return lambda: check(history)


def _settled(world: World, plan: Plan) -> None:
    """L1: the release says so about its newest generation, where there still is one."""
    release = world.api.get(world.stage.release())
    if release is None or isinstance(plan.expect.end, Custom):
        return
    status = release.get("status") or {}
    assert status.get("observedGeneration") == release["metadata"]["generation"], (
        "an old generation was observed"
    )


def _same_end(world: World, reference: Reference) -> None:
    """L2: what is left is what an undisturbed run leaves."""
    found = difference(reference.state, masked_state(world.stage))
    assert not found, f"another end than the fault-free run: {found}"


def _never_fired(world: World) -> list[str]:
    faults: list[Fault] = [
        fault for replica in world.replicas.values() for fault in replica.proxy.rules.never_fired
    ]
    return [f"{NEVER_FIRED}: {fault}" for fault in faults]


def _count_ends(world: World, plan: Plan, result: Result) -> None:
    ends = [code for replica in world.replicas.values() for code in replica.unasked_ends]
    result.ends = len(ends)
    if len(ends) > plan.expect.exits:
        last = next(
            (line for line in reversed(world.first.log.splitlines()) if _ERROR.match(line)), "no word"
        )
        result.problems.append(
            f"the operator ended by itself {len(ends)} times, with {ends}; its last error: {last[:300]}"
        )


def _close(world: World, result: Result) -> None:
    result.notes += world.notes
    try:
        world.end()
    except Exception as error:  # noqa: BLE001 - the plan has failed, the others go on
        result.problems.append(f"the world could not be put back: {error}")
    if world.spoiled:
        world.lane.start()


def _first_line(error: AssertionError) -> str:
    """The message; pytest's rewriting adds lines that explain the expression."""
    return str(error).partition("\nassert ")[0][:1500]


class _Said:
    """What is waited for, and what the release says instead when it does not come."""

    def __init__(self, world: World, what: str) -> None:
        self._world, self._what = world, what

    def __str__(self) -> str:
        try:
            conditions = self._world.stage.status().get("conditions") or ()
        except (OSError, AssertionError) as error:
            return f"{self._what}; the API server does not tell: {error}"
        said = [
            f"{one['type']}={one['status']} {one['reason']} ({one['message'][:600]})" for one in conditions
        ]
        return f"{self._what}; it says {'; '.join(said)}"


__all__ = ["Result", "Write", "learn_reference", "play"]
