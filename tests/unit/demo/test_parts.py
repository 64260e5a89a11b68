"""The demo's own objects: the closed window, the rules of its Prometheus, what each level builds, its lines."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
import yaml
from rich.console import Console

from addon_updater.api.windows import Window
from addon_updater.rollout.windows import window_state
from demo.building import PROGRAMS_OF
from demo.monitoring import CONFIG, loopback_config, rules
from demo.objects import closed_window
from demo.screen import WIDTH, Row, Screen
from localcluster import Level


@pytest.mark.parametrize("hour", [0, 12, 17, 18, 23])
def test_the_window_is_closed_now_and_opens_when_the_demo_says(hour: int) -> None:
    now = datetime(2026, 11, 30, hour, 59, 59, tzinfo=UTC)
    written, opens = closed_window(now)
    state = window_state([Window.model_validate(written)], now)
    assert (state.is_open, state.opens_at) == (False, opens)
    assert timedelta(hours=5, minutes=59) < opens - now <= timedelta(hours=6)


def test_the_shipped_alerts_stand_beside_the_teams_own_rules() -> None:
    groups = {group["name"]: group["rules"] for group in yaml.safe_load(rules())["groups"]}
    assert [rule["record"] for rule in groups["node"]] == ["job:up:sum"]
    assert "AddonUpdaterRolledBack" in {rule.get("alert") for rule in groups["addon-updater"]}


@pytest.mark.parametrize("config", [CONFIG, loopback_config(8080, 9090, Path("/rules.yml"))])
def test_the_operators_metrics_keep_the_namespace_of_their_release(config: str) -> None:
    jobs = {job["job_name"]: job for job in yaml.safe_load(config)["scrape_configs"]}
    assert [name for name, job in jobs.items() if job.get("honor_labels")] == ["addon-updater"]


@pytest.mark.parametrize(
    "level, groups",
    [
        (
            Level.NODE,
            {"kubernetes", "kubernetes-node", "etcd", "containerd", "prometheus-2.55.1", "prometheus-3.13.2"}
            | {"coredns-1.11.3", "coredns-1.12.1", "coredns-1.13.1"},
        ),
        (Level.CONTROL_PLANE, {"kubernetes", "etcd", "kwok", "prometheus-3.13.2"}),
    ],
)
def test_a_level_builds_what_its_story_runs_and_nothing_else(level: Level, groups: set[str]) -> None:
    assert set(PROGRAMS_OF[level]) == groups


def narrated(*, terminal: bool, width: int) -> tuple[Screen, StringIO]:
    output = StringIO()
    console = Console(
        file=output, force_terminal=terminal, width=width, soft_wrap=True, color_system=None, highlight=False
    )
    return Screen(console), output


@pytest.mark.parametrize(
    "terminal, width, longest", [(False, 80, WIDTH), (True, 80, 80), (True, 200, WIDTH), (True, 20, 60)]
)
def test_a_long_sentence_goes_on_below_itself(*, terminal: bool, width: int, longest: int) -> None:
    screen, output = narrated(terminal=terminal, width=width)
    screen.proven("word " * 60)
    first, *more = output.getvalue().splitlines()
    assert first.startswith("0:00  ✓ word")
    assert more
    assert {line[:8] for line in more} == {" " * 8}
    assert longest - 5 < max(map(len, (first, *more))) <= longest


def test_what_somebody_else_says_takes_three_lines_at_most() -> None:
    screen, output = narrated(terminal=False, width=100)
    screen.quote("breaking " * 60)
    told = output.getvalue().splitlines()
    assert len(told) == 3
    assert told[2].endswith("breaking ...")


def test_what_looks_like_markup_is_told_as_it_is() -> None:
    screen, output = narrated(terminal=False, width=100)
    screen.quote("increase(x[1h]) of [bold]y[/bold]")
    assert "increase(x[1h]) of [bold]y[/bold]" in output.getvalue()


def test_without_a_terminal_a_row_is_told_when_it_changes() -> None:
    screen, output = narrated(terminal=False, width=100)
    row = Row("coredns", "1.11.3", "1.12.1", "Rehearsing", "InProgress")
    idle = Row("coredns", "1.12.1", "1.12.1", "", "UpToDate")
    for one in (row, row, idle, Row("grafana", "", "", "", "")):
        screen.show([one])
    told = [line.partition("  ")[2].strip() for line in output.getvalue().splitlines()]
    assert told == ["coredns 1.11.3 -> 1.12.1  Rehearsing", "coredns 1.12.1  UpToDate"]
