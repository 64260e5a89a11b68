"""Where things lie in a node's state folder, and the addresses inside its network namespace."""

from dataclasses import dataclass
from pathlib import Path

from localcluster.errors import UsageError

NODE_NAME = "node-1"
NODE_ADDRESS = "10.99.0.1"
API_PORT = 6443
API_SERVICE_ADDRESS = "10.96.0.1"
DNS_SERVICE_ADDRESS = "10.96.0.10"
SERVICE_RANGE = "10.96.0.0/16"
CLUSTER_RANGE = "10.244.0.0/16"
POD_RANGE = "10.244.0.0/24"
CLUSTER_DOMAIN = "cluster.local"
UNUSED_GATEWAY = "10.99.0.254"
UNREACHABLE_RESOLVER = "10.99.0.253"
"""The node's and CoreDNS's upstream resolver: refused at once, so that outside names fail fast, not by timeout."""
CONTAINERD_SOCKET = "/run/containerd/containerd.sock"

_SOCKET_PATH_LIMIT = 107
"""Longest path of a Unix socket in bytes; source: unix(7), sun_path less its terminating zero."""


@dataclass(frozen=True)
class Layout:
    """Paths below one node's state folder."""

    root: Path

    def check(self) -> None:
        """Refuse a folder that cannot work.

        Raises:
            UsageError: the path is too long for a Unix socket, or lies under /run, which the node covers.
        """
        if len(bytes(self.control_socket)) > _SOCKET_PATH_LIMIT:
            raise UsageError(f"--state-dir: {self.root} is too long for a Unix socket; choose a shorter path")
        if self.root.resolve().is_relative_to("/run"):
            raise UsageError(
                f"--state-dir: {self.root} lies under /run, which the node covers; choose another"
            )

    @property
    def spec(self) -> Path:
        return self.root / "node.json"

    @property
    def control_socket(self) -> Path:
        return self.root / "control.sock"

    @property
    def kubeconfig(self) -> Path:
        return self.root / "kubeconfig"

    @property
    def audit_log(self) -> Path:
        return self.root / "audit.log"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def keys(self) -> Path:
        return self.root / "keys"

    @property
    def config(self) -> Path:
        return self.root / "config"

    @property
    def data(self) -> Path:
        return self.root / "data"

    def kubeconfig_of(self, user: str) -> Path:
        return self.config / f"{user}.kubeconfig"
