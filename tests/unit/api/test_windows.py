from __future__ import annotations

import pytest
from pydantic import ValidationError

from addon_updater.api.windows import Window, WindowKind

SATURDAY = {"kind": "Allow", "schedule": "0 2 * * 6", "duration": "4h"}


def test_a_window_needs_kind_schedule_and_duration_alone():
    window = Window.model_validate(SATURDAY)

    assert (window.kind, window.overrun, str(window.zone)) == (WindowKind.ALLOW, None, "UTC")


def test_a_time_zone_is_looked_up_by_its_name():
    assert str(Window.model_validate(SATURDAY | {"timeZone": "Europe/Paris"}).zone) == "Europe/Paris"


@pytest.mark.parametrize(
    "schedule",
    [
        "* * * * *",
        "*/15 * * * *",
        "5/15 1-5 1,15 */2 MON-FRI",
        "0 2 * JAN,NOV-DEC SUN",
        "00 02  01  01  7",
        "0-59/5 0-23 31 12 0-7",
    ],
)
def test_a_schedule_may_use_steps_lists_spans_and_names(schedule):
    assert Window.model_validate(SATURDAY | {"schedule": schedule}).schedule == schedule


@pytest.mark.parametrize(
    "change, field, remedy",
    [
        ({"schedule": "@daily"}, "schedule", "write five cron fields as in '0 2 * * 6'"),
        ({"schedule": "0 2 * * 6 "}, "schedule", "write five cron fields as in '0 2 * * 6'"),
        ({"schedule": "*/0 2 * * 6"}, "schedule", "write five cron fields as in '0 2 * * 6'"),
        ({"schedule": "0 22-4 * * *"}, "schedule", "hour '22-4' goes backward; write the smaller one first"),
        ({"schedule": "0 2 * * FRI-MON"}, "schedule", "day of the week 'FRI-MON' goes backward"),
        ({"duration": "30s"}, "duration", "choose a duration between 1m and 7d"),
        ({"timeZone": "Mars/Olympus"}, "timeZone", "there is no time zone 'Mars/Olympus'; write a time zone"),
        ({"timeZone": "../../etc/passwd"}, "timeZone", "write a time zone as in Europe/Paris or UTC"),
        ({"timeZone": "Europe"}, "timeZone", "write a time zone as in Europe/Paris or UTC"),
    ],
)
def test_a_mistake_is_refused_where_it_is_with_the_remedy(change, field, remedy):
    with pytest.raises(ValidationError) as refused:
        Window.model_validate(SATURDAY | change)

    (error,) = refused.value.errors()
    assert error["loc"] == (field,)
    assert remedy in error["msg"]
