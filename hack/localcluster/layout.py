"""Where things lie in a cluster's state folder, and the addresses inside a node's network namespace."""

from dataclasses import dataclass
from pathlib import Path

from localcluster.errors import UsageError
from localcluster.levels import Level

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
LOOPBACK = "127.0.0.1"

_SOCKET_PATH_LIMIT = 107
"""Longest path of a Unix socket in bytes; source: unix(7), sun_path less its terminating zero."""


@dataclass(frozen=True)
class Ports:
    """Where the control plane listens: etcd on loopback, the API server on the address of its level."""

    api: int
    etcd: int
    etcd_peer: int


NODE_PORTS = Ports(api=API_PORT, etcd=2379, etcd_peer=2380)
"""Inside a network namespace of its own nobody else can hold them."""


@dataclass(frozen=True)
class Layout:
    """Paths below one cluster's state folder."""

    root: Path

    def check(self, level: Level) -> None:
        """Refuse a folder that cannot work.

        Raises:
            UsageError: the path is too long for a Unix socket, or lies under /run, which a node covers.
        """
        if len(bytes(self.control_socket)) > _SOCKET_PATH_LIMIT:
            raise UsageError(f"--state-dir: {self.root} is too long for a Unix socket; choose a shorter path")
        if level is Level.NODE and self.root.resolve().is_relative_to("/run"):
            raise UsageError(f"--state-dir: {self.root} lies under /run, which a node covers; choose another")

    @property
    def spec(self) -> Path:
        return self.root / "cluster.json"

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
