"""What has failed lately anywhere in the cluster, as far as a person may read it, and what follows for all updates."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from addon_updater.api.operator_settings import CircuitBreaker
from addon_updater.cli.reader import Reader, missing_right
from addon_updater.cluster import paths
from addon_updater.cluster.breaker import read_failures
from addon_updater.cluster.store import Store
from addon_updater.errors import ApiError
from addon_updater.rollout.breaker import Breaker, Failure, judge_breaker


@dataclass(frozen=True, slots=True)
class SeenFailures:
    """The circuit breaker as far as it can be seen from here; `skipped` says what cannot."""

    breaker: Breaker
    skipped: tuple[str, ...]


async def look_for_failures(
    reader: Reader, store: Store, terms: CircuitBreaker, now: datetime
) -> SeenFailures:
    """Read the revisions of every namespace with an AddonRelease and judge what they tell.

    Raises:
        ApiError: the API server does not answer.
    """
    found: list[Failure] = []
    skipped = []
    for namespace in sorted({key.namespace for key in store.releases}):
        try:
            found += _of_known(store, (await read_failures(reader, namespace)).values())
        except ApiError as error:
            if error.status != 403:
                raise
            right = missing_right(paths.revisions(namespace))
            skipped.append(f"failures that could pause all updates: you may not {right}")
    return SeenFailures(judge_breaker(found, store.breaker_resets, terms, now), tuple(skipped))


def _of_known(store: Store, failures: Iterable[tuple[Failure, ...]]) -> list[Failure]:
    """Without those of releases that are gone."""
    return [one for some in failures for one in some if one.of in store.releases]
