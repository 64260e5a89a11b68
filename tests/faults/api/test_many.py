"""What is a leak and what is not, by the sizes of a process after each round."""

from __future__ import annotations

import pytest

from faults.api.happenings.many import trend

CALM = [104904, 104904, 104904, 105156, 105156, 105156, 105156, 104332, 104428, 104600]


@pytest.mark.parametrize(
    ("sizes", "grows"),
    [
        pytest.param([*CALM, 108104], 0.0, id="one round is large"),
        pytest.param([1000] * 12, 0.0, id="nothing changes"),
        pytest.param([1000 + 10 * number for number in range(11)], 0.095, id="every round keeps something"),
        pytest.param([1000, 1010, 1500, 1030, 1040, 1050, 1060], 0.06, id="a leak beside a large round"),
    ],
)
def test_a_trend_is_what_most_rounds_agree_on(sizes: list[int], grows: float) -> None:
    assert trend(sizes) == pytest.approx(grows, abs=0.004)
