"""The operator's passes over a cluster in memory.

The pass is the one of cluster/reconcile.py and cluster/execute.py, step by step, with a fake clock. Faults go into
`before` and `after`, which see every action; a raised Crash drops all memory, as kill -9 does. What the operator
sees of the cluster can be made stale with `lens` and `heard`, its clock wrong with `ahead`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from addon_updater.api.meta import Condition, ConditionStatus
from addon_updater.api.release_status import AddonReleaseStatus
from addon_updater.errors import (
    ConflictError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    TransientError,
)
from addon_updater.rollout.actions import Action
from addon_updater.rollout.attempt import begun_by
from addon_updater.rollout.decision import Decision, EventNote
from addon_updater.rollout.engine import decide
from addon_updater.rollout.gate import Reply, worst
from addon_updater.rollout.observed import Memory, Observed, Release
from addon_updater.rollout.revision import Revision
from addon_updater.rollout.status import project
from unit.rollout.executing import execute
from unit.rollout.looking import answer, gather
from unit.rollout.stage import Stage

AT_ONCE = timedelta(0)
RESYNC = timedelta(seconds=30)
REFUSED_RETRY = timedelta(seconds=30)
Hook = Callable[[int, Action], None]
Lens = Callable[[Observed], Observed]


class Crash(Exception):  # noqa: N818 - it is what happens, not an error that anybody handles
    """The operator's process ends here."""


def _nothing(number: int, action: Action) -> None:
    """No fault."""


def clear(observed: Observed) -> Observed:
    """The lens of a server that is up to date."""
    return observed


@dataclass(frozen=True)
class Pass:
    """A look and what was decided from it; whether and when that is carried out is another matter."""

    decision: Decision
    observed: Observed
    release: Release
    at: datetime
    """By the operator's own clock."""


@dataclass(frozen=True)
class Deed:
    """An action that was carried out, with what the operator knew when it decided."""

    action: Action
    observed: Observed
    decision: Decision
    epoch: int
    release: Release
    at: datetime
    recorded: tuple[Revision, ...]
    """The revisions as they stood on the server right before the write, whatever the operator had seen."""
    tampering: int


@dataclass
class World(Stage):
    """A stage with the operator on it."""

    before: Hook = _nothing
    after: Hook = _nothing
    lens: Lens = clear
    heard: Release | None = None
    """The AddonRelease as the watch told it last, while it is silent; None: as it is."""
    ahead: timedelta = AT_ONCE
    """How far the operator's clock is ahead of everybody else's."""
    memory: Memory = field(default_factory=Memory)
    deeds: list[Deed] = field(default_factory=list)
    attempted: int = 0
    passes: int = 0
    events: list[EventNote] = field(default_factory=list)
    told: list[AddonReleaseStatus] = field(default_factory=list)
    decision: Decision | None = None

    def crash(self) -> None:
        """The process ends and another one begins."""
        self.memory = Memory()

    def look(self) -> tuple[Decision, Observed]:
        """Gather and decide, asking the probes that the decision wants."""
        one = self.begin_pass()
        return one.decision, one.observed

    def begin_pass(self) -> Pass:
        """A pass up to the moment before it writes."""
        self.passes += 1
        observed, now = self.lens(gather(self)), self.now + self.ahead
        release = self.heard or self.release()
        while True:
            decision = decide(release, observed, self.scene.catalog, lambda _: self.scene.addon, now)
            request = decision.probe
            if request is None or request.purpose in observed.replies:
                return Pass(decision, observed, release, now)
            replies = tuple(Reply(probe, answer(self, probe)) for probe in request.probes)
            observed = replace(observed, replies={**observed.replies, request.purpose: replies})

    def step(self) -> timedelta | None:
        """One pass; the answer says when the next one is due."""
        if self.is_deleted:
            self.memory = Memory()
            return None
        one = self.begin_pass()
        self.remember(one)
        return self.act(one)

    def remember(self, one: Pass) -> None:
        """As cluster/reconcile.py does."""
        self.decision = one.decision
        self.memory = self.memory.after(
            worst(one.decision.gates),
            one.at,
            startable=one.decision.startable,
            begun=begun_by(one.decision),
        )

    def act(self, one: Pass) -> timedelta | None:
        """Carry out the action, or tell the status."""
        decision, action = one.decision, one.decision.action
        if action is None:
            self.tell(one)
            return decision.requeue_after
        self.attempted += 1
        number, recorded = self.attempted, self.revisions()
        self.before(number, action)
        self.execute(action)
        self.deeds.append(
            Deed(action, one.observed, decision, self.epoch, one.release, one.at, recorded, self.tampering)
        )
        self.after(number, action)
        if decision.event is not None:
            self.events.append(decision.event)
        self.roll()
        return AT_ONCE

    def tell(self, one: Pass) -> None:
        """Project the status, and write it when it is another one."""
        before = self.told[-1].conditions if self.told else None
        status = project(one.release, one.observed, one.decision, before or (), one.at)
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
            if until is None and idle >= 2 and not self.waits_for_an_edit():
                return self
            self.tick(max(RESYNC if due is None else due, AT_ONCE).total_seconds())
        said = (
            [(one.type, one.reason, one.message) for one in self.decision.conditions] if self.decision else []
        )
        raise AssertionError(f"not within {passes} passes; at last {said}")

    def waits_for_an_edit(self) -> bool:
        """Whether it waits for the pods to take over what somebody edited."""
        update = self.decision.update if self.decision is not None else None
        return update is not None and "take it over first" in update.message

    def survive(self) -> timedelta | None:
        """One pass of a process that the queue restarts and repeats."""
        try:
            return self.step()
        except Crash:
            self.crash()
            return AT_ONCE
        except (ForbiddenError, InvalidError):
            return REFUSED_RETRY
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
