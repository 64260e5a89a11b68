from datetime import UTC, datetime, timedelta

import pytest

from addon_updater.api.operator_settings import OperatorSettings, read_operator_settings
from addon_updater.api.release import BreakingChanges, Updates
from addon_updater.errors import SettingsError

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
ALL = """
freeze: {reason: Black Friday, until: 2026-12-01T08:00:00Z}
windows:
  - {kind: Deny, schedule: "0 0 24 12 *", duration: 3d, timeZone: Europe/Paris}
repositories: [registry.k8s.io/coredns, mirror.example:5000]
settleTime: 15m
parallelUpdates: 2
policy: {updates: AutoPatch, breakingChanges: Deny}
circuitBreaker: {failures: 3, within: 36h}
"""


@pytest.mark.parametrize("text", ["", "# all is commented out\n", "{}", "---"])
def test_nothing_written_is_nothing_limited(text):
    assert read_operator_settings(text) == OperatorSettings()


def test_every_setting_is_read():
    settings = read_operator_settings(ALL)
    assert settings.to_wire() == {
        "freeze": {"reason": "Black Friday", "until": "2026-12-01T08:00:00Z"},
        "windows": [
            {"kind": "Deny", "schedule": "0 0 24 12 *", "duration": "3d", "timeZone": "Europe/Paris"}
        ],
        "repositories": ["registry.k8s.io/coredns", "mirror.example:5000"],
        "settleTime": "15m",
        "parallelUpdates": 2,
        "policy": {"updates": "AutoPatch", "breakingChanges": "Deny"},
        "circuitBreaker": {"failures": 3, "within": "36h"},
    }


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("frezze: {}", "frezze: there is no such setting; correct its name or remove it"),
        ("freeze: {}", "freeze.reason: Field required"),
        ("freeze: true", "freeze: Input should be"),
        ("freeze: {reason: x, until: 2026-12-01}", "freeze.until: Input should have timezone info"),
        (
            "windows: [{kind: Allow, schedule: '0 2 * *', duration: 4h}]",
            "windows[0].schedule: write five cron",
        ),
        (
            "windows: [{kind: Allow, schedule: '0 2 31 2 *', duration: 4h}]",
            "windows[0].schedule: '0 2 31 2 *' never begins: correct its day-of-month",
        ),
        (
            "windows: [{kind: Allow, schedule: '0 2 * * *', duration: 4h, timeZone: Europe/Pariss}]",
            "windows[0].timeZone: there is no time zone 'Europe/Pariss'; write a time zone",
        ),
        (
            "windows: [{kind: Allow, schedule: '0 2 * * *', duration: 8d}]",
            "windows[0].duration: choose a duration between 1m and 7d",
        ),
        ("windows: [{kind: Allow, schedule: null, duration: 4h}]", "windows[0].schedule: Input should be"),
        ("repositories: []", "repositories: "),
        ("repositories: ['registry.k8s.io/coredns:v1']", "repositories[0]: write a repository"),
        ("settleTime: 10", "settleTime: Input should be a valid string"),
        ("settleTime: 1 hour", "settleTime: write a duration as in"),
        ("parallelUpdates: 0", "parallelUpdates: Input should be greater than or equal to 1"),
        (
            "circuitBreaker: {failures: 0}",
            "circuitBreaker.failures: Input should be greater than or equal to 1",
        ),
        ("circuitBreaker: {within: 24}", "circuitBreaker.within: Input should be a valid string"),
        ("circuitBreaker: {within: 31d}", "circuitBreaker.within: choose a duration between 1m and 30d"),
        ("circuitBreaker: {limit: 2}", "circuitBreaker.limit: there is no such setting"),
        ("circuitBreaker: false", "circuitBreaker: Input should be"),
        ("policy: {updates: Always}", "policy.updates: Input should be 'Auto'"),
        (
            "policy: {updates: Always}\nfrezze: 1",
            "policy.updates: Input should be 'Auto', 'AutoPatch', 'Manual'",
        ),
        ("[]", "document: Input should be"),
        ("a: [", "correct the YAML: "),
        (
            "freeze: {reason: x, until: 2026-02-30T08:00:00Z}",
            "correct the YAML: this is no timestamp: day is out",
        ),
        ("freeze: {reason: x, until: !!timestamp soon}", "correct the YAML: this is no timestamp: "),
        ("parallelUpdates: !!int many", "correct the YAML: this is no int: "),
        ('freeze: {reason: "\ud800"}', "write it in UTF-8: "),
        ("{<<: " * 990 + "{}" + "}" * 990, "nested too deeply"),
        ("#" * 70_000, "longer than 65536 characters"),
    ],
)
def test_what_cannot_be_used_is_told_with_its_path_and_the_remedy(text, problem):
    with pytest.raises(SettingsError) as caught:
        read_operator_settings(text)
    assert str(caught.value).startswith(f"settings.yaml: {problem}")


def test_of_several_mistakes_the_first_is_told_with_the_number_of_the_others():
    with pytest.raises(SettingsError, match=r"there is no such setting.*\(and 1 more\)$"):
        read_operator_settings("one: 1\ntwo: 2")


@pytest.mark.parametrize("field", OperatorSettings.model_fields)
def test_a_setting_without_a_value_is_unset(field):
    wire = OperatorSettings.model_fields[field].alias or field
    assert read_operator_settings(f"{wire}:") == OperatorSettings()


@pytest.mark.parametrize(
    ("freeze", "why"),
    [
        (None, None),
        ({"reason": "audit"}, "audit"),
        ({"reason": "audit", "enabled": True}, "audit"),
        ({"reason": "audit", "enabled": False}, None),
        ({"reason": "audit", "until": "2026-11-27T12:00:01Z"}, "audit (until 2026-11-27T12:00:01+00:00)"),
        ({"reason": "audit", "until": "2026-11-27T12:00:00Z"}, None),
        ({"reason": "audit", "until": "2026-11-27T12:30:00+01:00"}, None),
    ],
)
def test_a_freeze_holds_until_its_end_or_until_it_is_taken_out(freeze, why):
    assert OperatorSettings.model_validate({"freeze": freeze}).frozen_at(NOW) == why


@pytest.mark.parametrize("asked", Updates)
@pytest.mark.parametrize(
    ("ceiling", "allowed"),
    [
        (None, "PlanOnly Manual AutoPatch Auto"),
        (Updates.AUTO, "PlanOnly Manual AutoPatch Auto"),
        (Updates.AUTO_PATCH, "PlanOnly Manual AutoPatch"),
        (Updates.MANUAL, "PlanOnly Manual"),
        (Updates.PLAN_ONLY, "PlanOnly"),
    ],
)
def test_no_release_starts_more_by_itself_than_the_ceiling(asked, ceiling, allowed):
    settings = OperatorSettings.model_validate({"policy": {"updates": ceiling}})
    effective = settings.updates_at_most(asked)
    assert effective == (asked if asked in allowed.split() else ceiling)


@pytest.mark.parametrize(
    ("ceiling", "asked", "effective"),
    [
        (None, "Allow", "Allow"),
        ("WithClusterMinor", "Allow", "WithClusterMinor"),
        ("WithClusterMinor", "Deny", "Deny"),
        ("Deny", "Allow", "Deny"),
        ("Allow", "WithClusterMinor", "WithClusterMinor"),
    ],
)
def test_no_release_lets_breaking_changes_do_more_than_the_ceiling(ceiling, asked, effective):
    settings = OperatorSettings.model_validate({"policy": {"breakingChanges": ceiling}})
    assert settings.breaking_at_most(BreakingChanges(asked)) == effective


@pytest.mark.parametrize(("written", "minutes"), [(None, 10), ("15m", 15)])
def test_the_settle_time_overrides_the_flag(written, minutes):
    settings = OperatorSettings(settle_time=written)
    assert settings.settle_time_or(timedelta(minutes=10)) == timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("written", "limit", "memory"),
    [
        (None, 2, timedelta(days=1)),
        ({}, 2, timedelta(days=1)),
        ({"failures": 3}, 3, timedelta(days=1)),
        ({"within": "90m"}, 2, timedelta(minutes=90)),
        ({"enabled": True}, 2, timedelta(days=1)),
        ({"enabled": False, "failures": 1}, None, timedelta(days=1)),
    ],
)
def test_the_circuit_breaker_opens_at_two_failures_within_a_day_unless_it_is_told_otherwise(
    written, limit, memory
):
    terms = OperatorSettings.model_validate({"circuitBreaker": written}).breaker
    assert (terms.limit, terms.memory) == (limit, memory)
