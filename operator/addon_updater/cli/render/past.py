"""The revisions of a release and how each attempt ended."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from addon_updater.api.meta import format_duration
from addon_updater.cli.output import plain
from addon_updater.cli.past import Entry
from addon_updater.cli.releases import ReleaseView
from addon_updater.cli.render import parts

RESULT_STYLES = {
    "Promoted": "green",
    "Adopted": "cyan",
    "Running": "cyan",
    "RolledBack": "yellow",
    "Superseded": "yellow",
    "Failed": "red",
    "RollbackFailed": "bold red",
}


def past(view: ReleaseView, entries: Sequence[Entry], now: datetime) -> RenderableType:
    """One block for each revision, newest first."""
    if not entries:
        return Group(parts.heading(view, f"addon {view.addon}"), plain("no revision is recorded yet"))
    made = Table.grid(padding=(0, 2, 0, 0))
    made.add_column(no_wrap=True)
    made.add_column(no_wrap=True)
    made.add_column(overflow="fold")
    for entry in entries:
        made.add_row(
            plain(entry.revision.number, "bold"),
            Group(plain(entry.revision.content.version, "bold"), *_marks(entry)),
            Group(_ending(entry, now), *_lines(entry)),
        )
    return Group(parts.heading(view, f"addon {view.addon}", f"{len(entries)} revisions"), Text(""), made)


def _marks(entry: Entry) -> Iterator[Text]:
    if entry.is_current:
        yield plain("current", "green")
    if entry.is_held:
        yield plain("quarantined", "yellow")


def _ending(entry: Entry, now: datetime) -> Text:
    result = plain(entry.result, RESULT_STYLES.get(entry.result, ""))
    if entry.reason is not None and entry.reason != entry.result:
        result.append_text(plain(f" ({entry.reason})"))
    if entry.at is not None:
        age, when = parts.age(now - entry.at), f"{entry.at:%Y-%m-%d %H:%M} UTC"
        told = f"for {age}, since {when}" if entry.revision.is_open else f"{age} ago, {when}"
        result.append_text(plain(f"  {told}", "dim"))
    if entry.duration is not None:
        result.append_text(plain(f", took {format_duration(entry.duration)}", "dim"))
    return result


def _lines(entry: Entry) -> Iterator[Text]:
    revision, attempt = entry.revision, entry.revision.attempt
    if entry.message:
        yield plain(entry.message)
    yield plain(revision.content.image, "dim")
    facts = [f"by {entry.who}"]
    if attempt is not None:
        facts += [f"attempt {attempt.id}", f"plan {attempt.plan}"]
    if entry.baseline_minor is not None:
        facts.append(f"baseline {entry.baseline_minor}")
    yield plain(", ".join(facts), "dim")
    yield plain(revision.name, "dim")
