"""Keeps the circuit breaker: what has failed anywhere in the cluster, from the revisions that passes read anyway.

Every pass lists the revisions of its own release, which keeps what is known fresh without a request of its own. Only
who begins to lead knows nothing yet: it lists the revisions of all namespaces with an AddonRelease once, so that a
restart forgets no failure.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import timedelta

from addon_updater import metrics
from addon_updater.api.operator_settings import OperatorSettings
from addon_updater.cluster import clock, paths
from addon_updater.cluster.client import Client
from addon_updater.cluster.queue import Key
from addon_updater.cluster.store import Store
from addon_updater.errors import ApiError, ForbiddenError
from addon_updater.rollout.breaker import CLOSED, Breaker, Failure, failure_of, judge_breaker
from addon_updater.rollout.revision import RELEASE_LABEL, Revision, read_revision

_LOG = logging.getLogger(__name__)
REFUSED_S = 5.0
"""How long a 403 must last to be believed: an API server that has just started refuses everybody."""


class BreakerKeeper:
    """The failures of all AddonReleases, and the breaker that follows from them."""

    def __init__(
        self,
        client: Client,
        store: Store,
        *,
        settings: Callable[[], OperatorSettings],
        changed: Callable[[], None],
    ) -> None:
        self._client = client
        self._store = store
        self._settings = settings
        self._changed = changed
        """Called when the breaker is another one than before: every release shows it."""
        self._failures: dict[Key, tuple[Failure, ...]] = {}
        self._is_learned = False
        self._learning = asyncio.Lock()
        self._term = 0
        """Counts up with every end of a leadership: what was read before it is no knowledge of the next one."""
        self._refused_since: float | None = None
        self._last = CLOSED
        self._timer: asyncio.TimerHandle | None = None

    async def learn(self) -> None:
        """Read once what was recorded before this replica began to lead; what cannot be read is read next time.

        One pass reads; the others go on meanwhile, for what runs already need not wait for it.
        """
        if self._is_learned or self._learning.locked():
            return
        async with self._learning:
            term = self._term
            try:
                found = await self._read_all()
            except ApiError as error:
                _LOG.info("what failed lately is not known yet, so nothing starts: %s", error)
                return
            if term == self._term:
                # What a pass has read meanwhile is newer.
                self._failures = found | self._failures
                self._is_learned = True

    async def _read_all(self) -> dict[Key, tuple[Failure, ...]]:
        releases = await self._client.list(paths.releases())
        keys = {Key(one["metadata"]["namespace"], one["metadata"]["name"]) for one in releases}
        found: dict[Key, tuple[Failure, ...]] = {}
        for namespace in sorted({key.namespace for key in keys}):
            try:
                found |= await read_failures(self._client, namespace)
            except ForbiddenError:
                # A namespace without our Role is not governed, so nothing was tried there.
                if not self._is_lasting():
                    raise
        self._refused_since = None
        return {key: failures for key, failures in found.items() if key in keys}

    def _is_lasting(self) -> bool:
        time = asyncio.get_running_loop().time()
        if self._refused_since is None:
            self._refused_since = time
        return time - self._refused_since >= REFUSED_S

    def keep(self, key: Key, revisions: Iterable[Revision]) -> None:
        """Take in the revisions of a release as they were just read or written."""
        self._failures[key] = _failures_of(key, revisions)

    def drop(self, key: Key) -> None:
        """The failures of a deleted release count no more: a person has taken it out of the operator's hands."""
        if self._failures.pop(key, None):
            self.look()

    def look(self) -> Breaker | None:
        """How the breaker stands now, None while nobody knows; when that is news, everybody is told."""
        if not self._is_learned:
            return None
        now = clock.now()
        known = (one for failures in self._failures.values() for one in failures)
        breaker = judge_breaker(known, self._store.breaker_resets, self._settings().breaker, now)
        self._set_timer(breaker.until - now if breaker.until is not None else None)
        if breaker != self._last:
            self._tell(breaker)
        return breaker

    def _tell(self, breaker: Breaker) -> None:
        was_open, self._last = self._last.is_open, breaker
        metrics.CIRCUIT_BREAKER_OPEN.set(int(breaker.is_open))
        if breaker.is_open:
            _LOG.warning("the circuit breaker is open: %s", breaker.why)
        elif was_open:
            _LOG.info("the circuit breaker is closed")
        self._changed()

    def forget(self) -> None:
        """Another replica leads or has led: what was known here counts no more."""
        self._failures.clear()
        self._is_learned = False
        self._term += 1
        self._last = CLOSED
        self._set_timer(None)
        metrics.CIRCUIT_BREAKER_OPEN.set(0)

    def _set_timer(self, left: timedelta | None) -> None:
        """Look again when one failure too many becomes too old to count, for nothing else happens then."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None
        if left is not None:
            self._timer = asyncio.get_running_loop().call_later(left.total_seconds(), self.look)


async def read_failures(client: Client, namespace: str) -> dict[Key, tuple[Failure, ...]]:
    """The failures that the revisions of a namespace record, by release.

    Raises:
        ApiError: they cannot be listed.
    """
    revisions: defaultdict[Key, list[Revision]] = defaultdict(list)
    for manifest in await client.list(paths.revisions(namespace), labels=RELEASE_LABEL):
        revision = read_revision(manifest)
        if revision is not None:
            revisions[Key(namespace, manifest["metadata"]["labels"][RELEASE_LABEL])].append(revision)
    return {key: _failures_of(key, found) for key, found in revisions.items()}


def _failures_of(key: Key, revisions: Iterable[Revision]) -> tuple[Failure, ...]:
    found = (failure_of(key.namespace, key.name, revision) for revision in revisions)
    return tuple(one for one in found if one is not None)
