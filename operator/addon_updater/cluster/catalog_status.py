"""Tells every AddonCatalog in its status what became of it, and keeps its accepted serial there."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from addon_updater import metrics
from addon_updater.api.meta import API_VERSION
from addon_updater.catalog.stack import CatalogStack, SeenCatalog
from addon_updater.catalog.standing import catalog_status, is_fresh
from addon_updater.cluster import clock, paths
from addon_updater.cluster.client import Client
from addon_updater.errors import ApiError

_LOG = logging.getLogger(__name__)
LOOK_AGAIN_S = 600.0
"""A catalog expires without an event."""
AGAIN_S = 10.0
"""After a write that failed."""


class CatalogStatusWriter:
    """Writes while this replica holds the Lease; a standby only keeps its metric."""

    def __init__(self, client: Client, stack: CatalogStack, *, may_write: Callable[[], bool]) -> None:
        self._client = client
        self._stack = stack
        self._may_write = may_write
        self._due = asyncio.Event()

    def wake(self) -> None:
        """Something was seen, or the Lease has become ours."""
        self._due.set()

    async def run(self) -> None:
        """Write until cancelled."""
        while True:
            done = await self._tell_all()
            try:
                await asyncio.wait_for(self._due.wait(), LOOK_AGAIN_S if done else AGAIN_S)
            except TimeoutError:
                continue

    async def _tell_all(self) -> bool:
        """Whether nothing is left to write."""
        self._due.clear()
        seen, now = self._stack.seen(), clock.now()
        metrics.CATALOG_FRESH.set(int(all(is_fresh(one, now) for one in seen)))
        done = True
        for one in seen:
            if not self._may_write():
                return True
            try:
                await self._tell(one)
            except ApiError as error:
                _LOG.warning("the status of AddonCatalog %s could not be written: %s", one.name, error)
                done = False
            except Exception:  # noqa: BLE001 - a defect of the report must not stop the updates; it is logged
                _LOG.exception("the status of AddonCatalog %s could not be made", one.name)
                done = False
        return done

    async def _tell(self, seen: SeenCatalog) -> None:
        status = catalog_status(seen, clock.now()).to_wire()
        if status == seen.status:
            return
        body = {
            "apiVersion": API_VERSION,
            "kind": "AddonCatalog",
            "metadata": {"name": seen.name, "uid": seen.uid},
            "status": status,
        }
        await self._client.apply(f"{paths.CATALOGS}/{seen.name}/status", body)
