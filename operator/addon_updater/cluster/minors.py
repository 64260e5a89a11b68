"""Which minor does the cluster serve: every API server asked, settled over time."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable
from datetime import timedelta

from addon_updater import metrics
from addon_updater.api.meta import GROUP
from addon_updater.api.versions import Minor
from addon_updater.cluster import clock, paths
from addon_updater.cluster.client import Client
from addon_updater.cluster.lease import Elector
from addon_updater.errors import ApiError, ParseError
from addon_updater.resolve import ClusterMinors, SettlingState, effective_minor, observe

_LOG = logging.getLogger(__name__)
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
        self._settle_time = settle_time
        self._poll = poll
        self._changed = changed
        self._state: SettlingState | None = None
        self.minors: ClusterMinors | None = None

    async def run(self) -> None:
        """Ask until cancelled; while a new minor settles, often enough to see it settle in time."""
        await self._recall()
        while True:
            try:
                await self.ask()
            except ApiError as error:
                _LOG.warning("no API server told its version: %s", error)
            settling = self.minors is None or not self.minors.is_settled
            wait = (
                min(self._poll, max(self._settle_time / 5, timedelta(seconds=1))) if settling else self._poll
            )
            await asyncio.sleep(wait.total_seconds() * random.uniform(0.8, 1.0))  # noqa: S311 - jitter

    async def _recall(self) -> None:
        try:
            text = (await self._elector.read_annotations()).get(SETTLING_ANNOTATION)
            self._state = SettlingState.from_json(text) if text else None
        except (ApiError, ParseError, ValueError, KeyError) as error:
            _LOG.warning("the remembered minor cannot be read and is learned anew: %s", error)

    async def ask(self) -> None:
        """One round over all API servers."""
        servers = await ask_servers(self._client)
        self._state = observe(self._state, servers, clock.now(), self._settle_time)
        minors = ClusterMinors(servers=servers, settled=self._state.settled)
        metrics.SETTLED_MINOR.set(minors.settled.minor if minors.settled else 0)
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
