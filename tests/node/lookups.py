"""A steady trickle of DNS lookups through the Service address, as clients of the cluster send it."""

import json
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from localcluster import Node

NAMES = ("kubernetes.default.svc.cluster.local", "mainframe.example", "db.corp.example")


@contextmanager
def steady_lookups(node: Node, output: Path, names: tuple[str, ...] = NAMES) -> Iterator[dict[str, int]]:
    """Ask all the while; when left, the dictionary holds what was counted (see localcluster.dnsload).

    `silent` counts the seconds in which nothing was answered.
    """
    asked = [part for name in names for part in ("--name", name)]
    command = [sys.executable, "-m", "localcluster.dnsload", "--rate", "50", *asked, "--output", str(output)]
    counted: dict[str, int] = {}
    process = node.popen(command)
    try:
        yield counted
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)
        *seconds, last = map(json.loads, output.read_text().splitlines())
        counted.update(last["summary"])
        counted["silent"] = sum(second["sent"] > 0 and not second["answered"] for second in seconds)
    finally:
        process.kill()
        process.wait()
