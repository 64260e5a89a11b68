from datetime import timedelta

from addon_updater import metrics
from addon_updater.api.release_status import (
    AttemptStatus,
    CurrentStatus,
    FindingStatus,
    GateStatus,
    HistoryStatus,
    HopStatus,
    NextWindowStatus,
    PlanStatus,
    QuarantineStatus,
    TargetStatus,
)
from unit.metrics.standings import HOUR_AGO, IDLE, NOW, conditions, shown, stands

MINUTE = timedelta(minutes=1)
WAITING = conditions(Ready="True VersionFits", UpdateAvailable="True WaitingForApproval")


def hop(start: str, to: str, *, breaking: bool) -> HopStatus:
    return HopStatus(from_=start, to=to, when="Now", breaking=breaking, reversible=True, reason="newer")


def finding(rule: str, severity: str) -> FindingStatus:
    return FindingStatus(rule_id=rule, severity=severity, message="found", remedy="mend it")


def ended(version: str, outcome: str) -> HistoryStatus:
    return HistoryStatus(revision="r", version=version, outcome=outcome, message="", finished_at=HOUR_AGO)


def test_versions_conditions_and_phase_are_told():
    metrics.show_release(
        stands(
            current=CurrentStatus(version="1.11.3"), target=TargetStatus(version="1.12.1"), conditions=WAITING
        )
    )
    assert shown("release_info", version="1.11.3", target="1.12.1") == 1
    assert shown("release_condition", type="Ready", reason="VersionFits") == 1
    assert shown("release_condition", type="UpdateAvailable", reason="WaitingForApproval") == 1
    assert shown("release_phase", phase="Waiting") == 1
    assert shown("release_phase", phase="Idle") == 0
    assert shown("release_phase_code") == metrics.PHASE_CODES[metrics.Phase.WAITING]


def test_the_plan_tells_its_hops_and_each_rule_once_however_often_it_spoke():
    plan = PlanStatus(
        hash="h",
        hops=[hop("2.54.1", "2.55.1", breaking=False), hop("2.55.1", "3.5.0", breaking=True)],
        findings=[finding("PromArgs", "Repair"), finding("PromArgs", "Repair"), finding("PromData", "Block")],
    )
    metrics.show_release(stands(plan=plan))
    assert shown("release_plan_hops") == 2
    assert shown("release_plan_breaking_hops") == 1
    assert shown("release_finding", rule="PromArgs", severity="Repair") == 1
    assert metrics.exposition().count(b'rule="PromArgs"') == 1
    assert shown("release_finding", rule="PromData", severity="Block") == 1


def test_the_worse_a_gate_the_smaller_its_number():
    words = ("Fail", "Unknown", "Skipped", "Pass")
    metrics.show_release(
        stands(gates=[GateStatus(name=f"g{word}", outcome=word, message="") for word in words])
    )
    assert [shown("release_gate", gate=f"g{word}") for word in words] == [0, 1, 2, 3]


def test_the_running_attempt_tells_its_hop_only_while_it_runs():
    running = AttemptStatus(id="a1", hop="1.11.3 to 1.12.1", step="Soaking", started_at=HOUR_AGO)
    hop_labels = {"from": "1.11.3", "to": "1.12.1"}
    metrics.show_release(stands(attempt=running))
    assert shown("attempt_start_timestamp_seconds", **hop_labels) == HOUR_AGO.timestamp()
    metrics.show_release(stands())
    assert shown("attempt_start_timestamp_seconds", **hop_labels) is None


def test_the_last_attempt_is_the_newest_one_that_is_not_an_adoption():
    history = [ended("1.12.4", "Adopted"), ended("1.12.1", "RolledBack"), ended("1.11.3", "Promoted")]
    metrics.show_release(stands(history=history))
    told = shown("last_attempt_timestamp_seconds", version="1.12.1", result="RolledBack")
    assert told == HOUR_AGO.timestamp()
    assert metrics.exposition().count(b"addon_updater_last_attempt_timestamp_seconds{") == 1


def test_quarantined_versions_are_counted():
    held = [
        QuarantineStatus(version=version, reason="Crashed", message="", since=NOW) for version in ("1", "2")
    ]
    metrics.show_release(stands(quarantined=held))
    assert shown("release_quarantined_versions") == 2


def test_how_the_version_stands_with_the_minor_is_told_and_unknown_is_not_fine():
    for ready, code in (
        ("False VersionUnfit", 0),
        ("Unknown VersionUnfit", 1),
        ("False WorkloadNotFound", 1),
        ("True WorkloadAbsent", 1),
        ("True VersionFits", 3),
    ):
        metrics.show_release(stands(conditions=conditions(Ready=ready), observed_kubernetes_minor="1.35"))
        assert shown("release_fit", minor="1.35") == code, ready


def test_a_phase_is_as_old_as_its_condition_until_it_is_seen_to_begin():
    begun = "release_phase_start_timestamp_seconds"
    metrics.show_release(stands(conditions=WAITING))
    assert shown(begun, phase="Waiting") == HOUR_AGO.timestamp()
    metrics.show_release(stands(conditions=IDLE, now=NOW + MINUTE))
    assert shown(begun, phase="Waiting") is None
    assert shown(begun, phase="Idle") == (NOW + MINUTE).timestamp()
    metrics.show_release(stands(conditions=IDLE, now=NOW + 2 * MINUTE))
    assert shown(begun, phase="Idle") == (NOW + MINUTE).timestamp()
    assert shown("release_last_pass_timestamp_seconds") == (NOW + 2 * MINUTE).timestamp()


def test_hops_are_told_in_order_and_those_that_may_not_start_yet_are_counted():
    hops = [
        hop("2.53.0", "2.55.1", breaking=False).model_copy(update={"admitted": True}),
        hop("2.55.1", "3.5.0", breaking=True).model_copy(update={"admitted": False}),
        hop("3.5.0", "4.0.0", breaking=True),
    ]
    metrics.show_release(stands(plan=PlanStatus(hash="h", hops=hops, findings=[])))
    assert shown("release_plan_waiting_hops") == 1
    way = {"from": "2.55.1", "to": "3.5.0", "when": "Now", "breaking": "true", "admitted": "false"}
    assert shown("release_hop", **way) == 2


def test_a_window_tells_when_it_opens_or_closes_and_no_window_tells_nothing():
    change = "release_window_change_timestamp_seconds"
    metrics.show_release(stands(next_window=NextWindowStatus(opens_at=NOW)))
    assert shown(change, change="opens") == NOW.timestamp()
    metrics.show_release(stands(next_window=NextWindowStatus(closes_at=NOW)))
    assert (shown(change, change="opens"), shown(change, change="closes")) == (None, NOW.timestamp())
    metrics.show_release(stands())
    assert shown(change, change="closes") is None
