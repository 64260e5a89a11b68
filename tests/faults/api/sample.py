"""A fixed choice of plans that takes a minute: one of each row as far as the number goes, the same at every run."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import chain, zip_longest

from faults.api.plan import Plan

QUICKEST = ("coredns-hop", "coredns-rollback", "coredns-crash", "coredns-config")


def sample(plans: Sequence[Plan], number: int) -> list[Plan]:
    """The plans from the middle of every row outward, of the quickest story first."""
    rows: defaultdict[str, list[Plan]] = defaultdict(list)
    for plan in plans:
        rows[plan.row].append(plan)
    turns = zip_longest(*(_from_the_middle(row) for row in rows.values()))
    return [plan for plan in chain.from_iterable(turns) if plan is not None][:number]


def _from_the_middle(row: Sequence[Plan]) -> list[Plan]:
    """Faults in the middle of a story say the most."""
    quick = [plan for plan in row if plan.story in QUICKEST] or list(row)
    middle = len(quick) // 2
    return sorted(quick, key=lambda plan: abs(quick.index(plan) - middle))
