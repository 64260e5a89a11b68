"""The grammar of version ranges: text to spans of keys.

range       = alternative *( "||" alternative )
alternative = item *( ( "," | " " ) item )
item        = [ operator ] version | version " - " version
version     = ["v"] number *2( "." ( number | "x" | "*" ) ) [ suffix ] | "*"
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from addon_updater.api.version_keys import (
    HIGHEST,
    LOWEST,
    NUMBER,
    SUFFIX,
    Key,
    Span,
    just_above,
    refuse,
    release_key,
    split_suffix,
    version_key,
)

_KIND = "version range"
_EXAMPLE = "as in '>=1.11 <1.15', '~1.12', '1.11 - 1.14' or '1.12.1'"
_WILD = r"[xX*]"
_ITEM = re.compile(
    rf"(?P<operator>=>|=<|==|!=|>=|<=|~>|[=<>~^])?\s*"
    rf"v?(?P<numbers>(?:{NUMBER}|{_WILD})(?:\.(?:{NUMBER}|{_WILD})){{0,2}})(?P<suffix>{SUFFIX})?",
    re.ASCII,
)
_UNTIL = re.compile(r"\s+-\s+", re.ASCII)
_AND = re.compile(r"\s*,\s*|\s+", re.ASCII)
_SPELLINGS = {None: "=", "==": "=", "=>": ">=", "=<": "<=", "~>": "~"}


@dataclass(frozen=True, slots=True)
class Alternative:
    """One side of `||`: a span of keys, less its holes."""

    span: Span
    holes: tuple[Span, ...]
    prereleases: bool
    """Whether a term names a pre-release; only then one can be meant."""

    def holds(self, key: Key, *, prerelease: bool) -> bool:
        """Whether the version with this key belongs to the alternative."""
        if prerelease and not self.prereleases:
            return False
        return key in self.span and not any(key in hole for hole in self.holes)


class _Operand(NamedTuple):
    """A possibly partial version: the keys it covers begin at `first`, at `floor` with their pre-releases."""

    numbers: tuple[int, ...]
    floor: Key
    first: Key
    beyond: Key
    prerelease: bool


class _Item(NamedTuple):
    span: Span
    hole: Span | None
    prerelease: bool


def read_alternatives(text: str) -> tuple[Alternative, ...]:
    """Every side of `||`, in the order written.

    Raises:
        VersionError: broken grammar, or a side that no version can satisfy; with position and remedy.
    """
    alternatives = []
    start = 0
    for side in text.split("||"):
        items = list(_read_items(text, start, start + len(side)))
        span = Span(max(item.span.low for item in items), min(item.span.high for item in items))
        if span.low >= span.high:
            raise refuse(_KIND, text, start, f"no version satisfies {side.strip()!r}; widen its bounds")
        holes = tuple(item.hole for item in items if item.hole)
        alternatives.append(Alternative(span, holes, any(item.prerelease for item in items)))
        start += len(side) + len("||")
    return tuple(alternatives)


def _read_items(text: str, start: int, end: int) -> Iterator[_Item]:
    position = start + len(text[start:end]) - len(text[start:end].lstrip())
    end = start + len(text[start:end].rstrip())
    if position >= end:
        raise refuse(_KIND, text, start, f"write a range {_EXAMPLE}, or * for any version")
    while position < end:
        match = _match_item(text, position, end)
        position = match.end()
        if match["operator"] is None and (until := _UNTIL.match(text, position, end)):
            last = _match_item(text, until.end(), end)
            if last["operator"]:
                raise refuse(_KIND, text, last.start(), "after ' - ' write a version without an operator")
            position = last.end()
            yield _between(_operand(text, match), _operand(text, last))
        else:
            yield _compare(text, match)
        if position < end:
            position = _after_separator(text, position, end)


def _after_separator(text: str, position: int, end: int) -> int:
    separator = _AND.match(text, position, end)
    if separator is None:
        remedy = (
            f"a version has at most three numbers of nine digits; join two terms with a space, {_EXAMPLE}"
        )
        raise refuse(_KIND, text, position, remedy)
    if separator.end() >= end:
        raise refuse(_KIND, text, separator.start(), f"remove the last comma, or go on {_EXAMPLE}")
    return separator.end()


def _match_item(text: str, position: int, end: int) -> re.Match[str]:
    match = _ITEM.match(text, position, end)
    if match is None:
        raise refuse(_KIND, text, position, f"write an operator and a version {_EXAMPLE}")
    return match


def _operand(text: str, match: re.Match[str]) -> _Operand:
    parts = match["numbers"].split(".")
    wild = next((index for index, part in enumerate(parts) if part in "xX*"), len(parts))
    if any(part not in "xX*" for part in parts[wild:]):
        raise refuse(_KIND, text, match.start("numbers"), "after a wildcard write only wildcards, as in 1.x")
    if any(part.startswith("0") and part != "0" for part in parts[:wild]):
        raise refuse(_KIND, text, match.start("numbers"), "write numbers without leading zeros")
    numbers = tuple(map(int, parts[:wild]))
    suffix = match["suffix"] or ""
    if suffix == "-0":
        lowest = (*numbers, *(0,) * (3 - len(numbers)))
        beyond = just_above((*lowest, (0,), 0)) if len(numbers) == 3 else _successor(numbers)
        return _Operand(numbers, lowest, lowest, beyond, prerelease=True)
    if len(numbers) < 3:
        if suffix:
            raise refuse(_KIND, text, match.start("suffix"), "write all three numbers before a suffix")
        return _Operand(numbers, numbers, release_key(numbers), _successor(numbers), prerelease=False)
    prerelease, _ = split_suffix(suffix)
    try:
        key = version_key(".".join(parts) + (f"-{prerelease}" if prerelease else ""), suffix)
    except ValueError:
        remedy = "write the pre-release's numbers without leading zeros"
        raise refuse(_KIND, text, match.start("suffix"), remedy) from None
    return _Operand(numbers, key, key, just_above(key), prerelease is not None)


def _compare(text: str, match: re.Match[str]) -> _Item:
    operand = _operand(text, match)
    operator = _SPELLINGS.get(match["operator"], match["operator"])
    if not operand.numbers and operator in ("<", ">", "!="):
        raise refuse(_KIND, text, match.start(), "no version satisfies this; write * alone for any version")
    if operator == "!=":
        return _Item(Span(LOWEST, HIGHEST), Span(operand.floor, operand.beyond), operand.prerelease)
    return _Item(_span(operator, operand), None, operand.prerelease)


def _span(operator: str, operand: _Operand) -> Span:
    match operator:
        case ">":
            return Span(operand.beyond, HIGHEST)
        case ">=":
            return Span(operand.first, HIGHEST)
        case "<":
            return Span(LOWEST, operand.floor)
        case "<=":
            return Span(LOWEST, operand.beyond)
        case "~":
            return Span(operand.first, _successor(operand.numbers[:2]))
        case "^":
            return Span(operand.first, _successor(_compatible(operand.numbers)))
        case _:
            return Span(operand.first, operand.beyond)


def _between(first: _Operand, last: _Operand) -> _Item:
    return _Item(Span(first.first, last.beyond), None, first.prerelease or last.prerelease)


def _compatible(numbers: tuple[int, ...]) -> tuple[int, ...]:
    """The leading numbers that ^ keeps: up to and including the first that is not zero."""
    for index, number in enumerate(numbers):
        if number:
            return numbers[: index + 1]
    return numbers


def _successor(numbers: tuple[int, ...]) -> Key:
    """The prefix after all versions that begin with these numbers: (1, 11) gives (1, 12)."""
    return (*numbers[:-1], numbers[-1] + 1) if numbers else HIGHEST
