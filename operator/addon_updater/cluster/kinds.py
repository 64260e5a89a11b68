"""Whether our own kinds are there: Kopf only warns about a kind that is missing at its start and never watches it."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from datetime import timedelta

from addon_updater.cluster import paths
from addon_updater.cluster.client import Client
from addon_updater.errors import TransientError

_LOG = logging.getLogger(__name__)

RETRY = timedelta(seconds=2)


async def await_our_kinds(client: Client, stopping: asyncio.Event, *, retry: timedelta = RETRY) -> None:
    """Ask for our kinds until the API server answers, or until told to stop.

    A server that is away or overloaded must not end the process: the kubelet lets every next start wait longer,
    up to five minutes, and the server may be back meanwhile.

    Raises:
        ApiError: they are not installed, or may not be read.
    """
    for path in (paths.releases(), paths.CATALOGS):
        while not stopping.is_set():
            try:
                await client.list(path)
                break
            except TransientError as error:
                _LOG.warning("the API server does not answer yet: %s", error)
            with suppress(TimeoutError):
                await asyncio.wait_for(stopping.wait(), retry.total_seconds())
