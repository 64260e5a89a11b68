"""Makes a prometheus.yml that 2.x reads one that 3.x reads and that means the same; comments and layout stay.

Source: docs/migration.md of github.com/prometheus/prometheus at v3.16.0.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final

import yaml

from addon_updater.addons.edit import Edit, apply, indentation, line_ending
from addon_updater.addons.prometheus.argument_migration import Change
from addon_updater.addons.prometheus.config_document import ANY, ConfigDocument, Entry, read_config
from addon_updater.addons.prometheus.versions import V3, crosses
from addon_updater.api.versions import Version

HISTOGRAMS_BY_CONFIG: Final = Version.parse("3.9.0")
"""From here on feature native-histograms does nothing and the configuration alone decides."""
NATIVE_HISTOGRAMS: Final = "native-histograms"
_OLD_HISTOGRAMS: Final = "scrape_classic_histograms"
_NEW_HISTOGRAMS: Final = "always_scrape_classic_histograms"
_SCRAPE_NATIVE: Final = "scrape_native_histograms"


@dataclass(frozen=True, slots=True)
class ConfigMigration:
    """The new text, what is different about it, and what would have to be but cannot be edited safely."""

    text: str
    changes: tuple[Change, ...]
    obstacles: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class _Step:
    edit: Edit | None
    """None: a person must do it."""
    change: Change


def migrate_config(
    text: str, *, running: Version, target: Version, features: Collection[str]
) -> ConfigMigration:
    """The text for `target`. `features` are those that the running server has switched on.

    What 3.x refuses in every release is put right whatever runs, so that an old text that comes back is too.

    Raises:
        PrometheusConfigError: the text is no configuration.
    """
    document = read_config(text)
    steps: list[_Step] = []
    if target >= V3:
        steps += _alertmanager_api(document)
        steps += _classic_histograms(document)
    if crosses(V3, running, target) and "expand-external-labels" not in features:
        steps += _external_labels(document)
    if crosses(HISTOGRAMS_BY_CONFIG, running, target) and NATIVE_HISTOGRAMS in features:
        steps += _native_histograms(document)
    edits = [step.edit for step in steps if step.edit is not None]
    return ConfigMigration(
        text=apply(text, edits) if edits else text,
        changes=tuple(dict.fromkeys(step.change for step in steps if step.edit is not None)),
        obstacles=tuple(dict.fromkeys(step.change for step in steps if step.edit is None)),
    )


def _alertmanager_api(document: ConfigDocument) -> Iterator[_Step]:
    for entry in document.entries("alerting", "alertmanagers", ANY, "api_version"):
        if entry.text == "v1":
            message = "api_version v1 becomes v2: 3.x speaks no other, and Alertmanager has it since 0.16"
            change = _change("PrometheusAlertmanagerApi", entry, message)
            yield _step(document, entry.value, ("v1", "v2"), change)


def _classic_histograms(document: ConfigDocument) -> Iterator[_Step]:
    for entry in document.entries("scrape_configs", ANY, _OLD_HISTOGRAMS):
        message = f"{_OLD_HISTOGRAMS} becomes {_NEW_HISTOGRAMS}, its name in 3.x"
        change = _change("PrometheusClassicHistograms", entry, message)
        yield _step(document, entry.key, (_OLD_HISTOGRAMS, _NEW_HISTOGRAMS), change)


def _external_labels(document: ConfigDocument) -> Iterator[_Step]:
    for entry in document.entries("global", "external_labels", ANY):
        if "$" in (entry.text or ""):
            message = f"'$' of external label {entry.key.value} is doubled: 3.x replaces variables there"
            change = _change("PrometheusExternalLabelDollar", entry, message)
            yield _step(document, entry.value, ("$", "$$"), change)


def _native_histograms(document: ConfigDocument) -> Iterator[_Step]:
    if document.root is None or document.entry("global", _SCRAPE_NATIVE):
        return
    change = Change(
        "PrometheusNativeHistograms",
        f"global.{_SCRAPE_NATIVE}: true is added: from 3.9 on, feature {NATIVE_HISTOGRAMS} does nothing",
    )
    place = document.entry("global")
    ending = line_ending(document.text)
    if place is None:
        start = document.root
        block = f"global:{ending}  {_SCRAPE_NATIVE}: true{ending}"
        plain = not document.root.flow_style and document.source(start)[:1] not in "&!"
        yield _Step(document.insert_before(start, block) if plain else None, change)
        return
    value = place.value
    if not isinstance(value, yaml.MappingNode) or not value.value:
        yield _Step(None, change)
        return
    first = value.value[0][0]
    margin = indentation(document.text, document.insert_before(first, "").start)
    separator = ", " if value.flow_style else f"{ending}{margin}"
    yield _Step(document.insert_before(first, f"{_SCRAPE_NATIVE}: true{separator}"), change)


def _step(document: ConfigDocument, node: yaml.Node, words: tuple[str, str], change: Change) -> _Step:
    edit = document.rewrite(node, *words) if isinstance(node, yaml.ScalarNode) else None
    return _Step(edit, change)


def _change(rule: str, entry: Entry, message: str) -> Change:
    return Change(rule, f"line {entry.line}: {message}")
