"""Known flaws of the running version that its configuration is open to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from addon_updater.api.catalog_advisories import AdvisorySeverity
from addon_updater.api.release_status import SecurityStatus
from addon_updater.cli.output import plain
from addon_updater.cli.releases import ReleaseView
from addon_updater.cli.render import parts

_TITLE = "Known flaws that are open"
_STYLES = {
    AdvisorySeverity.CRITICAL: "bold red",
    AdvisorySeverity.HIGH: "red",
    AdvisorySeverity.UNKNOWN: "yellow",
    AdvisorySeverity.MEDIUM: "yellow",
}
_NAMED = 3


def flaws(view: ReleaseView) -> Iterator[RenderableType]:
    """A section with every flaw, what can be done with it and what ends it; nothing where none is known."""
    if found := view.status.security:
        yield parts.section(_TITLE, _table(found))


def headline(view: ReleaseView) -> Iterator[Text]:
    """One line that names the gravest; nothing where none is known."""
    found = view.status.security or ()
    if not found:
        return
    names = ", ".join(f"{one.id} ({one.severity})" for one in found[:_NAMED])
    more = f" and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
    yield plain(f"open known flaws: {names}{more}", _STYLES.get(_severity(found[0]), ""))


def gravity(view: ReleaseView) -> int:
    """How grave the gravest is; 0 without one."""
    return max((_severity(one).gravity for one in view.status.security or ()), default=0)


def _table(found: Sequence[SecurityStatus]) -> Table:
    made = parts.table("SEVERITY", "WHAT IT IS AND WHAT ENDS IT")
    for one in found:
        style = _STYLES.get(_severity(one), "")
        ends = plain(f"  ended by {one.fixed_in}", "green") if one.fixed_in else plain("")
        made.add_row(
            plain(one.severity, style),
            Group(Text.assemble(plain(one.id, "bold"), ends), plain(one.message, "dim")),
        )
    return made


def _severity(one: SecurityStatus) -> AdvisorySeverity:
    """A word of a newer operator counts as Unknown."""
    known = {severity.value: severity for severity in AdvisorySeverity}
    return known.get(one.severity, AdvisorySeverity.UNKNOWN)
