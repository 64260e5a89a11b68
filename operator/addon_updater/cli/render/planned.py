"""What is planned and under which rules: hops, findings, windows and the values in force."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from addon_updater.api.meta import format_duration
from addon_updater.api.release_status import AddonReleaseStatus, EffectiveStatus, HopStatus, PlanStatus
from addon_updater.cli.output import plain
from addon_updater.cli.render import parts
from addon_updater.rollout.finding import Severity

_SEVERITY_STYLES = {"Block": "bold red", "Repair": "cyan", "Warn": "yellow"}


def hop_line(hop: HopStatus) -> str:
    """A hop, what is special about it and what it waits for."""
    waits = f", waits for {hop.waits_for}" if hop.waits_for is not None else ""
    return f"{hop.from_} -> {hop.to} ({', '.join(_marks(hop))}){waits}"


def _marks(hop: HopStatus) -> list[str]:
    return [hop.when, *(["breaking"] if hop.breaking else []), *([] if hop.reversible else ["no way back"])]


def hops(plan: PlanStatus) -> RenderableType:
    """The way, hop by hop, each with what it waits for and why it is made."""
    if not plan.hops:
        return plain("no other version: only the configuration changes")
    made = Table.grid(padding=(0, 2, 0, 0))
    made.add_column(style="dim", no_wrap=True)
    made.add_column(no_wrap=True)
    made.add_column(overflow="fold")
    for number, hop in enumerate(plan.hops, start=1):
        way = Text.assemble(plain(hop.from_), " -> ", plain(hop.to, "bold"))
        marks = Text(", ").join(_marked(mark) for mark in _marks(hop))
        standing = [_standing(hop)] if hop.admitted is not None else []
        made.add_row(f"{number}.", way, Group(marks, *standing, *_why(hop)))
    return made


def _marked(mark: str) -> Text:
    return plain(mark, "yellow" if mark in {"breaking", "no way back"} else "")


def _why(hop: HopStatus) -> Iterator[Text]:
    """Why it is made and on whose word, and how far a way leads back from it."""
    source = f" ({hop.source})" if hop.source else ""
    yield plain(f"{hop.reason}{source}", "dim")
    if hop.rollback_floor:
        yield plain(f"nothing older than {hop.rollback_floor} reads what it writes", "dim")


def _standing(hop: HopStatus) -> Text:
    """What the policy says about starting it."""
    if hop.waits_for is None:
        return plain("the policy lets it start", "green")
    return plain(f"waits for {hop.waits_for}", "cyan" if hop.admitted else "yellow")


def findings(plan: PlanStatus) -> RenderableType:
    """What the preflight checks say, each with its remedy; what is only for the record comes last and quietly."""
    if not plan.findings:
        return plain("none")
    made = parts.table("SEVERITY", "WHAT IS FOUND AND WHAT HELPS")
    for finding in sorted(plan.findings, key=lambda one: _gravity(one.severity)):
        quiet = "dim" if finding.severity == "Info" else ""
        made.add_row(
            plain(finding.severity, _SEVERITY_STYLES.get(finding.severity, quiet)),
            Group(
                plain(finding.rule_id, quiet or "bold"),
                plain(finding.message, quiet),
                plain(f"remedy: {finding.remedy}", "dim"),
            ),
        )
    return made


def _gravity(severity: str) -> int:
    order = list(Severity)
    return order.index(Severity(severity)) if severity in order else 0


def window(status: AddonReleaseStatus, now: datetime) -> Iterator[tuple[str, RenderableType]]:
    """How the windows stand and when that changes."""
    found = status.next_window
    if found is None:
        return
    change = found.opens_at or found.closes_at
    left = f" for {format_duration(_whole_minutes(change - now))}" if change is not None else ""
    state, style = ("open", "green") if found.opens_at is None and found.closes_at else ("closed", "yellow")
    if change is None:
        state, style = "unchanged", ""
    yield "Window", Text.assemble(plain(f"{state}{left}", style), plain(f"  {found.message or ''}", "dim"))


def _whole_minutes(left: timedelta) -> timedelta:
    return max(timedelta(minutes=round(left.total_seconds() / 60)), timedelta(0))


def in_force(effective: EffectiveStatus | None) -> Iterator[tuple[str, RenderableType]]:
    """The values in force after defaults, overrides and settings, by what they are about."""
    if effective is None:
        return
    e = effective
    groups: dict[str, dict[str, object]] = {
        "Wish": {"version": e.version, "channel": e.channel, "by the override for": e.override},
        "Policy": {
            "updates": e.updates,
            "breakingChanges": e.breaking_changes,
            "minEvidence": e.min_evidence,
            "minReleaseAge": e.min_release_age,
        },
        "Pace": {
            "progressDeadline": e.progress_deadline,
            "soak": e.soak,
            "unknownDeadline": e.unknown_deadline,
            "minReadySeconds": e.min_ready_seconds,
            "startJitter": e.start_jitter if e.start_jitter != "0s" else None,
        },
    }
    for name, words in groups.items():
        if said := [f"{word} {value}" for word, value in words.items() if value is not None]:
            yield name, plain(", ".join(said))
