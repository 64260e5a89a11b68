"""Makes a command line of 2.x one of 3.x that does the same.

Source: docs/migration.md of github.com/prometheus/prometheus, and its cmd/prometheus/main.go at v2.55.1 and v3.16.0.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from addon_updater.addons.prometheus.arguments import FEATURES, Arguments, Flag
from addon_updater.addons.prometheus.versions import V3, crosses
from addon_updater.api.versions import Version

RETENTION: Final = "storage.tsdb.retention"
RETENTION_TIME: Final = "storage.tsdb.retention.time"
ESCAPING: Final = "scrape.name-escaping-scheme"
DEFAULT_ESCAPING: Final = "values"
"""What 2.55 takes for --scrape.name-escaping-scheme when it is not given."""
_WITHOUT_EFFECT: Final = {
    "storage.tsdb.allow-overlapping-blocks": "it has had no effect since 2.39",
    "alertmanager.timeout": "it had no effect in 2.x",
}
_CONSOLES: Final = ("web.console.templates", "web.console.libraries")
_CONSOLES_OF_THE_IMAGE: Final = "/usr/share/prometheus/"
_BECAME_FLAGS: Final = {
    "agent": "agent",
    "remote-write-receiver": "web.enable-remote-write-receiver",
    "otlp-write-receiver": "web.enable-otlp-receiver",
}
BECAME_DEFAULT: Final = frozenset(
    {
        "auto-gomaxprocs",
        "auto-gomemlimit",
        "expand-external-labels",
        "new-service-discovery-manager",
        "no-default-scrape-port",
        "promql-at-modifier",
        "promql-negative-offset",
        "utf8-names",
    }
)


@dataclass(frozen=True, slots=True)
class Change:
    """One repair: the rule behind it and what it does, as a sentence."""

    rule: str
    message: str


@dataclass(frozen=True, slots=True)
class ArgumentMigration:
    """The new words, and what is different about them."""

    words: tuple[str, ...]
    changes: tuple[Change, ...]


def migrate_arguments(arguments: Arguments, running: Version, target: Version) -> ArgumentMigration:
    """The words for `target`; the same ones unless the update passes 3.0.0.

    Beside a word that is no flag nobody can tell which value belongs to what, so nothing is changed then.
    """
    if not crosses(V3, running, target) or arguments.unread:
        return ArgumentMigration(arguments.words, ())
    changes: list[Change] = []
    added: dict[str, None] = {}
    replaced: dict[int, tuple[str, ...]] = {}
    for flag in arguments.flags:
        words = _migrate(flag, arguments, changes, added)
        if words is not None:
            replaced[flag.start] = words
    names = {name: arguments.named(name) for name in added}
    for present in names.values():
        # A switch may stand once only; one that says `no-` had less to say than the feature.
        replaced |= {flag.start: () for flag in present}
    words = _splice(arguments, replaced)
    return ArgumentMigration((*words, *(f"--{name}" for name in added)), tuple(changes))


def _migrate(
    flag: Flag, arguments: Arguments, changes: list[Change], added: dict[str, None]
) -> tuple[str, ...] | None:
    """What replaces the words of one flag; None when they stay."""
    if flag.name == RETENTION:
        return _retention(flag, arguments, changes)
    if flag.name in _WITHOUT_EFFECT:
        message = f"--{flag.name} goes, because 3.x refuses it; {_WITHOUT_EFFECT[flag.name]}"
        changes.append(Change("PrometheusFlagRemoved", message))
        return ()
    if flag.name == ESCAPING and flag.value == DEFAULT_ESCAPING:
        message = f"--{ESCAPING} goes, because 3.x refuses it; it said what is the default"
        changes.append(Change("PrometheusFlagRemoved", message))
        return ()
    if flag.name in _CONSOLES and (flag.value or "").startswith(_CONSOLES_OF_THE_IMAGE):
        message = f"--{flag.name} goes, because the image of 3.x has no {flag.value}"
        changes.append(Change("PrometheusConsoles", message))
        return ()
    if flag.name == FEATURES:
        return _features(flag, arguments, changes, added)
    return None


def _retention(flag: Flag, arguments: Arguments, changes: list[Change]) -> tuple[str, ...]:
    if arguments.named(RETENTION_TIME):
        message = f"--{RETENTION} goes, because 3.x refuses it; --{RETENTION_TIME} counted already"
        changes.append(Change("PrometheusFlagRemoved", message))
        return ()
    message = f"--{RETENTION} becomes --{RETENTION_TIME}, its name in 3.x"
    changes.append(Change("PrometheusFlagRenamed", message))
    first, *rest = arguments.words[flag.start : flag.end]
    return (first.replace(RETENTION, RETENTION_TIME, 1), *rest)


def _features(
    flag: Flag, arguments: Arguments, changes: list[Change], added: dict[str, None]
) -> tuple[str, ...] | None:
    parts = (flag.value or "").split(",")
    kept = [part for part in parts if part not in _BECAME_FLAGS and part not in BECAME_DEFAULT]
    if len(kept) == len(parts):
        return None
    for part in parts:
        if part in _BECAME_FLAGS:
            added[_BECAME_FLAGS[part]] = None
            message = (
                f"feature {part} becomes --{_BECAME_FLAGS[part]}; 3.x would leave it off without an error"
            )
            changes.append(Change("PrometheusFeatureBecameFlag", message))
        elif part in BECAME_DEFAULT:
            message = f"feature {part} goes: 3.x does always what it asks for"
            changes.append(Change("PrometheusFeatureIsDefault", message))
    if not any(kept):
        return ()
    value = ",".join(kept)
    is_one_word = flag.end - flag.start == 1
    return (f"--{FEATURES}={value}",) if is_one_word else (arguments.words[flag.start], value)


def _splice(arguments: Arguments, replaced: dict[int, tuple[str, ...]]) -> tuple[str, ...]:
    words: list[str] = []
    ends = {flag.start: flag.end for flag in arguments.flags}
    position = 0
    while position < len(arguments.words):
        if position in replaced:
            words += replaced[position]
            position = ends[position]
        else:
            words.append(arguments.words[position])
            position += 1
    return tuple(words)
