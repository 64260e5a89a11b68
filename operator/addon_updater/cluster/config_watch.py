"""Watches the ConfigMaps of governed workloads, one by one by name.

Own code because Kopf takes one selector per kind: watching every ConfigMap of a cluster would cost memory with the
cluster and a permission that nobody should grant.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from addon_updater.cluster import paths
from addon_updater.cluster.client import Client
from addon_updater.cluster.queue import Key
from addon_updater.errors import ApiError

_LOG = logging.getLogger(__name__)
_AGAIN_S = 5.0
_AGAIN_AT_MOST_S = 300.0


class ConfigWatch:
    """One watch per release that has a ConfigMap; a change wakes the release."""

    def __init__(self, client: Client, wake: Callable[[Key], None]) -> None:
        self._client = client
        self._wake = wake
        self._followed: dict[Key, tuple[str, asyncio.Task[None]]] = {}

    def follow(self, key: Key, name: str | None, version: str | None = None) -> None:
        """Watch the ConfigMap of that name for this release, and no other; None watches nothing.

        `version` is the resourceVersion that the release was last decided on: a change between that look and the
        beginning of the watch wakes it too.
        """
        old = self._followed.get(key)
        if old is not None and old[0] == name:
            return
        if old is not None:
            old[1].cancel()
            del self._followed[key]
        if name is not None:
            task = asyncio.create_task(self._watch(key, name, version), name=f"config-{key.namespace}-{name}")
            self._followed[key] = (name, task)

    def stop(self) -> None:
        """End every watch."""
        for _, task in self._followed.values():
            task.cancel()
        self._followed.clear()

    async def _watch(self, key: Key, name: str, seen: str | None) -> None:
        pause = _AGAIN_S
        while True:
            try:
                async for version in self._client.versions(paths.config_maps(key.namespace), name):
                    if seen is not None and version != seen:
                        self._wake(key)
                    seen, pause = version, _AGAIN_S
            except ApiError as error:
                _LOG.info("ConfigMap %s/%s cannot be watched now: %s", key.namespace, name, error)
                pause = min(pause * 2, _AGAIN_AT_MOST_S)
            await asyncio.sleep(pause)
