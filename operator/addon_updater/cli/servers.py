"""The minors of the cluster as they can be seen from a person's machine."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta

from addon_updater.api.versions import Minor
from addon_updater.cli.reader import Reader
from addon_updater.cluster.minors import SAMPLES, Answers, ApiServers, sample
from addon_updater.errors import ParseError, TransientError
from addon_updater.resolve import ClusterMinors, SettlingState, observe

_PATIENCE_S = 3.0
"""Seconds for all API servers by their own addresses, which a laptop as a rule cannot reach."""
_SETTLE_TIME = timedelta(minutes=10)
_ONLY_ONE = "the minor of every API server: only the one at {server} was asked, over {count} connections, because {why}"


@dataclass(frozen=True, slots=True)
class Servers:
    """What the API servers answered; `skipped` says why not all of them were asked."""

    minors: ClusterMinors
    skipped: str | None
    versions: frozenset[str] = frozenset()
    """Their gitVersions."""


async def look_at_servers(reader: Reader, remembered: str | None, now: datetime) -> Servers:
    """Ask every API server, else the one that the kubeconfig names.

    `remembered` is the settled minor that the operator has told last; a different answer has yet to settle.

    Raises:
        ApiError: not even that one answers.
        VersionError: its answer holds no minor.
    """
    answers, skipped = await _ask(reader)
    before = SettlingState(_minor(remembered)) if remembered else None
    settled = observe(before, answers.minors, now, _SETTLE_TIME).settled
    return Servers(ClusterMinors(answers.minors, settled), skipped, answers.versions)


async def _ask(reader: Reader) -> tuple[Answers, str | None]:
    if not reader.configuration.verify_ssl:
        # Their addresses may belong to another machine on this network, and a token goes with each request.
        why = "the kubeconfig verifies no certificate"
    else:
        try:
            return await asyncio.wait_for(ApiServers(reader).ask(), _PATIENCE_S), None
        except (TransientError, TimeoutError):
            why = "the others cannot be reached from here by their own addresses"
    return await sample(reader), _ONLY_ONE.format(server=reader.server, count=SAMPLES, why=why)


def _minor(text: str) -> Minor | None:
    try:
        return Minor.parse(text)
    except ParseError:
        return None
