"""The parts that several views share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import groupby

from rich import box
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from addon_updater.api.catalog import Source
from addon_updater.api.release_status import CandidateStatus, ClusterStatus
from addon_updater.api.vendors import Vendor, title_of
from addon_updater.cli.advice import Advice
from addon_updater.cli.output import plain
from addon_updater.cli.releases import ReleaseView
from addon_updater.reasons import ConditionType

_UNBROKEN = frozenset({"AGE", "GATE", "OUTCOME", "SEVERITY", "VERDICT"})
_CONDITION_NAMES = {
    ConditionType.READY: "Ready",
    ConditionType.UPDATE_AVAILABLE: "Update",
    ConditionType.RECONCILING: "Reconciling",
    ConditionType.STALLED: "Stalled",
    ConditionType.CIRCUIT_BREAKER_OPEN: "Breaker open",
}
_CONDITION_STYLES = {
    ConditionType.READY: {"True": "green", "False": "bold red", "Unknown": "yellow"},
    ConditionType.UPDATE_AVAILABLE: {"True": "cyan", "Unknown": "yellow"},
    ConditionType.RECONCILING: {"True": "cyan"},
    ConditionType.STALLED: {"True": "bold red"},
    ConditionType.CIRCUIT_BREAKER_OPEN: {"True": "yellow"},
}
_NAMED = 20
VERDICT_STYLES = {"Target": "bold green", "Installed": "green", "Eligible": "cyan", "Rejected": "dim"}


def heading(view: ReleaseView, *facts: str) -> Text:
    """The first line: who this is about."""
    return Text.assemble(plain(view.full_name, "bold"), "  ", plain(", ".join(facts), "dim"))


def section(title: str, *content: RenderableType) -> Group:
    """A titled part, set off by an empty line."""
    return Group(Text(""), Text(title, style="bold"), Padding(Group(*content), (0, 0, 0, 2)))


def pairs(rows: Iterable[tuple[str, RenderableType]]) -> Table:
    """Names on the left, values on the right."""
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in rows:
        table.add_row(name, value)
    return table


def table(*columns: str) -> Table:
    """A table with one line under its header; long cells wrap."""
    made = Table(
        box=box.SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0), header_style="dim", pad_edge=False
    )
    for column in columns:
        made.add_column(column, overflow="fold", no_wrap=column in _UNBROKEN)
    return made


def conditions(view: ReleaseView) -> Iterator[tuple[str, RenderableType]]:
    """One line each: status, reason, message. A message that stands above already is not repeated."""
    said: set[str] = set()
    for type_, name in _CONDITION_NAMES.items():
        condition = view.condition(type_)
        if condition is None:
            continue
        message = condition.message if condition.message not in said else ""
        said.add(condition.message)
        style = _CONDITION_STYLES[type_].get(condition.status.value, "")
        yield (
            name,
            Text.assemble(
                plain(condition.status.value, style),
                "  ",
                plain(condition.reason),
                plain(f"  {message}" if message else "", "dim"),
            ),
        )


def cluster_in_short(cluster: ClusterStatus) -> str:
    """Who built the cluster and how old its kubelets are."""
    vendor = title_of(cluster.vendor) if cluster.vendor != Vendor.UNKNOWN else "vendor unknown"
    kubelets = f"kubelets {cluster.kubelets}" if cluster.kubelets else "kubelets not known"
    return f"{vendor}, {kubelets}"


def version_way(view: ReleaseView) -> Text:
    """The running version, and the wanted one when it is another."""
    current = view.status.current.version if view.status.current else None
    target = view.status.target.version if view.status.target else None
    if target is None or target == current:
        return plain(current or "?")
    return Text.assemble(plain(current or "?"), " -> ", plain(target, "bold"))


def age(elapsed: timedelta) -> str:
    """A duration in its largest unit: 45s, 12m, 3h, 5d. A clock that is behind shows 0s."""
    seconds = max(0, int(elapsed.total_seconds()))
    for size, unit in ((86400, "d"), (3600, "h"), (60, "m")):
        if seconds >= size:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def candidates(found: Sequence[CandidateStatus]) -> RenderableType:
    """Every version and why it is, or is not, the one to run. Neighbors with the same verdict share a row."""
    made = table("VERDICT", "VERSIONS AND WHY")
    for same, group in groupby(found, key=_statement):
        style = VERDICT_STYLES.get(same.verdict, "")
        message = same.message.removeprefix(f"{same.reason.lower()}: ")
        source = f" ({same.source})" if same.source and same.source not in same.message else ""
        why = Text.assemble(plain(f"{same.reason}: "), plain(f"{message}{source}", "dim"))
        versions = plain(_named([one.version for one in group]), style)
        remedy = [plain(f"to have it: {same.remedy}", "dim")] if same.remedy else []
        made.add_row(plain(same.verdict, style), Group(versions, why, *remedy))
    return made


def _named(versions: Sequence[str]) -> str:
    """Versions of one verdict. Hundreds would push what matters off the screen, so their middle is counted."""
    if len(versions) <= _NAMED:
        return ", ".join(versions)
    *shown, last = [*versions[: _NAMED - 2], versions[-1]]
    between = len(versions) - len(shown) - 1
    return f"{', '.join(shown)} and {between} more down to {last} (-o json lists all)"


def _statement(one: CandidateStatus) -> CandidateStatus:
    """What is said, without whom it is said of. Evidence that counts stands in the message."""
    message = one.message.removeprefix(f"{one.version} ").removeprefix("is ")
    return one.model_copy(update={"version": "", "message": message, "evidence": None})


def advised(advices: Iterable[Advice]) -> RenderableType:
    """What a person can do, one sentence each, and the command on lines of its own."""
    made = _bullets()
    for one in advices:
        content = plain(one.text)
        made.add_row("-", content if one.command is None else Group(content, command(one.command)))
    return made


def command(text: str) -> Text:
    """A command on a line of its own, so that it survives copy and paste."""
    return plain(text, "cyan")


def sources(found: Mapping[str, Source]) -> Iterator[RenderableType]:
    """Who is behind what was told, by key: title, and address on a line of its own."""
    for key, one in found.items():
        yield plain(f"{key}: {one.title}")
        yield plain(f"  {one.url}", "dim")


def sentences(texts: Iterable[str]) -> RenderableType:
    """Statements, one after the other."""
    made = _bullets()
    for one in texts:
        made.add_row("-", plain(one))
    return made


def _bullets() -> Table:
    made = Table.grid(padding=(0, 1, 0, 0))
    made.add_column()
    made.add_column(overflow="fold")
    return made
