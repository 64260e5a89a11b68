from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from addon_updater.api.meta import (
    Condition,
    ConditionStatus,
    format_duration,
    merge_conditions,
    parse_duration,
)

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
EARLIER = NOW - timedelta(hours=1)


@pytest.mark.parametrize(
    "text, seconds",
    [
        ("0s", 0),
        ("90s", 90),
        ("10m", 600),
        ("1h30m", 5400),
        ("1h0m5s", 3605),
        ("24h", 86400),
        ("007m", 420),
        ("7d", 604800),
        ("1d12h", 129600),
    ],
)
def test_a_duration_is_read(text, seconds):
    assert parse_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "text",
    ["", "10", "m", "10 m", " 10m", "10m ", "1.5h", "-10m", "10ms", "1w", "1m1h", "1h1h", "10m\n", "1m1x"],
)
def test_what_is_no_duration_is_refused_with_the_remedy(text):
    with pytest.raises(ValueError, match="write hours, minutes and seconds"):
        parse_duration(text)


@pytest.mark.parametrize(
    "seconds, text",
    [
        (0, "0s"),
        (1, "1s"),
        (60, "1m"),
        (90, "1m30s"),
        (600, "10m"),
        (5400, "1h30m"),
        (86400, "1d"),
        (129600, "1d12h"),
        (3605, "1h5s"),
    ],
)
def test_a_duration_is_written_in_its_shortest_form(seconds, text):
    assert format_duration(timedelta(seconds=seconds)) == text


@given(st.integers(0, 10**7))
def test_what_is_written_can_be_read(seconds):
    assert parse_duration(format_duration(timedelta(seconds=seconds))) == timedelta(seconds=seconds)


def condition(status: str, reason: str = "R", at: datetime | None = None) -> Condition:
    return Condition(type="Ready", status=ConditionStatus(status), reason=reason, last_transition_time=at)


@pytest.mark.parametrize(
    "before, after, moved",
    [
        ([], condition("True"), True),
        ([condition("True", at=EARLIER)], condition("True"), False),
        ([condition("True", "Other", at=EARLIER)], condition("True"), False),
        ([condition("False", at=EARLIER)], condition("True"), True),
        ([condition("Unknown", at=EARLIER)], condition("False"), True),
        ([condition("True")], condition("True"), True),
    ],
    ids=["new", "the same", "another reason", "another status", "from unknown", "no time before"],
)
def test_a_transition_time_moves_only_with_the_status(before, after, moved):
    (merged,) = merge_conditions(before, [after], now=NOW, generation=7)
    assert merged.last_transition_time == (NOW if moved else EARLIER)
    assert merged.observed_generation == 7
    assert merged.reason == after.reason


def test_a_condition_that_is_no_longer_said_is_gone():
    assert merge_conditions([condition("True", at=EARLIER)], [], now=NOW, generation=1) == ()
