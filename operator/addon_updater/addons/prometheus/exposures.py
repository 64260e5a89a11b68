"""Which flags and settings of Prometheus open a known flaw. The names are those of api/catalog_advisories.py. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from addon_updater.addons.prometheus.command_line import CommandLine
from addon_updater.addons.prometheus.config_document import (
    ANY,
    ConfigDocument,
    Entry,
    PrometheusConfigError,
    read_config,
)
from addon_updater.addons.prometheus.versions import V3
from addon_updater.api.catalog_advisories import FEATURES
from addon_updater.api.versions import Version

_DISCOVERIES: Final = {
    "sd/docker": ("docker_sd_configs", "dockerswarm_sd_configs"),
    "sd/stackit": ("stackit_sd_configs",),
}
_HOLDERS: Final = (("scrape_configs", ANY), ("alerting", "alertmanagers", ANY))
_AZURE: Final = ("remote_write", ANY, "azuread", "oauth")
_CONFIG_FILE: Final = "flag/web.config.file"
_RECEIVER: Final = "flag/web.enable-remote-write-receiver"
_OLD_UI: Final = "ui/old"


def exposures(line: CommandLine, text: str | None, version: Version) -> dict[str, str]:
    """The features in use and where each stands; what cannot be seen is among them, with the reason.

    `text` is the configuration; None when it is not from a ConfigMap.
    """
    return {**dict(_by_flags(line, version)), **dict(_by_config(text))}


def _by_flags(line: CommandLine, version: Version) -> Iterator[tuple[str, str]]:
    if version < V3:
        yield _OLD_UI, "2.x has no other"
    if line.riddle is not None:
        yield from ((feature, line.riddle) for feature in (_CONFIG_FILE, _RECEIVER, _OLD_UI))
        return
    arguments = line.arguments
    if arguments.named("web.config.file"):
        yield _CONFIG_FILE, "--web.config.file"
    if arguments.is_on("web.enable-remote-write-receiver") or "remote-write-receiver" in arguments.features:
        yield _RECEIVER, "the receiver is switched on by the arguments"
    if version >= V3 and "old-ui" in arguments.features:
        yield _OLD_UI, "--enable-feature=old-ui"


def _by_config(text: str | None) -> Iterator[tuple[str, str]]:
    try:
        document = read_config(text) if text is not None else None
    except PrometheusConfigError as error:
        yield from _unseen(str(error))
        return
    if document is None:
        yield from _unseen("the configuration is not from a ConfigMap")
        return
    if (azure := document.entry(*_AZURE)) is not None:
        yield "config/remote_write.azuread.oauth", f"line {azure.line}: oauth"
    more = document.entry("scrape_config_files")
    for feature, keys in _DISCOVERIES.items():
        if (found := _discovery(document, keys)) is not None:
            yield feature, f"line {found.line}: {found.key.value}"
        elif more is not None and more.is_set:
            yield feature, f"line {more.line}: scrape_config_files names files that are not read"


def _unseen(why: str) -> Iterator[tuple[str, str]]:
    """What only a configuration could rule out."""
    return ((one, why) for one in FEATURES["prometheus"] if one.startswith(("config/", "sd/")))


def _discovery(document: ConfigDocument, keys: tuple[str, ...]) -> Entry | None:
    found = (document.entry(*holder, key) for holder in _HOLDERS for key in keys)
    return next((one for one in found if one is not None), None)
