"""Budgets, quotas, limits and claims of a governed namespace, asked once a minute at most, however many workloads it has."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import NamedTuple, TypeVar

from addon_updater.cluster import paths
from addon_updater.cluster.client import Client, Manifest
from addon_updater.errors import ApiError
from addon_updater.rollout.claims import has_claims
from addon_updater.rollout.surroundings import (
    BUDGETS,
    CLAIMS,
    LIMITS,
    QUOTAS,
    Surroundings,
    read_budget,
    read_claim,
    read_limits,
    read_quota,
)
from addon_updater.rollout.workload import Workload

_FRESH_S = 60.0
_REFUSAL_FRESH_S = 5.0
"""An API server that has just started refuses everybody for a moment."""
_FORBIDDEN = 403
Value = TypeVar("Value")


class _Kept(NamedTuple):
    """What was heard, until when by the loop's clock it counts, and which words of people it came after.

    `values` is None for what may not be read.
    """

    until: float
    heard: frozenset[str | None]
    values: tuple[object, ...] | None


class SurroundingsCache:
    """What else is in the namespaces of the governed workloads."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._kept: dict[str, _Kept] = {}

    async def of(self, workload: Workload, *, asked: str | None = None) -> Surroundings:
        """The surroundings, at most a minute old; never those from before `asked`, a person's last word for new ones.

        Raises:
            TransientError: the API server did not answer.
        """
        namespace = workload.namespace
        unread: list[str] = []

        async def listed(
            kind: str, path: str, read: Callable[[Manifest], Iterable[Value]]
        ) -> tuple[Value, ...]:
            values = await self._list(path, read, asked)
            if values is None:
                unread.append(kind)
            return values or ()

        budgets, quotas, limits = await asyncio.gather(
            listed(BUDGETS, paths.budgets(namespace), lambda one: (read_budget(one),)),
            listed(QUOTAS, paths.quotas(namespace), lambda one: (read_quota(one),)),
            listed(LIMITS, paths.limit_ranges(namespace), read_limits),
        )
        claims = (
            await listed(CLAIMS, paths.claims(namespace), lambda one: (read_claim(one),))
            if has_claims(workload)
            else ()
        )
        return Surroundings(budgets, quotas, limits, claims, tuple(sorted(unread)))

    async def _list(
        self,
        path: str,
        read: Callable[[Manifest], Iterable[Value]],
        asked: str | None,
    ) -> tuple[Value, ...] | None:
        """The values behind a path; None when they may not be listed, which is kept as well."""
        time = asyncio.get_running_loop().time()
        fresh = {key: one for key, one in self._kept.items() if time < one.until}
        kept = fresh.get(path)
        heard = kept.heard if kept is not None else frozenset()
        if kept is not None and (asked is None or asked in heard):
            return kept.values  # type: ignore[return-value]  # a path has one reader
        values: tuple[Value, ...] | None
        try:
            values = tuple(value for one in await self._client.list(path) for value in read(one))
        except ApiError as error:
            # The command line has an error of its own for what the person may not read.
            if error.status != _FORBIDDEN:
                raise
            values = None
        until = time + (_FRESH_S if values is not None else _REFUSAL_FRESH_S)
        self._kept = {**fresh, path: _Kept(until, heard | {asked}, values)}
        return values
