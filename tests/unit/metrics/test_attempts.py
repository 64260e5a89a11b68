from dataclasses import replace

import pytest

from addon_updater import metrics
from addon_updater.metrics.attempts import FAILURE_REASONS, RESULTS
from unit.metrics.standings import stands

VALUE = metrics.REGISTRY.get_sample_value


def count(metric: str, addon: str, **labels: str) -> float | None:
    return VALUE(f"addon_updater_{metric}", {"addon": addon, **labels})


def test_every_counter_of_a_known_addon_begins_at_zero():
    metrics.expect_attempts(["new-addon"])
    assert {count("attempts_total", "new-addon", result=result) for result in RESULTS} == {0}
    assert {count("attempt_failures_total", "new-addon", reason=reason) for reason in FAILURE_REASONS} == {0}
    assert {count("attempt_duration_seconds_count", "new-addon", result=result) for result in RESULTS} == {0}


def test_an_addon_that_is_expected_again_keeps_its_counts():
    metrics.attempt_finished("kept", result="Promoted", reason="Promoted", seconds=1)
    metrics.expect_attempts(["kept"])
    assert count("attempts_total", "kept", result="Promoted") == 1


@pytest.mark.parametrize(
    "result, is_failure",
    [
        ("Promoted", False),
        ("Superseded", False),
        ("RolledBack", True),
        ("Failed", True),
        ("RollbackFailed", True),
    ],
)
def test_an_end_is_counted_with_its_time_and_a_failure_with_its_reason(result, is_failure):
    addon = f"addon-{result}"
    metrics.attempt_finished(addon, result=result, reason="GateFailed", seconds=42)
    assert count("attempts_total", addon, result=result) == 1
    assert count("attempt_duration_seconds_sum", addon, result=result) == 42
    assert count("attempt_failures_total", addon, reason="GateFailed") == (1 if is_failure else None)


def test_an_addon_that_only_an_addoncatalog_knows_begins_at_zero_with_its_first_release():
    metrics.show_release(replace(stands(), addon="house-addon"))
    assert count("attempts_total", "house-addon", result="RolledBack") == 0
