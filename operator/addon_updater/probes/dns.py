"""Asks DNS servers, each time from a new socket, and turns every failure of the network into a value."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Mapping
from typing import Final, cast

import dns.asyncquery
import dns.exception
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rdtypes.IN.A
import dns.rdtypes.IN.AAAA

from addon_updater.addons.coredns.questions import Question
from addon_updater.addons.coredns.verdict import Answer

DEFAULT_TIMEOUT_S: Final = 2.0
DEFAULT_TRIES: Final = 3
MAX_IN_FLIGHT: Final = 16
"""Questions that `ask_all` has on the wire at once."""

__all__ = ["Answer", "ask", "ask_all"]


async def ask(
    server: str,
    question: Question,
    *,
    timeout_s: float = DEFAULT_TIMEOUT_S,
    tries: int = DEFAULT_TRIES,
    port: int = 53,
) -> Answer:
    """Put `question` to `server` (an IP address), up to `tries` times until something arrives.

    A server that answers at all is not asked again, whatever it says. Takes at most `tries` x `timeout_s`;
    raises nothing that the network or the server can cause.
    """
    started = time.monotonic()
    error = "not asked"
    for _ in range(tries):
        try:
            response = await _query(server, question, timeout_s=timeout_s, port=port)
        except (OSError, EOFError, ValueError, dns.exception.DNSException) as failure:
            error = f"{type(failure).__name__}: {failure}" if str(failure) else type(failure).__name__
            continue
        elapsed = time.monotonic() - started
        return Answer(dns.rcode.to_text(response.rcode()), _addresses(response), elapsed_s=elapsed)
    return Answer(None, error=error, elapsed_s=time.monotonic() - started)


async def ask_all(
    servers: Iterable[str],
    questions: Iterable[Question],
    *,
    timeout_s: float = DEFAULT_TIMEOUT_S,
    tries: int = DEFAULT_TRIES,
    port: int = 53,
) -> Mapping[tuple[str, Question], Answer]:
    """Put every question to every server, at most `MAX_IN_FLIGHT` at a time; raises as little as `ask`."""
    slots = asyncio.Semaphore(MAX_IN_FLIGHT)

    async def one(server: str, question: Question) -> Answer:
        async with slots:
            return await ask(server, question, timeout_s=timeout_s, tries=tries, port=port)

    asked = tuple(questions)
    pairs = list(dict.fromkeys((server, question) for server in servers for question in asked))
    answers = await asyncio.gather(*(one(*pair) for pair in pairs))
    return dict(zip(pairs, answers, strict=True))


async def _query(server: str, question: Question, *, timeout_s: float, port: int) -> dns.message.Message:
    query = dns.message.make_query(question.name, question.rdtype)
    transport = dns.asyncquery.tcp if question.tcp else dns.asyncquery.udp
    return await transport(query, server, timeout=timeout_s, port=port)


def _addresses(response: dns.message.Message) -> frozenset[str]:
    return frozenset(
        cast("dns.rdtypes.IN.A.A | dns.rdtypes.IN.AAAA.AAAA", record).address
        for records in response.answer
        if records.rdtype in {dns.rdatatype.A, dns.rdatatype.AAAA}
        for record in records
    )
