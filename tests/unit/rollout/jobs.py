"""Jobs that succeed, fail, hang or cannot be pulled, and vanish by their TTL or by somebody's hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from addon_updater.errors import ConflictError

Manifest = dict[str, Any]


@dataclass(frozen=True)
class Errand:
    """What the pod of a task does. Time in seconds after the Job was created."""

    ends_after: float | None = 3
    """None: it runs until the deadline of its Job."""
    succeeds: bool = True
    pullable: bool = True
    evicted: bool = False
    says: str = ""


DONE = Errand(says="kept as ledger-1.db")
REFUSED = Errand(succeeds=False, says="line 1: unknown format")
HANGS = Errand(ends_after=None)
UNPULLABLE = Errand(ends_after=None, pullable=False)
EVICTED = Errand(succeeds=False, evicted=True)


@dataclass
class SimJob:
    """A Job, what its pod does, and whether somebody is deleting it in the foreground."""

    manifest: Mapping[str, Any]
    uid: str
    created_at: datetime
    errand: Errand
    is_deleting: bool = False

    @property
    def name(self) -> str:
        return str(self.manifest["metadata"]["name"])

    @property
    def task(self) -> str:
        """The name of its task: what stands between our prefix and the attempt."""
        return self.name.removeprefix("addon-updater-").rpartition("-")[0]

    @property
    def ends_at(self) -> datetime:
        deadline = float(self.manifest["spec"]["activeDeadlineSeconds"])
        after = self.errand.ends_after
        return self.created_at + timedelta(seconds=deadline if after is None else min(after, deadline))

    def result(self, now: datetime) -> str:
        """Complete, Failed, or empty while it runs."""
        if now < self.ends_at:
            return ""
        return "Complete" if self.errand.ends_after is not None and self.errand.succeeds else "Failed"


@dataclass
class Jobs:
    """All Jobs of the namespace."""

    errands: dict[str, Errand] = field(default_factory=dict)
    """What the pod of a task does from the next Job on, by the name of the task."""
    jobs: list[SimJob] = field(default_factory=list)
    made: int = 0

    def create(self, manifest: Mapping[str, Any], now: datetime) -> None:
        """A new Job; its name is free only when no other has it."""
        if any(job.name == manifest["metadata"]["name"] for job in self.jobs):
            raise ConflictError("the Job exists", status=409)
        self.made += 1
        job = SimJob(manifest, f"job-{self.made}", now, DONE)
        job.errand = self.errands.get(job.task, DONE)
        self.jobs.append(job)

    def collect(self, now: datetime) -> None:
        """What the TTL controller does."""

        def is_over(job: SimJob) -> bool:
            kept = timedelta(seconds=job.manifest["spec"]["ttlSecondsAfterFinished"])
            return bool(job.result(now)) and now >= job.ends_at + kept

        self.jobs = [job for job in self.jobs if not is_over(job)]

    def delete(self, task: str) -> None:
        """Somebody deletes the Jobs of a task."""
        self.jobs = [job for job in self.jobs if job.task != task]

    def read(self, now: datetime) -> tuple[list[Manifest], list[Manifest]]:
        """The Jobs and their pods as the API shows them; a pod goes when the deadline of its Job ends it."""
        late = [job for job in self.jobs if job.errand.ends_after is None and job.result(now)]
        pods = [_pod(job, now) for job in self.jobs if job not in late]
        return [_job(job, now) for job in self.jobs], pods


def _job(job: SimJob, now: datetime) -> Manifest:
    metadata: Manifest = dict(job.manifest["metadata"]) | {
        "uid": job.uid,
        "creationTimestamp": job.created_at.isoformat(),
    }
    if job.is_deleting:
        metadata["deletionTimestamp"] = now.isoformat()
    result, conditions = job.result(now), []
    if result:
        late = result == "Failed" and job.errand.ends_after is None
        message = "Job was active longer than specified deadline" if late else ""
        conditions = [{"type": result, "status": "True", "message": message}]
    return {"metadata": metadata, "status": {"conditions": conditions}}


def _pod(job: SimJob, now: datetime) -> Manifest:
    result, errand = job.result(now), job.errand
    state: Manifest = {"running": {}}
    phase = "Running"
    if not errand.pullable:
        state, phase = {"waiting": {"reason": "ErrImagePull", "message": "not found"}}, "Pending"
    elif result:
        state = {"terminated": {"reason": "Error", "message": errand.says}}
        phase = "Succeeded" if result == "Complete" else "Failed"
    reason = "Evicted" if errand.evicted and result else None
    template = job.manifest["spec"]["template"]
    return {
        "metadata": {
            "name": f"{job.name}-x7k2p",
            "uid": f"{job.uid}-pod",
            "labels": template["metadata"]["labels"],
            "creationTimestamp": job.created_at.isoformat(),
        },
        "spec": template["spec"],
        "status": {"phase": phase, "reason": reason, "containerStatuses": [{"name": "task", "state": state}]},
    }
