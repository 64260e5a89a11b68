"""Short plans, each about one thing that must never happen. An engine that does it fails the plan."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

from addon_updater.errors import ConflictError
from addon_updater.rollout.actions import Action, ApplyWorkload
from addon_updater.rollout.breaker import Failure
from addon_updater.rollout.observed import OtherRelease
from unit.rollout.jobs import REFUSED
from unit.rollout.kubelet import CRASHES, GOOD, NEVER_READY, TURNS_BAD, WRONG, Behavior
from unit.rollout.ledger import BACKUP
from unit.rollout.manifests import SHORT_HEADER, STUB_ZONE
from unit.rollout.properties import assert_safe
from unit.rollout.scenes import books
from unit.rollout.shelves import one_way, steps
from unit.rollout.stage import START
from unit.rollout.world import RESYNC, Crash, Pass, World

Story = Callable[[], None]
_MORE_THAN_ENOUGH = 60


def passes(world: World, count: int = _MORE_THAN_ENOUGH) -> World:
    """So many passes, each when it is due, and at least every half minute."""
    for _ in range(count):
        due = world.survive()
        world.tick(min(RESYNC, RESYNC if due is None else due).total_seconds())
    return world


def switched(world: World, behavior: Behavior) -> World:
    """The image is good in the rehearsal and behaves so once the workload runs it."""
    world.run(until=lambda one: one.running != one.version)
    world.behave(world.running, behavior)
    return world


def held_before_the_switch(world: World) -> Pass:
    """A pass that has decided to switch the workload and does not write yet."""
    for _ in range(_MORE_THAN_ENOUGH):
        one = world.begin_pass()
        if isinstance(one.decision.action, ApplyWorkload):
            return one
        due = world.survive()
        world.tick(0 if due is None else due.total_seconds())
    raise AssertionError("the workload was never to be switched")


def write_late(world: World, one: Pass) -> None:
    """What a pass has decided some time ago is written now, if its precondition still holds."""
    try:
        world.act(one)
    except ConflictError:
        return


def a_version_fails_its_rehearsal() -> None:
    world = World(spec={"version": "1.12.1"})
    world.behave("1.12.1", CRASHES)
    passes(world)
    world.behave("1.12.1", GOOD)
    passes(world)
    assert world.running == "1.11.3"
    assert_safe(world)


def a_rehearsal_is_cut_off() -> None:
    world = World(spec={"version": "1.12.1"})
    world.behave("1.12.1", Behavior(silent=True))
    passes(world, 3 * _MORE_THAN_ENOUGH)
    assert world.did.count("CreateRehearsal") == 2
    assert not any(one.quarantine for one in world.revisions())
    world.behave("1.12.1", GOOD)
    passes(world)
    assert world.running == "1.12.1"
    assert_safe(world)


def a_version_fails_once_it_serves() -> None:
    world = switched(World("1.12.1", SHORT_HEADER, "1.35", spec={"version": "1.13.1"}), TURNS_BAD)
    passes(world)
    world.behave("1.13.1", GOOD)
    passes(world)
    assert world.running == "1.12.1"
    assert_safe(world)


def an_update_migrates_its_configuration() -> None:
    world = World("1.12.1", SHORT_HEADER, "1.35", spec={"version": "1.13.1"})
    passes(world)
    assert world.running == "1.13.1"
    assert_safe(world)


def an_update_has_jobs_before_it() -> None:
    world = passes(World("1.0.0", scene=books()))
    assert world.running == "1.1.0"
    assert_safe(world)


def a_person_writes_between_look_and_write() -> None:
    world = World()
    one = held_before_the_switch(world)
    world.set_image("1.12.4")
    write_late(world, one)
    assert world.running == "1.12.4"
    assert_safe(world)


def the_status_is_emptied() -> None:
    world = World(spec={"version": "1.12.1"})
    world.behave("1.12.1", CRASHES)
    passes(world)
    world.told.append(world.told[-1].model_copy(update={"quarantined": None}))
    world.behave("1.12.1", GOOD)
    passes(world)
    assert world.running == "1.11.3"


def a_rollback_does_not_serve() -> None:
    world = switched(World(), TURNS_BAD)
    world.run(until=lambda one: one.running == "1.11.3")
    world.behave("1.11.3", NEVER_READY)
    passes(world)
    assert world.condition("Stalled") == ("True", "RollbackFailed")
    assert_safe(world)


def the_window_is_closed() -> None:
    saturdays = {"kind": "Allow", "schedule": "0 2 * * SAT", "duration": "4h", "timeZone": "Europe/Paris"}
    world = passes(World(spec={"windows": [saturdays]}))
    assert world.running == "1.11.3"
    assert_safe(world)


def the_api_servers_disagree() -> None:
    world = World()
    world.begin_minor("1.35")
    passes(world)
    assert world.running == "1.11.3"
    assert_safe(world)


def a_required_stop_lies_between() -> None:
    world = passes(World("1.1.0", scene=books(steps())), 120)
    assert [version for version, _ in world.results] == ["1.1.0", "2.0.0", "3.0.0"]
    assert_safe(world)


def another_addon_of_everybody_moves() -> None:
    other = OtherRelease("kube-system", "metrics", "metrics-server", is_ready=True, is_moving=True)
    world = passes(World(others=(other,)))
    assert world.running == "1.11.3"
    assert_safe(world)


def two_other_addons_have_failed() -> None:
    failed = [Failure("monitoring", name, "1.0.0", "GateFailed", START) for name in ("grafana", "prometheus")]
    world = passes(World(failures=tuple(failed)))
    assert world.running == "1.11.3"
    assert_safe(world)


def a_gate_has_no_answer() -> None:
    """The API servers move while the update runs, and the new pods do not know where to."""
    world = switched(World(), Behavior(knows_new_endpoints=False))
    world.endpoints = ("192.168.1.11",)
    passes(world)
    assert world.results == [("1.11.3", "Adopted")]
    assert world.condition("Stalled") == ("True", "GateUnknown")
    assert_safe(world)


def the_operator_is_away_while_a_gate_is_silent() -> None:
    world = switched(World(), Behavior(knows_new_endpoints=False))
    world.endpoints = ("192.168.1.11",)
    passes(world, 8)
    world.crash()
    world.tick(600)
    passes(world, 3)
    assert world.condition("Stalled") == ("", "")
    assert_safe(world)


def one_round_of_gates_fails() -> None:
    world = World()
    world.run(until=lambda one: one.step_is("Soaking"))
    world.behave("1.12.1", WRONG)
    world.tick(1)
    world.survive()
    world.behave("1.12.1", GOOD)
    passes(world)
    assert world.results[-1] == ("1.12.1", "Promoted")
    assert_safe(world)


def somebody_takes_the_update_back() -> None:
    world = World()
    world.run(until=lambda one: one.step_is("Progressing"))
    world.apply_original()
    passes(world)
    assert world.running == "1.11.3"
    assert_safe(world)


def a_breaking_release_waits_for_a_minor() -> None:
    world = passes(World("1.1.0", scene=books(steps()), breaking="WithClusterMinor"))
    assert world.running == "1.1.0"
    assert_safe(world)


def a_backup_fails_again_and_again() -> None:
    world = World("1.0.0", scene=books())
    world.jobs.errands[BACKUP] = REFUSED
    end = world.now + timedelta(minutes=25)
    while world.now < end and len(world.results) <= 5:
        passes(world, 1)
        world.tick(1)
    assert world.running == "1.0.0"
    assert 2 <= len(world.results) <= 5
    assert_safe(world)


def people_write_their_key_after_a_promotion() -> None:
    world = World("1.12.1", SHORT_HEADER, "1.35", spec={"version": "1.13.1"})
    world.run(until=lambda one: ("1.13.1", "Promoted") in one.results)
    world.tick(1)
    world.edit_config(STUB_ZONE)
    passes(world)
    assert world.data["Corefile"] == STUB_ZONE
    assert_safe(world)


def the_way_back_is_closed() -> None:
    world = passes(switched(World("1.0.0", scene=books(one_way())), CRASHES))
    assert world.running == "1.1.0"
    assert world.condition("Stalled") == ("True", "RestoreNeeded")
    assert_safe(world)


def a_stateful_set_goes_back_over_a_stuck_pod() -> None:
    world = passes(switched(World("1.0.0", scene=books(kind="StatefulSet")), CRASHES))
    assert world.running == "1.0.0"
    assert world.did.count("DeleteStuckPod") == 1
    assert_safe(world)


def an_older_version_is_wished() -> None:
    world = passes(World("1.1.0", scene=books(), spec={"version": "1.0.0"}))
    assert world.running == "1.1.0"
    assert_safe(world)


def the_process_dies_around_every_write_of_a_rollback() -> None:
    world = World("1.12.1", SHORT_HEADER, "1.35", spec={"version": "1.13.1"})

    def dies(number: int, action: Action) -> None:  # noqa: ARG001 - the signature of a hook
        raise Crash

    world.after = dies
    switched(world, TURNS_BAD)
    passes(world, 2 * _MORE_THAN_ENOUGH)
    assert world.running == "1.12.1"
    assert ("1.13.1", "RolledBack") in world.results
    assert_safe(world)


def a_paused_process_writes_after_the_end_of_its_attempt() -> None:
    world = World()
    one = held_before_the_switch(world)
    world.crash()
    world.annotate(rollback=world.revisions()[-1].attempt.id)
    passes(world)
    assert world.results == [("1.11.3", "Adopted"), ("1.12.1", "Failed")]
    write_late(world, one)
    passes(world)
    assert world.running == "1.11.3"
    assert_safe(world)


STORIES: Mapping[str, Story] = {
    story.__name__: story
    for story in (
        a_version_fails_its_rehearsal,
        a_rehearsal_is_cut_off,
        a_version_fails_once_it_serves,
        an_update_migrates_its_configuration,
        an_update_has_jobs_before_it,
        a_person_writes_between_look_and_write,
        the_status_is_emptied,
        a_rollback_does_not_serve,
        the_window_is_closed,
        the_api_servers_disagree,
        a_required_stop_lies_between,
        another_addon_of_everybody_moves,
        two_other_addons_have_failed,
        a_gate_has_no_answer,
        the_operator_is_away_while_a_gate_is_silent,
        one_round_of_gates_fails,
        somebody_takes_the_update_back,
        a_breaking_release_waits_for_a_minor,
        a_backup_fails_again_and_again,
        people_write_their_key_after_a_promotion,
        the_way_back_is_closed,
        a_stateful_set_goes_back_over_a_stuck_pod,
        an_older_version_is_wished,
        the_process_dies_around_every_write_of_a_rollback,
        a_paused_process_writes_after_the_end_of_its_attempt,
    )
}
