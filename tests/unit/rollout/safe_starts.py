"""What must hold of every start of an attempt: S2, S6, windows, freeze, and the breaking baseline."""

from __future__ import annotations

import json
from datetime import timedelta

from addon_updater.api.catalog import Risk
from addon_updater.api.release import Delivery, Updates
from addon_updater.api.versions import Minor, Version
from addon_updater.catalog import Standing
from addon_updater.errors import VersionError
from addon_updater.rollout.actions import RecordRevision
from addon_updater.rollout.observed import OtherRelease
from addon_updater.rollout.revision import ATTEMPT_ANNOTATION, BASELINE_ANNOTATION, Revision
from addon_updater.rollout.situation import RESET_ANNOTATION
from addon_updater.rollout.windows import window_state
from unit.rollout.reading_deeds import approvals, live_image
from unit.rollout.scenes import Scene
from unit.rollout.world import Deed

_CHAIN = timedelta(minutes=1)


def started_in_time(deed: Deed) -> None:
    """Nothing starts while it is frozen, suspended or only watched, nor outside of a window.

    The next hop of a chain, which follows the one before at once, may overrun a window.
    """
    spec, settings = deed.release.spec, deed.observed.settings
    freeze = settings.freeze
    assert freeze is None or (freeze.until is not None and deed.at >= freeze.until)
    assert not spec.suspend
    assert spec.delivery is not Delivery.OBSERVE
    assert spec.policy is None or spec.policy.updates is not Updates.PLAN_ONLY
    ends = [one.outcome.at for one in deed.observed.revisions if one.was_promoted and one.outcome is not None]
    goes_on = any(deed.at - end < _CHAIN for end in ends)
    assert goes_on or window_state(spec.windows or (), deed.at, ceiling=settings.windows or ()).is_open


def started_with_the_circuit_closed(deed: Deed) -> None:
    """While failures pile up, nothing starts but what a person has approved or asked to be tried again."""
    assert isinstance(deed.action, RecordRevision)
    breaker = deed.observed.breaker
    assert breaker is not None
    plan = json.loads(deed.action.annotations[ATTEMPT_ANNOTATION])["plan"]
    assert not breaker.is_open or plan in approvals(deed) or RESET_ANNOTATION in deed.release.annotations


def started_in_order(deed: Deed, scene: Scene) -> None:
    """S2: while all servers agree. S6: no two addons at once that serve the whole cluster, and no claimed workload."""
    minors, observed = deed.observed.minors, deed.observed
    assert minors is not None
    assert minors.is_settled
    assert not observed.older_claims
    shared = {name for name, entry in scene.catalog.addons.items() if entry.risk is Risk.SHARED}
    if scene.name in shared:
        assert not [other for other in observed.others if other.is_moving and other.addon in shared]
    if scene.addon.gates_on_others:
        assert not [other for other in observed.others if other.is_moving or _moved_just_now(other, deed)]


def _moved_just_now(other: OtherRelease, deed: Deed) -> bool:
    return other.moved_at is not None and timedelta(0) <= deed.at - other.moved_at < timedelta(seconds=45)


def breaks_with_a_minor_only(deed: Deed, scene: Scene) -> None:
    """No breaking hop starts while the baseline is closed, unless somebody allows, approves or prepares for it.

    What runs on a server of today no more is let go as well.
    """
    assert isinstance(deed.action, RecordRevision)
    entry, minors, policy = scene.catalog.addon(scene.name), deed.observed.minors, deed.release.spec.policy
    assert entry is not None
    assert minors is not None
    assert policy is not None
    start = Version.parse(live_image(deed.observed).rpartition(":")[2])
    end = Version.parse(deed.action.content.version)
    crossed = [one.version for one in entry.releases if one.data.breaking and start < one.version <= end]
    unfit = any(entry.evidence(start, minor).standing < Standing.ASSUMED for minor in minors.servers)
    if not crossed or policy.breaking_changes == "Allow" or unfit or deed.release.spec.prepare_for:
        return
    attempt = json.loads(deed.action.annotations[ATTEMPT_ANNOTATION])
    previous = next(one for one in deed.observed.revisions if one.name == attempt["previous"])
    baseline = _baseline(previous) or minors.settled
    assert attempt["plan"] in approvals(deed) or (
        minors.settled is not None and baseline is not None and minors.settled > baseline
    )


def _baseline(revision: Revision) -> Minor | None:
    """The recorded one; None when somebody garbled it, which must open nothing."""
    try:
        return Minor.parse(revision.annotations.get(BASELINE_ANNOTATION, ""))
    except VersionError:
        return None
