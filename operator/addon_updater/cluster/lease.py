"""Leader election on a Lease. It spares work; safety comes from the preconditions of every write.

Own code because the client library's elector compares naive local time, lets a hung request outlive the lease and
never releases it. Another holder is judged by whether its Lease changes, never by the time it claims.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping

from addon_updater import metrics
from addon_updater.cluster import clock, paths
from addon_updater.cluster.client import Client, Manifest
from addon_updater.errors import ApiError, ConflictError

_LOG = logging.getLogger(__name__)

NAME = "addon-updater"
DURATION_S = 15
RENEW_EVERY_S = 4.0
LOOK_EVERY_S = 2.0
GIVE_UP_AFTER_S = 10.0
"""By then a leader has stopped writing: sooner than DURATION_S by more than LOOK_EVERY_S, see `_is_abandoned`."""
_MICROSECONDS = "%Y-%m-%dT%H:%M:%S.%fZ"


class Elector:
    """Holds, or waits for, the Lease. `identity` is the pod's name, so a restarted container is back at once."""

    def __init__(
        self,
        client: Client,
        *,
        namespace: str,
        identity: str,
        taken: Callable[[], None] = lambda: None,
        lost: Callable[[], None] = lambda: None,
    ) -> None:
        self._client = client
        self._collection = paths.leases(namespace)
        self._path = f"{self._collection}/{NAME}"
        self._identity = identity
        self._taken = taken
        self._lost = lost
        self._seen: tuple[object, float] | None = None
        """The Lease of another one: its version, and when it will have stood still for its whole duration."""
        self._looked: float | None = None
        """When the Lease was last asked for."""
        self._renewed = 0.0
        self._wake = asyncio.Event()
        self.leading = asyncio.Event()
        self.annotations: dict[str, str] = {}
        """Written with the next renewal. Filled from the Lease when it is first read."""

    @property
    def may_write(self) -> bool:
        """Whether the Lease is ours for certain; false too in a process that was paused and does not know it yet."""
        return self.leading.is_set() and asyncio.get_running_loop().time() < self._give_up_at

    @property
    def _give_up_at(self) -> float:
        return self._renewed + GIVE_UP_AFTER_S

    async def run(self) -> None:
        """Try to hold the Lease until cancelled."""
        while True:
            try:
                # A request that hangs must not outlive the Lease: the other replica does not wait for its end.
                async with asyncio.timeout_at(self._give_up_at if self.leading.is_set() else None):
                    held = await self._try()
            except TimeoutError:
                _LOG.warning("the Lease could not be renewed in time")
                held = False
            except ApiError as error:
                _LOG.warning("the Lease could not be renewed: %s", error)
                held = self.may_write
            self._tell(held=held)
            self._wake.clear()
            try:
                await asyncio.wait_for(self._wake.wait(), RENEW_EVERY_S if held else self._next_look())
            except TimeoutError:
                continue

    async def read_annotations(self) -> Mapping[str, str]:
        """What the Lease remembers, for the start of a process."""
        lease = await self._client.get(self._path)
        self.annotations = dict(((lease or {}).get("metadata") or {}).get("annotations") or {})
        return self.annotations

    def remember(self, key: str, value: str) -> None:
        """Keep an annotation with the Lease, at once when we hold it."""
        if self.annotations.get(key) != value:
            self.annotations[key] = value
            self._wake.set()

    async def release(self) -> None:
        """Let the other replica take over without waiting."""
        if not self.leading.is_set():
            return
        self._tell(held=False)
        lease = await self._client.get(self._path)
        if lease is not None and _spec(lease).get("holderIdentity") == self._identity:
            lease["spec"] = _spec(lease) | {"holderIdentity": "", "leaseDurationSeconds": 1}
            await self._client.replace(self._path, lease)

    async def _try(self) -> bool:
        before, self._looked = self._looked, asyncio.get_running_loop().time()
        lease = await self._client.get(self._path)
        if lease is None:
            return await self._take(None)
        holder = _spec(lease).get("holderIdentity") or ""
        if holder in ("", self._identity) or self._is_abandoned(lease, before):
            return await self._take(lease)
        return False

    def _is_abandoned(self, lease: Manifest, before: float | None) -> bool:
        """Whether the Lease has stood still for its whole duration, by our own clock.

        A new version was written after the look `before` this one, so its duration is counted from there, or the
        wait would last one look longer than the Lease.
        """
        version, time = lease["metadata"]["resourceVersion"], asyncio.get_running_loop().time()
        if self._seen is None or self._seen[0] != version:
            since = time if self._seen is None or before is None else max(before, time - LOOK_EVERY_S)
            self._seen = (version, since + float(_spec(lease).get("leaseDurationSeconds") or DURATION_S))
        return time >= self._seen[1]

    def _next_look(self) -> float:
        """Seconds until the Lease of another one is looked at again: at the latest when it will be abandoned."""
        left = self._seen[1] - asyncio.get_running_loop().time() if self._seen is not None else 0.0
        return left if 0 < left < LOOK_EVERY_S else LOOK_EVERY_S

    async def _take(self, lease: Manifest | None) -> bool:
        asked = asyncio.get_running_loop().time()
        stamp = clock.now().strftime(_MICROSECONDS)
        spec = {"holderIdentity": self._identity, "leaseDurationSeconds": DURATION_S, "renewTime": stamp}
        try:
            if lease is None:
                body: Manifest = {
                    "apiVersion": "coordination.k8s.io/v1",
                    "kind": "Lease",
                    "metadata": {"name": NAME, "annotations": self.annotations},
                    "spec": spec | {"acquireTime": stamp, "leaseTransitions": 0},
                }
                await self._client.create(self._collection, body)
            else:
                old, metadata = _spec(lease), lease["metadata"]
                if old.get("holderIdentity") != self._identity:
                    transitions = int(old.get("leaseTransitions") or 0) + 1
                    spec |= {"acquireTime": stamp, "leaseTransitions": transitions}
                lease["spec"] = old | spec
                metadata["annotations"] = (metadata.get("annotations") or {}) | self.annotations
                await self._client.replace(self._path, lease)
        except ConflictError:
            return False
        # Not the time of the answer: the other replica counts from the moment of the write.
        self._renewed = asked
        return True

    def _tell(self, *, held: bool) -> None:
        metrics.LEADING.set(int(held))
        if held == self.leading.is_set():
            return
        _LOG.info("leading" if held else "no longer leading")
        if held:
            self.leading.set()
            self._taken()
        else:
            self.leading.clear()
            self._lost()


def _spec(lease: Manifest) -> Manifest:
    """What a Lease says; one made by hand may say nothing."""
    return lease.get("spec") or {}
