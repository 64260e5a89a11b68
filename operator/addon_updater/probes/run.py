"""Runs a round of probes: each question goes to the prober that understands it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from addon_updater.addons.coredns.questions import Question
from addon_updater.probes import http
from addon_updater.probes.dns import MAX_IN_FLIGHT, ask
from addon_updater.rollout.gate import HttpQuestion, Probe, Reply


def prober(credentials: Path | None) -> Callable[[Sequence[Probe], str], Awaitable[tuple[Reply, ...]]]:
    """A prober that takes the tokens of HTTP questions from files of that folder."""

    async def run_probes(probes: Sequence[Probe], token: str) -> tuple[Reply, ...]:
        """The reply to every probe, in the order asked; the network's failures are answers, not errors."""
        slots = asyncio.Semaphore(MAX_IN_FLIGHT)

        async def one(probe: Probe) -> Reply:
            async with slots:
                return Reply(probe, await _ask(probe, credentials, token))

        return tuple(await asyncio.gather(*(one(probe) for probe in probes)))

    return run_probes


async def _ask(probe: Probe, credentials: Path | None, token: str) -> object:
    if isinstance(probe.question, Question):
        return await ask(probe.server, probe.question)
    asked = getattr(probe.question, "http", None)
    if isinstance(asked, HttpQuestion):
        return await http.get(probe.server, asked, _token(asked, credentials, token))
    raise TypeError(f"no prober understands {type(probe.question).__name__}")


def _token(question: HttpQuestion, credentials: Path | None, name: str) -> str | None:
    return http.read_token(credentials, name) if question.with_token and credentials is not None else None
