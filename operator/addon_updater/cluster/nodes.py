"""What the nodes tell about the cluster: who built it, and how old its kubelets are.

The leader lists the nodes in pages now and then instead of watching them, since their status changes every few
seconds, and keeps of each page only what `read_nodes` sums up.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable

from addon_updater import metrics
from addon_updater.cluster import paths
from addon_updater.cluster.client import Client
from addon_updater.errors import ApiError
from addon_updater.resolve.nodes import ClusterFacts, Nodes, read_nodes
from addon_updater.resolve.vendor import DNS_DEPLOYMENT, Evidence, recognize

_LOG = logging.getLogger(__name__)
EVERY_S = 600.0
RETRY_S = 5.0
"""After a failure: a server that has just started refuses everybody for a second or so."""
KEPT_S = 1800.0
"""How long counts what was seen before looks began to fail."""
FIRST_LOOK_S = 10.0
"""How long passes wait for the first look, lest every restart tells less than before and then the same again."""
PAGE = 50
"""Nodes in one answer. One of them may be 30 kB, most of it names of images."""


class NodeWatch:
    """Looks while this replica holds the Lease. `versions` gives the gitVersions of the API servers."""

    def __init__(
        self,
        client: Client,
        *,
        versions: Callable[[], frozenset[str]],
        may_look: Callable[[], bool],
        changed: Callable[[], None],
    ) -> None:
        self._client = client
        self._versions = versions
        self._may_look = may_look
        self._changed = changed
        self._due = asyncio.Event()
        self._looked = asyncio.Event()
        self._seen_at = 0.0
        self._writers: frozenset[str] = frozenset()
        self._told: ClusterFacts | None = None
        self.nodes: Nodes | None = None
        """None: nobody knows them, and `problem` says why."""
        self.problem = "the operator has not looked at the nodes yet"

    @property
    def facts(self) -> ClusterFacts:
        """What is known now."""
        nodes = self.nodes or Nodes()
        evidence = Evidence(self._versions(), nodes.facts, self._writers)
        return ClusterFacts(recognize(evidence), nodes.kubelets)

    def wake(self) -> None:
        """This replica leads from now on."""
        self._due.set()

    def forget(self) -> None:
        """Show nothing any more: from now on another replica does."""
        metrics.forget_cluster()

    async def first_look(self) -> None:
        """Wait until the nodes were seen once, for some seconds at most."""
        try:
            await asyncio.wait_for(self._looked.wait(), FIRST_LOOK_S)
        except TimeoutError:
            self._looked.set()

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            self._due.clear()
            wait = await self._try() if self._may_look() else EVERY_S
            try:
                await asyncio.wait_for(self._due.wait(), wait * random.uniform(0.8, 1.0))  # noqa: S311 - jitter
            except TimeoutError:
                continue

    async def _try(self) -> float:
        """Look, and tell what is new; the answer is when to look again."""
        wait = EVERY_S
        try:
            await self._look()
        except ApiError as error:
            _LOG.warning("the nodes cannot be read: %s", error)
            wait = RETRY_S if not self._looked.is_set() else EVERY_S / 10
            if self.nodes is None or asyncio.get_running_loop().time() - self._seen_at >= KEPT_S:
                self.nodes, self.problem = None, f"the nodes cannot be read: {error}"
        if self._may_look():
            self._tell()
        return wait

    async def _look(self) -> None:
        """One look.

        Raises:
            ApiError: something of it cannot be read; nothing has changed then.
        """
        nodes, writers = await asyncio.gather(list_nodes(self._client), dns_writers(self._client))
        self.nodes, self._writers = nodes, writers
        self._seen_at = asyncio.get_running_loop().time()
        self._looked.set()

    def _tell(self) -> None:
        facts = self.facts
        kubelets = facts.kubelets
        metrics.show_cluster(
            facts.recognized.vendor.value,
            (kubelets.oldest.minor, kubelets.newest.minor) if kubelets is not None else None,
        )
        if facts != self._told:
            _LOG.info("the cluster is of vendor %s: %s", *_words(facts))
            self._told = facts
            self._changed()


async def list_nodes(client: Client) -> Nodes:
    """All nodes together.

    Raises:
        ApiError: they cannot be read.
    """
    nodes = Nodes()
    async for page in client.pages(paths.NODES, size=PAGE):
        nodes = nodes.joined(read_nodes(page))
    return nodes


async def dns_writers(client: Client) -> frozenset[str]:
    """The field managers of CoreDNS' Deployment; none when there is no such Deployment.

    Raises:
        ApiError: it cannot be read.
    """
    deployment = await client.get(paths.deployment(*DNS_DEPLOYMENT)) or {}
    managed = (deployment.get("metadata") or {}).get("managedFields") or ()
    return frozenset(str(one.get("manager") or "") for one in managed)


def _words(facts: ClusterFacts) -> tuple[str, str]:
    kubelets = facts.kubelets or "unknown"
    return facts.recognized.vendor.value, f"{facts.recognized.because}; kubelets {kubelets}"
