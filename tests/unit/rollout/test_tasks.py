"""The Jobs of an attempt: in which order, and what each of their ends means."""

from __future__ import annotations

from datetime import timedelta

import pytest

from unit.rollout.jobs import DONE, EVICTED, HANGS, REFUSED, UNPULLABLE, Errand
from unit.rollout.kubelet import CRASHES
from unit.rollout.ledger import BACKUP, CHECK, NEW_TEXT, OLD_TEXT, Ledger
from unit.rollout.properties import assert_safe, assert_served
from unit.rollout.scenes import books
from unit.rollout.shelves import steps
from unit.rollout.world import World


def shop(**errands: Errand) -> World:
    """A ledger that may move from 1.0.0 to 1.1.0; `check` and `backup` say what their Jobs do."""
    world = World("1.0.0", scene=books())
    names = {"check": CHECK, "backup": BACKUP}
    world.jobs.errands |= {names[key]: errand for key, errand in errands.items()}
    return world


def starts(world: World) -> int:
    """How many attempts have been recorded."""
    return sum(revision.attempt is not None for revision in world.revisions())


def test_check_rehearsal_backup_and_strategy_come_before_the_switch_in_this_order():
    world = shop().run()
    assert world.did[2:] == [
        "RecordRevision",
        "CreateTask",
        "CreateRehearsal",
        "CreateTask",
        "SetRecreate",
        "ApplyWorkload",
        "DeleteRehearsal",
        "AnnotateRevision",
    ]
    assert [job.task for job in world.jobs.jobs] == [CHECK, BACKUP]
    assert world.workload["spec"]["strategy"] == {"type": "Recreate"}
    assert world.results[-1] == ("1.1.0", "Promoted")
    assert_served(world)


def test_the_status_names_each_job_by_what_it_is_for():
    world = shop()
    said = {}
    while len(world.results) < 2:
        due = world.survive()
        said[world.decision.reconciling.reason] = world.decision.reconciling.message
        world.tick(max(due.total_seconds() if due else 1, 0))
    assert said["Checking"] == "asks 1.1.0 for books"
    assert said["BackingUp"] == "keeps the data of 1.0.0"


def test_a_strategy_that_is_right_already_is_not_written():
    world = shop()
    world.edit("Deployment", {"spec": {"strategy": {"type": "Recreate", "rollingUpdate": None}}})
    world.run()
    assert "SetRecreate" not in world.did
    assert world.results[-1] == ("1.1.0", "Promoted")


def test_the_strategy_stays_recreate_when_the_update_goes_back():
    world = shop()
    world.run(until=lambda w: w.running == "1.1.0")
    world.behave("1.1.0", CRASHES)
    world.run()
    assert world.results[-1] == ("1.1.0", "RolledBack")
    assert world.workload["spec"]["strategy"] == {"type": "Recreate"}
    assert_safe(world)


@pytest.mark.parametrize(
    "errands, reason, held, says",
    [
        ({"check": REFUSED}, "CheckFailed", True, "line 1: unknown format"),
        ({"check": HANGS}, "CheckFailed", False, "deadline; that says nothing about 1.1.0"),
        ({"check": EVICTED}, "CheckFailed", False, "that says nothing about 1.1.0, so it is tried again"),
        ({"check": UNPULLABLE}, "ImagePullFailed", True, "ErrImagePull"),
        ({"backup": REFUSED}, "BackupFailed", False, "line 1: unknown format"),
        ({"backup": HANGS}, "BackupFailed", False, "deadline"),
        ({"backup": UNPULLABLE}, "BackupFailed", False, "ErrImagePull"),
        ({"backup": EVICTED}, "BackupFailed", False, "see its pod"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else None,
)
def test_a_job_that_does_not_succeed_ends_the_attempt_and_leaves_the_workload_alone(
    errands, reason, held, says
):
    world = shop(**errands)
    before = world.workload["spec"]
    world.run(until=lambda w: len(w.results) == 2)
    ended = world.revisions()[1]
    assert world.workload["spec"] == before
    assert ended.outcome.result == "Failed"
    assert ended.outcome.reason == reason
    assert says in ended.outcome.message
    assert (ended.quarantine is not None) is held
    assert [event.reason for event in world.events] == [reason]
    assert_safe(world)


@pytest.mark.parametrize("task", ["check", "backup"])
def test_an_image_of_a_job_that_cannot_be_pulled_ends_the_attempt_within_half_a_minute(task):
    world = shop(**{task: UNPULLABLE})
    world.run(until=lambda w: bool(w.jobs.jobs) and w.jobs.jobs[-1].errand is UNPULLABLE)
    begun = world.now
    world.run(until=lambda w: len(w.results) == 2)
    assert timedelta(seconds=30) <= world.now - begun <= timedelta(seconds=36)


def test_a_refused_configuration_is_held_until_people_write_another_one():
    world = World("1.0.0", scene=books())
    world.jobs.errands[CHECK] = REFUSED
    world.run()
    world.tick(3600)
    world.run()
    assert starts(world) == 1
    assert world.condition("UpdateAvailable") == ("False", "UpToDate")
    del world.jobs.errands[CHECK]
    world.edit_config("format = 1\ncolor = red\n")
    world.run()
    assert world.results[-1] == ("1.1.0", "Promoted")
    assert_served(world)


def unkept(task: str = BACKUP, errand: Errand = REFUSED) -> World:
    """A world in which that Job has just failed, and holds the next start."""
    world = World("1.0.0", scene=books())
    world.jobs.errands[task] = errand
    world.run(until=lambda w: len(w.results) == 2)
    while (world.condition("UpdateAvailable")[1]) not in {"BackupFailed", "CheckFailed"}:
        world.survive()
    return world


@pytest.mark.parametrize(
    "task, errand", [(BACKUP, REFUSED), (BACKUP, HANGS), (CHECK, HANGS), (CHECK, EVICTED)]
)
def test_a_job_that_says_nothing_about_the_version_holds_the_next_start_for_ten_minutes(task, errand):
    world = unkept(task, errand)
    failed_at = world.revisions()[1].outcome.at
    assert starts(world) == 1
    assert f"1.0.0 to 1.1.0: Job addon-updater-{task}-" in world.decision.update.message
    assert world.now + world.decision.requeue_after == failed_at + timedelta(minutes=10)
    world.jobs.errands[task] = DONE
    world.run(until=lambda w: starts(w) == 2)
    assert timedelta(minutes=10) <= world.now - failed_at <= timedelta(minutes=11)
    world.run()
    assert world.results[-1] == ("1.1.0", "Promoted")
    assert_served(world)


def test_a_failed_backup_is_tried_again_at_once_when_a_person_says_so():
    world = unkept()
    world.jobs.errands[BACKUP] = DONE
    world.annotate(resetAt=world.now.isoformat())
    world.survive()
    assert starts(world) == 2
    world.run()
    assert world.results[-1] == ("1.1.0", "Promoted")


def test_backups_that_fail_again_and_again_leave_no_heap_of_revisions():
    world = shop(backup=Errand(ends_after=1, succeeds=False))
    world.run(until=lambda w: w.jobs.made >= 16)
    assert len(world.revisions()) <= 6
    assert world.results[0] == ("1.0.0", "Adopted")
    assert_safe(world)


@pytest.mark.parametrize("task", [CHECK, BACKUP])
def test_a_job_that_somebody_deletes_is_made_again(task):
    world = shop()
    world.run(until=lambda w: any(job.task == task for job in w.jobs.jobs))
    world.jobs.delete(task)
    world.run()
    assert world.results[-1] == ("1.1.0", "Promoted")
    assert world.jobs.made == 3
    assert_served(world)


@pytest.mark.parametrize("task", [CHECK, BACKUP])
def test_a_job_that_is_being_deleted_proves_nothing_and_is_waited_for(task):
    world = shop()
    world.run(until=lambda w: any(job.task == task for job in w.jobs.jobs))
    job = world.jobs.jobs[-1]
    job.is_deleting, job.errand = True, HANGS
    made = world.jobs.made
    for _ in range(20):
        world.tick(1)
        world.survive()
    assert world.jobs.made == made
    world.jobs.delete(task)
    world.run()
    assert world.results[-1] == ("1.1.0", "Promoted")


def hour_long_backup() -> World:
    world = shop()
    world.run(until=lambda w: w.step_is("BackingUp"))
    world.jobs.jobs[-1].errand = Errand(ends_after=3650)
    world.jobs.jobs[-1].manifest["spec"]["activeDeadlineSeconds"] = 3650
    return world


def test_a_backup_that_outlives_the_rehearsal_does_not_ask_it_again():
    world = hour_long_backup()
    world.tick(600)
    world.survive()
    assert world.step_is("BackingUp")
    assert world.decision.probe is None
    world.tick(2900)
    world.run()
    assert world.results[-1] == ("1.1.0", "Promoted")
    assert world.did.count("CreateRehearsal") == 1
    assert_served(world)


def test_a_check_that_vanished_by_its_ttl_is_made_again_before_the_switch():
    world = hour_long_backup()
    world.tick(3630)
    assert [job.task for job in world.jobs.jobs] == [BACKUP]
    world.run()
    assert [job.task for job in world.jobs.jobs] == [BACKUP, CHECK]
    assert world.results[-1] == ("1.1.0", "Promoted")
    assert_served(world)


def test_a_job_of_another_attempt_proves_nothing():
    world = unkept()
    world.annotate(resetAt=world.now.isoformat())
    world.jobs.errands[BACKUP] = DONE
    world.run()
    assert [job.task for job in world.jobs.jobs] == [CHECK, BACKUP] * 2
    assert len({job.name for job in world.jobs.jobs}) == 4
    assert_served(world)


def test_a_wish_that_changes_during_the_backup_ends_the_attempt_before_the_switch():
    world = shop()
    world.run(until=lambda w: w.step_is("BackingUp"))
    world.change_spec(version="1.0.0")
    world.run()
    assert world.running == "1.0.0"
    assert world.results[-1] == ("1.1.0", "Failed")
    assert world.revisions()[-1].quarantine is None
    assert "SetRecreate" not in world.did


def test_a_new_configuration_alone_is_checked_and_kept_like_a_version():
    world = World("1.0.0", scene=books(steps()), spec={"version": "<=2.0.0"}).run()
    world.edit_config(NEW_TEXT + "color = red\n")
    world.run()
    assert [job.task for job in world.jobs.jobs] == [CHECK, BACKUP] * 2
    assert world.results == [("1.0.0", "Adopted"), ("2.0.0", "Promoted"), ("2.0.0", "Promoted")]
    assert world.data[world.mounted_key] == NEW_TEXT + "color = red\n"
    assert_served(world)


@pytest.mark.parametrize(
    "addon, tasks",
    [
        (Ledger(checks=False), [BACKUP]),
        (Ledger(keeps=False), [CHECK]),
        (Ledger(checks=False, keeps=False), []),
    ],
    ids=["only a backup", "only a check", "none"],
)
def test_only_the_tasks_that_an_addon_has_are_run(addon, tasks):
    world = World("1.0.0", scene=books(addon=addon)).run()
    assert [job.task for job in world.jobs.jobs] == tasks
    assert world.results[-1] == ("1.1.0", "Promoted")


def test_the_migrated_text_is_what_the_new_pods_mount():
    world = World("1.0.0", scene=books(steps()), spec={"version": "<=2.0.0"}).run()
    assert world.running == "2.0.0"
    assert world.data[world.mounted_key] == OLD_TEXT.replace("1", "2")
    assert_served(world)
