from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from addon_updater.api.meta import parse_duration
from addon_updater.api.windows import Window, WindowKind
from addon_updater.rollout.windows import WindowState, may_go_on, window_state

PARIS = "Europe/Paris"


def window(
    schedule: str, duration: str, kind: str = "Allow", zone: str | None = None, **more: bool
) -> Window:
    return Window(kind=WindowKind(kind), schedule=schedule, duration=duration, time_zone=zone, **more)


def at(text: str) -> datetime:
    """An instant in UTC; a bare day is its first minute."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


NIGHTS = window("0 2 * * *", "4h")
SATURDAYS = window("0 2 * * SAT", "4h", zone=PARIS)
CHRISTMAS = window("0 0 24 12 *", "3d", "Deny")


@pytest.mark.parametrize(
    ("windows", "now", "closes_at"),
    [
        pytest.param([], "2026-01-01", None, id="no windows"),
        pytest.param([NIGHTS], "2026-01-05 02:00", "2026-01-05 06:00", id="first instant"),
        pytest.param([NIGHTS], "2026-01-05 05:59:59.999999", "2026-01-05 06:00", id="last instant"),
        pytest.param([CHRISTMAS], "2026-12-01", "2026-12-24", id="only Deny, none open"),
        pytest.param([CHRISTMAS], "2026-12-27", "2027-12-24", id="a Deny has just ended"),
        pytest.param(
            [NIGHTS, window("0 5 * * *", "2h")], "2026-01-05 03:00", "2026-01-05 07:00", id="they overlap"
        ),
        pytest.param(
            [NIGHTS, window("0 6 * * *", "2h")], "2026-01-05 03:00", "2026-01-05 08:00", id="they touch"
        ),
        pytest.param(
            [NIGHTS, window("0 4 * * *", "1h", "Deny")],
            "2026-01-05 03:00",
            "2026-01-05 04:00",
            id="a Deny cuts",
        ),
        pytest.param([window("0 0 * * MON", "7d")], "2026-01-05 03:00", None, id="as long as its period"),
        pytest.param([window("0 0 * * *", "2d")], "2026-01-05 03:00", None, id="longer than its period"),
        pytest.param(
            [window("0 0 29 2 *", "1d")], "2028-02-29 12:00", "2028-03-01", id="on the day that leaps"
        ),
        pytest.param(
            [window("0 12 31 * *", "1d")], "2026-01-31 12:00", "2026-02-01 12:00", id="over the month"
        ),
        pytest.param([SATURDAYS], "2026-01-10 01:00", "2026-01-10 05:00", id="a winter morning in Paris"),
        pytest.param([SATURDAYS], "2026-07-11 00:00", "2026-07-11 04:00", id="a summer morning in Paris"),
    ],
)
def test_while_open_the_first_instant_that_is_closed_is_told(windows, now, closes_at):
    state = window_state(windows, at(now))
    assert state.is_open, state.why
    assert (state.closes_at, state.opens_at) == (at(closes_at) if closes_at else None, None)


@pytest.mark.parametrize(
    ("windows", "now", "opens_at"),
    [
        pytest.param([NIGHTS], "2026-01-05 01:59:59.999999", "2026-01-05 02:00", id="last instant before"),
        pytest.param([NIGHTS], "2026-01-05 06:00", "2026-01-06 02:00", id="the instant of the end"),
        pytest.param([CHRISTMAS], "2026-12-24", "2026-12-27", id="only Deny"),
        pytest.param([NIGHTS, CHRISTMAS], "2026-12-24 03:00", "2026-12-27 02:00", id="Deny beats Allow"),
        pytest.param(
            [NIGHTS, window("0 5 * * *", "22h", "Deny")],
            "2026-01-05 05:30",
            "2026-01-06 03:00",
            id="rest of it",
        ),
        pytest.param([window("0 0 29 2 *", "1d")], "2026-02-28 12:00", "2028-02-29", id="the next leap day"),
        pytest.param([window("0 0 31 * *", "1d")], "2026-04-30 12:00", "2026-05-31", id="a short month"),
        pytest.param(
            [window("0 0 * * *", "1d", "Deny"), NIGHTS], "2026-01-05 03:00", None, id="a Deny without end"
        ),
        pytest.param([SATURDAYS], "2026-07-10 23:59", "2026-07-11 00:00", id="on the clock of Paris"),
    ],
)
def test_while_closed_the_first_instant_that_is_open_is_told(windows, now, opens_at):
    state = window_state(windows, at(now))
    assert not state.is_open, state.why
    assert (state.opens_at, state.closes_at) == (at(opens_at) if opens_at else None, None)


@pytest.mark.parametrize(
    ("schedule", "begins"),
    [
        # In Paris 2026-03-29 02:00 +01:00 is followed by 03:00 +02:00, that is 01:00 UTC.
        pytest.param("30 1 * * *", "2026-03-29 00:30", id="before the gap"),
        pytest.param("0 2 * * *", "2026-03-29 01:00", id="first minute of the gap: right after it"),
        pytest.param("30 2 * * *", "2026-03-29 01:00", id="inside the gap: right after it"),
        pytest.param("0 3 * * *", "2026-03-29 01:00", id="the end of the gap"),
        pytest.param("30 3 * * *", "2026-03-29 01:30", id="after the gap"),
    ],
)
def test_a_time_of_day_that_spring_leaves_out_begins_right_after_the_gap(schedule, begins):
    state = window_state([window(schedule, "1h", zone=PARIS)], at("2026-03-28 12:00"))
    assert state.opens_at == at(begins)
    open_ = window_state([window(schedule, "1h", zone=PARIS)], at(begins))
    assert open_.closes_at == at(begins) + timedelta(hours=1)


@pytest.mark.parametrize(
    ("schedule", "now", "is_open", "change"),
    [
        # In Paris 2026-10-25 02:00 to 03:00 comes twice: at 00:00 and at 01:00 UTC.
        pytest.param("0 2 * * *", "2026-10-24 12:00", False, "2026-10-25 00:00", id="opens the first time"),
        pytest.param("0 2 * * *", "2026-10-25 00:10", True, "2026-10-25 00:45", id="open the first time"),
        pytest.param("0 2 * * *", "2026-10-25 01:10", False, "2026-10-26 01:00", id="not open a second time"),
        pytest.param("30 2 * * *", "2026-10-25 01:10", True, "2026-10-25 01:15", id="begun the first time"),
        pytest.param("30 2 * * *", "2026-10-25 01:40", False, "2026-10-26 01:30", id="no second beginning"),
        pytest.param("30 * * * *", "2026-10-25 01:40", True, "2026-10-25 02:15", id="hourly: every hour"),
        pytest.param("30 1 * * *", "2026-10-24 23:30", True, "2026-10-25 00:15", id="before it"),
        pytest.param("0 3 * * *", "2026-10-25 02:00", True, "2026-10-25 02:45", id="after it"),
    ],
)
def test_a_time_of_day_that_autumn_repeats_begins_the_first_time_only(schedule, now, is_open, change):
    state = window_state([window(schedule, "45m", zone=PARIS)], at(now))
    assert state.is_open is is_open
    assert (state.closes_at or state.opens_at) == at(change)


def test_a_window_is_as_long_as_it_says_when_the_clock_jumps_meanwhile():
    spring = window_state([window("0 1 * * *", "4h", zone=PARIS)], at("2026-03-29 00:00"))
    autumn = window_state([window("0 1 * * *", "4h", zone=PARIS)], at("2026-10-24 23:00"))
    assert spring.closes_at == at("2026-03-29 04:00")
    assert autumn.closes_at == at("2026-10-25 03:00")


def test_where_clocks_jump_by_half_an_hour_no_window_opens_beside_its_time():
    """Lord Howe goes from 02:00 +11:00 to 01:30 +10:30 at 2026-04-04 15:00 UTC."""
    state = window_state([window("0 */2 * * *", "10m", zone="Australia/Lord_Howe")], at("2026-04-04 15:30"))
    assert state == WindowState(
        is_open=True,
        closes_at=at("2026-04-04 15:40"),
        opens_at=None,
        why="spec.windows[0] is open; it closes at 2026-04-04 15:40 UTC",
        overrun=False,
    )


@pytest.mark.parametrize(
    ("windows", "ceiling", "now", "is_open", "change"),
    [
        pytest.param([NIGHTS], [NIGHTS], "2026-01-05 03:00", True, "2026-01-05 06:00", id="alike"),
        pytest.param([], [NIGHTS], "2026-01-05 03:00", True, "2026-01-05 06:00", id="only the settings"),
        pytest.param(
            [], [NIGHTS], "2026-01-05 07:00", False, "2026-01-06 02:00", id="only the settings, closed"
        ),
        pytest.param(
            [NIGHTS], [CHRISTMAS], "2026-12-24 03:00", False, "2026-12-27 02:00", id="the settings deny"
        ),
        pytest.param(
            [NIGHTS], [SATURDAYS], "2026-01-05 03:00", False, "2026-01-10 02:00", id="both are needed"
        ),
        pytest.param(
            [NIGHTS], [window("0 8 * * *", "1h")], "2026-01-05 03:00", False, None, id="they never meet"
        ),
    ],
)
def test_an_update_needs_the_windows_of_the_release_and_of_the_settings(
    windows, ceiling, now, is_open, change
):
    state = window_state(windows, at(now), ceiling=ceiling)
    assert state.is_open is is_open
    assert (state.closes_at if is_open else state.opens_at) == (at(change) if change else None)


@pytest.mark.parametrize(
    ("windows", "ceiling", "now", "why"),
    [
        ([], [], "2026-01-05", "no window limits updates"),
        ([NIGHTS], [], "2026-01-05 03:00", "spec.windows[0] is open; it closes at 2026-01-05 06:00 UTC"),
        (
            [NIGHTS],
            [],
            "2026-01-05",
            "no Allow window of spec.windows is open; an update may start at 2026-01-05 02:00 UTC",
        ),
        (
            [NIGHTS],
            [CHRISTMAS],
            "2026-12-24 03:00",
            "settings.windows[0] denies updates; an update may start at 2026-12-27 02:00 UTC",
        ),
        (
            [CHRISTMAS],
            [],
            "2026-12-01",
            "no Deny window of spec.windows is open; it closes at 2026-12-24 00:00 UTC",
        ),
        (
            [window("0 0 * * *", "1d", "Deny")],
            [],
            "2026-01-05",
            "spec.windows[0] denies updates; no opening is in sight",
        ),
    ],
)
def test_the_sentence_names_the_window_that_decides_and_the_time_of_the_change(windows, ceiling, now, why):
    assert window_state(windows, at(now), ceiling=ceiling).why == why


LONG_NIGHTS = window("0 2 * * *", "4h", overrun=True)


@pytest.mark.parametrize(
    ("windows", "ceiling", "started", "now", "goes_on"),
    [
        pytest.param([], [], "2026-01-05", "2026-01-06", True, id="no windows"),
        pytest.param([NIGHTS], [], "2026-01-05 03:00", "2026-01-05 05:00", True, id="still open"),
        pytest.param(
            [NIGHTS], [], "2026-01-05 03:00", "2026-01-05 06:00", False, id="closed without overrun"
        ),
        pytest.param(
            [LONG_NIGHTS], [], "2026-01-05 03:00", "2026-01-05 06:00", True, id="closed with overrun"
        ),
        pytest.param([LONG_NIGHTS], [], "2026-01-05 01:00", "2026-01-05 07:00", False, id="started outside"),
        pytest.param(
            [LONG_NIGHTS, CHRISTMAS], [], "2026-12-23 05:00", "2026-12-24 01:00", False, id="Deny begins"
        ),
        pytest.param(
            [LONG_NIGHTS], [NIGHTS], "2026-01-05 03:00", "2026-01-05 06:00", False, id="not the settings"
        ),
        pytest.param(
            [LONG_NIGHTS], [LONG_NIGHTS], "2026-01-05 03:00", "2026-01-05 06:00", True, id="both overrun"
        ),
        pytest.param(
            [LONG_NIGHTS], [CHRISTMAS], "2026-01-05 03:00", "2026-01-05 06:00", True, id="no Deny there"
        ),
    ],
)
def test_later_hops_outlast_only_an_allow_window_with_overrun(windows, ceiling, started, now, goes_on):
    assert may_go_on(windows, at(now), started=at(started), ceiling=ceiling) is goes_on


@pytest.mark.parametrize(
    ("windows", "now", "overrun"),
    [
        pytest.param([NIGHTS], "2026-01-05 03:00", False, id="without"),
        pytest.param([LONG_NIGHTS], "2026-01-05 03:00", True, id="with"),
        pytest.param([LONG_NIGHTS], "2026-01-05 07:00", False, id="closed"),
        pytest.param([], "2026-01-05 03:00", False, id="nothing closes"),
    ],
)
def test_the_state_says_whether_an_update_that_starts_now_outlasts_the_window(windows, now, overrun):
    assert window_state(windows, at(now)).overrun is overrun


def test_a_dense_schedule_is_found_again_after_a_long_closed_time():
    """More openings lie in between than are walked over one by one."""
    hourly = window("0 * * * *", "10m")
    long_deny = window("0 0 1 1 *", "7d", "Deny")
    state = window_state([hourly, long_deny], at("2026-01-01 00:05"))
    assert state.opens_at == at("2026-01-08 00:00")
    assert window_state([hourly], at("2026-01-01"), ceiling=[long_deny]).opens_at == at("2026-01-08 00:00")


def test_windows_that_touch_without_end_are_decided_soon_and_no_change_is_told():
    every_minute = window("* * * * *", "1m")
    assert window_state([every_minute], at("2026-01-05")).closes_at is None


ZONES = ("UTC", PARIS, "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu")
FIVE = timedelta(minutes=5)
JUMPS = ("2026-03-08", "2026-03-29", "2026-04-04", "2026-10-03", "2026-10-25", "2026-11-01")


@st.composite
def clocks(draw):
    """A window with its fields as sets, for a reference that knows no cron."""
    minutes = draw(st.sets(st.sampled_from((0, 10, 30, 45)), min_size=1, max_size=2))
    hours = draw(st.sets(st.integers(0, 23), min_size=1, max_size=3))
    weekdays = draw(st.none() | st.sets(st.integers(0, 6), min_size=1))
    hourly = draw(st.booleans())
    fields = [
        ",".join(map(str, sorted(minutes))),
        "*" if hourly else ",".join(map(str, sorted(hours))),
        "*",
        "*",
        "*" if weekdays is None else ",".join(map(str, sorted(weekdays))),
    ]
    return (
        window(
            " ".join(fields),
            draw(st.sampled_from(("1m", "45m", "3h", "23h", "30h"))),
            draw(st.sampled_from(("Allow", "Deny"))),
            draw(st.sampled_from(ZONES)),
        ),
        minutes,
        None if hourly else hours,
        weekdays,
    )


def beginnings(clock, first: datetime, last: datetime) -> set[datetime]:
    """Every beginning between two instants, found by looking at every fifth minute; no other one is drawn."""
    one, minutes, hours, weekdays = clock
    found = set()
    moment = first.replace(minute=first.minute // 5 * 5)
    previous = moment.astimezone(one.zone).replace(tzinfo=None) - FIVE
    while moment <= last:
        local = moment.astimezone(one.zone)
        naive = local.replace(tzinfo=None)
        # What the clock shows for the first time now: one minute, or several when it has jumped forward.
        shown = (
            [naive]
            if hours is None
            else [previous + n * FIVE for n in range(1, (naive - previous) // FIVE + 1)]
        )
        if any(
            now.minute in minutes
            and (hours is None or now.hour in hours)
            and (weekdays is None or now.isoweekday() % 7 in weekdays)
            for now in shown
        ):
            found.add(moment)
        previous = max(previous, naive)
        moment += FIVE
    return found


@given(
    st.lists(clocks(), min_size=1, max_size=3),
    st.sampled_from(JUMPS),
    st.integers(-2 * 1440, 1440),
    st.integers(0, 59),
)
def test_the_change_is_the_first_one_that_a_look_at_every_moment_finds(clock_list, day, minute, second):
    now = at(day) + timedelta(minutes=minute, seconds=second)
    horizon = now.replace(second=0) + timedelta(days=2)
    spans = [
        (one[0].kind, begin, begin + parse_duration(one[0].duration))
        for one in clock_list
        for begin in beginnings(one, now.replace(second=0) - timedelta(days=2), horizon)
    ]
    has_allow = any(one[0].kind is WindowKind.ALLOW for one in clock_list)

    def is_open(moment: datetime) -> bool:
        active = {kind for kind, begin, end in spans if begin <= moment < end}
        return WindowKind.DENY not in active and (not has_allow or WindowKind.ALLOW in active)

    state = window_state([one[0] for one in clock_list], now)
    edges = sorted({edge for _, begin, end in spans for edge in (begin, end) if now < edge <= horizon})
    change = next((edge for edge in edges if is_open(edge) is not is_open(now)), None)
    told = state.closes_at if state.is_open else state.opens_at
    assert state.is_open is is_open(now)
    assert told == change or (change is None and (told is None or told > horizon))
