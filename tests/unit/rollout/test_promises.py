"""What an attempt promises whatever happens: what pauses it, how often it goes back, how it is named and told."""

from __future__ import annotations

import ast
import functools
import inspect
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import Any

import pytest

from addon_updater import reasons
from addon_updater.rollout import admission, finding, gate, revision, rules
from addon_updater.rollout.actions import ApplyWorkload
from addon_updater.rollout.finding import Finding, Severity
from addon_updater.rollout.gate import Outcome
from addon_updater.rollout.observed import Memory
from addon_updater.rollout.plan import make_plan
from unit.rollout.kubelet import NEVER_READY, TURNS_BAD, WRONG, Behavior
from unit.rollout.properties import assert_safe
from unit.rollout.scenes import books
from unit.rollout.stage import QUICK
from unit.rollout.world import World

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
SECONDS_10 = timedelta(seconds=10)


def looked(*looks: tuple[float, Outcome]) -> Memory:
    """Memory after looks at these seconds after noon."""
    memory = Memory()
    for seconds, outcome in looks:
        memory = memory.after(outcome, NOON + timedelta(seconds=seconds))
    return memory


@pytest.mark.parametrize(
    "looks, now, seconds",
    [
        ([(0, Outcome.UNKNOWN)], 2, 2),
        ([(0, Outcome.UNKNOWN), (2, Outcome.UNKNOWN)], 4, 4),
        ([(0, Outcome.UNKNOWN), (2, Outcome.FAIL), (4, Outcome.UNKNOWN)], 6, 6),
        ([(0, Outcome.UNKNOWN), (2, Outcome.PASS), (4, Outcome.UNKNOWN)], 6, 2),
        ([(0, Outcome.UNKNOWN)], 3600, 60),
        ([(0, Outcome.UNKNOWN), (2, Outcome.UNKNOWN), (3602, Outcome.UNKNOWN)], 3604, 64),
        ([(0, Outcome.UNKNOWN), (30, Outcome.UNKNOWN)], -3570, 30),
        ([(0, Outcome.UNKNOWN), (30, Outcome.UNKNOWN), (-3570, Outcome.UNKNOWN)], -3560, 40),
    ],
    ids=[
        "one look",
        "two looks",
        "failing now and then is no answer",
        "an answer begins anew",
        "an hour in which nobody looked",
        "an hour in between",
        "a clock set back",
        "a clock set back in between",
    ],
)
def test_only_observed_time_counts_for_a_gate_without_an_answer(looks, now, seconds):
    memory = looked(*looks)
    assert memory.unanswered_for(NOON + timedelta(seconds=now)) == timedelta(seconds=seconds)


def test_what_was_not_seen_failing_fails_for_no_time():
    assert looked((0, Outcome.UNKNOWN)).failing_for(NOON) is None
    assert looked((0, Outcome.FAIL), (5, Outcome.PASS)).unanswered_for(NOON) is None
    assert looked((0, Outcome.FAIL)).failing_for(NOON + SECONDS_10) == SECONDS_10


def silent(**pace: str) -> World:
    """A ledger whose new version stops answering in the middle of its soak."""
    world = World("1.0.0", scene=books(), spec={"rollout": QUICK | pace})
    world.run(until=lambda w: w.step_is("Soaking"))
    world.behave("1.1.0", Behavior(silent=True))
    return world


def test_unknown_pauses_until_its_deadline_then_calls_a_person_and_never_goes_back():
    world = silent()
    begun = world.now
    while (due := world.survive()) is not None and world.condition("Stalled") == ("", ""):
        world.tick(due.total_seconds())
    assert world.condition("Stalled") == ("True", "GateUnknown")
    assert timedelta(seconds=28) <= world.now - begun <= timedelta(seconds=36)
    for _ in range(30):
        world.tick(60)
        world.survive()
    assert world.running == "1.1.0"
    assert world.results == [("1.0.0", "Adopted")]
    assert_safe(world)


def test_an_hour_in_which_nobody_looked_is_no_hour_without_an_answer():
    world = silent(unknownDeadline="10m")
    world.survive()
    world.now += timedelta(hours=1)
    world.survive()
    assert world.condition("Stalled") == ("", "")


def test_a_process_that_begins_anew_counts_from_its_own_first_look():
    world = silent()
    world.survive()
    world.tick(29)
    world.crash()
    world.survive()
    world.tick(2)
    world.survive()
    assert world.condition("Stalled") == ("", "")


def applies(world: World) -> Counter[str]:
    """How often the workload was written, by attempt."""
    return Counter(
        deed.action.body["metadata"]["annotations"]["addon-updater.dev/attempt"]
        for deed in world.deeds
        if isinstance(deed.action, ApplyWorkload)
    )


@pytest.mark.parametrize("kind", ["Deployment", "StatefulSet"])
@pytest.mark.parametrize(
    "behavior", [NEVER_READY, TURNS_BAD, WRONG], ids=["never ready", "turns bad", "wrong"]
)
def test_an_attempt_goes_back_once(kind, behavior):
    world = World("1.0.0", scene=books(kind=kind)).run(until=lambda w: w.running == "1.1.0")
    world.behave("1.1.0", behavior)
    world.run()
    assert list(applies(world).values()) == [2]
    assert world.results[-1] == ("1.1.0", "RolledBack")


@pytest.mark.parametrize("kind", ["Deployment", "StatefulSet"])
@pytest.mark.parametrize("behavior", [NEVER_READY, WRONG], ids=["never ready", "wrong"])
def test_a_rollback_that_fails_stalls_tells_it_and_never_writes_a_third_time(kind, behavior):
    world = World("1.0.0", scene=books(kind=kind)).run(until=lambda w: w.running == "1.1.0")
    world.behave("1.1.0", WRONG)
    world.run(until=lambda w: w.running == "1.0.0")
    world.behave("1.0.0", behavior)
    world.run(until=lambda w: w.condition("Stalled") == ("True", "RollbackFailed"))
    assert [(event.type, event.reason) for event in world.events] == [("Warning", "RollbackFailed")]
    for _ in range(20):
        world.crash()
        world.tick(600)
        world.survive()
    assert list(applies(world).values()) == [2]
    assert world.condition("Stalled") == ("True", "RollbackFailed")


def test_an_attempt_has_one_id_wherever_it_is_told():
    world = World("1.0.0", scene=books()).run(until=lambda w: w.step_is("Soaking"))
    attempt = world.revisions()[-1].attempt
    assert world.workload["metadata"]["annotations"]["addon-updater.dev/attempt"] == attempt.id
    assert world.told[-1].attempt.id == attempt.id


def test_no_two_attempts_share_an_id_even_for_the_same_plan():
    world = World("1.0.0", scene=books()).run(until=lambda w: w.running == "1.1.0")
    world.behave("1.1.0", TURNS_BAD)
    world.run()
    world.annotate(resetAt=world.now.isoformat())
    world.run(until=lambda w: len(w.revisions()) == 3)
    first, second = (one.attempt for one in world.revisions()[1:])
    assert first.plan == second.plan
    assert first.id != second.id


NOTE = Finding("SomeRule", Severity.WARN, "something", "nothing")


@functools.cache
def planned() -> dict[str, Any]:
    """What a plan is made of."""
    world = World("1.0.0", scene=books())
    world.run(until=lambda w: w.decision is not None and w.decision.plan is not None)
    assert world.decision is not None
    assert world.decision.plan is not None
    made = world.decision.plan
    current = world.revisions()[0].content
    return {"addon": "ledger", "current": current, "desired": made.desired, "hops": made.hops, "findings": ()}


def hashed(**changes: Any) -> str:
    return make_plan(**{**planned(), **changes}).hash


@pytest.mark.parametrize(
    "name, change",
    [
        ("addon", lambda _: "other"),
        ("current", lambda current: replace(current, version="0.9.0")),
        ("desired", lambda desired: replace(desired, version="9.0.0")),
        ("desired", lambda desired: replace(desired, config=replace(desired.config, text="another"))),
        ("desired", lambda desired: replace(desired, args=("--new",))),
        ("current", lambda current: replace(current, args=("--old",))),
        ("desired", lambda desired: replace(desired, image="registry.example/books/ledger:1.1.0")),
        ("desired", lambda desired: replace(desired, image="registry.example/books/ledger:v1.1.0-r1")),
        ("desired", lambda desired: replace(desired, image=f"{desired.image}@sha256:{'a' * 64}")),
        ("desired", lambda desired: replace(desired, image="registry.example/books/ledger-slim:v1.1.0")),
        ("hops", lambda hops: (*hops, *hops)),
        ("findings", lambda _: (NOTE,)),
    ],
    ids=[
        "addon",
        "start",
        "target",
        "configuration",
        "an argument that comes",
        "an argument that goes",
        "style of the tag",
        "tag",
        "digest",
        "name of the image",
        "hops",
        "rules",
    ],
)
def test_a_plan_that_differs_in_what_is_approved_has_another_hash(name, change):
    assert hashed(**{name: change(planned()[name])}) != hashed()


@pytest.mark.parametrize(
    "before, after, other_before, other_after, is_same",
    [
        (("--a", "--old"), ("--a", "--new"), ("--b", "--old"), ("--b", "--new"), True),
        (("--old",), ("--new",), ("--old", "--a"), ("--new", "--a"), True),
        (("--old",), ("--new",), ("--a", "--b", "--old"), ("--a", "--b", "--new"), True),
        (None, None, (), (), True),
        (("--a",), ("--a",), ("--b",), ("--b",), True),
        (("--old",), ("--new",), ("--old",), ("--newer",), False),
        (("--a", "--b"), ("--b", "--a"), ("--a", "--b"), ("--a", "--b"), False),
    ],
    ids=[
        "another one stays",
        "one more stays",
        "elsewhere in the list",
        "none at all",
        "nothing changes",
        "another one comes",
        "the order changes",
    ],
)
def test_the_hash_knows_which_arguments_change_and_nothing_of_those_that_stay(
    before, after, other_before, other_after, is_same
):
    current, desired = planned()["current"], planned()["desired"]

    def of(old, new):
        return hashed(current=replace(current, args=old), desired=replace(desired, args=new))

    assert (of(before, after) == of(other_before, other_after)) is is_same


@pytest.mark.parametrize(
    "image",
    [
        "mirror.internal/books/ledger:v1.1.0",
        "mirror.internal:5000/a/b/ledger:v1.1.0",
        "ledger:v1.1.0",
    ],
    ids=["registry", "folders", "no registry at all"],
)
def test_clusters_with_different_mirrors_share_a_hash(image):
    desired = planned()["desired"]
    assert desired.image != image
    assert hashed(desired=replace(desired, image=image)) == hashed()


def test_the_words_and_the_weight_of_a_rule_are_no_part_of_the_hash():
    other = Finding(NOTE.rule, Severity.INFO, "the same in other words", "still nothing")
    assert hashed(findings=(other,)) == hashed(findings=(NOTE,))


def test_what_is_found_here_and_now_is_no_part_of_the_hash():
    made = make_plan(**planned())
    assert made.here_and_now([NOTE]).hash == made.hash
    assert made.here_and_now([NOTE]).findings == (NOTE,)


def members(module: ModuleType) -> list[tuple[str, str | None]]:
    """Each member of the module's string enums with the text below it."""
    found = []
    for node in ast.parse(inspect.getsource(module)).body:
        if not isinstance(node, ast.ClassDef) or "StrEnum" not in {ast.unparse(base) for base in node.bases}:
            continue
        following = [*node.body[1:], None]
        for member, after in zip(node.body, following, strict=True):
            if isinstance(member, ast.Assign):
                is_text = isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant)
                found.append(
                    (f"{node.name}.{ast.unparse(member.targets[0])}", after.value.value if is_text else None)
                )
    return found


@pytest.mark.parametrize(
    "module", [reasons, admission, finding, gate, revision, rules], ids=lambda one: one.__name__
)
def test_every_state_and_reason_says_its_meaning_in_one_sentence(module):
    told = members(module)
    assert told
    assert not [name for name, text in told if not text or not text.endswith(".") or ". " in text]
