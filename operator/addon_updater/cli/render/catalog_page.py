"""What the catalog knows about an addon, and about one of its releases."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from rich import box
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.table import Table
from rich.text import Text

from addon_updater.api.versions import Minor, Version
from addon_updater.catalog import AddonEntryIndex, CatalogAdvisory, CatalogRelease, Standing
from addon_updater.cli.catalogs.statements import Statement, Subject, of_advisory, of_release, statements
from addon_updater.cli.output import plain
from addon_updater.cli.render import parts

_MINORS = (3, 8)
"""So many of the newest minors are shown, as the width allows; the page of one version has all of them."""
_MINOR_WIDTH, _DAY_WIDTH, _WORDS_WIDTH = 6, 12, 36
"""Columns of a minor, of the day of a release, and of what is worth knowing."""
_SIGNS = {
    Standing.TESTED: ("T", "bold green"),
    Standing.DECLARED: ("D", "green"),
    Standing.ASSUMED: ("a", ""),
    Standing.UNKNOWN: ("?", "yellow"),
    Standing.REFUSED: ("x", "red"),
}
_LEGEND = (
    "T Tested, D Declared, a Assumed, ? Unknown, x refused by a hard fact; stop: an update must not jump over it; "
    "back to: the oldest version that reads what it writes"
)


def addon_page(entry: AddonEntryIndex) -> RenderableType:
    """Everything about an addon, one line per release."""
    return Group(*_addon(entry))


def release_page(entry: AddonEntryIndex, version: Version) -> RenderableType:
    """Everything about one release, with its standing on every known minor."""
    return Group(*_release(entry, version))


def _addon(entry: AddonEntryIndex) -> Iterator[RenderableType]:
    told = statements(entry.entry)
    yield Text.assemble(plain(entry.name, "bold"), "  ", plain(f"{len(entry.releases)} releases", "dim"))
    about = told[Subject("addon", entry.name)]
    yield parts.section("Addon", parts.pairs((one.kind.capitalize(), plain(one.text)) for one in about))
    yield parts.section("Releases", _Releases(entry), plain(_LEGEND, "dim"))
    yield from _remarks("What breaks", entry, "breaking")
    yield from _remarks("Denied", entry, "denied")
    yield from _part("Known flaws", told, "known flaws")
    yield from _part("Who owns it, by the vendor of the cluster", told, "owners")
    yield from _part("Stops that no update may jump over", told, "stops")
    yield from _part("Long-term support", told, "long-term support")
    yield from _part("What versions need", told, "bounds")
    yield from _defaults(entry)
    yield parts.section("Sources", *parts.sources(entry.sources))


def _part(title: str, told: dict[Subject, tuple[Statement, ...]], part: str) -> Iterator[RenderableType]:
    rows = [
        (subject.item, Group(*(plain(f"{one.kind} {one.text}") for one in said)))
        for subject, said in told.items()
        if subject.part == part and said
    ]
    if rows:
        yield parts.section(title, parts.pairs(rows))


def _remarks(title: str, entry: AddonEntryIndex, kind: str) -> Iterator[RenderableType]:
    rows = [
        (str(release.version), plain(one.text))
        for release in entry.releases
        for one in of_release(release.data)
        if one.kind == kind
    ]
    if rows:
        yield parts.section(title, parts.pairs(rows))


@dataclass(frozen=True, slots=True)
class _Releases:
    """One line per release, with as many minors as leave room for words."""

    entry: AddonEntryIndex

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        longest = max((len(str(release.version)) for release in self.entry.releases), default=0)
        room = options.max_width - longest - _DAY_WIDTH - _WORDS_WIDTH
        count = min(max(room // _MINOR_WIDTH, _MINORS[0]), _MINORS[1])
        yield self._table(_minors(self.entry)[:count])

    def _table(self, minors: Sequence[Minor]) -> Table:
        made = Table(
            box=box.SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0), header_style="dim", pad_edge=False
        )
        for title in ("VERSION", "RELEASED", *map(str, minors)):
            made.add_column(title, no_wrap=True)
        made.add_column("WORTH KNOWING", overflow="fold")
        for release in self.entry.releases:
            signs = [_sign(self.entry.evidence(release.version, minor).standing) for minor in minors]
            day, words = plain(release.data.released or "?"), _words(self.entry, release)
            made.add_row(str(release.version), day, *signs, words)
        return made


def _sign(standing: Standing) -> Text:
    sign, style = _SIGNS[standing]
    return plain(sign, style)


def _words(entry: AddonEntryIndex, release: CatalogRelease) -> Text:
    """What is special about a release, in single words."""
    data, version = release.data, release.version
    words = [
        *([plain("denied", "bold red")] if data.denied else []),
        *([plain("breaking", "bold yellow")] if data.breaking else []),
        *([plain("care", "yellow")] if data.cautions else []),
        *([plain("stop", "cyan")] if any(version in stop.at for stop in entry.stops) else []),
        *([plain("LTS", "cyan")] if any(version in line.versions for line in entry.lts) else []),
        *([plain(f"back to {data.rollback_floor}")] if data.rollback_floor else []),
        *([plain("security")] if data.fixes else []),
    ]
    return Text(", ").join(words)


def _defaults(entry: AddonEntryIndex) -> Iterator[RenderableType]:
    rows = [
        (str(minor), plain(", ".join(f"{vendor} {one.version}" for vendor, one in found.items())))
        for minor, found in sorted(entry.defaults.items(), reverse=True)
        if found
    ]
    if rows:
        yield parts.section("What vendors install, by Kubernetes minor", parts.pairs(rows))


def _release(entry: AddonEntryIndex, version: Version) -> Iterator[RenderableType]:
    release = entry.by_version[version]
    yield Text.assemble(plain(f"{entry.name} {release.version}", "bold"), "  ", _words(entry, release))
    rows = [(one.kind.capitalize(), plain(one.text)) for one in of_release(release.data)]
    yield parts.section("What is stated", parts.pairs(rows) if rows else plain("nothing"))
    yield parts.section("How it stands", _standings(entry, version, _minors(entry)))
    flaws = [(one.data.id, _flaw(entry, one)) for one in entry.advisories if one.concerns(release.version)]
    if flaws:
        yield parts.section("Known flaws", parts.pairs(flaws))
    used = [entry.evidence(version, minor).source for minor in _minors(entry)]
    named = [key for key in entry.sources if any(f"({key})" in text for text in _texts(release))]
    keys = [key for key in dict.fromkeys([*used, *named]) if key in entry.sources]
    if keys:
        yield parts.section("Sources", *parts.sources({key: entry.sources[key] for key in keys}))


def _flaw(entry: AddonEntryIndex, one: CatalogAdvisory) -> Text:
    said = of_advisory(entry.name, one.data)
    return plain(f"{said.kind}: {said.text}")


def _texts(release: CatalogRelease) -> Iterable[str]:
    return [one.text for one in of_release(release.data)]


def _standings(entry: AddonEntryIndex, version: Version, minors: Sequence[Minor]) -> Table:
    """One row for neighboring minors of which the same is said."""
    made = Table.grid(padding=(0, 2, 0, 0))
    for _ in range(2):
        made.add_column(no_wrap=True)
    made.add_column(overflow="fold")
    told = [(minor, *_judged(entry, version, minor)) for minor in minors]
    for (standing, why), group in groupby(told, key=lambda one: one[1:]):
        same = [minor for minor, *_ in group]
        span = f"{same[0]} - {same[-1]}" if len(same) > 1 else str(same[0])
        _, style = _SIGNS[standing]
        made.add_row(plain(span), plain(standing, style), plain(why, "dim"))
    return made


def _judged(entry: AddonEntryIndex, version: Version, minor: Minor) -> tuple[Standing, str]:
    """The standing, and the reason without what the row says already."""
    judged = entry.evidence(version, minor)
    why = judged.message.removeprefix(f"{version} is {judged.standing} on Kubernetes {minor}")
    why = why.replace(f" on Kubernetes {minor}", "").replace(f", not {minor}", "")
    return judged.standing, why.lstrip(": ")


def _minors(entry: AddonEntryIndex) -> list[Minor]:
    return sorted(entry.defaults, reverse=True)
