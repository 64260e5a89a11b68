"""The table of mutations is complete, and a plan catches one by the property that it must violate and by no other."""

from __future__ import annotations

import pytest

from faults.api.broken import BREAKS
from faults.api.mutated import Verdict, chosen, plan_of
from faults.api.mutations import CATCHES, Catch
from faults.api.play import HELD, RELAXED, Result
from faults.api.registry import check

CATCH = Catch("sleeps", "crash/a-plan", frozenset({"S1", "S7"}))


@pytest.mark.parametrize("catch", CATCHES, ids=str)
def test_a_mutation_exists_can_be_put_in_and_has_a_plan(
    catch: Catch, monkeypatch: pytest.MonkeyPatch
) -> None:
    BREAKS[catch.mutation](monkeypatch)
    plan = plan_of(catch)
    check(plan)
    assert not catch.by & plan.expect.relax.keys()


def test_a_dozen_mutations_and_more_have_a_plan_each() -> None:
    assert len({catch.mutation for catch in CATCHES}) == len(CATCHES) >= 12
    assert chosen(["fights a revert"]) == [one for one in CATCHES if one.mutation == "fights a revert"]
    assert chosen([]) == list(CATCHES)


@pytest.mark.parametrize(
    ("found", "caught"),
    [
        ({"S1": "twice", "S7": HELD}, {"S1": "twice"}),
        ({"S1": "twice", "S7": "tried again"}, {"S1": "twice", "S7": "tried again"}),
        ({"S1": HELD, "S7": RELAXED, "L1": "it did not end"}, {}),
        ({}, {}),
    ],
)
def test_only_what_the_mutation_must_violate_catches_it(
    found: dict[str, str], caught: dict[str, str]
) -> None:
    verdict = Verdict(CATCH, Result("a-plan", "crash", [], properties=found, problems=["never fired: kill"]))
    assert verdict.caught == caught
    assert str(verdict).startswith("caught" if caught else "MISSED")


def test_an_engine_that_dies_of_its_mutation_is_not_caught_by_that() -> None:
    assert Verdict(CATCH, Result("a-plan", "crash", [], properties={"S1": "twice"}, ends=3)).caught == {}
