"""Releases sorted once, so that the newest ones of a set of versions are found by bisection."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from heapq import merge

from addon_updater.api.reach import EVERYTHING, Reach, Spans
from addon_updater.api.version_keys import Key
from addon_updater.api.versions import Version


@dataclass(frozen=True, slots=True)
class _Row:
    """Releases by ascending key, each as its position in the list of the addon, which begins with the newest."""

    keys: tuple[Key, ...]
    positions: tuple[int, ...]

    def newest(self, spans: Spans) -> Iterator[int]:
        for span in reversed(spans):
            low, high = bisect_left(self.keys, span.low), bisect_left(self.keys, span.high)
            for index in range(high - 1, low - 1, -1):
                yield self.positions[index]


@dataclass(frozen=True, slots=True)
class Shelf:
    """Some releases of an addon, as positions in its list. Build it with `shelve`."""

    released: _Row
    prereleases: _Row

    def __bool__(self) -> bool:
        return bool(self.released.keys or self.prereleases.keys)

    def newest(self, reach: Reach = EVERYTHING) -> Iterator[int]:
        """The positions of the releases that the reach holds, the newest release first."""
        if not self.prereleases.keys:
            return self.released.newest(reach.released)
        return merge(self.released.newest(reach.released), self.prereleases.newest(reach.prereleases))


def shelve(versions: Sequence[Version], positions: Iterable[int]) -> Shelf:
    """A shelf of the releases at these ascending positions of a list that begins with the newest version."""
    chosen = [(versions[position], position) for position in reversed(tuple(positions))]
    return Shelf(
        _row([one for one in chosen if one[0].prerelease is None]),
        _row([one for one in chosen if one[0].prerelease is not None]),
    )


def newest_of(shelves: Iterable[Shelf], reach: Reach) -> Iterator[int]:
    """The positions on any of the shelves that the reach holds, the newest release first."""
    return merge(*(shelf.newest(reach) for shelf in shelves))


def last_before(keys: Sequence[Key], key: Key) -> int | None:
    """The index of the greatest of the ascending keys that is below this one."""
    index = bisect_left(keys, key) - 1
    return index if index >= 0 else None


def last_at(keys: Sequence[Key], key: Key) -> int | None:
    """The greatest index at which the ascending keys have this one."""
    index = bisect_right(keys, key) - 1
    return index if index >= 0 and keys[index] == key else None


def _row(chosen: Sequence[tuple[Version, int]]) -> _Row:
    return _Row(tuple(version.key for version, _ in chosen), tuple(position for _, position in chosen))
