"""What can hold a start from outside of the addon: freeze, windows, other addons, foreign repositories, jitter."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from addon_updater.api.meta import parse_duration
from addon_updater.reasons import Reason
from addon_updater.resolve.images import ImageName
from addon_updater.resolve.security import urgency
from addon_updater.rollout.observed import OtherRelease
from addon_updater.rollout.plan import Plan
from addon_updater.rollout.situation import Situation
from addon_updater.rollout.windows import may_go_on, window_state

LOOK = timedelta(seconds=30)
PODS_END_WITHIN = timedelta(seconds=45)
"""How long pods may go on after the update that replaced them: the grace that a pod gets by default, and 15 s until
whoever discovers pods has noticed."""
_DUE = timedelta(minutes=5)
"""How long after the opening of its window another release is believed to be about to be looked at."""


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why nothing starts now, and how long it is certain to last."""

    reason: Reason
    message: str
    lasts: timedelta | None = None


def obstacle_of_time(situation: Situation) -> Obstacle | None:
    """The freeze, or the window that is not open; a plan that goes on from its last hop may overrun one."""
    settings = situation.observed.settings
    if frozen := settings.frozen_at(situation.now):
        until = settings.freeze.until if settings.freeze is not None else None
        lasts = until - situation.now if until is not None else None
        return Obstacle(Reason.FROZEN, f"the settings freeze all updates: {frozen}", lasts)
    windows, ceiling = situation.release.spec.windows or (), settings.windows or ()
    state = window_state(windows, situation.now, ceiling=ceiling)
    started = _chain_started(situation)
    if state.is_open or (
        started is not None and may_go_on(windows, situation.now, started=started, ceiling=ceiling)
    ):
        return None
    lasts = state.opens_at - situation.now if state.opens_at is not None else None
    return Obstacle(Reason.WAITING_FOR_WINDOW, state.why, lasts)


def _chain_started(situation: Situation) -> datetime | None:
    """When the hops that led here one after the other began; None when the last one is no part of this plan."""
    latest = situation.latest_serving
    if latest is None or latest.attempt is None or latest.outcome is None:
        return None
    started = latest.attempt.started_at
    for revision in reversed(situation.revisions[: situation.revisions.index(latest)]):
        if revision.attempt is None or revision.outcome is None or not revision.was_promoted:
            break
        if started - revision.outcome.at > timedelta(minutes=1):
            break
        started = revision.attempt.started_at
    return started if situation.now - latest.outcome.at < timedelta(minutes=1) else None


def obstacle_of_order(situation: Situation, plan: Plan) -> Obstacle | None:
    """An addon that must be done first: by spec.dependsOn, because both serve everybody, or because of a known flaw.

    A flaw decides only which of those goes first that wait for each other and for nothing else.
    """
    release, others = situation.release, situation.observed.others
    for wanted in release.spec.dependencies(release.namespace):
        other = next((one for one in others if (one.namespace, one.name) == wanted), None)
        if problem := _not_done(other, situation.settled):
            message = f"spec.dependsOn: AddonRelease {'/'.join(wanted)} {problem}"
            return Obstacle(Reason.WAITING_FOR_OTHERS, message, LOOK)
    if restless := _moves_in_its_gates(situation):
        return restless
    if situation.addon.name not in situation.shared_addons:
        return _too_many(situation, plan)
    moving = next((one for one in others if one.is_moving and one.addon in situation.shared_addons), None)
    if moving is None:
        return _after_the_exposed(situation, plan, room=1)
    message = (
        f"AddonRelease {moving.namespace}/{moving.name} is being updated, and both serve the whole cluster"
    )
    return Obstacle(Reason.WAITING_FOR_OTHERS, message, LOOK)


def _moves_in_its_gates(situation: Situation) -> Obstacle | None:
    """Any other addon whose pods come and go, where the gates of this one would take them into their baseline."""
    restless = restless_other(situation)
    if restless is None or not situation.addon.gates_on_others:
        return None
    gates = " and ".join(sorted(situation.addon.gates_on_others))
    message = f"{restless.what}, and its pods come and go in the baseline of the {gates} gate"
    return Obstacle(Reason.WAITING_FOR_OTHERS, message, restless.lasts)


@dataclass(frozen=True, slots=True)
class Restless:
    """Another addon whose pods come and go, in words, and how long it is to be left alone before the next look."""

    what: str
    lasts: timedelta


def restless_other(situation: Situation) -> Restless | None:
    """The first other addon that is being updated, else the one that was last, while its old pods may still end."""
    others = situation.observed.others
    if moving := next((one for one in others if one.is_moving), None):
        return Restless(f"AddonRelease {moving.namespace}/{moving.name} is being updated", LOOK)
    # A moment that lies far ahead is another clock's and tells nothing.
    ago = [(situation.now - one.moved_at, one) for one in others if one.moved_at is not None]
    lately = [(passed, one) for passed, one in ago if abs(passed) < PODS_END_WITHIN]
    if not lately:
        return None
    passed, last = min(lately, key=lambda pair: pair[0])
    what = f"AddonRelease {last.namespace}/{last.name} was being updated just now"
    return Restless(what, PODS_END_WITHIN - passed)


def _too_many(situation: Situation, plan: Plan) -> Obstacle | None:
    """The other addons of their own users that are being updated, when there are as many as the settings allow."""
    most = situation.observed.settings.parallel_updates
    moving = [
        one for one in situation.observed.others if one.is_moving and one.addon not in situation.shared_addons
    ]
    if most is None:
        return None
    if len(moving) < most:
        return _after_the_exposed(situation, plan, room=most - len(moving))
    names = ", ".join(f"{one.namespace}/{one.name}" for one in moving)
    return Obstacle(
        Reason.WAITING_FOR_OTHERS, f"{names} are being updated, and the settings allow {most} at a time", LOOK
    )


def _after_the_exposed(situation: Situation, plan: Plan, *, room: int) -> Obstacle | None:
    """Those that take the room: they are as ready to start, and their updates end graver known flaws than this one."""
    is_shared, mine = situation.addon.name in situation.shared_addons, urgency(plan.closes)
    first = [
        one
        for one in situation.observed.others
        if one.urgency > mine
        and (one.addon in situation.shared_addons) is is_shared
        and _waits_for_its_turn_alone(one, situation)
    ]
    if len(first) < room:
        return None
    names = ", ".join(f"{one.namespace}/{one.name}" for one in first)
    message = f"AddonRelease {names} goes first: its update ends a known flaw that is open there"
    return Obstacle(Reason.WAITING_FOR_OTHERS, message, LOOK)


def _waits_for_its_turn_alone(one: OtherRelease, situation: Situation) -> bool:
    """Whether nothing keeps it from starting but what moves now, and nothing that it needs waits for this release."""
    opened = situation.now - one.opens_at if one.opens_at is not None else None
    due = opened is not None and timedelta(0) <= opened < _DUE
    if one.waits != Reason.WAITING_FOR_OTHERS and not (one.waits == Reason.WAITING_FOR_WINDOW and due):
        return False
    known = {(other.namespace, other.name): other for other in situation.observed.others}
    return all(_not_done(known.get(needed), situation.settled) is None for needed in one.depends_on)


def _not_done(other: OtherRelease | None, settled: str | None) -> str | None:
    if other is None:
        return "does not exist"
    if other.is_moving:
        return "is being updated"
    if other.minor not in (None, settled):
        return f"has not been looked at for Kubernetes {settled} yet"
    return None if other.is_ready else "is not Ready"


def foreign_repository(situation: Situation, plan: Plan) -> str | None:
    """Why the image may not run here, by the repositories that the settings allow."""
    allowed = situation.observed.settings.repositories or ()
    image = plan.desired.image
    if not allowed or any(_is_in(image, prefix) for prefix in allowed):
        return None
    return f"image {image} is in none of the repositories that the settings allow: {', '.join(allowed)}"


def _is_in(image: str, prefix: str) -> bool:
    """Whether the repository begins with these parts, as written or with Docker Hub's short names spelled out."""
    name = ImageName.parse(image)
    return any(
        repository == prefix or repository.startswith(f"{prefix.rstrip('/')}/")
        for repository in (name.repository, name.canonical)
    )


def jitter_left(situation: Situation, plan: Plan) -> timedelta | None:
    """How much of spec.rollout.startJitter is left; None when none is.

    The wait is drawn from cluster and plan, so that a restart of the operator does not draw another one.
    """
    rollout = situation.release.spec.rollout
    longest = parse_duration(rollout.start_jitter) if rollout and rollout.start_jitter else timedelta(0)
    if longest <= timedelta(0):
        return None
    digest = hashlib.sha256(f"{situation.release.uid}/{plan.hash}".encode()).digest()
    wait = longest * (int.from_bytes(digest[:4]) / 2**32)
    since = situation.observed.memory.startable_since or situation.now
    left = since + wait - situation.now
    return left if left > timedelta(0) else None
