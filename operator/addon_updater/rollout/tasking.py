"""The Jobs of an attempt: what must have succeeded before the workload is switched."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from addon_updater.reasons import Reason
from addon_updater.rollout.actions import CreateTask
from addon_updater.rollout.addon import Stage, Task
from addon_updater.rollout.decision import Decision
from addon_updater.rollout.ending import at_step, end_attempt, fail_unswitched
from addon_updater.rollout.gates import pod_failure, was_put_out
from addon_updater.rollout.render import task_job, task_name
from addon_updater.rollout.revision import Attempt, Result, Revision
from addon_updater.rollout.situation import Situation
from addon_updater.rollout.workload import TaskJob

LOOK = timedelta(seconds=1)
LOOK_AT_A_LONG_ONE = timedelta(seconds=5)
"""A backup may take an hour; nobody minds five seconds more of it."""
_SHORT = timedelta(seconds=30)
_STEP = {Stage.CHECK: Reason.CHECKING, Stage.BACKUP: Reason.BACKING_UP}
_FAILED = {Stage.CHECK: Reason.CHECK_FAILED, Stage.BACKUP: Reason.BACKUP_FAILED}


def run_tasks(
    situation: Situation,
    target: Revision,
    attempt: Attempt,
    previous: Revision,
    healthy: Decision,
    *,
    stage: Stage,
) -> Decision | None:
    """The next step of this stage's Jobs; None when all of them have succeeded."""
    context = replace(situation.context, attempt=attempt.id)
    tasks = situation.addon.tasks(situation.workload, previous.content, target.content, context)
    for task in tasks:
        if task.stage is not stage:
            continue
        name = task_name(task.name, attempt.id)
        job = next((job for job in situation.observed.tasks if job.name == name), None)
        if job is not None and job.succeeded:
            continue
        step = at_step(healthy, _STEP[stage], task.purpose)
        if job is None:
            return step.but(action=CreateTask(_manifest(situation, task, attempt)))
        return _await(situation, target, step, task, job)
    return None


def has_begun(
    situation: Situation, target: Revision, attempt: Attempt, previous: Revision, *, stage: Stage
) -> bool:
    """Whether a Job of this stage exists, so that everything before it has succeeded."""
    context = replace(situation.context, attempt=attempt.id)
    tasks = situation.addon.tasks(situation.workload, previous.content, target.content, context)
    names = {task_name(task.name, attempt.id) for task in tasks if task.stage is stage}
    return any(job.name in names for job in situation.observed.tasks)


def backup_of(situation: Situation, attempt: Attempt) -> str | None:
    """What the Job said that kept the data before this attempt; None when no such Job is there any more."""
    name = task_name("backup", attempt.id)
    return next((job.message for job in situation.observed.tasks if job.name == name and job.succeeded), None)


def _manifest(situation: Situation, task: Task, attempt: Attempt) -> dict[str, object]:
    return task_job(
        situation.workload,
        release=situation.release.name,
        release_uid=situation.release.uid,
        task=task,
        attempt=attempt.id,
    )


def _await(situation: Situation, target: Revision, step: Decision, task: Task, job: TaskJob) -> Decision:
    if job.is_deleting:
        return step.but(requeue_after=LOOK)
    if job.failed:
        message = f"Job {job.name}: {job.message or 'failed; see its pod'}"
        if task.blames and not _has_spoken(job):
            message += f"; that says nothing about {target.content.version}, so it is tried again"
            task = replace(task, blames=False)
        return _fail(situation, target, step, task, (_FAILED[task.stage], message))
    failure = pod_failure(job.pod, situation.now) if job.pod is not None else None
    if failure is not None and failure[0] is Reason.IMAGE_PULL_FAILED:
        return _fail(situation, target, step, task, failure)
    is_long = situation.now - job.created_at > _SHORT
    return step.but(requeue_after=LOOK_AT_A_LONG_ONE if is_long else LOOK)


def _has_spoken(job: TaskJob) -> bool:
    """Whether its pod came to an end of its own; one that its deadline or its node ended has no verdict."""
    return job.pod is not None and not was_put_out(job.pod)


def _fail(
    situation: Situation, target: Revision, step: Decision, task: Task, failure: tuple[Reason, str]
) -> Decision:
    """End the attempt. What says nothing about the version is not held against it."""
    reason, message = failure
    if task.blames:
        return fail_unswitched(situation, target, step, reason, message)
    return end_attempt(situation, target, step, Result.FAILED, reason=_FAILED[task.stage], message=message)
