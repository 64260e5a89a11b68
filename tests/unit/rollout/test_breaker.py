"""When failures of several addons open the circuit breaker, when it closes, and whose word lifts it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from addon_updater.api.operator_settings import CircuitBreaker
from addon_updater.rollout.breaker import (
    BREAKER_RESET_ANNOTATION,
    CLOSED,
    Breaker,
    Failure,
    breaker_reset,
    failure_of,
    judge_breaker,
)
from addon_updater.rollout.content import Content
from addon_updater.rollout.revision import Quarantine, Result, Revision, Verdict

MIDNIGHT = datetime(2026, 1, 5, tzinfo=UTC)
USUAL = CircuitBreaker()
CONTENT = Content("1.13.0", "dns", "dns:v1.13.0", None, 0, None)


def at(hours: float) -> datetime:
    return MIDNIGHT + timedelta(hours=hours)


def failures(*written: str) -> list[Failure]:
    """Failures as in "dns 3.5": the release of that name failed at half past three."""
    parts = [one.split() for one in written]
    return [Failure("kube-system", name, "1.13.0", "GateFailed", at(float(hour))) for name, hour in parts]


def judge(
    *written: str, now: float, resets: tuple[float, ...] = (), terms: CircuitBreaker = USUAL
) -> Breaker:
    return judge_breaker(failures(*written), [at(one) for one in resets], terms, at(now))


@pytest.mark.parametrize(
    "written, now, since, until",
    [
        pytest.param([], 0, None, None, id="nothing has failed"),
        pytest.param(["dns 1"], 2, None, None, id="one addon has failed"),
        pytest.param(["dns 1", "dns 2", "dns 3"], 3, None, None, id="one addon has failed again and again"),
        pytest.param(["dns 1", "web 2"], 2, 2, 25, id="the second one opens it at once"),
        pytest.param(["web 2", "dns 1"], 2, 2, 25, id="in whatever order they are read"),
        pytest.param(["dns 1", "web 1"], 1, 1, 25, id="both at the same moment"),
        pytest.param(["dns 1", "web 2"], 24.99, 2, 25, id="it stays open for as long as both count"),
        pytest.param(["dns 1", "web 2"], 25, None, None, id="and closes when the older one is a day old"),
        pytest.param(["dns 1", "web 25"], 25, None, None, id="a day apart they have nothing in common"),
        pytest.param(["dns 1", "web 2", "dns 9"], 30, None, None, id="web is too old although dns is not"),
        pytest.param(["dns 1", "web 2", "dns 9"], 25.5, 2, 26, id="a later failure of one prolongs its part"),
        pytest.param(["dns 1", "web 2", "app 20"], 25.5, 2, 26, id="a third one holds it open"),
        pytest.param(
            ["dns 1", "web 2", "app 20", "dns 30"], 30, 30, 44, id="it opens anew after it has closed"
        ),
        pytest.param(["dns 1", "web 99"], 2, 99, 25, id="a failure that a clock puts ahead counts"),
    ],
)
def test_two_addons_that_fail_within_a_day_open_it(written, now, since, until):
    breaker = judge(*written, now=now)
    expected = (None, None) if since is None else (at(since), at(until))
    assert (breaker.since, breaker.until) == expected
    assert breaker.is_open is (since is not None)
    assert breaker.is_open or breaker == CLOSED


@pytest.mark.parametrize(
    "terms, written, is_open",
    [
        ({"failures": 1}, ["dns 1"], True),
        ({"failures": 3}, ["dns 1", "web 2"], False),
        ({"failures": 3}, ["dns 1", "web 2", "app 3"], True),
        ({"within": "1h"}, ["dns 1", "web 2"], False),
        ({"within": "90m"}, ["dns 1.6", "web 2.9"], True),
        ({"enabled": False}, ["dns 1", "web 2"], False),
        ({"enabled": True}, ["dns 1", "web 2"], True),
    ],
)
def test_the_settings_say_how_many_within_how_long(terms, written, is_open):
    assert judge(*written, now=3, terms=CircuitBreaker.model_validate(terms)).is_open is is_open


@pytest.mark.parametrize(
    "written, resets, now, is_open",
    [
        pytest.param(["dns 1", "web 2"], (2,), 3, False, id="the moment of the newest failure"),
        pytest.param(["dns 1", "web 2"], (2.5,), 3, False, id="any later one"),
        pytest.param(["dns 1", "web 2"], (1,), 3, False, id="one that leaves too few"),
        pytest.param(["dns 1", "web 2", "app 2"], (1,), 3, True, id="one that leaves enough"),
        pytest.param(["dns 1", "web 2"], (0.5,), 3, True, id="one from before"),
        pytest.param(["dns 1", "web 2"], (0.5, 2, 0), 3, False, id="of several the latest"),
        pytest.param(["dns 1", "web 2"], (4,), 3, True, id="one that lies ahead does not count yet"),
        pytest.param(["dns 1", "web 2"], (4,), 4, False, id="it counts once it has come"),
        pytest.param(["dns 1", "web 99"], (99,), 3, False, id="as far ahead as the failure that it is about"),
        pytest.param(
            ["dns 1", "web 2", "dns 5"], (2,), 6, False, id="what fails later counts from one again"
        ),
        pytest.param(["dns 1", "web 2", "dns 5", "app 6"], (2,), 6, True, id="and may open it again"),
    ],
)
def test_a_reset_forgets_what_has_failed_by_then(written, resets, now, is_open):
    assert judge(*written, now=now, resets=resets).is_open is is_open


def test_a_reset_that_is_given_twice_means_the_same():
    once = judge("dns 1", "web 2", "app 5", now=6, resets=(1,))
    assert judge("dns 1", "web 2", "app 5", now=6, resets=(1, 1)) == once


@pytest.mark.parametrize(
    "text, moment",
    [
        ("2026-01-05T03:00:00Z", at(3)),
        ("2026-01-05T04:00:00+01:00", at(3)),
        ("2026-01-05T03:00:00", None),
        ("now", None),
        ("", None),
        (None, None),
    ],
)
def test_a_reset_is_a_moment_with_a_time_zone(text, moment):
    assert breaker_reset({} if text is None else {BREAKER_RESET_ANNOTATION: text}) == moment


def ended(result: Result, reason: str, *, held: bool) -> Revision:
    quarantine = Quarantine("1.13.0", "dns:v1.13.0", "", "1.34", reason, "", at(1)) if held else None
    outcome = Verdict(reason, "it is over", at(1), result)
    return Revision("r1", 1, "7", CONTENT, outcome=outcome, quarantine=quarantine)


@pytest.mark.parametrize(
    "result, reason, held, counts",
    [
        (Result.ROLLED_BACK, "GateFailed", True, True),
        (Result.ROLLED_BACK, "Crashed", True, True),
        (Result.ROLLED_BACK, "Crashed", False, True),
        (Result.ROLLBACK_FAILED, "RollbackFailed", True, True),
        (Result.FAILED, "RehearsalFailed", True, True),
        (Result.FAILED, "CheckFailed", True, True),
        (Result.FAILED, "CheckFailed", False, False),
        (Result.FAILED, "BackupFailed", False, False),
        (Result.FAILED, "WishChanged", False, False),
        (Result.FAILED, "ForeignOwner", False, False),
        (Result.FAILED, "RollbackRequested", True, False),
        (Result.ROLLED_BACK, "RollbackRequested", True, False),
        (Result.SUPERSEDED, "Superseded", True, False),
        (Result.ADOPTED, "Superseded", True, False),
        (Result.ADOPTED, "Adopted", False, False),
        (Result.PROMOTED, "Promoted", False, False),
    ],
)
def test_a_failure_is_an_attempt_that_blames_its_version_and_no_word_of_a_person(
    result, reason, held, counts
):
    found = failure_of("kube-system", "dns", ended(result, reason, held=held))
    assert found == (Failure("kube-system", "dns", "1.13.0", reason, at(1)) if counts else None)


def test_an_attempt_that_runs_has_not_failed():
    assert failure_of("kube-system", "dns", Revision("r1", 1, "7", CONTENT)) is None


@pytest.mark.parametrize(
    "release, retried, held",
    [
        pytest.param("app", None, True, id="nobody has said anything"),
        pytest.param("app", 1.5, True, id="a retry from before it opened"),
        pytest.param("app", 2, False, id="a retry at the very moment"),
        pytest.param("app", 3, False, id="a retry since"),
        pytest.param("dns", 3, True, id="a retry that the release has failed since"),
        pytest.param("dns", 4, False, id="a retry after its last failure"),
        pytest.param("web", 3, False, id="the retry of one that has failed"),
    ],
)
def test_a_retry_lifts_it_for_one_release_until_that_fails_again(release, retried, held):
    breaker = judge("dns 1", "web 2", "dns 4", now=5)
    retried_at = None if retried is None else at(retried)
    assert breaker.holds("kube-system", release, retried_at=retried_at) is held
    assert not CLOSED.holds("kube-system", release, retried_at=retried_at)


def test_it_says_who_has_failed_and_what_ends_the_pause():
    assert judge("dns 1", "web 2", now=3).why == (
        "kube-system/dns (1.13.0 GateFailed, 2026-01-05 01:00 UTC), kube-system/web (1.13.0 GateFailed, 2026-01-05 02:00 "
        "UTC) failed within 1d, so no update starts by itself before 2026-01-06 01:00 UTC; find out why, then end the "
        "pause with kubectl addons reset-breaker"
    )


def test_of_many_that_have_failed_it_names_the_newest():
    breaker = judge("one 1", "two 2", "three 3", "four 4", "five 5", now=5)
    assert breaker.who == "kube-system/three, kube-system/four, kube-system/five and 2 more"
    assert "2026-01-05 05:00 UTC) and 2 more failed within 1d" in breaker.why
    assert "/two" not in breaker.why
