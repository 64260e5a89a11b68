"""A fixed sample of the plans, as a part of the tests; `make faults` plays all of them."""

from __future__ import annotations

from faults.api.plan import read_plans
from faults.api.runner import line, open_lanes, play_all
from faults.api.sample import sample

NUMBER = 3


def test_a_sample_of_the_plans_holds() -> None:
    chosen = sample(read_plans(), NUMBER)
    with open_lanes(1) as lanes:
        results = play_all(lanes, chosen, lambda _: None)
    assert [line(result) for result in results if not result.passed] == []
