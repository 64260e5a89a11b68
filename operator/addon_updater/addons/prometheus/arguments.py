"""The command line of Prometheus: words as they stand in a pod template, read as its flag parser reads them.

Source: cmd/prometheus/main.go of github.com/prometheus/prometheus and github.com/alecthomas/kingpin v2.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

FEATURES: Final = "enable-feature"
SWITCHES: Final = frozenset(
    {
        "agent",
        "alertmanager.drain-notification-queue-on-shutdown",
        "auto-gomaxprocs",
        "auto-gomemlimit",
        "config.auto-reload",
        "help",
        "help-long",
        "help-man",
        "scrape.adjust-timestamps",
        "storage.agent.checkpoint-from-in-memory-series",
        "storage.agent.no-lockfile",
        "storage.agent.wal-compression",
        "storage.tsdb.allow-overlapping-blocks",
        "storage.tsdb.allow-overlapping-compaction",
        "storage.tsdb.no-lockfile",
        "storage.tsdb.wal-compression",
        "version",
        "web.enable-admin-api",
        "web.enable-lifecycle",
        "web.enable-otlp-receiver",
        "web.enable-remote-write-receiver",
        "write-documentation",
    }
)
"""The flags that take no value, of 2.37 to 3.16; each also has a form with `no-`."""

_REFERENCE = re.compile(r"\$(\$|\([^)]*\))")


@dataclass(frozen=True, slots=True)
class Flag:
    """One flag: `words[start:end]`. `value` is None for a switch, which `is_off` when written with `no-`."""

    name: str
    value: str | None
    start: int
    end: int
    is_off: bool = False


@dataclass(frozen=True, slots=True)
class Arguments:
    """The words and the flags found in them. `unread` are the words that are no flag of Prometheus."""

    words: tuple[str, ...]
    flags: tuple[Flag, ...]
    unread: tuple[str, ...]

    def named(self, *names: str) -> tuple[Flag, ...]:
        """The flags of these names, in the order of the words."""
        return tuple(flag for flag in self.flags if flag.name in names)

    def value(self, name: str) -> str | None:
        """The value of a flag; of several the last."""
        return next((flag.value for flag in reversed(self.flags) if flag.name == name), None)

    def is_on(self, name: str, *, default: bool = False) -> bool:
        """Whether a switch is set."""
        found = self.named(name)
        return not found[-1].is_off if found else default

    @property
    def features(self) -> tuple[str, ...]:
        """Every feature that is switched on, also several in one value."""
        return tuple(part for flag in self.named(FEATURES) for part in (flag.value or "").split(",") if part)


def read_arguments(words: Sequence[str]) -> Arguments:
    """Read the words after the program's name."""
    flags, unread = [], []
    for flag_or_word in _read(tuple(words)):
        if isinstance(flag_or_word, Flag):
            flags.append(flag_or_word)
        else:
            unread.append(flag_or_word)
    return Arguments(tuple(words), tuple(flags), tuple(unread))


def expand(word: str, values: Mapping[str, str]) -> tuple[str, bool]:
    """Replace $(NAME) as Kubernetes does, and say whether every name was known.

    `$$` stands for one $; an unknown name stays as it is written.
    """
    unknown = []

    def replace(match: re.Match[str]) -> str:
        if match[1] == "$":
            return "$"
        name = match[1][1:-1]
        if name not in values:
            unknown.append(name)
        return values.get(name, match[0])

    return _REFERENCE.sub(replace, word), not unknown


def _read(words: tuple[str, ...]) -> Iterator[Flag | str]:
    position = 0
    while position < len(words):
        word = words[position]
        if word == "--":
            yield from words[position:]
            return
        if not word.startswith("--"):
            yield word
            position += 1
            continue
        name, equals, value = word[2:].partition("=")
        switch = _switch(name)
        if switch is not None and not equals:
            yield Flag(switch[0], None, position, position + 1, is_off=switch[1])
            position += 1
        elif equals:
            yield Flag(name, value, position, position + 1)
            position += 1
        elif position + 1 < len(words) and not words[position + 1].startswith("-"):
            yield Flag(name, words[position + 1], position, position + 2)
            position += 2
        else:
            yield word
            position += 1


def _switch(name: str) -> tuple[str, bool] | None:
    """The switch that a name sets or, with `no-`, unsets; None when the flag takes a value."""
    if name in SWITCHES:
        return name, False
    bare = name.removeprefix("no-")
    return (bare, True) if bare != name and bare in SWITCHES else None
