"""Runs a round of probes: each question goes to the prober that understands it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Final

from addon_updater.addons.coredns.questions import Question
from addon_updater.probes import http
from addon_updater.probes.dns import MAX_IN_FLIGHT, ask
from addon_updater.rollout.gate import HttpQuestion, Probe, Reply, Unasked

ROUND_S: Final = 45.0
"""Seconds for a whole round, however many servers are silent: a pass counts as stuck after 120."""

Prober = Callable[[Sequence[Probe], str], Awaitable[tuple[Reply, ...]]]


def prober(credentials: Path | None, *, round_s: float = ROUND_S) -> Prober:
    """A prober that takes the tokens of HTTP questions from files of that folder."""

    async def run_probes(probes: Sequence[Probe], token: str) -> tuple[Reply, ...]:
        """The reply to every probe, in the order asked; the network's failures are answers, not errors."""
        slots = asyncio.Semaphore(MAX_IN_FLIGHT)
        end = asyncio.get_running_loop().time() + round_s

        async def one(probe: Probe) -> object:
            try:
                async with asyncio.timeout_at(end), slots:
                    return await _ask(probe, credentials, token)
            except TimeoutError:
                return Unasked(f"not asked: the {round_s:g} s of the whole round were over")

        asked = {_wire(probe): probe for probe in probes}
        answers = await asyncio.gather(*(one(probe) for probe in asked.values()))
        said = dict(zip(asked, answers, strict=True))
        return tuple(Reply(probe, said[_wire(probe)]) for probe in probes)

    return run_probes


def _wire(probe: Probe) -> tuple[str, object]:
    """What goes over the network: two gates that read the same page of a server share its answer."""
    return probe.server, getattr(probe.question, "http", probe.question)


async def _ask(probe: Probe, credentials: Path | None, token: str) -> object:
    if isinstance(probe.question, Question):
        return await ask(probe.server, probe.question)
    asked = getattr(probe.question, "http", None)
    if isinstance(asked, HttpQuestion):
        return await http.get(probe.server, asked, _token(asked, credentials, token))
    raise TypeError(f"no prober understands {type(probe.question).__name__}")


def _token(question: HttpQuestion, credentials: Path | None, name: str) -> str | None:
    return http.read_token(credentials, name) if question.with_token and credentials is not None else None
