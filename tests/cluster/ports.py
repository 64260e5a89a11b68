"""Free ports of this host: unlike a node's own network, loopback is shared with whatever else runs here."""

import socket


def free_port() -> int:
    """A loopback port that nobody listens on right now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
