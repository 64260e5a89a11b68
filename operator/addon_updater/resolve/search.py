"""Finds releases without judging each one: what the filters let through is a reach, and the shelves are sorted.

`judge` in candidates.py says what the filters mean; a property test holds the two to the same answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC
from itertools import islice

from addon_updater.api.reach import EVERYTHING, NOTHING, Reach, joined
from addon_updater.api.version_keys import Span, just_above
from addon_updater.api.versions import Version
from addon_updater.catalog.evidence import Standing
from addon_updater.catalog.index import CatalogRelease
from addon_updater.catalog.shelves import Shelf, newest_of
from addon_updater.resolve.candidates import Filters, against_age, against_release


@dataclass(frozen=True, slots=True)
class Search:
    """The filters, with those over versions turned into spans of keys. Build it with `search`."""

    filters: Filters
    in_range: Reach
    """What spec.version, or the override in force, holds."""
    wanted: Reach
    """What the channel leaves of that."""

    def eligible(self, among: Reach = EVERYTHING) -> Iterator[CatalogRelease]:
        """The releases that pass every filter, newest first, each found when it is asked for."""
        for release in self._meeting_floor(among):
            if against_release(release, self.filters) is None and against_age(release, self.filters) is None:
                yield release

    def closest(self) -> CatalogRelease | None:
        """Of a search without an eligible release the newest that came furthest through the filters."""
        for places in self._from_the_last_filter():
            for place in places:
                return self.filters.addon.releases[place]
        return None

    def worth_telling(self, limit: int, kept: Version | None) -> list[int]:
        """The positions of the newest releases, ascending; those that only the channel leaves out give way.

        `kept` is the version to run: the channel has no say about it.
        """
        shelf = self.filters.addon.all_releases
        beyond = self.in_range.without(self.wanted).without(_only([kept] if kept else []))
        told = list(islice(shelf.newest(EVERYTHING.without(beyond)), limit))
        told += islice(shelf.newest(beyond), limit - len(told))
        return sorted(told)

    def _meeting_floor(self, among: Reach) -> Iterator[CatalogRelease]:
        shelves = [shelf for standing, shelf in self._standings() if standing.meets(self.filters.floor)]
        for place in newest_of(shelves, self.wanted.within(among)):
            yield self.filters.addon.releases[place]

    def _from_the_last_filter(self) -> Iterator[Iterator[int]]:
        """The releases that each filter stops, in the reverse order of the filters; then those out of range."""
        filters, addon = self.filters, self.filters.addon
        allowed = self.wanted.without(self._set_aside())
        below = [
            (standing, shelf) for standing, shelf in self._standings() if not standing.meets(filters.floor)
        ]
        weak = [shelf for standing, shelf in below if standing > Standing.UNKNOWN]
        yield newest_of([shelf for one, shelf in self._standings() if one.meets(filters.floor)], allowed)
        yield newest_of(weak, allowed)
        for wanted in (Standing.UNKNOWN, Standing.REFUSED):
            yield newest_of([shelf for standing, shelf in below if standing is wanted], allowed)
        shelves = [shelf for _, shelf in self._standings()]
        skipped = _only(filters.wish.skip)
        yield newest_of(shelves, self.wanted.within(_only(filters.quarantined)).without(skipped))
        yield newest_of(shelves, self.wanted.within(skipped))
        yield addon.denied.newest(self.wanted)
        yield addon.all_releases.newest(self.in_range)
        yield addon.all_releases.newest()

    def _set_aside(self) -> Reach:
        return _only([*self.filters.wish.skip, *self.filters.quarantined])

    def _standings(self) -> list[tuple[Standing, Shelf]]:
        known = self.filters.addon.standings(self.filters.minors)
        return [(standing, shelf) for standing, shelf in known.items() if shelf]


def search(filters: Filters) -> Search:
    """Prepare the filters for being searched with."""
    in_range = filters.wish.range.reach if filters.wish.range else EVERYTHING
    return Search(filters, in_range, in_range.within(_channel(filters)))


def _channel(filters: Filters) -> Reach:
    if filters.wants_long_term:
        return _long_term(filters)
    return EVERYTHING if filters.ceiling is None else filters.ceiling.reach


def _long_term(filters: Filters) -> Reach:
    """What the lines with support hold today. A version belongs to the first line that holds it."""
    today = filters.now.astimezone(UTC).date()
    supported, left = NOTHING, EVERYTHING
    for line in filters.addon.lts:
        held = left.within(line.versions.reach)
        if today <= line.until:
            supported = supported.joined_with(held)
        left = left.without(held)
    return supported


def _only(versions: Iterable[Version]) -> Reach:
    spans = joined(Span(version.key, just_above(version.key)) for version in versions)
    return Reach(spans, spans)
