"""The fault matrix is complete: every row has its plans, and no plan stands outside of it."""

from __future__ import annotations

import pytest

from faults.api.matrix import ROWS
from faults.api.plan import PLANS


def test_the_folders_of_plans_are_the_rows_of_the_matrix():
    assert sorted(path.name for path in PLANS.iterdir()) == sorted(ROWS)


@pytest.mark.parametrize("row", ROWS)
def test_every_row_has_a_plan(row):
    assert list((PLANS / row).glob("*.yaml")) != []
