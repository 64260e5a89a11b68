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
    """Ask all the while; when left, the dictionary holds what was counted (see localcluster.dnsload)."""
    asked = [part for name in names for part in ("--name", name)]
    command = [sys.executable, "-m", "localcluster.dnsload", "--rate", "50", *asked, "--output", str(output)]
    counted: dict[str, int] = {}
    process = node.popen(command)
    try:
        yield counted
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)
        counted.update(json.loads(output.read_text().splitlines()[-1])["summary"])
    finally:
        process.kill()
        process.wait()
