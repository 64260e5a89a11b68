"""Which minor does the cluster serve: every API server asked, settled over time."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from addon_updater import metrics
from addon_updater.api.meta import GROUP
from addon_updater.api.versions import Minor
from addon_updater.cluster import clock, paths
from addon_updater.cluster.client import Client
from addon_updater.cluster.lease import Elector
from addon_updater.errors import ApiError, ParseError, VersionError
from addon_updater.resolve import ClusterMinors, SettlingState, effective_minor, observe

_LOG = logging.getLogger(__name__)
AFTER_SILENCE = timedelta(seconds=3)
"""Before the next question: a server that has just started refuses everybody for a second or so."""
SILENCE_S = 120.0
SETTLING_ANNOTATION = f"{GROUP}/settling"


class MinorWatch:
    """Asks every API server for its version and keeps the settled minor with the Lease."""

    def __init__(
        self,
        client: Client,
        elector: Elector,
        *,
        settle_time: timedelta,
        poll: timedelta,
        changed: Callable[[], None],
    ) -> None:
        self._client = client
        self._elector = elector
        self.settle_time = settle_time
        """How long a new minor must be answered; another value counts from the next question on."""
        self._poll = poll
        self._changed = changed
        self._state: SettlingState | None = None
        self._heard_at = 0.0
        self.minors: ClusterMinors | None = None

    async def run(self) -> None:
        """Ask until cancelled; while a new minor settles, often enough to see it settle in time."""
        remembered = False
        while True:
            try:
                remembered = remembered or await self._recall()
                await self.ask()
            except (ApiError, VersionError) as error:
                _LOG.warning("the API servers' versions are not known: %s", error)
                self._doubt()
                wait = AFTER_SILENCE
            else:
                wait = self._until_next()
            await asyncio.sleep(wait.total_seconds() * random.uniform(0.8, 1.0))  # noqa: S311 - jitter

    def _until_next(self) -> timedelta:
        if self.minors is not None and self.minors.is_settled:
            return self._poll
        return min(self._poll, max(self.settle_time / 5, timedelta(seconds=1)))

    def _doubt(self) -> None:
        """A server that has been silent for long may be another minor by now: no new hop starts until it answers."""
        time = asyncio.get_running_loop().time()
        if self.minors is None or time - self._heard_at < SILENCE_S or self.minors.settled is None:
            return
        self.minors = replace(self.minors, settled=None)
        metrics.show_minors(map(str, self.minors.servers), settled=0)
        self._changed()

    async def _recall(self) -> bool:
        """Read what the Lease remembers; True once it was read.

        Raises:
            ApiError: it cannot be asked. Without its memory a minor that still settles would count at once.
        """
        text = (await self._elector.read_annotations()).get(SETTLING_ANNOTATION)
        try:
            self._state = SettlingState.from_json(text) if text else None
        except ParseError as error:
            _LOG.warning("the remembered minor cannot be read and is learned anew: %s", error)
        return True

    async def ask(self) -> None:
        """One round over all API servers."""
        servers = await ask_servers(self._client)
        self._heard_at = asyncio.get_running_loop().time()
        self._state = observe(self._state, servers, clock.now(), self.settle_time)
        minors = ClusterMinors(servers=servers, settled=self._state.settled)
        metrics.show_minors(map(str, servers), settled=minors.settled.minor if minors.settled else 0)
        self._elector.remember(SETTLING_ANNOTATION, self._state.to_json())
        if minors != self.minors:
            _LOG.info(
                "API servers answer %s, settled is %s", ", ".join(map(str, sorted(servers))), minors.settled
            )
            self.minors = minors
            self._changed()


async def ask_servers(client: Client) -> frozenset[Minor]:
    """The minor of each endpoint of default/kubernetes; of the one behind the address when none is listed.

    Raises:
        ApiError: a server did not answer.
        VersionError: a server's answer holds no minor.
    """
    slice_ = await client.get(paths.API_ENDPOINTS)
    ports = (slice_ or {}).get("ports") or []
    addresses = [
        address for endpoint in (slice_ or {}).get("endpoints") or [] for address in endpoint["addresses"]
    ]
    if not addresses or not ports:
        return frozenset({effective_minor(await client.get(paths.VERSION_INFO) or {})})
    answers = await asyncio.gather(
        *(
            client.get_from(f"https://{_bracketed(address)}:{ports[0]['port']}", paths.VERSION_INFO)
            for address in addresses
        )
    )
    return frozenset(effective_minor(answer) for answer in answers)


def _bracketed(address: str) -> str:
    return f"[{address}]" if ":" in address else address
