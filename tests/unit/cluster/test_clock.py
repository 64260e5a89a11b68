"""A step of the wall clock moves nobody who waits; it is taken over when somebody says so."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from addon_updater.cluster.clock import SteadyClock

START = datetime(2026, 1, 5, 12, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


class Clocks:
    """Both clocks of a machine."""

    def __init__(self) -> None:
        self.wall, self.monotonic = START, 1000.0
        self.steady = SteadyClock(lambda: self.wall, lambda: self.monotonic)

    def pass_by(self, time: timedelta) -> None:
        self.wall += time
        self.monotonic += time.total_seconds()


def test_without_a_step_it_is_the_wall_clock():
    clocks = Clocks()
    clocks.pass_by(MINUTE)
    assert clocks.steady.now() == clocks.wall == START + MINUTE
    assert clocks.steady.follow() == timedelta(0)


@pytest.mark.parametrize("step", [HOUR, -HOUR])
def test_a_step_is_no_time_that_passes(step):
    clocks = Clocks()
    clocks.wall += step
    clocks.pass_by(MINUTE)
    assert clocks.steady.now() == START + MINUTE


@pytest.mark.parametrize("step", [HOUR, -HOUR])
def test_a_step_is_taken_over_once_when_nothing_is_being_waited_for(step):
    clocks = Clocks()
    clocks.wall += step
    clocks.pass_by(MINUTE)

    assert clocks.steady.follow() == step
    assert clocks.steady.now() == clocks.wall
    clocks.pass_by(MINUTE)
    assert clocks.steady.now() == START + step + 2 * MINUTE


def test_a_machine_that_slept_has_not_waited():
    clocks = Clocks()
    clocks.wall += HOUR
    assert clocks.steady.now() == START
