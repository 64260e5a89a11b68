"""Why a release does not run another version, told from a decision and the catalog. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from addon_updater.api.catalog import Source
from addon_updater.api.versions import Version
from addon_updater.catalog import AddonEntryIndex
from addon_updater.cli.preview import Preview
from addon_updater.reasons import Reason
from addon_updater.resolve import Candidate, Verdict
from addon_updater.rollout.decision import FALSE
from addon_updater.rollout.holding import hold
from addon_updater.rollout.situation import APPROVE_ANNOTATION


@dataclass(frozen=True, slots=True)
class Holding:
    """A condition that holds an update."""

    reason: str
    message: str


def holding(seen: Preview) -> tuple[Holding, ...]:
    """What holds the next step, the gravest first; empty when nothing does.

    A release whose state has yet to be recorded is told already what its plan will wait for.
    """
    made = seen.decision
    conditions = [made.stalled]
    is_idle = made.reconciling.status is FALSE
    if (is_idle and made.update.status is not FALSE) or made.update.reason == Reason.NO_BETTER_VERSION:
        conditions.append(made.update)
    found = [Holding(one.reason, one.message) for one in conditions if one is not None]
    held = tuple(dict.fromkeys(one for one in found if one.reason != Reason.STARTING))
    if held or made.plan is None or seen.situation is None or not is_idle:
        return held
    obstacle = hold(seen.situation, made.plan, made.rulings[0])
    return (Holding(obstacle.reason, obstacle.message),) if obstacle is not None else ()


def after_approval(seen: Preview) -> str | None:
    """What the plan would still wait for once it is approved; None where approval changes nothing."""
    if seen.plan_hash is None or seen.approved or seen.is_running:
        return None
    then = seen.foresee({APPROVE_ANNOTATION: seen.plan_hash})
    same = then.decision.rulings == seen.decision.rulings and holding(then) == holding(seen)
    return None if same else what_follows(then)


def what_follows(then: Preview) -> str:
    """What an update waits for as things would stand then."""
    held = holding(then)
    if held:
        return f"it waits: {held[0].reason}: {held[0].message}"
    first = "records what runs now, then " if then.decision.action is not None else ""
    return f"the operator {first}starts it with its next pass"


def worth_telling(seen: Preview) -> tuple[Candidate, ...]:
    """The versions from the installed one on, newest first; all of them when that one is not known."""
    resolution = seen.decision.resolution
    if resolution is None:
        return ()
    if seen.situation is None:
        return tuple(resolution.candidates)
    installed = Version.parse(seen.situation.live.version)
    return tuple(
        one for one in resolution.candidates if one.version >= installed or one.verdict is Verdict.TARGET
    )


def sources(entry: AddonEntryIndex | None, keys: Iterable[str]) -> dict[str, Source]:
    """The catalog's sources behind these keys, each once; fields of a spec are none."""
    if entry is None:
        return {}
    return {key: entry.sources[key] for key in dict.fromkeys(keys) if key in entry.sources}
