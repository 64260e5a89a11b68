"""Chapters 5 and 6: what a real Prometheus knows about it all, and what the API server's audit log says."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from demo.audit import Audit, read_audit
from demo.objects import CLOSED_WINDOW_RELEASE, closed_window
from demo.promql import Prometheus, dashboard_queries
from demo.story import Story, now

ALERT = "AddonUpdaterRolledBack"
ATTEMPTS = {"Promoted": 5.0, "RolledBack": 1.0}
"""How the six attempts of the story end."""


def read_back(story: Story) -> None:
    """The rollout metrics, the alert, a closed window, and every query of the dashboard."""
    story.screen.step("5  What a real Prometheus knows about all this")
    prometheus = story.ask_prometheus()
    _attempts(story, prometheus)
    _alert(story, prometheus)
    _window(story, prometheus)
    _dashboard(story, prometheus)


def _attempts(story: Story, prometheus: Prometheus) -> None:
    """The counters, once a scrape has seen the last attempt end."""
    attempts = "addon_updater_attempts_total"

    def told() -> dict[str, float]:
        return {
            result: prometheus.value(f'sum(max by (addon, result) ({attempts}{{result="{result}"}}))')
            for result in ATTEMPTS
        }

    story.wait_for(lambda: told() == ATTEMPTS, f"{attempts} to tell {ATTEMPTS}", 20)
    story.claim(told() == ATTEMPTS, f"{attempts}: 5 Promoted, 1 RolledBack, as it has happened")


def _alert(story: Story, prometheus: Prometheus) -> None:
    firing = f'ALERTS{{alertname="{ALERT}", alertstate="firing"}}'
    story.wait_for(lambda: bool(prometheus.instant(firing)), f"{ALERT} to fire", 30)
    labels = [sample["metric"] for sample in prometheus.instant(firing)]
    story.claim(
        [(one["namespace"], one["name"]) for one in labels] == [("kube-system", "coredns")],
        f"the shipped alert {ALERT} fires, for kube-system/coredns and nobody else",
    )


def _window(story: Story, prometheus: Prometheus) -> None:
    """The team gives Prometheus a window that is closed now; when it opens is in the status and in the metrics."""
    window, opens = closed_window(now())
    release = CLOSED_WINDOW_RELEASE
    story.apply({**release, "spec": {**release["spec"], "windows": [window]}})
    view = story.releases[release["metadata"]["name"]]
    story.wait_for(lambda: "nextWindow" in view.status(), "the window in the status", 20)
    told = view.status()["nextWindow"]
    story.claim(
        datetime.fromisoformat(told["opensAt"]) == opens and view.condition("Ready")["status"] == "True",
        f"Prometheus gets a maintenance window ({window['schedule']}, UTC): status.nextWindow opens at "
        f"{told['opensAt']}",
    )
    metric = 'addon_updater_release_window_change_timestamp_seconds{change="opens"}'
    story.wait_for(lambda: prometheus.value(metric) == opens.timestamp(), "the window in the metrics", 20)


def _dashboard(story: Story, prometheus: Prometheus) -> None:
    asked = [query for query in dashboard_queries() if query.panel not in story.mute_panels]
    silent = prometheus.silent(asked, story.began.timestamp(), now().timestamp())
    story.claim(
        not silent,
        f"all {len(asked)} queries of the dashboard return data"
        + _list([f"{query.panel} {query.ref_id}: {query.expression}" for query in silent]),
    )
    if story.mute_panels:
        names = ", ".join(sorted(story.mute_panels))
        story.screen.say(f"not asked, since no addon runs that could tell it: {names}")


def report(story: Story) -> str:
    """The figures, and the last line."""
    story.screen.step("6  Report")
    audit = read_audit(story.cluster.audit_log, story.server_starts)
    for move in story.moves:
        story.screen.say(f"{move.addon} {move.start} to {move.end}: {move.result} after {move.seconds:.0f} s")
    _tell_requests(story, audit)
    line, part = story.figures()
    story.screen.say(line)
    return (
        f"demo: ok ({story.cluster.level}: {len(story.moves) - 1} updates, 1 rollback; "
        f"{audit.requests} API requests, {audit.writes} writes; {part}; {story.screen.seconds:.0f} s)"
    )


def _tell_requests(story: Story, audit: Audit) -> None:
    story.screen.say(
        f"API requests by the operator: {audit.requests}, of these {audit.writes} writes "
        f"and {audit.lease_requests} for the Lease"
    )
    if audit.refused_at_start:
        story.screen.say(
            f"{audit.refused_at_start} were answered 403 by the starting 1.35 server, "
            "which refuses everybody until it has read its RBAC objects; they were repeated"
        )
    what = "no other" if audit.refused_at_start else "none"
    story.claim(not audit.refused, f"{what} was refused" + _list(audit.refused))
    story.claim(not audit.strangers, "none wrote outside the listed objects" + _list(audit.strangers))


def _list(strangers: Sequence[str]) -> str:
    return f": {'; '.join(strangers)}" if strangers else ""
