"""The operator's passes over a cluster in memory.

The pass is the one of cluster/reconcile.py and cluster/execute.py, step by step, with a fake clock. Faults go into
`before` and `after`, which see every action; a raised Crash drops all memory, as kill -9 does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from addon_updater.api.meta import Condition, ConditionStatus
from addon_updater.api.release_status import AddonReleaseStatus
from addon_updater.errors import ConflictError, NotFoundError, TransientError
from addon_updater.rollout.actions import Action
from addon_updater.rollout.decision import Decision, EventNote
from addon_updater.rollout.engine import decide
from addon_updater.rollout.gate import Reply, worst
from addon_updater.rollout.observed import Memory, Observed, Release
from addon_updater.rollout.status import project
from unit.rollout.executing import execute
from unit.rollout.looking import answer, gather
from unit.rollout.stage import Stage

AT_ONCE = timedelta(0)
RESYNC = timedelta(seconds=30)
Hook = Callable[[int, Action], None]


class Crash(Exception):  # noqa: N818 - it is what happens, not an error that anybody handles
    """The operator's process ends here."""


def _nothing(number: int, action: Action) -> None:
    """No fault."""


@dataclass(frozen=True)
class Deed:
    """An action that was carried out, with what the operator knew when it decided."""

    action: Action
    observed: Observed
    decision: Decision
    epoch: int
    release: Release
    at: datetime


@dataclass
class World(Stage):
    """A stage with the operator on it."""

    before: Hook = _nothing
    after: Hook = _nothing
    memory: Memory = field(default_factory=Memory)
    deeds: list[Deed] = field(default_factory=list)
    attempted: int = 0
    events: list[EventNote] = field(default_factory=list)
    told: list[AddonReleaseStatus] = field(default_factory=list)
    decision: Decision | None = None

    def crash(self) -> None:
        """The process ends and another one begins."""
        self.memory = Memory()

    def look(self) -> tuple[Decision, Observed]:
        """Gather and decide, asking the probes that the decision wants."""
        observed = gather(self)
        while True:
            decision = decide(
                self.release(), observed, self.scene.catalog, lambda _: self.scene.addon, self.now
            )
            request = decision.probe
            if request is None or request.purpose in observed.replies:
                return decision, observed
            replies = tuple(Reply(probe, answer(self, probe)) for probe in request.probes)
            observed = replace(observed, replies={**observed.replies, request.purpose: replies})

    def step(self) -> timedelta | None:
        """One pass; the answer says when the next one is due."""
        decision, observed = self.look()
        self.remember(decision)
        return self.act(decision, observed)

    def remember(self, decision: Decision) -> None:
        """As cluster/reconcile.py does."""
        self.decision = decision
        self.memory = self.memory.after(worst(decision.gates), self.now, startable=decision.startable)

    def act(self, decision: Decision, observed: Observed) -> timedelta | None:
        """Carry out the action, or tell the status."""
        action = decision.action
        if action is None:
            self.tell(decision, observed)
            return decision.requeue_after
        self.attempted += 1
        number = self.attempted
        self.before(number, action)
        self.execute(action)
        self.deeds.append(Deed(action, observed, decision, self.epoch, self.release(), self.now))
        self.after(number, action)
        if decision.event is not None:
            self.events.append(decision.event)
        self.roll()
        return AT_ONCE

    def tell(self, decision: Decision, observed: Observed) -> None:
        """Project the status, and write it when it is another one."""
        before = self.told[-1].conditions if self.told else None
        status = project(self.release(), observed, decision, before or (), self.now)
        if not self.told or status != self.told[-1]:
            self.told.append(status)

    def execute(self, action: Action) -> None:
        """What cluster/execute.py does."""
        execute(self, action)

    def run(self, until: Callable[[World], bool] | None = None, *, passes: int = 400) -> World:
        """Pass after pass, until the condition holds or, without one, until nothing is left to do.

        Raises:
            AssertionError: that does not happen within so many passes.
        """
        idle = 0
        for _ in range(passes):
            if until is not None and until(self):
                return self
            due = self.survive()
            idle = 0 if due is not None and due < RESYNC else idle + 1
            if until is None and idle >= 2 and not self._waits_for_an_edit():
                return self
            self.tick(max(RESYNC if due is None else due, AT_ONCE).total_seconds())
        said = (
            [(one.type, one.reason, one.message) for one in self.decision.conditions] if self.decision else []
        )
        raise AssertionError(f"not within {passes} passes; at last {said}")

    def _waits_for_an_edit(self) -> bool:
        update = self.decision.update if self.decision is not None else None
        return update is not None and "take it over first" in update.message

    def survive(self) -> timedelta | None:
        """One pass of a process that the queue restarts and repeats."""
        try:
            return self.step()
        except Crash:
            self.crash()
            return AT_ONCE
        except (ConflictError, NotFoundError, TransientError):
            return timedelta(seconds=1)

    # What one can ask

    @property
    def did(self) -> list[str]:
        """The kinds of the operator's actions, in order."""
        return [type(deed.action).__name__ for deed in self.deeds]

    def condition(self, type_: str) -> tuple[str, str]:
        """Status and reason of a condition of the last pass; empty when it is absent."""
        conditions: Sequence[Condition] = self.decision.conditions if self.decision else ()
        found = next((one for one in conditions if one.type == type_), None)
        return (str(ConditionStatus(found.status)), found.reason) if found else ("", "")

    def step_is(self, reason: str) -> bool:
        """Whether the last pass was at that step of an attempt."""
        return self.condition("Reconciling") == ("True", reason)
