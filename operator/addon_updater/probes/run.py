"""Runs a round of probes: each question goes to the prober that understands it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from addon_updater.addons.coredns.questions import Question
from addon_updater.probes.dns import MAX_IN_FLIGHT, ask
from addon_updater.rollout.gate import Probe, Reply


async def run_probes(probes: Sequence[Probe]) -> tuple[Reply, ...]:
    """The reply to every probe, in the order asked; the network's failures are answers, not errors."""
    slots = asyncio.Semaphore(MAX_IN_FLIGHT)

    async def one(probe: Probe) -> Reply:
        async with slots:
            return Reply(probe, await _ask(probe))

    return tuple(await asyncio.gather(*(one(probe) for probe in probes)))


async def _ask(probe: Probe) -> object:
    match probe.question:
        case Question() as question:
            return await ask(probe.server, question)
        case other:
            raise TypeError(f"no prober understands {type(other).__name__}")
