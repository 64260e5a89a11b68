"""A fixed choice of plans that takes a minute: one of each row as far as the number goes, the same at every run."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import chain, zip_longest

from faults.api.plan import Plan

QUICKEST = "coredns-hop"
"""The story of all of them, because its fault-free run is needed once only."""


def sample(plans: Sequence[Plan], number: int) -> list[Plan]:
    """The plans from the middle of every row outward, for faults in the middle of a story say the most."""
    rows: defaultdict[str, list[Plan]] = defaultdict(list)
    for plan in plans:
        if plan.story == QUICKEST and not plan.events:
            rows[plan.row].append(plan)
    turns = zip_longest(*(_from_the_middle(row) for row in rows.values()))
    return [plan for plan in chain.from_iterable(turns) if plan is not None][:number]


def _from_the_middle(row: Sequence[Plan]) -> list[Plan]:
    middle = len(row) // 2
    return sorted(row, key=lambda plan: abs(row.index(plan) - middle))
