"""Free ports of this host: unlike a node's own network, loopback is shared with whatever else runs here."""

import secrets
import socket
from pathlib import Path

_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")
_BELOW = 10_000
"""How many ports to draw from."""


def free_port() -> int:
    """A port that nobody listens on right now.

    It is drawn from below those that connections get by themselves: of these one may be in use by the time that a
    process has started which is to listen on it.
    """
    first = int(_RANGE.read_text().split()[0])
    while True:
        port = first - 1 - secrets.randbelow(_BELOW)
        try:
            with socket.create_server(("", port)):
                return port
        except OSError:
            continue
