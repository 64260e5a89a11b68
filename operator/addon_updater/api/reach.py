"""Sets of versions as spans of sort keys, so that a sorted list is searched by bisection, not version by version."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from addon_updater.api.version_keys import HIGHEST, LOWEST, Key, Span

Spans = tuple[Span, ...]
"""Ascending, none of them empty, none touching the next."""

_ALL: Spans = (Span(LOWEST, HIGHEST),)


class Reach(NamedTuple):
    """A set of versions. Pre-releases are told apart, for a range may leave them out between its bounds."""

    released: Spans
    prereleases: Spans

    @classmethod
    def between(cls, low: Key = LOWEST, high: Key = HIGHEST) -> Reach:
        """Every version from the one key on and below the other."""
        spans = (Span(low, high),) if low < high else ()
        return cls(spans, spans)

    def within(self, other: Reach) -> Reach:
        """What both hold."""
        return Reach(*map(_intersection, self, other))

    def joined_with(self, other: Reach) -> Reach:
        """What one of the two holds."""
        return Reach(*(joined(mine + theirs) for mine, theirs in zip(self, other, strict=True)))

    def without(self, other: Reach) -> Reach:
        """What this one holds and the other does not."""
        return Reach(
            *(_intersection(mine, _complement(theirs)) for mine, theirs in zip(self, other, strict=True))
        )


def joined(spans: Iterable[Span]) -> Spans:
    """The union of spans that may overlap and come in any order."""
    result: list[Span] = []
    for span in sorted(spans, key=lambda one: one.low):
        if span.low >= span.high:
            continue
        if result and span.low <= result[-1].high:
            result[-1] = Span(result[-1].low, max(result[-1].high, span.high))
        else:
            result.append(span)
    return tuple(result)


def left_of(span: Span, holes: Iterable[Span]) -> Spans:
    """What holes leave of a span."""
    return _intersection((span,), _complement(joined(holes)))


def _intersection(one: Spans, other: Spans) -> Spans:
    if one is _ALL or other is _ALL:
        return other if one is _ALL else one
    if not one or not other:
        return ()
    return joined(
        Span(max(mine.low, theirs.low), min(mine.high, theirs.high)) for mine in one for theirs in other
    )


def _complement(spans: Spans) -> Spans:
    if not spans:
        return _ALL
    edges = [LOWEST, *(edge for span in spans for edge in (span.low, span.high)), HIGHEST]
    return tuple(Span(low, high) for low, high in zip(edges[::2], edges[1::2], strict=True) if low < high)


EVERYTHING = Reach(_ALL, _ALL)
NOTHING = Reach((), ())
