"""The committed plans: all of them can be read, and they cover every kind of trouble that the operator may meet."""

from __future__ import annotations

import pytest

from faults.api.derive import plans_of
from faults.api.learned import read_learned
from faults.api.matrix import ROWS
from faults.api.plan import read_plans
from faults.api.registry import check
from faults.api.stories import LEARNED_FROM

PLANS = read_plans()


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: f"{plan.row}/{plan.name}")
def test_a_plan_names_what_exists(plan) -> None:
    check(plan)
    assert plan.faults or plan.events


def test_every_row_of_the_matrix_has_a_plan_and_every_plan_a_row() -> None:
    assert {plan.row for plan in PLANS} == set(ROWS)


def test_there_are_a_hundred_crashes_and_more() -> None:
    assert sum(plan.row == "crash" for plan in PLANS) >= 100


def test_the_learned_plans_are_those_that_follow_from_what_was_learned() -> None:
    expected = list(plans_of([read_learned(story) for story in LEARNED_FROM.values()]))
    by_name = {plan.name: plan for plan in PLANS}
    assert [plan.name for plan in expected if by_name.get(plan.name) != plan] == []
