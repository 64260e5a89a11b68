"""What a start puts on disk, and the supervisor it leaves running."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from localcluster.access import write_access
from localcluster.cluster import own_environment
from localcluster.components import api_address
from localcluster.configs import write_configs
from localcluster.keys import write_keys
from localcluster.kwok import write_stages
from localcluster.layout import LOOPBACK, NODE_PORTS, Layout, Ports
from localcluster.levels import Level
from localcluster.overlay import can_overlay
from localcluster.processes import MARK
from localcluster.spec import Spec, write_spec

_ISOLATION = ("unshare", "--net", "--mount", "--pid", "--fork", "--mount-proc", "--propagation", "private")


def launch(layout: Layout, level: Level, minor: str, programs: dict[str, str], name: str) -> None:
    """Start the supervisor of a new cluster, which starts everything else."""
    for folder in (layout.logs, layout.config, layout.data / "etcd"):
        folder.mkdir(mode=0o700, parents=True)
    write_keys(layout.keys)
    if level is Level.NODE:
        _launch_node(layout, minor, programs, name)
    else:
        _launch_control_plane(layout, minor, programs, name)


def _launch_node(layout: Layout, minor: str, programs: dict[str, str], name: str) -> None:
    snapshotter = "overlayfs" if can_overlay(layout.data) else "native"
    spec = Spec(name, Level.NODE, minor, programs, NODE_PORTS, snapshotter)
    with socket.create_server((LOOPBACK, 0), backlog=256) as listener:
        write_configs(layout, snapshotter)
        _supervise(layout, spec, [listener], api_port=listener.getsockname()[1], isolation=_ISOLATION)


def _launch_control_plane(layout: Layout, minor: str, programs: dict[str, str], name: str) -> None:
    write_stages(layout)
    with _held_port() as api, _held_port() as etcd, _held_port() as peer:
        holders = [api, etcd, peer]
        ports = Ports(*(holder.getsockname()[1] for holder in holders))
        spec = Spec(name, Level.CONTROL_PLANE, minor, programs, ports)
        _supervise(layout, spec, holders, api_port=ports.api)


@contextmanager
def _held_port() -> Iterator[socket.socket]:
    """A free loopback port that the kernel gives to nobody else while the socket is open.

    It is bound and never listens, so it takes no connection; a program of this user that asks to share the port
    (SO_REUSEPORT of socket(7)) can listen there, and come back after it was killed.
    """
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        holder.bind((LOOPBACK, 0))
        yield holder


def _supervise(
    layout: Layout,
    spec: Spec,
    descriptors: list[socket.socket],
    *,
    api_port: int,
    isolation: tuple[str, ...] = (),
) -> None:
    inside = f"https://{api_address(spec.level)}:{spec.ports.api}"
    write_access(layout, spec.level, inside=inside, outside=f"https://{LOOPBACK}:{api_port}")
    write_spec(layout.spec, spec)
    numbers = [descriptor.fileno() for descriptor in descriptors]
    supervisor = [sys.executable, "-m", "localcluster.supervisor", spec.level, str(layout.root)]
    with (layout.logs / "supervisor.log").open("ab") as log:
        # The extra fork makes the cluster nobody's child here: it outlives its starter and leaves no zombie.
        subprocess.run(
            ["setsid", "--fork", *isolation, *supervisor, *map(str, numbers)],
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=numbers,
            cwd="/",
            env={**own_environment(), MARK: str(layout.root)},
        )
