"""The fault matrix is complete: every row has its plans, every plan its row, and all of them can be played."""

from __future__ import annotations

import pytest

from faults.api.matrix import ROWS
from faults.api.plan import PLANS, read_plans
from faults.api.registry import check
from faults.api.stories import STORIES

ALL = read_plans()


def test_the_folders_of_plans_are_the_rows_of_the_matrix():
    assert sorted(path.name for path in PLANS.iterdir()) == sorted(ROWS)


@pytest.mark.parametrize("row", ROWS)
def test_every_row_has_a_plan(row):
    assert [plan.name for plan in ALL if plan.row == row] != []


@pytest.mark.parametrize("plan", ALL, ids=lambda plan: plan.name)
def test_a_plan_names_what_exists_with_the_arguments_that_it_takes(plan):
    check(plan)
    assert plan.story in STORIES


def test_there_are_at_least_a_hundred_crashes():
    assert len([plan for plan in ALL if plan.row == "crash"]) >= 100
