"""Everything a decision is made from. All of it values; a missing object is a value too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from addon_updater.api.catalog import VendorOwner
from addon_updater.api.meta import parse_duration
from addon_updater.api.operator_settings import OperatorSettings
from addon_updater.api.release import AddonReleaseSpec, Delivery, Updates
from addon_updater.resolve import ClusterMinors
from addon_updater.resolve.nodes import ClusterFacts
from addon_updater.rollout.addon import NetworkFacts
from addon_updater.rollout.breaker import CLOSED, Breaker
from addon_updater.rollout.gate import Outcome, Reply
from addon_updater.rollout.revision import Revision
from addon_updater.rollout.surroundings import Surroundings
from addon_updater.rollout.workload import ConfigMap, Pod, TaskJob, Workload

NO_SETTINGS = OperatorSettings()
BLIND_AFTER = timedelta(seconds=10)
"""When looks have failed for so long nobody has watched; a single request that fails is no blindness."""
TIME_FOR_A_PERSON = timedelta(minutes=30)
"""What a person who is called for a silent throw-away pod has before its deadline ends it."""
LONGEST_LOOK = timedelta(minutes=1)
"""The most that one look counts for: whoever looks at a gate does so twice a minute at least."""


@dataclass(frozen=True, slots=True)
class Release:
    """An AddonRelease object without its status: status is never an input."""

    name: str
    namespace: str
    uid: str
    generation: int
    created_at: datetime
    annotations: Mapping[str, str]
    spec: AddonReleaseSpec

    @property
    def may_write(self) -> bool:
        """Whether the spec lets anything be written at all."""
        policy = self.spec.policy
        planning = policy is not None and policy.updates is Updates.PLAN_ONLY
        return self.spec.delivery is not Delivery.OBSERVE and not planning


class WorkloadRef(NamedTuple):
    """Which workload of its namespace a release governs."""

    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class OtherRelease:
    """Another AddonRelease of the cluster, as its status tells."""

    namespace: str
    name: str
    addon: str
    is_ready: bool
    is_moving: bool
    moved_at: datetime | None = None
    """When its last attempt ended that has touched its workload; None when none is known."""
    minor: str | None = None
    """The settled minor of the cluster that its status was computed for; None when it tells none."""
    waits: str | None = None
    """The reason for which its update waits; None when none does."""
    opens_at: datetime | None = None
    """When its windows open next, as its status told."""
    urgency: int = 0
    """How much the gravest known flaw hurries that its plan ends; 0 when it ends none that is open."""
    depends_on: tuple[tuple[str, str], ...] = ()
    """Namespace and name of what must be done before it."""


@dataclass(frozen=True, slots=True)
class Denied:
    """A request of the operator that RBAC refused."""

    verb: str
    resource: str
    namespace: str
    message: str


class Purpose(StrEnum):
    """What a round of probes is for."""

    BASELINE = "Baseline"
    REHEARSAL = "Rehearsal"
    ROLLOUT = "Rollout"


@dataclass(frozen=True, slots=True)
class Memory:
    """How long gates have been failing or silent, as this process saw it.

    Kept by the shell, reset by a restart: only observed time counts.
    """

    failing_since: datetime | None = None
    unknown_since: datetime | None = None
    looked_at: datetime | None = None
    """The last look. Time in which nobody looked is no time in which a gate was silent."""
    awake_since: datetime | None = None
    """Since when this process has looked and seen."""
    blind_since: datetime | None = None
    """Since when its looks have failed; None when the last one did not."""
    startable_since: datetime | None = None
    """Since when nothing has held the start but spec.rollout.startJitter and, after it, the baseline of the gates."""

    begun: str | None = None
    """The attempt that this process began last; nobody else can be about to write for it."""

    def after(
        self, outcome: Outcome, now: datetime, *, startable: bool = False, begun: str | None = None
    ) -> Memory:
        """What to remember once a round of gates has come to that outcome, and an attempt was begun or was not.

        A gate that fails now and then and is silent in between has no answer that counts either.
        """
        undecided = outcome in (Outcome.FAIL, Outcome.UNKNOWN)
        return Memory(
            failing_since=self._still(self.failing_since, now) if outcome is Outcome.FAIL else None,
            unknown_since=self._still(self.unknown_since, now) if undecided else None,
            looked_at=now,
            awake_since=self.watched_since(now),
            startable_since=(self.startable_since or now) if startable else None,
            begun=begun or self.begun,
        )

    def blinded(self, since: datetime) -> Memory:
        """What to remember of a look that was begun then and failed: the API server did not answer."""
        return replace(self, blind_since=self.blind_since or since)

    def watched_since(self, now: datetime) -> datetime:
        """Since when this process watches without a break: while nobody could see, nothing was given its time."""
        is_awake = self.blind_since is None or now - self.blind_since <= BLIND_AFTER
        return self.awake_since if self.awake_since is not None and is_awake else now

    def failing_for(self, now: datetime) -> timedelta | None:
        """How long gates have been seen failing; None when the last look saw none."""
        return now - self._still(self.failing_since, now) if self.failing_since is not None else None

    def unanswered_for(self, now: datetime) -> timedelta | None:
        """How long gates have been seen without an answer that counts; None when the last look saw none."""
        return now - self._still(self.unknown_since, now) if self.unknown_since is not None else None

    def _still(self, since: datetime | None, now: datetime) -> datetime:
        """The beginning that leaves only observed time up to now, after whatever a process or a clock did meanwhile."""
        if since is None or self.looked_at is None:
            return now
        passed = now - self.looked_at
        return since + passed - min(max(passed, timedelta(0)), LONGEST_LOOK)


@dataclass(frozen=True, slots=True)
class Observed:
    """One look at the cluster for one AddonRelease."""

    minors: ClusterMinors | None
    workload: Workload | None
    config: ConfigMap | None
    revisions: tuple[Revision, ...]
    pods: tuple[Pod, ...]
    rehearsal: Pod | None
    facts: NetworkFacts
    others: tuple[OtherRelease, ...] = ()
    """All other AddonReleases of the cluster."""
    older_claims: tuple[str, ...] = ()
    """Older AddonReleases of the namespace that name the same workload."""
    cluster: ClusterFacts | None = None
    """Who built the cluster and how old its kubelets are; None: nobody has looked."""
    vendor_owner: VendorOwner | None = None
    """Who else looks after the addon in clusters of that vendor, as the catalog says."""
    denied: Denied | None = None
    settings: OperatorSettings = NO_SETTINGS
    breaker: Breaker | None = CLOSED
    """How failures of all AddonReleases, this one included, hold what would start by itself; None while nobody knows."""
    catalog_gap: str | None = None
    """Why the catalog may lack what was in force before, so that nothing starts on its word."""
    surroundings: Surroundings = field(default_factory=Surroundings)
    """What else in the namespace an update can run into."""
    tasks: tuple[TaskJob, ...] = ()
    """The Jobs of this release; read only while an attempt runs."""
    tools_image: str | None = None
    """The image that carries this operator's own tools."""
    own_workload: tuple[str, str] | None = None
    """Namespace and name of the workload that runs this operator."""
    replies: Mapping[Purpose, tuple[Reply, ...]] = field(default_factory=dict)
    memory: Memory = field(default_factory=Memory)


NOTHING = Observed(
    minors=None, workload=None, config=None, revisions=(), pods=(), rehearsal=None, facts=NetworkFacts()
)
"""A look that saw nothing."""


@dataclass(frozen=True, slots=True)
class Pace:
    """The effective tunables of one release."""

    progress_deadline: timedelta
    soak: timedelta
    unknown_deadline: timedelta
    min_ready_seconds: int

    @property
    def rehearsal_lifetime(self) -> timedelta:
        """How long a throw-away pod lives at most: to become ready, to be silent, and to be looked into by a person."""
        return self.progress_deadline + self.unknown_deadline + TIME_FOR_A_PERSON


_DEFAULTS = Pace(
    progress_deadline=timedelta(minutes=10),
    soak=timedelta(minutes=5),
    unknown_deadline=timedelta(minutes=10),
    min_ready_seconds=10,
)


def pace_of(spec: AddonReleaseSpec) -> Pace:
    """The tunables in force: what the spec says, else our defaults."""
    rollout = spec.rollout
    if rollout is None:
        return _DEFAULTS

    def chosen(text: str | None, default: timedelta) -> timedelta:
        return default if text is None else parse_duration(text)

    return Pace(
        progress_deadline=chosen(rollout.progress_deadline, _DEFAULTS.progress_deadline),
        soak=chosen(rollout.soak, _DEFAULTS.soak),
        unknown_deadline=chosen(rollout.unknown_deadline, _DEFAULTS.unknown_deadline),
        min_ready_seconds=(
            _DEFAULTS.min_ready_seconds if rollout.min_ready_seconds is None else rollout.min_ready_seconds
        ),
    )
