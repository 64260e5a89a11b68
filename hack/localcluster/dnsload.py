"""Asks cluster DNS at a steady rate from fresh sockets and counts what a client would have missed.

Run inside a node: `node.popen([sys.executable, "-m", "localcluster.dnsload", "--output", FILE])`. Writes one JSON
line per second and, after SIGTERM, SIGINT or `--duration`, one line `{"summary": ...}`. It also ends when its
parent does.

Every lookup behaves like a standard stub resolver with two attempts (resolv.conf(5), `options attempts:2`).
`lost` counts first attempts without an answer in time, `servfail` first attempts answered SERVFAIL, `wrong`
lookups answered with anything but an address, `failed` lookups for which both attempts were in vain.
"""

import argparse
import heapq
import json
import os
import select
import signal
import socket
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import TextIO

import dns.message
import dns.rdatatype

from localcluster.layout import CLUSTER_DOMAIN, DNS_SERVICE_ADDRESS

KUBERNETES_NAME = f"kubernetes.default.svc.{CLUSTER_DOMAIN}"
ANSWERED, SERVFAIL, WRONG, LOST, FAILED = "answered", "servfail", "wrong", "lost", "failed"
_ATTEMPTS = 2
_RCODE_SERVFAIL = 2


def classify(query_id: int, packet: bytes) -> str:
    """What a response is worth: `answered` needs NOERROR and at least one record (RFC 1035, section 4.1.1).

    A packet that is no response to this query is `lost`: it does not answer it.
    """
    if len(packet) < 12 or int.from_bytes(packet[:2], "big") != query_id or not packet[2] & 0x80:
        return LOST
    rcode, answers = packet[3] & 0x0F, int.from_bytes(packet[6:8], "big")
    if rcode == _RCODE_SERVFAIL:
        return SERVFAIL
    return ANSWERED if rcode == 0 and answers else WRONG


@dataclass
class Tally:
    """Counts of one second or of the whole run; latencies in milliseconds, of answered first attempts."""

    counts: Counter[str] = field(default_factory=Counter)
    latencies: list[float] = field(default_factory=list)

    def record(self, outcome: str, attempt: int, milliseconds: float) -> bool:
        """Count the end of one attempt; tell whether the resolver would try again."""
        final = attempt == _ATTEMPTS
        if attempt == 1:
            self.counts[outcome] += 1
            if outcome == ANSWERED:
                self.latencies.append(milliseconds)
        elif outcome == WRONG:
            self.counts[WRONG] += 1
        in_vain = outcome in (LOST, SERVFAIL)
        if in_vain and final:
            self.counts[FAILED] += 1
        return in_vain and not final

    def report(self) -> dict[str, float]:
        ordered = sorted(self.latencies)
        quantiles = {
            f"p{percent}_ms": round(ordered[min(len(ordered) - 1, len(ordered) * percent // 100)], 2)
            for percent in (50, 99)
            if ordered
        }
        return {
            name: self.counts[name] for name in ("sent", ANSWERED, LOST, SERVFAIL, WRONG, FAILED)
        } | quantiles


@dataclass
class _Attempt:
    name: str
    number: int
    query_id: int
    socket: socket.socket
    sent_at: float


class Load:
    """One run against one server; all times are seconds of the monotonic clock."""

    def __init__(self, server: tuple[str, int], names: list[str], rate: float, timeout: float) -> None:
        self._server = server
        self._names = names
        self._wire = {name: dns.message.make_query(name, dns.rdatatype.A).to_wire()[2:] for name in names}
        self._rate = rate
        self._timeout = timeout
        self._poll = select.epoll()
        self._open: dict[int, _Attempt] = {}
        self._deadlines: list[tuple[float, int, int]] = []
        self._sequence = 0
        self._stopping = False
        self.second = Tally()
        self.total = Tally()

    def stop(self, _signal: int = 0, _frame: FrameType | None = None) -> None:
        """Send nothing new; lookups under way still end."""
        self._stopping = True

    def run(self, output: TextIO, duration: float | None) -> None:
        """Ask until stopped or for `duration` seconds, then wait for what is open and write the summary."""
        start = last = time.monotonic()
        parent = os.getppid()
        sent = 0
        while True:
            now = time.monotonic()
            if os.getppid() != parent or (duration is not None and now - start >= duration):
                self.stop()
            if self._stopping and not self._open:
                break
            while not self._stopping and start + sent / self._rate <= now:
                self._send(self._names[sent % len(self._names)], 1)
                sent += 1
            self._expire(now)
            if now - last >= 1.0:
                self._write(output, {"at": round(now - start, 1), **self.second.report()})
                self.second, last = Tally(), now
            idle = 0.05 if self._stopping else start + sent / self._rate - time.monotonic()
            self._receive(max(0.0, min(idle, 0.05)))
        self._write(
            output, {"summary": {"seconds": round(time.monotonic() - start, 1), **self.total.report()}}
        )

    def _send(self, name: str, number: int) -> None:
        self._sequence += 1
        query_id = self._sequence & 0xFFFF
        client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        client.setblocking(False)
        attempt = _Attempt(name, number, query_id, client, time.monotonic())
        if number == 1:
            self._count_sent()
        try:
            client.connect(self._server)
            client.send(query_id.to_bytes(2, "big") + self._wire[name])
        except OSError:
            self._end(attempt, LOST)
            return
        self._open[client.fileno()] = attempt
        self._poll.register(client.fileno(), select.EPOLLIN)
        heapq.heappush(self._deadlines, (attempt.sent_at + self._timeout, client.fileno(), self._sequence))

    def _count_sent(self) -> None:
        for tally in (self.second, self.total):
            tally.counts["sent"] += 1

    def _receive(self, wait: float) -> None:
        for descriptor, _ in self._poll.poll(wait):
            attempt = self._open[descriptor]
            try:
                outcome = classify(attempt.query_id, attempt.socket.recv(4096))
            except OSError:
                # "Port unreachable": a stub resolver goes on to its next attempt at once.
                outcome = LOST
            self._end(self._open.pop(descriptor), outcome)

    def _expire(self, now: float) -> None:
        while self._deadlines and self._deadlines[0][0] <= now:
            _, descriptor, sequence = heapq.heappop(self._deadlines)
            attempt = self._open.get(descriptor)
            # The number may belong to a later socket by now.
            if attempt is not None and attempt.query_id == sequence & 0xFFFF:
                self._end(self._open.pop(descriptor), LOST)

    def _end(self, attempt: _Attempt, outcome: str) -> None:
        attempt.socket.close()
        milliseconds = (time.monotonic() - attempt.sent_at) * 1000
        again = self.second.record(outcome, attempt.number, milliseconds)
        self.total.record(outcome, attempt.number, milliseconds)
        if again:
            self._send(attempt.name, attempt.number + 1)

    def _write(self, output: TextIO, line: dict[str, object]) -> None:
        output.write(json.dumps(line) + "\n")
        output.flush()


def main(argv: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="dnsload", allow_abbrev=False)
    parser.add_argument("--server", default=DNS_SERVICE_ADDRESS)
    parser.add_argument("--port", type=int, default=53)
    parser.add_argument("--name", action="append", dest="names", help="name to ask for; may be repeated")
    parser.add_argument("--rate", type=float, default=200.0, help="lookups per second")
    parser.add_argument("--timeout", type=float, default=2.0, help="seconds per attempt")
    parser.add_argument("--duration", type=float, help="seconds; default: until SIGTERM")
    parser.add_argument("--output", type=Path, help="file; default: standard output")
    arguments = parser.parse_args(argv)
    load = Load(
        (arguments.server, arguments.port),
        arguments.names or [KUBERNETES_NAME],
        arguments.rate,
        arguments.timeout,
    )
    signal.signal(signal.SIGTERM, load.stop)
    signal.signal(signal.SIGINT, load.stop)
    if arguments.output is None:
        load.run(sys.stdout, arguments.duration)
    else:
        with arguments.output.open("w") as output:
            load.run(output, arguments.duration)


if __name__ == "__main__":
    main(sys.argv[1:])
