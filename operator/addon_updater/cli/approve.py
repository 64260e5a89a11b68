"""`kubectl addons approve`: the word that a plan, or an attempt without an answer, waits for."""

from __future__ import annotations

import sys
from dataclasses import replace

from addon_updater.cli.arguments import PROGRAM, Arguments
from addon_updater.cli.output import console_on, show
from addon_updater.cli.preview import Preview
from addon_updater.cli.reasoning import after_approval, holding
from addon_updater.cli.render.proposal import in_short
from addon_updater.cli.words import Word, is_switched, speak, stale_rollback
from addon_updater.errors import RefusedError
from addon_updater.reasons import ConditionType, Reason
from addon_updater.rollout.admission import Ruling
from addon_updater.rollout.revision import Attempt, Revision
from addon_updater.rollout.situation import APPROVE_ANNOTATION, Situation

_LIFTED = (Ruling.WAIT_FOR_APPROVAL, Ruling.WAIT_FOR_MINOR, Ruling.DENIED)
"""The rulings that an approval lifts."""
_WITHOUT_ANSWER = (Reason.GATE_UNKNOWN, Reason.RESTORE_NEEDED)


async def run(arguments: Arguments) -> None:
    """Approve the plan of one release, or its running attempt.

    Raises:
        RefusedError: nothing waits for approval, or the hash is that of another plan.
        ApiError: something cannot be read or written.
    """

    def choose(seen: Preview) -> Word:
        word = approval(seen, arguments.word)
        if arguments.word is None and word.annotation is not None:
            show(console_on(sys.stdout), in_short(seen))
            return word
        return replace(word, warning=None)

    await speak(arguments, choose)


def approval(seen: Preview, given: str | None) -> Word:
    """The word that lets the planned update start or, while one runs, keeps it without an answer.

    Raises:
        RefusedError: nothing waits for approval, or `given` is not what waits.
    """
    target = seen.situation.open if seen.situation is not None else None
    if seen.situation is not None and target is not None and target.attempt is not None:
        return _attempt(seen, seen.situation, target, target.attempt, given)
    return _plan(seen, given)


def _plan(seen: Preview, given: str | None) -> Word:
    name, plan = seen.view.full_name, seen.decision.plan
    if plan is None or seen.plan_hash is None:
        raise RefusedError(f"nothing of {name} waits for approval: {_state(seen)}")
    value = _checked(seen, given, seen.plan_hash)
    what = f"plan {value} of {name}, {_way(seen)}"
    if not seen.release.may_write:
        raise RefusedError(
            f"{what}, never starts: spec.delivery or spec.policy.updates let nothing be written"
        )
    if seen.approved:
        return Word((f"{what}, is approved already; nothing was written",))
    if seen.decision.rulings[:1] and seen.decision.rulings[0] not in _LIFTED and not _is_paused(seen):
        raise RefusedError(f"{what}, waits for no approval: {_state(seen)}")
    said = [f"approved {what}"]
    if (then := after_approval(seen)) is not None:
        said.append(then)
    if len(plan.hops) > 1:
        said.append(
            f"that is the first of {len(plan.hops)} hops; each following one has a plan and a hash of its own"
        )
    if plan.hops and not plan.hops[0].reversible:
        said.append(
            f"there is no way back by itself: {plan.hops[0].start} cannot read what {plan.hops[0].to} writes"
        )
    warning = f"{what}: approve it by its hash"
    return Word(tuple(said), APPROVE_ANNOTATION, value, withdraws=stale_rollback(seen), warning=warning)


def _is_paused(seen: Preview) -> bool:
    """Whether the circuit breaker holds what would start by itself; an approval lifts that as well."""
    return any(one.reason == Reason.CIRCUIT_BROKEN for one in holding(seen))


def _checked(seen: Preview, given: str | None, present: str) -> str:
    """The hash to approve: the present plan's, as it is computed here or as the operator shows it for the same way.

    Raises:
        RefusedError: it is another one.
    """
    if given is None or given == present or _is_shown_for_the_same_way(seen, given):
        return given or present
    look = f"{PROGRAM} plan {seen.view.name} -n {seen.view.namespace}"
    raise RefusedError(
        f"{given} is not the present plan of {seen.view.full_name}: that is {present}, {_way(seen)}; look at it with "
        f"{look}"
    )


def _is_shown_for_the_same_way(seen: Preview, given: str) -> bool:
    """Whether the operator's last word is that hash, for the same hops; it may know more than can be seen from here."""
    told, plan = seen.told, seen.view.status.plan
    if told.plan is None or plan is None or told.plan.hash != given:
        return False
    same = [(hop.from_, hop.to) for hop in told.plan.hops] == [(hop.from_, hop.to) for hop in plan.hops]
    return same and told.observed_generation == seen.release.generation


def _way(seen: Preview) -> str:
    plan = seen.view.status.plan
    if plan is None or not plan.hops:
        return "a new configuration for the running version"
    return " -> ".join([plan.hops[0].from_, *(hop.to for hop in plan.hops)])


def _state(seen: Preview) -> str:
    condition = seen.decision.stalled or seen.decision.update
    return f"{condition.reason}: {condition.message}" if condition.message else condition.reason


def _attempt(
    seen: Preview, situation: Situation, target: Revision, attempt: Attempt, given: str | None
) -> Word:
    """Keep what an attempt has switched to although a check has no answer, or failed where no way leads back."""
    to, way = target.content.version, f"{situation.version_before(target)} to {target.content.version}"
    running = f"attempt {attempt.id} of {seen.view.full_name}, {way},"
    if given == attempt.plan:
        return Word((f"plan {given} is being carried out by attempt {attempt.id}; nothing was written",))
    if given not in (None, attempt.id, attempt.way_back if target.decision is not None else None):
        raise RefusedError(f"{given} is not what runs: that is {running} and its id is what can be approved")
    if target.decision is not None:
        return _way_back(seen, situation, target, attempt, running)
    if situation.is_waved_through(attempt):
        return Word((f"{running} is approved already; nothing was written",))
    if not is_switched(situation, target):
        raise RefusedError(f"{running} has not switched the workload yet, so there is nothing to keep")
    doubt = _doubt(seen, attempt)
    if doubt is None:
        step = seen.decision.reconciling
        raise RefusedError(f"{running} waits for no word: {step.reason}: {step.message}")
    said = (
        f"approved {running} as it is",
        f"the operator keeps {to} although: {doubt}",
        "nothing has proven that it serves; a check that fails, and not only stays silent, still takes it back",
    )
    return Word(said, APPROVE_ANNOTATION, attempt.id, warning=f"{running} would be kept although: {doubt}")


def _way_back(seen: Preview, situation: Situation, target: Revision, attempt: Attempt, running: str) -> Word:
    """End the way back although a check of the version before has no answer."""
    doubt = _doubt(seen, attempt)
    if situation.is_let_be(attempt):
        return Word((f"the way back of {running} may end already; nothing was written",))
    if doubt is None or target.decision is None:
        why = f": {target.decision.reason}: {target.decision.message}" if target.decision is not None else ""
        raise RefusedError(f"{running} is on its way back{why}")
    said = (
        f"the way back of {running} may end as it is",
        f"the operator takes {situation.version_before(target)} to serve although: {doubt}",
        "a check that fails, and not only stays silent, still makes the way back a failed one",
    )
    warning = f"the way back of {running} would end although: {doubt}"
    return Word(said, APPROVE_ANNOTATION, attempt.way_back, warning=warning)


def _doubt(seen: Preview, attempt: Attempt) -> str | None:
    """What leaves the attempt in doubt, as it is seen now or as the operator told; only it asks the checks."""
    now = seen.decision.stalled
    if now is not None and now.reason in _WITHOUT_ANSWER:
        return now.message
    told = seen.told
    if told.attempt is None or told.attempt.id != attempt.id:
        return None
    for one in told.conditions or ():
        if one.type == ConditionType.STALLED and one.reason in _WITHOUT_ANSWER:
            return one.message
    silent = [gate for gate in told.gates or () if gate.outcome == "Unknown"]
    return f"{silent[0].name} has no answer: {silent[0].message}" if silent else None
