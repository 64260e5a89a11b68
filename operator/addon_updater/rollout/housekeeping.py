"""What is left to tidy while nothing runs: the people's key, keys and revisions that nobody needs."""

from __future__ import annotations

from addon_updater.rollout import ownership
from addon_updater.rollout.actions import (
    DeleteRehearsal,
    DeleteRevision,
    WriteConfig,
)
from addon_updater.rollout.revision import (
    KEEP,
    Revision,
)
from addon_updater.rollout.situation import Situation
from addon_updater.rollout.workload import ConfigMap


def keep_house(
    situation: Situation, current: Revision
) -> WriteConfig | DeleteRehearsal | DeleteRevision | None:
    """What is left to tidy: the people's key brought up to date, keys and revisions nobody needs."""
    pod = situation.observed.rehearsal
    if pod is not None and not pod.is_deleting:
        return DeleteRehearsal(pod.name, pod.uid)
    if not situation.workload.is_rolled_out:
        return None
    if write := _tidy_config(situation, current):
        return write
    return _oldest_forgettable(situation, current)


def _tidy_config(situation: Situation, current: Revision) -> WriteConfig | None:
    config, config_map = current.content.config, situation.observed.config
    if config is None or config_map is None:
        return None
    changes: dict[str, str | None] = {}
    texts = [
        revision.content.config for revision in situation.revisions if revision.content.config is not None
    ]
    own = {text.with_text(text.text).key for text in texts}
    mounted = {item.key for item in situation.live.config.items} if situation.live.config else set()
    changes |= {key: None for key in sorted(own - mounted) if key in config_map.data}
    if _lags(situation, current, config_map):
        changes[config.input_key] = config.text
    if not changes:
        return None
    return WriteConfig(config_map.name, config_map.uid, config_map.resource_version, changes)


def _lags(situation: Situation, current: Revision, config_map: ConfigMap) -> bool:
    """Whether the people's key still says what the promoted text was made from.

    Told once: who writes the key after the promotion, or writes it again and again, has the last word.
    """
    config = current.content.config
    if config is None or current.attempt is None or current.outcome is None or not config.is_own_key:
        return False
    if config_map.data.get(config.input_key) == config.text or config.input_hash != situation.input_hash:
        return False
    path = ownership.config_path(config.input_key)
    released = frozenset(situation.release.spec.released_by or ())
    writers = {
        owner.manager
        for owner in ownership.owners(config_map.managed_fields, [path])
        if owner.writer is ownership.Writer.CONTINUOUS
    }
    if mark := ownership.continuous_owner_by_mark(config_map.labels, config_map.annotations):
        writers.add(mark)
    return writers <= released and not ownership.written_by_others_since(
        config_map.managed_fields, path, current.outcome.at
    )


def _oldest_forgettable(situation: Situation, current: Revision) -> DeleteRevision | None:
    latest = situation.latest_serving
    needed = {current.name, *((latest.name,) if latest else ())}
    held = {
        r.name
        for r in situation.revisions
        if r.quarantine is not None and r.quarantine in situation.quarantines
    }
    spare = [r for r in situation.revisions if r.name not in needed and r.name not in held]
    return DeleteRevision(spare[0].name) if len(situation.revisions) > KEEP and spare else None
