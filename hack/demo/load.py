"""The DNS load that runs through the whole demo, and what it has counted so far."""

from __future__ import annotations

import json
import signal
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from localcluster import Node

RATE = 200
NAMES = ("kubernetes.default.svc.cluster.local", "mainframe.example", "db.corp.example")


class DnsLoad:
    """200 lookups a second through the Service address, each from a new socket."""

    def __init__(self, node: Node, output: Path) -> None:
        self._output = output
        names = [part for name in NAMES for part in ("--name", name)]
        arguments = ["--rate", str(RATE), *names, "--output", str(output)]
        self._process = node.popen([sys.executable, "-m", "localcluster.dnsload", *arguments])

    def so_far(self) -> Counter[str]:
        """Everything counted since the start."""
        total: Counter[str] = Counter()
        for line in self._lines():
            if "summary" not in line:
                total.update({key: int(value) for key, value in line.items() if key in _COUNTED})
        return total

    def last_seconds(self, seconds: int) -> Counter[str]:
        """What the last so many full seconds counted."""
        total: Counter[str] = Counter()
        for line in [line for line in self._lines() if "summary" not in line][-seconds:]:
            total.update({key: int(value) for key, value in line.items() if key in _COUNTED})
        return total

    def stop(self) -> dict[str, Any]:
        """End the load; its own summary."""
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(timeout=15)
        summary: dict[str, Any] = next(line["summary"] for line in self._lines() if "summary" in line)
        return summary

    def kill(self) -> None:
        """End the load at once."""
        self._process.kill()
        self._process.wait()

    def _lines(self) -> list[dict[str, Any]]:
        if not self._output.exists():
            return []
        complete = self._output.read_text().rpartition("\n")[0].splitlines()
        return [json.loads(line) for line in complete if line]


_COUNTED = ("sent", "lost", "servfail", "wrong", "failed")
