from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from addon_updater.api.occurrences import Occurrences, check_occurs
from addon_updater.errors import ParseError

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
UTC_ZONE = ZoneInfo("UTC")


@pytest.mark.parametrize(
    ("schedule", "latest", "after"),
    [
        ("0 12 * * *", datetime(2026, 1, 31, 12, tzinfo=UTC), datetime(2026, 2, 1, 12, tzinfo=UTC)),
        ("1 12 * * *", datetime(2026, 1, 30, 12, 1, tzinfo=UTC), datetime(2026, 1, 31, 12, 1, tzinfo=UTC)),
        ("0 0 1 * *", datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)),
        ("0 0 29 2 *", datetime(2024, 2, 29, tzinfo=UTC), datetime(2028, 2, 29, tzinfo=UTC)),
        ("0 0 * * 7", datetime(2026, 1, 25, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)),
        ("*/15 * * * *", datetime(2026, 1, 31, 12, tzinfo=UTC), datetime(2026, 1, 31, 12, 15, tzinfo=UTC)),
        # A day of the month and a day of the week: either suffices.
        ("0 0 30 * FRI", datetime(2026, 1, 30, tzinfo=UTC), datetime(2026, 2, 6, tzinfo=UTC)),
    ],
)
def test_a_schedule_begins_at_the_minutes_that_cron_names(schedule, latest, after):
    occurrences = Occurrences(schedule, UTC_ZONE)
    assert (occurrences.latest(NOON), occurrences.after(NOON)) == (latest, after)


def test_a_part_of_a_second_neither_hides_a_beginning_nor_makes_one():
    noon = Occurrences("0 12 * * *", UTC_ZONE)
    just_before = NOON.replace(hour=11, minute=59, second=59, microsecond=999_999)
    assert noon.after(just_before) == NOON
    assert noon.latest(just_before) == NOON.replace(day=30)
    assert noon.latest(NOON.replace(microsecond=1)) == NOON


@pytest.mark.parametrize("schedule", ["0 0 31 2 *", "0 0 31 4,6,9,11 *", "0 0 30 FEB *"])
def test_a_schedule_of_a_day_that_no_month_has_is_refused_with_its_field(schedule):
    with pytest.raises(ParseError, match="never begins: correct its day-of-month"):
        check_occurs(schedule)


@pytest.mark.parametrize("schedule", ["0 0 29 2 *", "0 0 31 1,2 *", "0 0 30 2 MON"])
def test_a_schedule_that_begins_seldom_is_one(schedule):
    assert check_occurs(schedule) == schedule
