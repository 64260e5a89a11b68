"""The live state becomes a revision: as found at first, later as somebody else made it."""

from __future__ import annotations

from addon_updater.reasons import Reason
from addon_updater.rollout import ownership
from addon_updater.rollout.actions import (
    RecordRevision,
)
from addon_updater.rollout.breaking import baseline_annotations
from addon_updater.rollout.decision import (
    UNKNOWN,
    Decision,
    shorten,
    stalled,
    update,
)
from addon_updater.rollout.preconditions import foreign_owner
from addon_updater.rollout.revision import (
    BASELINE_RELEASE_ANNOTATION,
    OUTCOME_ANNOTATION,
    QUARANTINE_ANNOTATION,
    Quarantine,
    Result,
    Revision,
    Verdict,
    quarantine_json,
    verdict_json,
)
from addon_updater.rollout.situation import Situation

_REVISION_LIMIT = 900 * 1024


def adopt(situation: Situation, healthy: Decision) -> Decision:
    """Record the live state. After an update of ours it is what a person put back: their word holds."""
    live, latest = situation.live, _latest_of_this_release(situation)
    if len(str(live.to_json()).encode()) > _REVISION_LIMIT:
        message = (
            "the configuration is larger than 900 KiB and could not be put back; split it before updating"
        )
        return healthy.but(stalled=stalled(Reason.REVISION_TOO_LARGE, message))
    settled = situation.settled
    if settled is None:
        message = (
            "the state is recorded once all API servers have answered the same minor for the settle time"
        )
        return healthy.but(update=update(UNKNOWN, Reason.WAITING_FOR_CLUSTER_MINOR, message))
    superseded = latest is not None and latest.content.version != live.version
    reason = Reason.SUPERSEDED if latest is not None else Reason.ADOPTED
    message = f"recorded as found: {live.version}"
    annotations = baseline_annotations(situation, settled)
    if latest is not None:
        what = f"from {latest.content.version} to {live.version}" if superseded else "and kept the version"
        message = f"{_writers(situation)} changed {situation.workload.name} or its configuration {what}"
    if superseded and latest is not None:
        held = Quarantine(
            version=latest.content.version,
            image=latest.content.image,
            input_hash=situation.input_hash,
            minor=settled,
            reason=Reason.SUPERSEDED.value,
            message=shorten(message, 512),
            at=situation.now,
        )
        annotations[QUARANTINE_ANNOTATION] = quarantine_json(held)
    verdict = Verdict(reason.value, message, situation.now, Result.ADOPTED)
    annotations[OUTCOME_ANNOTATION] = verdict_json(verdict)
    return healthy.but(action=RecordRevision(situation.next_number, live, annotations))


def _latest_of_this_release(situation: Situation) -> Revision | None:
    """What should be live. A release of the same name that is gone may have governed another workload."""
    latest, uid = situation.latest_serving, situation.release.uid
    if latest is None or latest.annotations.get(BASELINE_RELEASE_ANNOTATION, uid) != uid:
        return None
    return latest


def _writers(situation: Situation) -> str:
    config = situation.live.config
    paths = ownership.workload_paths(situation.live.container, config.volume if config else None)
    names = [owner.manager for owner in ownership.owners(situation.workload.managed_fields, paths)]
    return ", ".join(name for name in names if name != ownership.MANAGER) or "somebody"


def reverted_by(situation: Situation) -> str | None:
    """The continuous owner that undid our update, promoted or still running, if that is what happened.

    It is over once nothing is to be written any more, or a person has had a word since.
    """
    latest = _latest_of_this_release(situation)
    if latest is None or latest.outcome is None or not situation.may_write:
        return None
    promoted = latest.attempt is not None and situation.current is None
    undone = promoted and not situation.was_reset_since(latest.outcome.at)
    if not undone and not _was_undone_midway(situation, latest):
        return None
    return foreign_owner(situation, situation.live)


def _was_undone_midway(situation: Situation, latest: Revision) -> bool:
    """Whether somebody else ended the newest attempt, and what it led to is held back since."""
    return any(
        revision.outcome is not None
        and revision.outcome.result is Result.SUPERSEDED
        and revision.number > latest.number
        and revision.quarantine in situation.quarantines
        for revision in situation.revisions
    )
