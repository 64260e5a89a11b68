"""Reads grafana.ini as Grafana does, and changes single lines of it without touching the rest.

Source: the library that Grafana reads it with, github.com/go-ini/ini, and pkg/setting of Grafana.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from addon_updater.addons.edit import Edit, apply, line_ending

_SECTION: Final = re.compile(r"\s*\[(?P<name>[^\]]*)\]")
_OPTION: Final = re.compile(r"\s*(?P<key>[^=:\s][^=:]*?)\s*[=:](?P<value>.*)", re.DOTALL)
_BLOCK_QUOTES: Final = ('"""', "`")


@dataclass(frozen=True, slots=True)
class Option:
    """One line that sets something. `line` counts from 1; the section is "" above the first header."""

    section: str
    key: str
    value: str
    line: int


def read_ini(text: str) -> tuple[Option, ...]:
    """The options in reading order; of two with one name the later counts."""
    return tuple(_options(text))


def find(options: tuple[Option, ...], section: str, key: str) -> Option | None:
    """The option that counts."""
    return next((one for one in reversed(options) if (one.section, one.key) == (section, key)), None)


def with_option(text: str, section: str, key: str, value: str) -> str:
    """The text with one more line, right below the section's header, or below a header of its own at the end."""
    ending, line = line_ending(text), f"{key} = {value}"
    position = 0
    for one in text.splitlines(keepends=True):
        position += len(one)
        header = _SECTION.match(one)
        if header and header["name"].strip() == section:
            before = "" if one.endswith(("\n", "\r")) else ending
            return apply(text, [Edit(position, position, f"{before}{line}{ending}")])
    gap = "" if not text or text.endswith(("\n", "\r")) else ending
    return f"{text}{gap}[{section}]{ending}{line}{ending}"


def _options(text: str) -> Iterator[Option]:
    section = ""
    numbered = iter(enumerate(text.splitlines(), start=1))
    for number, line in numbered:
        stripped = line.strip()
        if not stripped or stripped.startswith(("#", ";")):
            continue
        header = _SECTION.match(line)
        if header:
            section = header["name"].strip()
            continue
        option = _OPTION.match(line)
        if option is None:
            continue
        value = option["value"].strip()
        while value.endswith("\\"):
            value = value[:-1] + next(numbered, (0, ""))[1].strip()
        yield Option(section, option["key"].strip(), _plain(value), number)


def _plain(value: str) -> str:
    """The value without quotes, or without what follows a comment sign."""
    for quote in _BLOCK_QUOTES:
        if value.startswith(quote):
            return value[len(quote) :].partition(quote)[0]
    value = re.split(r"[#;]", value, maxsplit=1)[0].strip()
    if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"":
        return value[1:-1]
    return value
