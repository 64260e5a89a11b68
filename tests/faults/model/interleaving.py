"""One run of the model: a cluster, its people, an operator of several processes, and what has gone wrong so far.

A run is over when everybody is quiet, the operator has come to rest, and five more minutes have passed without a
write of it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

from addon_updater.errors import ApiError
from addon_updater.resolve import ClusterMinors
from addon_updater.rollout.observed import NOTHING, Denied, Observed
from faults.model.plays import Play
from unit.rollout.kubelet import RELOADED_AFTER
from unit.rollout.properties import assert_safe
from unit.rollout.world import AT_ONCE, RESYNC, Crash, Pass, World

HELD = 3
"""How many passes may be held up at a time: the one of a paused process, and ones that the network delays."""
REMEMBERED = 8
"""How many passes ago a server that is behind may stand."""
PATIENCE = 40
"""Passes after which a run that does not come to rest is looked at less often, to be done with an hour of waiting."""
PASSES = 400
UNHURRIED_S = 5
"""What waits is looked at no more often in the end: fewer passes of the same kind, and more runs in their time."""
TOLD_EVERY = 8
"""Passes."""
AT_REST = timedelta(minutes=5)
_NO_RIGHTS = Denied("get", "", "kube-system", "the RoleBinding is gone")
_STALE: Mapping[str, tuple[str, ...]] = {
    "everything": ("workload", "config", "revisions", "pods", "rehearsal", "tasks", "facts"),
    "the workload": ("workload", "pods"),
    "the revisions": ("revisions", "tasks"),
    "the configuration": ("config",),
    "the pods": ("pods", "rehearsal", "tasks"),
}
STALE_PARTS = tuple(_STALE)


@dataclass
class Interleaving:
    """The world of a run and the faults in it."""

    play: Play
    world: World
    held: list[Pass] = field(default_factory=list)
    """What was decided and is not written yet, oldest first."""
    seen: deque[Observed] = field(default_factory=lambda: deque(maxlen=REMEMBERED))
    stale: tuple[str, ...] = ()
    minors: ClusterMinors | None = None
    """The minors as they were asked for last, while no API server tells its version."""
    is_denied: bool = False
    last_minor: str = ""
    """What all API servers answer in the end; empty for what they had settled on, which opens no breaking hop."""

    def __post_init__(self) -> None:
        self.world.lens = self._see
        self._tell, self.world.tell = self.world.tell, self._tell_now_and_then

    def _tell_now_and_then(self, one: Pass) -> None:
        """The status costs as much as the decision, and is no input: most of the time nobody asks for it."""
        if self.world.passes % TOLD_EVERY == 0:
            self._tell(one)

    def _see(self, fresh: Observed) -> Observed:
        """A look through everything that is stale or forbidden at present."""
        if self.is_denied:
            known = {"memory": fresh.memory, "settings": fresh.settings}
            fresh = replace(NOTHING, minors=fresh.minors, denied=_NO_RIGHTS, **known)
        elif self.stale and self.seen:
            fresh = replace(fresh, **{part: getattr(self.seen[0], part) for part in self.stale})
        else:
            self.seen.append(fresh)
        return fresh if self.minors is None else replace(fresh, minors=self.minors)

    # What the operator does

    def passes(self, count: int, pause: int) -> None:
        """As many passes, each when it is due and so many seconds later."""
        for _ in range(count):
            due = self.world.survive()
            self.world.tick(pause + min(RESYNC, RESYNC if due is None else due).total_seconds())

    def stale_pass(self, what: str) -> None:
        """A pass over a server that is behind in something."""
        self.stale = _STALE[what]
        self.world.survive()
        self.stale = ()

    def hold_up(self) -> None:
        """A process is paused right before its write, and another one takes over."""
        self.held = [*self.held, self.world.begin_pass()][-HELD:]
        self.world.crash()

    def write_late(self, number: int) -> None:
        """What was decided some time ago is written now, whatever the order of the decisions."""
        one = self.held.pop(number % len(self.held))
        try:
            self.world.act(one)
        except (ApiError, Crash):
            return

    # How it ends

    def finish(self) -> None:
        """The faults stop: the operator comes to rest where it should, and stays there.

        Raises:
            AssertionError: a property is violated; its message says which.
        """
        self.held.clear()
        self.is_denied, self.minors = False, None
        world = self.world
        world.tell = self._tell
        world.before = world.after = lambda *_: None
        world.heard, world.ahead = None, AT_ONCE
        if world.is_deleted:
            self.leaves_alone()
            world.recreate_release()
        self.play.calm(world, self.converge, minor=self.last_minor or str(world.settled))
        if not all(world.kubelet.is_ready(pod, world.now) for pod in world.kubelet.governed):
            # Pods that take an edit of their configuration over late come to rest later than the operator.
            world.tick(2 * RELOADED_AFTER.total_seconds())
            self.converge()
        assert_safe(world)
        self.is_at_the_end()
        self.rests()

    def leaves_alone(self) -> None:
        """L3: of an addon whose AddonRelease is gone nothing is written, and no finalizer keeps it."""
        written = len(self.world.writes)
        for _ in range(3):
            assert self.world.survive() is None
            self.world.tick(30)
        assert len(self.world.writes) == written

    def converge(self) -> None:
        """L1, L2, L4: whatever happened, it comes to rest within a bounded number of passes.

        Raises:
            AssertionError: it does not.
        """
        idle = 0
        for number in range(PASSES):
            due = self.world.survive()
            idle = 0 if due is not None and due < RESYNC else idle + 1
            if idle >= 2 and not self.world.waits_for_an_edit():
                return
            wait = (RESYNC if due is None else due).total_seconds()
            self.world.tick(max(wait, UNHURRIED_S, number - PATIENCE) if wait else 0)
        told = self.world.decision.conditions if self.world.decision is not None else ()
        raise AssertionError(f"L1: no rest within {PASSES} passes; at last {[one.message for one in told]}")

    def is_at_the_end(self) -> None:
        """L1: the status is about the present spec, nothing is under way, and nothing is about to start."""
        world = self.world
        assert world.told[-1].observed_generation == world.generation, "L1: an older spec is told about"
        waits = world.condition("Stalled")[0] == "True"
        assert waits or not any(revision.is_open for revision in world.revisions()), "L1: an attempt hangs"
        update = world.condition("UpdateAvailable")
        assert update[1] not in {"Starting", "InProgress"} or waits, f"L1: {update} for ever"

    def rests(self) -> None:
        """L1: at rest nothing is written, by a new process either."""
        written = len(self.world.writes)
        self.world.crash()
        self.world.tick(AT_REST.total_seconds())
        self.converge()
        done = [str(write.kind) for write in self.world.writes[written:]]
        assert not done, f"L1: at rest, and yet it wrote {done}"
