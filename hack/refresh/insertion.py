"""Puts new releases into the text of a catalog file, where a person would; nothing that stands there changes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from addon_updater.api.catalog import AddonEntry
from addon_updater.api.versions import Version
from addon_updater.catalog import read_addon
from refresh.errors import RefreshError
from refresh.upstream import Upstream

_RELEASES = "releases:"
_ITEM = re.compile(r"  - (\{)?version: [\"']?([^\"',}\s]+)")
_FLOOR = re.compile(r"\brollbackFloor: [\"']?([^\"',}\s]+)")


@dataclass(frozen=True, slots=True)
class _Place:
    """One release in the text: its lines from `start` up to, not including, `end`; between it and the next is a gap."""

    version: Version
    start: int
    end: int
    floor: str | None


def missing(entry: AddonEntry, upstream: Iterable[Upstream]) -> list[Upstream]:
    """What the entry does not have, newest first; older than its oldest release is out of its scope."""
    known = {Version.parse(one.version) for one in entry.releases}
    oldest = min(known, default=None)
    new = {one.version: one for one in upstream if one.version not in known}
    wanted = (one for one in new.values() if oldest is None or one.version > oldest)
    return sorted(wanted, key=lambda one: one.version, reverse=True)


def with_releases(text: str, new: Iterable[Upstream], *, where: str) -> str:
    """The text with the new releases, each at its place, without evidence.

    A patch stands with its line; a line that is new gets a heading of its own, as its neighbors have. Where
    neighbors tell the oldest version that reads their data, a patch repeats that of its line, and a new line names
    itself: nobody has said yet that anything older reads it.

    Raises:
        RefreshError: the text has no releases, or the result would change more than it adds.
    """
    changed = text
    for one in sorted(new, key=lambda one: one.version):
        changed = _with_release(changed, one, where)
    _refuse_changes(text, changed, where)
    return changed


def _with_release(text: str, new: Upstream, where: str) -> str:
    lines = text.splitlines(keepends=True)
    places = _places(lines, where)
    newer = next((one for one in reversed(places) if one.version > new.version), None)
    older = next((one for one in places if one.version < new.version), None)
    line_of_old, line_of_newer = _same_line(older, new), _same_line(newer, new)
    neighbor = older if line_of_old or not line_of_newer else newer
    block = _item(new, neighbor, of_line=line_of_old or line_of_newer, flow=_is_flow(lines))
    if older is None:
        at = places[-1].end
    elif line_of_old or not (gap := _gap(newer, older, lines)):
        at = older.start
    elif line_of_newer and newer is not None:
        at = newer.end
    else:
        heading = [f"  # --- {new.version.major}.{new.version.minor}\n"] if _has_heading(gap) else []
        at, block = older.start - len(gap), [*heading, *block, "\n"]
    return "".join([*lines[:at], *block, *lines[at:]])


def _places(lines: list[str], where: str) -> list[_Place]:
    try:
        first = lines.index(f"{_RELEASES}\n")
    except ValueError:
        raise RefreshError(f"{where}: no line {_RELEASES!r}; is this the file of an addon?") from None
    starts = [
        (number, match[2])
        for number, line in enumerate(lines)
        if number > first and (match := _ITEM.match(line))
    ]
    if not starts:
        raise RefreshError(f"{where}: no release below {_RELEASES!r}; write the first one by hand")
    places = []
    for (start, version), following in zip(starts, [*(at for at, _ in starts[1:]), len(lines)], strict=True):
        end = following
        while end > start + 1 and _is_between(lines[end - 1]):
            end -= 1
        floor = _FLOOR.search("".join(lines[start:end]))
        places.append(_Place(Version.parse(version), start, end, floor[1] if floor else None))
    return places


def _is_between(line: str) -> bool:
    return not line.strip() or line.startswith("  #")


def _gap(newer: _Place | None, older: _Place, lines: list[str]) -> list[str]:
    """What stands above the older release and belongs to it: its heading, or the blank line before it."""
    if newer is not None:
        gap = lines[newer.end : older.start]
        # The blank line below the newer release stays with that one.
        return gap[1:] if gap and not gap[0].strip() else gap
    gap = []
    for line in reversed(lines[: older.start]):
        if not line.startswith("  #"):
            break
        gap.insert(0, line)
    return gap


def _has_heading(gap: list[str]) -> bool:
    return any(line.strip() for line in gap)


def _same_line(place: _Place | None, new: Upstream) -> bool:
    return place is not None and (place.version.major, place.version.minor) == (
        new.version.major,
        new.version.minor,
    )


def _is_flow(lines: list[str]) -> bool:
    return any(match and match[1] for match in map(_ITEM.match, lines))


def _item(new: Upstream, neighbor: _Place | None, *, of_line: bool, flow: bool) -> list[str]:
    fields = {"version": new.version.upstream}
    if new.released is not None:
        fields["released"] = new.released
    if neighbor is not None and neighbor.floor is not None:
        fields["rollbackFloor"] = neighbor.floor if of_line else new.version.upstream
    written = [f"{name}: {value}" for name, value in fields.items()]
    if flow:
        return [f"  - {{{', '.join(written)}}}\n"]
    return [f"  - {written[0]}\n", *(f"    {one}\n" for one in written[1:])]


def _refuse_changes(before: str, after: str, where: str) -> None:
    """Compare what the two texts state: the second may only have more releases."""
    old, new = (read_addon(text, where=where) for text in (before, after))
    known = {one.version for one in old.releases}
    kept = new.model_copy(update={"releases": tuple(one for one in new.releases if one.version in known)})
    versions = [Version.parse(one.version) for one in new.releases]
    if kept != old or versions != sorted(set(versions), reverse=True):
        raise RefreshError(
            f"{where}: the releases are not newest first; put them in order, then refresh again"
        )
