"""What the DNS load counts, judged against a server on loopback."""

import io
import json
import socket
import threading
from collections.abc import Callable
from typing import Self

import dns.message
import dns.rcode
import dns.rrset
import pytest

from localcluster.dnsload import ANSWERED, FAILED, LOST, SERVFAIL, WRONG, Load, Tally, classify

Respond = Callable[[int, dns.message.Message], bytes | None]


def answer(
    query: dns.message.Message, rcode: dns.rcode.Rcode = dns.rcode.NOERROR, *, records: bool = True
) -> bytes:
    response = dns.message.make_response(query)
    response.set_rcode(rcode)
    if records:
        response.answer.append(dns.rrset.from_text(query.question[0].name, 30, "IN", "A", "192.0.2.1"))
    return response.to_wire()


QUERY = dns.message.make_query("known.test.", "A")


@pytest.mark.parametrize(
    "packet, outcome",
    [
        (answer(QUERY), ANSWERED),
        (answer(QUERY, records=False), WRONG),
        (answer(QUERY, dns.rcode.NXDOMAIN, records=False), WRONG),
        (answer(QUERY, dns.rcode.SERVFAIL, records=False), SERVFAIL),
        (answer(dns.message.make_query("known.test.", "A", id=(QUERY.id + 1) % 65536)), LOST),
        (QUERY.to_wire(), LOST),
        (b"", LOST),
        (answer(QUERY)[:11], LOST),
    ],
    ids=["answer", "empty", "denied", "servfail", "of another query", "a query", "nothing", "cut off"],
)
def test_a_packet_is_worth_what_a_client_gets_from_it(packet: bytes, outcome: str) -> None:
    assert classify(QUERY.id, packet) == outcome


@pytest.mark.parametrize(
    "outcomes, expected",
    [
        ([ANSWERED], {ANSWERED: 1}),
        ([LOST, ANSWERED], {LOST: 1}),
        ([LOST, LOST], {LOST: 1, FAILED: 1}),
        ([SERVFAIL, ANSWERED], {SERVFAIL: 1}),
        ([SERVFAIL, SERVFAIL], {SERVFAIL: 1, FAILED: 1}),
        ([LOST, SERVFAIL], {LOST: 1, FAILED: 1}),
        ([WRONG], {WRONG: 1}),
        ([LOST, WRONG], {LOST: 1, WRONG: 1}),
    ],
)
def test_a_lookup_fails_only_when_both_attempts_do(outcomes: list[str], expected: dict[str, int]) -> None:
    tally = Tally()
    again = [tally.record(outcome, attempt, 1.0) for attempt, outcome in enumerate(outcomes, 1)]
    assert dict(tally.counts) == expected
    assert again == [True] * (len(outcomes) - 1) + [False]


def test_quantiles_are_of_answered_first_attempts() -> None:
    tally = Tally()
    for milliseconds in range(1, 101):
        tally.record(ANSWERED, 1, float(milliseconds))
    tally.record(LOST, 1, 2000.0)
    report = tally.report()
    assert (report["p50_ms"], report["p99_ms"]) == (51.0, 100.0)


class Server:
    """A DNS server on loopback that counts its queries; `respond` gets the number of the query, from 0."""

    def __init__(self, respond: Respond) -> None:
        self.queries = 0
        self._respond = respond
        self._listener = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._thread = threading.Thread(target=self._serve)

    def __enter__(self) -> Self:
        self._listener.bind(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stopper:
            stopper.sendto(b"stop", self._listener.getsockname())
        self._thread.join()
        self._listener.close()

    def _serve(self) -> None:
        while True:
            packet, client = self._listener.recvfrom(4096)
            if packet == b"stop":
                return
            reply = self._respond(self.queries, dns.message.from_wire(packet))
            self.queries += 1
            if reply is not None:
                self._listener.sendto(reply, client)


def run(port: int, timeout: float) -> dict[str, float]:
    output = io.StringIO()
    Load(("127.0.0.1", port), ["known.test"], rate=1000.0, timeout=timeout).run(output, duration=0.03)
    found: dict[str, float] = json.loads(output.getvalue().splitlines()[-1])["summary"]
    return found


NEVER = 3600.0
"""A timeout that no test waits for."""


@pytest.mark.parametrize(
    "respond, timeout, expected",
    [
        (lambda _, query: answer(query), NEVER, {"attempts": 1, "answered": 1, "lost": 0, "failed": 0}),
        (lambda _, _query: None, 0.02, {"attempts": 2, "answered": 0, "lost": 1, "failed": 1}),
        (
            lambda _, query: answer(query, dns.rcode.SERVFAIL, records=False),
            NEVER,
            {"attempts": 2, "answered": 0, "servfail": 1, "failed": 1},
        ),
    ],
    ids=["healthy", "silent", "failing"],
)
def test_a_run_counts_every_lookup_once(respond: Respond, timeout: float, expected: dict[str, int]) -> None:
    with Server(respond) as server:
        result = run(server.port, timeout)
    result["attempts"] = server.queries
    assert result["sent"] > 0
    assert {name: result[name] / result["sent"] for name in expected} == expected


def test_a_lost_packet_is_counted_and_made_good_by_the_second_attempt() -> None:
    with Server(lambda number, query: None if number == 0 else answer(query)) as server:
        result = run(server.port, timeout=0.2)
    assert (result["lost"], result["failed"]) == (1, 0)
    assert result["answered"] == result["sent"] - 1
    assert server.queries == result["sent"] + 1


def test_a_closed_port_is_a_failure_at_once() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    result = run(port, NEVER)
    assert result["sent"] > 0
    assert result["failed"] == result["sent"]
