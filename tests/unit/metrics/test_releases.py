import re
import time

import pytest

from addon_updater import metrics
from addon_updater.api.release_status import CurrentStatus, GateStatus, SecurityStatus
from unit.metrics.standings import conditions, shown, stands


def names() -> list[str]:
    return sorted(set(re.findall(r'name="(\w+)"', metrics.exposition().decode())))


def test_a_release_shows_only_how_it_stands_now():
    gate = GateStatus(name="dns/service", outcome="Pass", message="")
    metrics.show_release(stands(current=CurrentStatus(version="1.11.3"), gates=[gate]))
    metrics.show_release(
        stands(current=CurrentStatus(version="1.12.1"), conditions=conditions(Ready="False VersionUnfit"))
    )
    assert shown("release_info", version="1.11.3", target="") is None
    assert shown("release_info", version="1.12.1", target="") == 1
    assert shown("release_condition", type="Ready", reason="VersionFits") is None
    assert shown("release_condition", type="Ready", reason="VersionUnfit") == 0
    assert shown("release_gate", gate="dns/service") is None


@pytest.mark.parametrize(
    ("forget", "left"),
    [
        (lambda: metrics.forget_release("kube-system", "dns"), ["web"]),
        (lambda: metrics.forget_release("kube-system", "unknown"), ["dns", "web"]),
        (metrics.forget_releases, []),
    ],
    ids=["one", "one that was never shown", "all"],
)
def test_to_forget_a_release_leaves_the_others(forget, left):
    metrics.show_release(stands("dns"))
    metrics.show_release(stands("web"))
    forget()
    assert names() == left


def test_a_replica_that_leads_no_more_tells_no_verdicts_either():
    metrics.show_readiness("1.36", "coredns", "Error")
    metrics.forget_releases()
    assert b"addon_updater_minor_readiness{" not in metrics.exposition()


def test_a_thousand_releases_are_told_fast_enough_not_to_hold_up_the_passes():
    for number in range(1000):
        metrics.show_release(stands(f"r{number}", current=CurrentStatus(version="1.11.3")))
    began = time.process_time()
    text = metrics.exposition()
    assert time.process_time() - began < 2
    assert text.count(b"addon_updater_release_info{") == 1000


def test_open_flaws_are_counted_by_severity_and_by_whether_the_plan_ends_them():
    found = [
        SecurityStatus(id="CVE-1", severity="High", fixed_in="1.14.2", message=""),
        SecurityStatus(id="CVE-2", severity="High", fixed_in="1.14.2", message=""),
        SecurityStatus(id="CVE-3", severity="High", message=""),
    ]
    metrics.show_release(stands(security=found))
    assert shown("release_advisories", severity="High", planned="true") == 2
    assert shown("release_advisories", severity="High", planned="false") == 1
    metrics.show_release(stands())
    assert shown("release_advisories", severity="High", planned="true") is None
