"""Which minor does the cluster serve: every API server asked, settled over time.

The EndpointSlice default/kubernetes lists the servers, and each is asked by its own address. Where it lists none, or
an address never answers (the network hides it, or its certificate does not name it), the one address of the
configuration is asked instead, over several new connections: a load balancer spreads those over its servers.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from addon_updater import metrics
from addon_updater.api.meta import GROUP
from addon_updater.api.versions import Minor
from addon_updater.cluster import clock, paths
from addon_updater.cluster.client import Client, Manifest
from addon_updater.cluster.lease import Elector
from addon_updater.errors import ApiError, ParseError, VersionError
from addon_updater.resolve import ClusterMinors, SettlingState, effective_minor, observe

_LOG = logging.getLogger(__name__)
AFTER_SILENCE = timedelta(seconds=3)
"""Before the next question: a server that has just started refuses everybody for a second or so."""
SILENCE_S = 120.0
SAMPLES = 5
"""New connections to one address in a round. Of two servers that share them at random, a round misses one in 16
times; a minor settles only after many rounds that all agree."""
SETTLING_ANNOTATION = f"{GROUP}/settling"


@dataclass(frozen=True, slots=True)
class Answers:
    """What the API servers answered in one round."""

    minors: frozenset[Minor]
    """The distinct effective minors."""
    versions: frozenset[str]
    """Their gitVersions, as in v1.34.1-eks-113cf36."""


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
        self._servers = ApiServers(client)
        self._state: SettlingState | None = None
        self._heard_at = 0.0
        self.minors: ClusterMinors | None = None
        self.versions: frozenset[str] = frozenset()
        """The gitVersions that the servers answered last."""

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
        answers = await self._servers.ask()
        self._heard_at = asyncio.get_running_loop().time()
        self.versions = answers.versions
        self._state = observe(self._state, answers.minors, clock.now(), self.settle_time)
        minors = ClusterMinors(answers.minors, self._state.settled, back_from=self._state.back_from)
        metrics.show_minors(map(str, minors.servers), settled=minors.settled.minor if minors.settled else 0)
        self._elector.remember(SETTLING_ANNOTATION, self._state.to_json())
        if minors != self.minors:
            served = ", ".join(map(str, sorted(minors.servers)))
            way_back = f": {minors.way_back}" if minors.way_back else ""
            _LOG.info("API servers answer %s, settled is %s%s", served, minors.settled, way_back)
            self.minors = minors
            self._changed()


class ApiServers:
    """The API servers of a cluster, and which of their addresses have ever answered here."""

    def __init__(self, client: Client, *, patience_s: float = SILENCE_S) -> None:
        self._client = client
        self._patience_s = patience_s
        self._reached: set[str] = set()
        self._tried_since: dict[str, float] = {}

    async def ask(self) -> Answers:
        """One round: every address that is listed, and a sample where that leaves servers out.

        A server that has answered before is awaited, for it may be another minor when it is back. One that has not
        for as long as `patience_s` is taken to be out of reach.

        Raises:
            ApiError: a server that can be reached did not answer.
            VersionError: an answer holds no minor.
        """
        addresses = await self._listed()
        if not addresses:
            return await sample(self._client)
        replies = await asyncio.gather(*(self._ask_one(one) for one in addresses))
        found = [reply for reply in replies if reply is not None]
        answers = _read(found)
        return answers if len(found) == len(addresses) else _joined(answers, await sample(self._client))

    async def _listed(self) -> tuple[str, ...]:
        slice_ = await self._client.get(paths.API_ENDPOINTS) or {}
        ports = slice_.get("ports") or ()
        return tuple(
            f"https://{_bracketed(address)}:{ports[0]['port']}"
            for endpoint in slice_.get("endpoints") or ()
            for address in endpoint["addresses"]
            if ports
        )

    async def _ask_one(self, server: str) -> Manifest | None:
        """Its answer; None when it is out of reach.

        Raises:
            ApiError: it has answered before, or may yet answer for the first time.
        """
        time = asyncio.get_running_loop().time()
        try:
            answer = await self._client.get_from(server, paths.VERSION_INFO)
        except ApiError:
            since = self._tried_since.setdefault(server, time)
            if server in self._reached or time - since < self._patience_s:
                raise
            return None
        self._reached.add(server)
        return answer


async def sample(client: Client) -> Answers:
    """What the one address of the configuration answers over several new connections.

    Raises:
        ApiError: it did not answer.
        VersionError: an answer holds no minor.
    """
    return _read(await asyncio.gather(*(client.get_afresh(paths.VERSION_INFO) for _ in range(SAMPLES))))


def _read(answers: Iterable[dict[str, Any]]) -> Answers:
    found = tuple(answers)
    return Answers(
        minors=frozenset(effective_minor(answer) for answer in found),
        versions=frozenset(str(answer.get("gitVersion") or "") for answer in found),
    )


def _joined(one: Answers, other: Answers) -> Answers:
    return Answers(one.minors | other.minors, one.versions | other.versions)


def _bracketed(address: str) -> str:
    return f"[{address}]" if ":" in address else address
