"""The world of one plan as happenings see it: cluster, release, replicas, and what shall be put back."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from faults.api.audit import Trail
from faults.api.lane import MINOR, Lane
from faults.api.mutations import VARIABLE
from faults.api.patience import patience
from faults.api.plan import Plan
from faults.api.replica import Replica
from faults.api.stories import FREE, PACE, Story
from node.raw_api import Manifest, RawApi
from node.stage import CATALOGS, GROUP, Stage

T = TypeVar("T")

FIRST = "replica-a"
_PAUSE_S = 0.2


@dataclass(frozen=True)
class MinorChange:
    """From then on the API servers answer this minor."""

    at: datetime
    minor: str


class World:
    """One plan on a lane."""

    def __init__(self, lane: Lane, story: Story, plan: Plan | None = None, mutation: str = "") -> None:
        self.lane = lane
        self.cluster = lane.cluster
        self.api: RawApi = lane.api
        self.story = story
        self.stage = Stage(lane.cluster, lane.api, story.subject)
        self.minors: list[MinorChange] = [MinorChange(now(), MINOR)]
        self.notes: list[str] = []
        self.found: Manifest = {}
        """The workload as the story found it."""
        self.spoiled = ""
        self._plan = plan
        self._mutation = mutation
        self._undo: list[Callable[[], object]] = []
        self._version: Manifest | None = None
        self.folder = lane.folder / (plan.name if plan else story.name)
        """Logs and kubeconfigs of the operator processes."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.replicas: dict[str, Replica] = {}
        self.add_replica(FIRST)
        self.trail = Trail(lane.cluster.audit_log)

    @property
    def first(self) -> Replica:
        """The replica that every plan has."""
        return self.replicas[FIRST]

    def begin(self) -> None:
        """Put the story's objects there and start the operator."""
        self.found = self.lane.set(self.story)
        self.trail = Trail(self.cluster.audit_log)
        for catalog in self.story.catalogs:
            self.api.create(CATALOGS, catalog)
        self.api.create(self.stage.subject.releases, release_manifest(self.story))
        self.first.start()

    def add_replica(self, name: str) -> Replica:
        """One more replica, with the faults that the plan has for it; it is not started yet and ends with the plan."""
        faults = [fault for fault in (self._plan.faults if self._plan else ()) if fault.replica == name]
        replica = Replica(
            self.cluster,
            self.folder,
            name,
            token=self.lane.token,
            faults=faults,
        )
        if self._mutation:
            replica.environment[VARIABLE] = self._mutation
        replica.proxy.answer("/version", self._version)
        self.replicas[name] = replica
        return replica

    def wait(self, check: Callable[[], T], what: object, timeout: float = 60.0) -> T:
        """Ask until the answer is true in a boolean context, and give it; replicas that end are restarted meanwhile.

        Raises:
            AssertionError: it did not become true in that many seconds, more of them on a busy machine.
        """
        deadline, problem = time.monotonic() + timeout * patience(), ""
        while True:
            self.tend()
            try:
                if found := check():
                    return found
            # The API server may be away, or refuse everybody for a moment: many plans are about that.
            except (OSError, AssertionError) as error:
                problem = f" ({error})"
            assert time.monotonic() < deadline, f"waited {timeout:.0f} s in vain for {what}{problem}"
            time.sleep(_PAUSE_S)

    def sleep(self, seconds: float) -> None:
        """Let time go by; replicas that end are restarted meanwhile."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            self.tend()
            time.sleep(min(_PAUSE_S, left))

    def tend(self) -> None:
        """Restart what has ended and should run."""
        for replica in tuple(self.replicas.values()):
            replica.tend()

    def afterwards(self, undo: Callable[[], object]) -> None:
        """Do this at the end of the plan, last first, whatever happens."""
        self._undo.append(undo)

    def says_minor(self, minor: str | None, replica: str | None = None) -> None:
        """Let /version answer a minor from now on, to all replicas or to one; None: what the server says itself.

        The answer is the proxy's: a control plane that has moved on could not be brought back between two plans.
        """
        real = self.cluster.api().document("/version") or {}
        answer = None if minor is None else {**real, "emulationMinor": minor.partition(".")[2]}
        if replica is None:
            self._version = answer
        for name, one in self.replicas.items():
            if replica in (None, name):
                one.proxy.answer("/version", answer)
        self.minors.append(MinorChange(now(), minor or f"{real['major']}.{real['emulationMinor']}"))

    def note(self, text: str) -> None:
        """Say something in the result."""
        self.notes.append(text)

    def spoil(self, why: str) -> None:
        """The lane's control plane must be started anew after this plan."""
        self.spoiled = why

    def end(self) -> None:
        """End every process and put back what happenings have asked for."""
        problems: list[Exception] = []
        while self._undo:
            try:
                self._undo.pop()()
            except Exception as error:  # noqa: BLE001 - what follows must be put back too
                problems.append(error)
        for replica in self.replicas.values():
            replica.close()
        if problems:
            self.spoil(f"{problems[0]}")
            raise ExceptionGroup("the world could not be put back", problems)


def release_manifest(story: Story, **spec: Any) -> Manifest:
    """The AddonRelease of a story."""
    name = story.subject.addon
    return {
        "apiVersion": f"{GROUP}/v1alpha1",
        "kind": "AddonRelease",
        "metadata": {"name": name, "namespace": story.subject.namespace},
        "spec": {"addon": name, "rollout": dict(PACE), **story.spec, **spec},
    }


def now() -> datetime:
    """The time, to compare with what the audit log says."""
    return datetime.now(UTC)  # noqa: TID251 - a stamp, no decision


__all__ = ["FREE", "MinorChange", "World", "now", "release_manifest"]
