"""Reads the content that runs out of a workload and its ConfigMap, as every addon does."""

from __future__ import annotations

import re
from typing import Final

from addon_updater.addons.image import running_version
from addon_updater.addons.podtemplate import ConfigSource
from addon_updater.reasons import Reason
from addon_updater.rollout.addon import UnreadableAddonError
from addon_updater.rollout.content import ConfigContent, ConfigItem, Content, text_hash
from addon_updater.rollout.finding import Finding, Severity
from addon_updater.rollout.workload import ConfigMap, Workload, volume_items

_OWN_KEY: Final = re.compile(r"^(?P<input>.+)-[0-9a-f]{12}$")


def read_content(workload: Workload, container: str, config: ConfigContent | None) -> Content:
    """Image and arguments of the container, beside the configuration that has been read.

    Raises:
        UnreadableAddonError: the image's tag tells no version.
    """
    mine = workload.container(container) or {}
    args, image = mine.get("args"), str(mine.get("image", ""))
    return Content(
        version=running_version(image),
        container=container,
        image=image,
        args=tuple(args) if args is not None else None,
        min_ready_seconds=workload.min_ready_seconds,
        config=config,
    )


def read_mounted(workload: Workload, source: ConfigSource, config: ConfigMap | None) -> ConfigContent:
    """The text that the pods mount, and the key under which people write theirs.

    Raises:
        UnreadableAddonError: the ConfigMap or its key does not exist.
    """
    if config is None:
        raise UnreadableAddonError(
            Reason.CONFIG_NOT_FOUND, f"ConfigMap {source.config_map}, which the pods mount, does not exist"
        )
    text = config.data.get(source.key)
    if text is None:
        raise UnreadableAddonError(
            Reason.CONFIG_NOT_FOUND,
            f"ConfigMap {source.config_map} has no key {source.key!r}, which the pods mount; restore it",
        )
    own = _OWN_KEY.match(source.key)
    input_key = own["input"] if own else source.key
    items = volume_items(workload.template["spec"], source.volume) or ()
    return ConfigContent(
        config_map=source.config_map,
        volume=source.volume,
        items=() if source.whole else items or (ConfigItem(source.key, source.key),),
        key=source.key,
        text=text,
        input_key=input_key,
        input_hash=text_hash(config.data.get(input_key, text)),
    )


def unreadable(config: ConfigContent, error: Exception) -> UnreadableAddonError:
    """The error of a configuration that does not follow its grammar, with its place."""
    return UnreadableAddonError(
        Reason.CONFIG_UNREADABLE, f"{config.input_key} of ConfigMap {config.config_map}: {error}"
    )


def whole_mount(rule: str, current: Content, desired: Content) -> tuple[Finding, ...]:
    """The finding that forbids to change a text which every running pod would see at once."""
    before, after = current.config, desired.config
    if before is None or after is None or before.items or before.text == after.text:
        return ()
    return (
        Finding(
            rule,
            Severity.BLOCK,
            f"ConfigMap {after.config_map} is mounted whole, so a changed {before.input_key} would reach the running "
            "pods",
            f"mount its keys by items, as in items: [{{key: {before.key}, path: {before.key}}}]",
        ),
    )
