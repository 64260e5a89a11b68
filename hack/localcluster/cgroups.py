"""The cgroups of a node's containers. Containers that are killed leave theirs behind, empty."""

import os
import time
from pathlib import Path

from localcluster.layout import Layout

_CGROUPS = Path("/sys/fs/cgroup")
_PARENT = "k8s.io"
"""Where containerd puts the containers of a kubelet that keeps no cgroups for pods."""

_FREED_WITHIN = 5.0
"""Seconds the kernel may take to let go of the cgroup of a killed process."""


def container_cgroups(layout: Layout) -> list[Path]:
    """The cgroup folders of every container the node's containerd has a record of.

    The record is on disk, so it also serves when the node died by itself.
    """
    records = layout.data / "containerd" / "io.containerd.grpc.v1.cri"
    containers = [path.name for kind in ("sandboxes", "containers") for path in (records / kind).glob("*")]
    # The first pattern is cgroup v2, the second one folder per controller of v1.
    return [
        path
        for container in containers
        for pattern in (f"{_PARENT}/{container}", f"*/{_PARENT}/{container}")
        for path in _CGROUPS.glob(pattern)
    ]


def remove_cgroups(paths: list[Path]) -> None:
    """Remove cgroup folders whose processes are dead.

    Raises:
        OSError: a process still lives in one.
    """
    for top in paths:
        for folder, _, _ in os.walk(top, topdown=False):
            _remove(Path(folder))


def _remove(folder: Path) -> None:
    deadline = time.monotonic() + _FREED_WITHIN
    while True:
        try:
            folder.rmdir()
        except FileNotFoundError:
            return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return
