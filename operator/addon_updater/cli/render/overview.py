"""All releases, one line each, and under it only what asks for attention."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from rich.cells import cell_len
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from addon_updater.api.meta import format_duration
from addon_updater.cli.advice import advice
from addon_updater.cli.output import plain
from addon_updater.cli.releases import ReleaseView
from addon_updater.cli.render.parts import cluster_in_short, command, version_way
from addon_updater.cli.render.planned import hop_line
from addon_updater.cli.render.security import headline
from addon_updater.reasons import ConditionType, Reason

_COLUMNS = ("RELEASE", "ADDON", "KUBERNETES", "VERSION", "READY", "UPDATE")
_DISPENSABLE = ("ADDON", "KUBERNETES")
"""Columns that go first when the terminal is narrow."""
_GAP = 2
_READY_STYLES = {"True": "green", "False": "bold red", "Unknown": "yellow"}


def overview(views: Sequence[ReleaseView], now: datetime, width: int) -> RenderableType:
    """A table as kubectl prints it, cut to `width` columns."""
    rows = [[Text(column, style="dim") for column in _COLUMNS], *(_row(view) for view in views)]
    widths = [max(cell_len(row[n].plain) for row in rows) for n in range(len(_COLUMNS))]
    for column in _DISPENSABLE:
        if sum(widths) + _GAP * (len(widths) - 1) > width:
            widths[_COLUMNS.index(column)] = 0
    parts: list[RenderableType] = [*_cluster(views), _line(rows[0], widths, width)]
    for view, row in zip(views, rows[1:], strict=True):
        parts.append(_line(row, widths, width))
        parts += [Padding(note, (0, 0, 0, 2)) for note in _notes(view, now)]
    return Group(*parts)


def _cluster(views: Sequence[ReleaseView]) -> Iterator[Text]:
    """Who built the cluster and how old its kubelets are, as the releases tell; all tell the same."""
    cluster = next((view.status.cluster for view in views if view.status.cluster is not None), None)
    if cluster is None:
        return
    yield plain(f"Cluster: {cluster_in_short(cluster)}", "dim")


def _row(view: ReleaseView) -> list[Text]:
    ready = view.condition(ConditionType.READY)
    status = ready.status.value if ready else "Unknown"
    return [
        plain(view.full_name, "bold"),
        plain(view.addon),
        plain(view.status.observed_kubernetes_minor or "?"),
        version_way(view),
        plain(status, _READY_STYLES[status]),
        _update(view),
    ]


def _update(view: ReleaseView) -> Text:
    """The one word that says where an update stands: stalled, its step, or what it waits for."""
    if (stalled := view.condition(ConditionType.STALLED)) is not None and view.holds(ConditionType.STALLED):
        return plain(f"Stalled: {stalled.reason}", "bold red")
    if (step := view.condition(ConditionType.RECONCILING)) is not None and view.holds(
        ConditionType.RECONCILING
    ):
        return plain(step.reason, "cyan")
    update = view.condition(ConditionType.UPDATE_AVAILABLE)
    if update is None:
        return plain("Unknown", "yellow")
    waits = update.status.value != "False" or not view.holds(ConditionType.READY)
    return plain(update.reason, "yellow" if waits else "green")


def _line(cells: Sequence[Text], widths: Sequence[int], width: int) -> Text:
    line = Text(no_wrap=True, overflow="ellipsis")
    for cell, size in zip(cells, widths, strict=True):
        if not size:
            continue
        line.append_text(cell)
        line.append(" " * (size + _GAP - cell_len(cell.plain)))
    line.rstrip()
    line.truncate(width, overflow="ellipsis")
    return line


def _notes(view: ReleaseView, now: datetime) -> Iterator[Text]:
    status = view.status
    if view.problem is not None:
        yield plain(view.problem, "yellow")
        return
    if status.observed_generation is None:
        yield plain("the operator has not looked at this release yet", "yellow")
    elif not view.is_seen:
        yield plain(f"the operator has yet to see generation {view.generation} of the spec", "yellow")
    yield from headline(view)
    if status.attempt is not None:
        elapsed = format_duration(max(now - status.attempt.started_at, timedelta(0)))
        yield plain(f"attempt {status.attempt.id} runs for {elapsed}")
    yield from (plain(message) for message in _messages(view))
    if status.plan is not None and status.plan.hops:
        yield plain("next: " + ", then ".join(hop_line(hop) for hop in status.plan.hops))
    if status.gates:
        yield Text.assemble("gates: ", Text(", ").join(_gate(one.name, one.outcome) for one in status.gates))
    for held in status.quarantined or ():
        yield plain(f"quarantined: {held.version} ({held.reason})", "yellow")
    for one in advice(view):
        yield plain(f"to do: {one.text}", "yellow")
        if one.command is not None:
            yield command(one.command)


def _messages(view: ReleaseView) -> tuple[str, ...]:
    """What the conditions say, unless all is well; each sentence once."""
    running = view.holds(ConditionType.RECONCILING)
    waiting = ConditionType.RECONCILING if running else ConditionType.UPDATE_AVAILABLE
    types = (ConditionType.READY, waiting, ConditionType.STALLED)
    well = {ConditionType.READY: "True", ConditionType.UPDATE_AVAILABLE: "False"}
    said = [
        condition.message
        for type_ in types
        if (condition := view.condition(type_)) is not None
        and (
            condition.status.value != well.get(type_, "False") or condition.reason == Reason.NO_BETTER_VERSION
        )
        and condition.message
    ]
    return tuple(dict.fromkeys(said))


def _gate(name: str, outcome: str) -> Text:
    styles = {"Pass": "green", "Fail": "bold red", "Unknown": "yellow"}
    return Text.assemble(plain(name), " ", plain(outcome, styles.get(outcome, "dim")))
