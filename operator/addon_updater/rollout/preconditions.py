"""What must be so before a content is written to the workload."""

from __future__ import annotations

from addon_updater.rollout import ownership
from addon_updater.rollout.actions import (
    WriteConfig,
)
from addon_updater.rollout.content import Content
from addon_updater.rollout.observed import Observed, Release
from addon_updater.rollout.situation import Situation
from addon_updater.rollout.workload import volume_items


def missing_config(situation: Situation, content: Content) -> WriteConfig | None:
    """The write that puts the text of a content under its key, when it is not there."""
    config, config_map = content.config, situation.observed.config
    if config is None or config_map is None or config_map.data.get(config.key) == config.text:
        return None
    return WriteConfig(
        config_map.name, config_map.uid, config_map.resource_version, {config.key: config.text}
    )


def overwritten_key(situation: Situation, content: Content) -> str | None:
    """The key of ours that the content wants, that the pods mount, and whose text somebody has changed.

    To put its text back would change what runs without having tried it; None when there is no such key.
    """
    config, mounted, config_map = content.config, situation.live.config, situation.observed.config
    if config is None or mounted is None or config_map is None or not config.is_own_key:
        return None
    found = config_map.data.get(config.key)
    is_overwritten = mounted.key == config.key and found is not None and found != config.text
    return config.key if is_overwritten else None


def must_recreate(situation: Situation, content: Content) -> bool:
    """Whether the Deployment has to come to the strategy Recreate before it may get that content."""
    workload = situation.workload
    return content.recreate and not workload.is_stateful_set and workload.strategy != "Recreate"


def lost_config(release: Release, observed: Observed) -> WriteConfig | None:
    """The write that puts back a key of ours which the pods mount and somebody has dropped.

    A ConfigMap replaced as a whole, from Git for instance, loses it, and no new pod could start.
    """
    workload, config_map = observed.workload, observed.config
    if workload is None or config_map is None or workload.claimed_by != release.name or not release.may_write:
        return None
    for revision in sorted(observed.revisions, key=lambda revision: -revision.number):
        config = revision.content.config
        if config is None or not config.is_own_key or config.key in config_map.data:
            continue
        if volume_items(workload.template["spec"], config.volume) == config.items:
            return WriteConfig(
                config_map.name, config_map.uid, config_map.resource_version, {config.key: config.text}
            )
    return None


def foreign_owner(situation: Situation, content: Content) -> str | None:
    """The first continuous owner, not released by the spec, of what the workload write would change."""
    config = content.config
    paths = ownership.workload_paths(content.container, config.volume if config else None)
    if must_recreate(situation, content):
        paths += ownership.STRATEGY_PATHS
    released = frozenset(situation.release.spec.released_by or ())
    workload = situation.workload
    mark = ownership.continuous_owner_by_mark(workload.labels, workload.annotations)
    if mark is not None and mark not in released:
        return mark
    return next(
        (
            owner.manager
            for owner in ownership.owners(workload.managed_fields, paths)
            if owner.writer is ownership.Writer.CONTINUOUS and owner.manager not in released
        ),
        None,
    )
