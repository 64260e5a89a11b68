"""What one catalog states otherwise than another, and what follows from it for each version and minor. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from addon_updater.api.versions import Minor
from addon_updater.catalog import AddonEntryIndex, Catalog
from addon_updater.cli.catalogs.statements import PARTS, Statement, Subject, statements


@dataclass(frozen=True, slots=True)
class Change:
    """What is stated about one subject before and after."""

    subject: Subject
    gone: tuple[Statement, ...]
    new: tuple[Statement, ...]
    is_new: bool
    """Whether the subject itself was not there before."""
    is_gone: bool


@dataclass(frozen=True, slots=True)
class Shift:
    """A version that stands otherwise with some minors."""

    version: str
    before: str
    after: str
    minors: str
    """Newest first; neighbors as a span."""


@dataclass(frozen=True, slots=True)
class AddonDifference:
    """All that differs about one addon."""

    addon: str
    is_new: bool
    is_gone: bool
    changes: tuple[Change, ...]
    shifts: tuple[Shift, ...]


def differences(before: Catalog, after: Catalog) -> tuple[AddonDifference, ...]:
    """The addons about which something differs, by name."""
    names = sorted(before.addons.keys() | after.addons.keys())
    found = (_difference(name, before.addon(name), after.addon(name)) for name in names)
    return tuple(one for one in found if one.changes or one.shifts)


def _difference(name: str, before: AddonEntryIndex | None, after: AddonEntryIndex | None) -> AddonDifference:
    old = statements(before.entry) if before is not None else {}
    new = statements(after.entry) if after is not None else {}
    changes = [one for subject in old | new if (one := _change(subject, old, new)) is not None]
    changes.sort(key=lambda one: PARTS.index(one.subject.part))
    return AddonDifference(
        addon=name,
        is_new=before is None,
        is_gone=after is None,
        changes=tuple(changes),
        shifts=tuple(_shifts(before, after)) if before is not None and after is not None else (),
    )


def _change(
    subject: Subject,
    old: dict[Subject, tuple[Statement, ...]],
    new: dict[Subject, tuple[Statement, ...]],
) -> Change | None:
    said, says = old.get(subject, ()), new.get(subject, ())
    gone = tuple(one for one in said if one not in says)
    added = tuple(one for one in says if one not in said)
    if subject in old and subject in new and not gone and not added:
        return None
    return Change(subject, gone, added, is_new=subject not in old, is_gone=subject not in new)


def _shifts(before: AddonEntryIndex, after: AddonEntryIndex) -> Iterator[Shift]:
    minors = sorted(before.defaults.keys() | after.defaults.keys(), reverse=True)
    versions = sorted(before.by_version.keys() | after.by_version.keys(), reverse=True)
    for version in versions:
        stood = [before.evidence(version, minor).standing for minor in minors]
        stands = [after.evidence(version, minor).standing for minor in minors]
        moves = zip(minors, zip(stood, stands, strict=True), strict=True)
        for (was, now), group in groupby(moves, key=lambda move: move[1]):
            if was is not now:
                yield Shift(str(version), str(was), str(now), _span([minor for minor, _ in group]))


def _span(minors: Sequence[Minor]) -> str:
    return str(minors[0]) if len(minors) == 1 else f"{minors[0]} - {minors[-1]}"
