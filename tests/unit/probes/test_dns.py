from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import dns.message
import dns.rcode
import dns.rrset
import pytest

from addon_updater.addons.coredns.questions import Expect, Question
from addon_updater.probes import dns as probe
from addon_updater.probes.dns import ask, ask_all

UDP = Question("a/udp", "a.example.", "A", False, Expect.AS_BEFORE)
TCP = Question("a/tcp", "a.example.", "A", True, Expect.AS_BEFORE)

Reply = Callable[[dns.message.Message], bytes | None]


def records(*texts: str, rcode: str = "NOERROR") -> Reply:
    def reply(query: dns.message.Message) -> bytes:
        response = dns.message.make_response(query)
        response.set_rcode(dns.rcode.from_text(rcode))
        for text in texts:
            response.answer.append(dns.rrset.from_text("a.example.", 30, "IN", *text.split(maxsplit=1)))
        return response.to_wire()

    return reply


def another_id(query: dns.message.Message) -> bytes:
    query.id ^= 1
    return records("A 10.0.0.1")(query)


class Resolver(asyncio.DatagramProtocol):
    """A DNS server on loopback that counts its questions and says what the test wants."""

    def __init__(self, reply: Reply, *, silent_for: int = 0) -> None:
        self.reply, self.silent_for = reply, silent_for
        self.asked = self.in_flight = self.most_in_flight = 0
        self.clients: set[object] = set()
        self.delay_s = 0.0

    def connection_made(self, transport) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr) -> None:
        self.clients.add(addr)
        answer = self._answer(data)
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        asyncio.get_running_loop().call_later(self.delay_s, self._send, answer, addr)

    def _send(self, answer: bytes | None, addr) -> None:
        self.in_flight -= 1
        if answer is not None:
            self.transport.sendto(answer, addr)

    async def stream(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.clients.add(writer.get_extra_info("peername"))
        with contextlib.suppress(asyncio.IncompleteReadError):
            length = int.from_bytes(await reader.readexactly(2))
            answer = self._answer(await reader.readexactly(length))
            if answer is not None:
                writer.write(len(answer).to_bytes(2) + answer)
        writer.close()

    def _answer(self, data: bytes) -> bytes | None:
        self.asked += 1
        return None if self.asked <= self.silent_for else self.reply(dns.message.from_wire(data))


@asynccontextmanager
async def listening(resolver: Resolver) -> AsyncIterator[int]:
    server = await asyncio.start_server(resolver.stream, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: resolver, local_addr=("127.0.0.1", port)
    )
    try:
        yield port
    finally:
        transport.close()
        server.close()
        await server.wait_closed()


@pytest.mark.parametrize("question", [UDP, TCP], ids=["UDP", "TCP"])
@pytest.mark.parametrize(
    "reply, rcode, addresses",
    [
        (records("A 10.0.0.1", "A 10.0.0.2"), "NOERROR", {"10.0.0.1", "10.0.0.2"}),
        (records("CNAME b.example.", "AAAA fd00::1"), "NOERROR", {"fd00::1"}),
        (records(rcode="NXDOMAIN"), "NXDOMAIN", set()),
        (records(rcode="SERVFAIL"), "SERVFAIL", set()),
    ],
)
async def test_an_answer_is_taken_as_it_comes(question, reply, rcode, addresses):
    resolver = Resolver(reply)
    async with listening(resolver) as port:
        started = time.monotonic()
        answer = await ask("127.0.0.1", question, timeout_s=5, tries=3, port=port)
        elapsed_s = time.monotonic() - started
    assert (answer.rcode, answer.addresses, answer.error) == (rcode, addresses, None)
    assert 0 < answer.elapsed_s <= elapsed_s
    assert resolver.asked == 1


async def test_a_lost_packet_is_asked_again_from_a_new_socket():
    resolver = Resolver(records("A 10.0.0.1"), silent_for=2)
    async with listening(resolver) as port:
        answer = await ask("127.0.0.1", UDP, timeout_s=0.05, tries=3, port=port)
    assert answer.rcode == "NOERROR"
    assert resolver.asked == 3
    assert len(resolver.clients) == 3


@pytest.mark.parametrize(
    "reply, question, error",
    [
        (lambda _: None, UDP, "Timeout"),
        (lambda _: b"garbage", UDP, "Timeout|ShortHeader|BadResponse|FormError"),
        (another_id, UDP, "BadResponse|Timeout"),
        (lambda _: None, TCP, "EOFError|ConnectionResetError"),
        (lambda _: b"garbage", TCP, "ShortHeader|FormError|BadResponse"),
    ],
    ids=["silence", "garbage", "forged", "closed stream", "garbage in a stream"],
)
async def test_a_server_without_a_usable_answer_is_a_value_not_an_exception(reply, question, error):
    async with listening(Resolver(reply)) as port:
        answer = await ask("127.0.0.1", question, timeout_s=0.05, tries=2, port=port)
    assert answer.rcode is None
    assert answer.error is not None
    assert any(answer.error.startswith(name) for name in error.split("|")), answer.error


@pytest.mark.parametrize("question", [UDP, TCP], ids=["UDP", "TCP"])
async def test_nobody_listening_is_a_value_not_an_exception(question):
    async with listening(Resolver(records())) as port:
        pass
    answer = await ask("127.0.0.1", question, timeout_s=0.05, tries=2, port=port)
    assert answer.rcode is None
    assert answer.error


@pytest.mark.parametrize("server", ["", "no address", "256.0.0.1"])
async def test_a_server_that_is_no_address_is_a_value_not_an_exception(server):
    answer = await ask(server, UDP, timeout_s=0.05, tries=1)
    assert answer.rcode is None
    assert answer.error


async def test_every_question_goes_to_every_server_within_the_bound(monkeypatch):
    monkeypatch.setattr(probe, "MAX_IN_FLIGHT", 4)
    resolver = Resolver(records("A 10.0.0.1"))
    resolver.delay_s = 0.01
    questions = [
        Question(f"q{number}", f"q{number}.example.", "A", False, Expect.AS_BEFORE) for number in range(12)
    ]
    async with listening(resolver) as port:
        answers = await ask_all(["127.0.0.1", "127.0.0.1"], iter(questions), timeout_s=5, port=port)
    assert {question for _, question in answers} == set(questions)
    assert {answer.rcode for answer in answers.values()} == {"NOERROR"}
    assert 1 < resolver.most_in_flight <= 4
