"""Two runs of the same story leave the same text, and another end differs."""

from __future__ import annotations

import pytest

from faults.api.reference import References, difference, mask
from faults.api.stories import STORIES


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("pod coredns-5d78c9869d-abcde is gone", "pod coredns-5d78c9869d-vwxyz is gone"),
        ("asked 10.244.0.7", "asked 10.244.3.21"),
        ("pod addon-updater-rehearsal-0123456789", "pod addon-updater-rehearsal-fedcba9876"),
        ("at 2026-11-26T02:31:00Z", "at 2026-11-26T03:14:15.926535+00:00"),
        ("uid 8f14e45f-ceea-467f-a1d9-0123456789ab", "uid 00000000-ceea-467f-a1d9-0123456789ab"),
    ],
)
def test_what_is_of_one_run_is_masked(one: str, other: str) -> None:
    assert mask({"message": one}) == mask({"message": other})


def test_a_version_is_not_masked_and_the_difference_tells_both() -> None:
    found = difference(mask({"image": "coredns:v1.12.1"}), mask({"image": "coredns:v1.11.3"}))
    assert found == '- "image": "coredns:v1.12.1"; + "image": "coredns:v1.11.3"'


def test_a_repetition_of_a_line_is_a_difference() -> None:
    assert difference(mask({"a": ["x"]}), mask({"a": ["x", "x"]})) != ""


def test_a_reference_is_made_once_for_all_who_ask() -> None:
    made: list[str] = []
    references = References()
    for _ in range(3):
        references.of(STORIES["coredns-hop"], lambda: made.append("run"))
    assert made == ["run"]
