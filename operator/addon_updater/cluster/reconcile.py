"""One pass over one AddonRelease: gather, decide, act, tell."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from addon_updater import metrics
from addon_updater.api.meta import ConditionStatus
from addon_updater.cluster import clock, events
from addon_updater.cluster.breaker import BreakerKeeper
from addon_updater.cluster.client import Client
from addon_updater.cluster.config_watch import ConfigWatch
from addon_updater.cluster.execute import execute
from addon_updater.cluster.facts import FactsCache
from addon_updater.cluster.gather import Whereabouts, gather
from addon_updater.cluster.minors import MinorWatch
from addon_updater.cluster.operator_settings import SettingsWatch
from addon_updater.cluster.queue import Key
from addon_updater.cluster.store import Kept, Store
from addon_updater.cluster.telling import Teller
from addon_updater.errors import ConflictError, ForbiddenError, InvalidError, TransientError
from addon_updater.reasons import ConditionType, Reason
from addon_updater.resolve.nodes import ClusterFacts
from addon_updater.rollout.actions import Action, AnnotateRevision, RecordRevision
from addon_updater.rollout.addon import Addon
from addon_updater.rollout.attempt import begun_by
from addon_updater.rollout.decision import Decision, EventNote, circuit, stalled, stopped, update
from addon_updater.rollout.engine import decide
from addon_updater.rollout.gate import Probe, Reply, worst
from addon_updater.rollout.observed import NOTHING, Memory, Observed, Release
from addon_updater.rollout.revision import ATTEMPT_ANNOTATION, OUTCOME_ANNOTATION, annotated, last_moved

_LOG = logging.getLogger(__name__)

Prober = Callable[[Sequence[Probe], str], Awaitable[tuple[Reply, ...]]]
"""Asks a round of probes; the second argument names the release's token, as in monitoring.grafana."""
AT_ONCE = timedelta(0)
SOON = timedelta(seconds=1)
REFUSED_RETRY = timedelta(seconds=30)
DENIED_FOR = timedelta(seconds=5)
_ADMISSION = ("ValidatingAdmissionPolicy", "admission webhook", "exceeded quota", "violates PodSecurity")
"""What an API server writes into a 403 that is none of RBAC's."""


@dataclass(slots=True)
class Reconciler:
    """Everything that one pass needs.

    `addons` gives the code of an addon by its name; `may_write` says whether this replica holds the Lease.
    """

    client: Client
    store: Store
    facts: FactsCache
    minors: MinorWatch
    addons: Callable[[str], Addon]
    probe: Prober
    configs: ConfigWatch
    here: Whereabouts
    settings: SettingsWatch
    breaker: BreakerKeeper
    teller: Teller
    may_write: Callable[[], bool]
    cluster: Callable[[], ClusterFacts | None] = lambda: None
    """What is known about the cluster itself."""
    memories: dict[Key, Memory] = field(default_factory=dict)
    denied_since: dict[Key, datetime] = field(default_factory=dict)
    carried_out: dict[Key, Action] = field(default_factory=dict)
    moving: set[Key] = field(default_factory=set)
    """The releases with an attempt, from the moment it is decided on. Their statuses tell it later, and another
    worker's pass may begin in between."""
    moved_at: dict[Key, datetime] = field(default_factory=dict)
    """When the last attempt of each ended that has touched its workload, by its revisions."""
    looked_at: set[Key] = field(default_factory=set)
    """The releases whose revisions this replica has read since it leads. Of the others only the status tells: it is
    late when the leader before died, and anybody can write it."""

    async def __call__(self, key: Key) -> timedelta | None:
        """Do one pass; the answer says when the next one is due, None for the general resync."""
        kept = self.store.releases.get(key)
        if kept is None:
            self._forget(key)
            return None
        if kept.release is None:
            self._take_its_word(key, kept)
            decision = stopped(Reason.INVALID_SPEC, kept.problem or "")
            decision = decision.but(circuit=circuit(self.breaker.look()))
            await self.teller.tell(kept, decision, NOTHING)
            return None
        release = kept.release
        await self.breaker.learn()
        observed = await self._look(key, kept, release)
        config = observed.config
        self.configs.follow(key, config.name if config else None, config.resource_version if config else None)
        decision, observed = await self._decide(release, observed)
        if _begins(decision):
            if self._has_to_look_first(release):
                return SOON
            self.moving.add(key)
        self._remember(key, decision)
        if not self.may_write():
            raise TransientError("the Lease was lost during the pass; nothing is written")
        return await self._act_and_tell(kept, release, decision, observed)

    async def _look(self, key: Key, kept: Kept, release: Release) -> Observed:
        """Look, and note what others must know of it.

        Raises:
            ApiError: the API server did not answer, or refuses.
        """
        try:
            observed = await self._gather(key, release)
        except TransientError:
            raise
        except Exception:
            # Whoever waits for a look at it would wait for as long as it cannot be looked at.
            self._take_its_word(key, kept)
            raise
        if observed.revisions:
            self.breaker.keep(key, observed.revisions)
        if observed.denied is not None:
            self._believe(key, observed.denied.message)
        if observed.denied is not None or self.store.target_of(release) is None:
            self._take_its_word(key, kept)
        else:
            self._see(key, observed)
        return observed

    def _forget(self, key: Key) -> None:
        """Let go of everything that is kept for a deleted release; a pass may have told its metrics since."""
        for kept in (self.memories, self.denied_since, self.carried_out, self.moved_at):
            kept.pop(key, None)
        self.moving.discard(key)
        self.looked_at.discard(key)
        self.breaker.drop(key)
        self.configs.follow(key, None)
        metrics.forget_release(key.namespace, key.name)
        self.teller.wake_who_waits()

    def _see(self, key: Key, observed: Observed) -> None:
        """Note from its revisions whether an attempt of this release runs, and when the last one ended."""
        if any(revision.is_open for revision in observed.revisions):
            self.moving.add(key)
        else:
            self.moving.discard(key)
        if moved_at := last_moved(observed.revisions):
            self.moved_at[key] = moved_at
        self.looked_at.add(key)

    def _take_its_word(self, key: Key, kept: Kept) -> None:
        """Nobody can read the revisions of this release, so what its status said first has to do."""
        if key not in self.looked_at and kept.says(ConditionType.RECONCILING):
            self.moving.add(key)
        self.looked_at.add(key)

    def _has_to_look_first(self, release: Release) -> bool:
        """Whether an attempt of somebody this one must wait for may run that this replica has not looked for yet."""
        awaited = release.spec.dependencies(release.namespace)
        entry = self.store.catalog.addon(release.spec.addon)
        everybody = entry is not None and bool(self.addons(entry.name).gates_on_others)
        shared = self.store.is_shared(release.spec.addon)
        counted = shared or self.settings.settings.parallel_updates is not None
        return any(
            everybody
            or key in awaited
            or (counted and self.store.is_shared(kept.identity.spec.addon) is shared)
            for key, kept in self.store.releases.items()
            if key not in self.looked_at
        )

    async def _gather(self, key: Key, release: Release) -> Observed:
        """Look; a look that fails is remembered, for meanwhile nobody watches.

        Raises:
            TransientError: the API server did not answer.
        """
        begun, memory = clock.now(), self.memories.get(key, Memory())
        entry = self.store.catalog.addon(release.spec.addon)
        try:
            return await gather(
                self.client,
                self.store,
                self.facts,
                release,
                self.addons(entry.name) if entry is not None else None,
                minors=self.minors.minors,
                memory=memory,
                here=self.here,
                settings=self.settings.settings,
                cluster=self.cluster(),
            )
        except TransientError:
            self.memories[key] = memory.blinded(begun)
            raise

    async def _decide(self, release: Release, observed: Observed) -> tuple[Decision, Observed]:
        """Decide, asking the probes that the decision wants; each purpose is asked once in a pass.

        How the others stand, and whether they fail, is looked at last of all: nothing waits between that, the
        decision and its mark.
        """
        while True:
            others = self.store.others(release, self.moving, self.looked_at, self.moved_at)
            observed = replace(observed, others=others, breaker=self.breaker.look())
            decision = decide(release, observed, self.store.catalog, self.addons, clock.now())
            request = decision.probe
            if request is None or request.purpose in observed.replies:
                return decision, observed
            replies = await self.probe(request.probes, f"{release.namespace}.{release.name}")
            observed = replace(observed, replies={**observed.replies, request.purpose: replies})

    def _believe(self, key: Key, refusal: str) -> None:
        """Believe a 403 only when it lasts: for a second or so after its start an API server refuses everybody.

        Raises:
            TransientError: it has not lasted yet.
        """
        since = self.denied_since.setdefault(key, clock.now())
        if clock.now() - since < DENIED_FOR:
            raise TransientError(refusal)

    def _remember(self, key: Key, decision: Decision) -> None:
        """How long gates have been failing or silent, as this process has seen it."""
        old = self.memories.get(key, Memory())
        self.memories[key] = old.after(
            worst(decision.gates), clock.now(), startable=decision.startable, begun=begun_by(decision)
        )

    async def _act_and_tell(
        self, kept: Kept, release: Release, decision: Decision, observed: Observed
    ) -> timedelta | None:
        key = Key(release.namespace, release.name)
        if decision.action is None:
            self.carried_out.pop(key, None)
            if observed.denied is None:
                self.denied_since.pop(key, None)
            await self.teller.tell(kept, decision, observed)
            return decision.requeue_after
        _LOG.info("%s/%s: %s", release.namespace, release.name, type(decision.action).__name__)
        target = self.store.target_of(release)
        if target is None:
            raise AssertionError("an action without a workload is never decided")
        try:
            await execute(self.client, release, target, decision.action)
        except (ForbiddenError, InvalidError) as error:
            if isinstance(error, ForbiddenError) and not _is_policy(error):
                self._believe(key, str(error))
            await self.teller.tell(kept, _refused(decision, error), observed)
            return REFUSED_RETRY
        self.denied_since.pop(key, None)
        self._require_progress(key, decision.action)
        self._note_end(key, decision.action, observed)
        if decision.event is not None:
            await events.emit(self.client, release, decision.event, instance=self.here.pod)
        _count_end(release, decision.action, decision.event, observed)
        return AT_ONCE

    def _note_end(self, key: Key, action: Action, observed: Observed) -> None:
        """Let a failure count from the moment that it is recorded: another worker may be about to start."""
        if isinstance(action, AnnotateRevision) and OUTCOME_ANNOTATION in action.annotations:
            self.breaker.keep(
                key,
                [
                    annotated(one, action.annotations) if one.name == action.name else one
                    for one in observed.revisions
                ],
            )
            self.breaker.look()

    def _require_progress(self, key: Key, action: Action) -> None:
        """Slow down when a write goes through and changes nothing, as when an admission webhook takes it back.

        Raises:
            ConflictError: the very same action, resourceVersion included, was carried out in the pass before.
        """
        if self.carried_out.get(key) == action:
            raise ConflictError(f"{type(action).__name__} was accepted twice and changed nothing")
        self.carried_out[key] = action


def _begins(decision: Decision) -> bool:
    """Whether this decision begins an attempt."""
    action = decision.action
    return isinstance(action, RecordRevision) and ATTEMPT_ANNOTATION in action.annotations


def _count_end(release: Release, action: Action, event: EventNote | None, observed: Observed) -> None:
    """Count the attempt that this action has ended, if it is one that does."""
    if (
        event is None
        or not isinstance(action, AnnotateRevision)
        or OUTCOME_ANNOTATION not in action.annotations
    ):
        return
    for revision in observed.revisions:
        if revision.name == action.name and revision.attempt is not None:
            metrics.attempt_finished(
                release.spec.addon,
                result=event.key.rpartition("-")[2],
                reason=event.reason.value,
                seconds=(clock.now() - revision.attempt.started_at).total_seconds(),
            )


def _is_policy(error: ForbiddenError) -> bool:
    """Whether admission said no, and not RBAC."""
    return any(word in str(error) for word in _ADMISSION)


def _refused(decision: Decision, error: ForbiddenError | InvalidError) -> Decision:
    """A write that the server refused: nothing was written, a person must act."""
    message = str(error)
    if isinstance(error, InvalidError):
        reason = Reason.WRITE_REFUSED
    else:
        reason = Reason.ADMISSION_DENIED if _is_policy(error) else Reason.RBAC_MISSING
    return decision.but(
        stalled=stalled(reason, message), update=update(ConditionStatus.TRUE, Reason.BLOCKED, message)
    )
