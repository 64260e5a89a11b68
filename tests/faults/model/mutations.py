"""Engines that are broken on purpose, one fault each, and the plan of faults/model/stories.py that catches it.

A mutation replaces a piece of the engine at run time. It is there to measure the tests: a property that lets a broken
engine pass proves nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from addon_updater.reasons import Reason
from addon_updater.resolve import Resolution
from addon_updater.rollout import (
    attempt,
    breaking,
    engine,
    going_back,
    holding,
    housekeeping,
    rehearsing,
    starting,
    watching,
)
from addon_updater.rollout.actions import ApplyWorkload, RecordRevision
from addon_updater.rollout.addon import Stage
from addon_updater.rollout.content import ConfigContent
from addon_updater.rollout.decision import Decision
from addon_updater.rollout.gate import Outcome
from addon_updater.rollout.plan import Plan
from addon_updater.rollout.render import applied_at, workload_body
from addon_updater.rollout.revision import (
    ATTEMPT_ANNOTATION,
    Attempt,
    Quarantine,
    Result,
    Revision,
    revision_name,
)
from addon_updater.rollout.situation import Situation
from unit.rollout.world import Pass, World

Break = Callable[[pytest.MonkeyPatch], None]


@dataclass(frozen=True)
class Mutation:
    """A fault in one sentence, how it is put in, and the plan that must fail of it."""

    name: str
    fault: str
    put_in: Break
    caught_by: str

    def __str__(self) -> str:
        return self.name


def _forgets_the_quarantine(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Situation, "quarantines", property(lambda _: ()))


def _applies_before_it_records(patch: pytest.MonkeyPatch) -> None:
    start = starting._take_baseline_and_start

    def switch(situation: Situation, plan: Plan, healthy: Decision, wish: str) -> Decision:
        decision = start(situation, plan, healthy, wish)
        if not isinstance(action := decision.action, RecordRevision):
            return decision
        body = workload_body(
            situation.workload,
            release=situation.release.name,
            content=action.content,
            revision=revision_name(situation.release.name, action.number, action.content),
            attempt=action.annotations[ATTEMPT_ANNOTATION][8:18],
            now=situation.now,
        )
        return decision.but(action=ApplyWorkload(body))

    patch.setattr(starting, "_take_baseline_and_start", switch)


def _skips_the_precondition(patch: pytest.MonkeyPatch) -> None:
    def unguarded(*args: Any, **kwargs: Any) -> dict[str, Any]:
        body = workload_body(*args, **kwargs)
        del body["metadata"]["resourceVersion"]
        return body

    for module in (rehearsing, going_back):
        patch.setattr(module, "workload_body", unguarded)


def _trusts_the_status(patch: pytest.MonkeyPatch) -> None:
    tell, recorded = World.tell, Situation.quarantines.fget
    assert recorded is not None
    worlds: list[World] = []

    def tells(world: World, one: Pass) -> None:
        tell(world, one)
        worlds[:] = [world]

    def as_told(situation: Situation) -> tuple[Quarantine, ...]:
        if not worlds:
            return recorded(situation)
        shown = {held.version for held in worlds[0].told[-1].quarantined or ()}
        return tuple(held for held in recorded(situation) if held.version in shown)

    patch.setattr(World, "tell", tells)
    patch.setattr(Situation, "quarantines", property(as_told))


def _rolls_back_twice(patch: pytest.MonkeyPatch) -> None:
    end = going_back.end_attempt

    def again(
        situation: Situation, target: Revision, healthy: Decision, result: Result, **words: Any
    ) -> Decision:
        previous = situation.by_name(target.attempt.previous) if target.attempt is not None else None
        if result is not Result.ROLLBACK_FAILED or target.attempt is None or previous is None:
            return end(situation, target, healthy, result, **words)
        return going_back.go_back(situation, target, target.attempt, previous, healthy)

    patch.setattr(going_back, "end_attempt", again)


def _ignores_windows(patch: pytest.MonkeyPatch) -> None:
    for module in (holding, engine):
        patch.setattr(module, "obstacle_of_time", lambda _: None)


def _without(look: Any) -> Break:
    kept = tuple(one for one in holding._ORDER if one is not look)
    assert len(kept) == len(holding._ORDER) - 1
    return lambda patch: patch.setattr(holding, "_ORDER", kept)


def _jumps_over_stops(patch: pytest.MonkeyPatch) -> None:
    resolve = engine.resolve

    def jump(**asked: Any) -> Resolution:
        found = resolve(**asked)
        if len(found.hops) < 2:
            return found
        return replace(found, hops=(replace(found.hops[-1], start=found.hops[0].start),))

    patch.setattr(engine, "resolve", jump)


def _writes_the_mounted_key(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(ConfigContent, "with_text", lambda config, text: replace(config, text=text))


def _promotes_without_soak(patch: pytest.MonkeyPatch) -> None:
    pace = Situation.pace.fget
    assert pace is not None
    patch.setattr(Situation, "pace", property(lambda one: replace(pace(one), soak=timedelta(0))))


def _takes_unknown_for_pass(patch: pytest.MonkeyPatch) -> None:
    worst = watching.worst

    def fine(gates: Any) -> Outcome:
        found = worst(gates)
        return Outcome.PASS if found is Outcome.UNKNOWN else found

    for module in (watching, rehearsing, starting, going_back):
        patch.setattr(module, "worst", fine)


def _counts_unobserved_time(patch: pytest.MonkeyPatch) -> None:
    wait = watching.await_answer

    def since_the_switch(situation: Situation, step: Decision, gates: Any) -> Decision:
        since = applied_at(situation.workload)
        memory = replace(situation.observed.memory, unknown_since=since, looked_at=situation.now)
        return wait(replace(situation, observed=replace(situation.observed, memory=memory)), step, gates)

    patch.setattr(watching, "await_answer", since_the_switch)


def _fights_a_revert(patch: pytest.MonkeyPatch) -> None:
    def once_more(situation: Situation, target: Revision, healthy: Decision) -> Decision:
        assert target.attempt is not None
        return rehearsing._switch(situation, target, target.attempt, healthy)

    patch.setattr(attempt, "_superseded", once_more)


def _forgets_the_decision(patch: pytest.MonkeyPatch) -> None:
    def at_once(situation: Situation, target: Revision, healthy: Decision, *_: Any) -> Decision:
        previous = situation.by_name(target.attempt.previous) if target.attempt is not None else None
        assert previous is not None
        assert target.attempt is not None
        return going_back.go_back(situation, target, target.attempt, previous, healthy)

    patch.setattr(watching, "decide_to_go_back", at_once)


def _goes_back_whatever_was_written(patch: pytest.MonkeyPatch) -> None:
    give_up = watching._give_up

    def always(
        situation: Situation,
        target: Revision,
        running: Attempt,
        previous: Revision,
        healthy: Decision,
        **failure: Any,
    ) -> Decision:
        return give_up(situation, target, replace(running, one_way=False), previous, healthy, **failure)

    patch.setattr(watching, "_give_up", always)


def _skips_the_backup(patch: pytest.MonkeyPatch) -> None:
    run = rehearsing.run_tasks

    def checks_only(*args: Any, stage: Stage) -> Decision | None:
        return None if stage is Stage.BACKUP else run(*args, stage=stage)

    patch.setattr(rehearsing, "run_tasks", checks_only)


def _set(module: Any, name: str, value: Any) -> Break:
    return lambda patch: patch.setattr(module, name, value)


MUTATIONS = (
    Mutation(
        "forgets the quarantine",
        "What failed here is tried again.",
        _forgets_the_quarantine,
        "a_version_fails_its_rehearsal",
    ),
    Mutation(
        "blames who is cut off",
        "A version is held back although nobody could reach it.",
        _set(rehearsing, "unless_cut_off", lambda gates, *_: gates),
        "a_rehearsal_is_cut_off",
    ),
    Mutation(
        "rehearses without a pause",
        "A rehearsal that tells nothing is followed by the next one at once.",
        _set(holding, "_BLAMELESS", (Reason.CHECK_FAILED, Reason.BACKUP_FAILED)),
        "a_rehearsal_is_cut_off",
    ),
    Mutation(
        "applies before it records",
        "The workload is switched while nothing says what to put back.",
        _applies_before_it_records,
        "an_update_migrates_its_configuration",
    ),
    Mutation(
        "skips the precondition",
        "The workload is written whatever somebody has made of it since the look.",
        _skips_the_precondition,
        "a_person_writes_between_look_and_write",
    ),
    Mutation(
        "trusts the status",
        "A quarantine counts only while the status shows it.",
        _trusts_the_status,
        "the_status_is_emptied",
    ),
    Mutation(
        "rolls back twice",
        "A rollback that does not serve is written a second time.",
        _rolls_back_twice,
        "a_rollback_does_not_serve",
    ),
    Mutation(
        "ignores windows",
        "Neither window nor freeze holds a start.",
        _ignores_windows,
        "the_window_is_closed",
    ),
    Mutation(
        "does not wait for the servers",
        "An attempt starts while the API servers answer two minors.",
        _without(holding._cluster),
        "the_api_servers_disagree",
    ),
    Mutation(
        "jumps over stops",
        "The hops of a chain are taken as one.",
        _jumps_over_stops,
        "a_required_stop_lies_between",
    ),
    Mutation(
        "writes the mounted key",
        "A migrated text goes under the key that running pods mount.",
        _writes_the_mounted_key,
        "an_update_migrates_its_configuration",
    ),
    Mutation(
        "moves two shared addons at once",
        "An attempt starts while another addon that serves the whole cluster moves.",
        _without(holding._order),
        "another_addon_of_everybody_moves",
    ),
    Mutation(
        "ignores the circuit breaker",
        "Updates start by themselves however many have failed in the cluster.",
        _without(holding._circuit),
        "two_other_addons_have_failed",
    ),
    Mutation(
        "ends what another process began",
        "An attempt ends while a paused process can still make its switch.",
        _set(attempt, "_is_fenced", lambda *_: True),
        "a_paused_process_writes_after_the_end_of_its_attempt",
    ),
    Mutation(
        "promotes without soak",
        "The first round of gates that passes is enough.",
        _promotes_without_soak,
        "an_update_migrates_its_configuration",
    ),
    Mutation(
        "takes Unknown for Pass",
        "A gate without an answer is treated as fine.",
        _takes_unknown_for_pass,
        "a_gate_has_no_answer",
    ),
    Mutation(
        "counts unobserved time",
        "A gate counts as silent for the time in which no operator looked.",
        _counts_unobserved_time,
        "the_operator_is_away_while_a_gate_is_silent",
    ),
    Mutation(
        "goes back at the first failure",
        "One unlucky round of gates ends the attempt.",
        _set(watching, "fails_lastingly", lambda *_: True),
        "one_round_of_gates_fails",
    ),
    Mutation(
        "fights a revert",
        "What somebody took back is written again.",
        _fights_a_revert,
        "somebody_takes_the_update_back",
    ),
    Mutation(
        "forgets the breaking baseline",
        "Breaking releases are let in without a new minor of the cluster.",
        _set(breaking, "is_open", lambda _: True),
        "a_breaking_release_waits_for_a_minor",
    ),
    Mutation(
        "repeats what fails for ever",
        "An attempt whose backup failed starts anew at once.",
        _without(holding._failed_blameless),
        "a_backup_fails_again_and_again",
    ),
    Mutation(
        "overwrites the people's key",
        "A promoted text replaces what people wrote after the promotion.",
        _set(housekeeping, "_lags", lambda _, current, __: current.was_promoted),
        "people_write_their_key_after_a_promotion",
    ),
    Mutation(
        "goes back whatever was written",
        "A version is put back that cannot read what the new one has written.",
        _goes_back_whatever_was_written,
        "the_way_back_is_closed",
    ),
    Mutation(
        "skips the backup",
        "The workload is switched before its data is kept.",
        _skips_the_backup,
        "an_update_has_jobs_before_it",
    ),
    Mutation(
        "leaves a stuck pod",
        "A StatefulSet's controller waits for a broken pod for ever.",
        _set(going_back, "_stuck_pod", lambda *_: None),
        "a_stateful_set_goes_back_over_a_stuck_pod",
    ),
    Mutation(
        "downgrades by itself",
        "An older version is installed without anybody's approval.",
        _set(Situation, "is_approved", lambda *_: True),
        "an_older_version_is_wished",
    ),
    Mutation(
        "forgets why it goes back",
        "The previous version is put back before the decision is recorded.",
        _forgets_the_decision,
        "the_process_dies_around_every_write_of_a_rollback",
    ),
)
