"""Finds and ends the processes of a cluster by what the kernel says, never by a recorded process number.

A recorded number may belong to somebody else by now; a command line or an environment with the state folder in
it may not. A node's supervisor is also process 1 of its namespace, which its launcher of the same command line
is not.
"""

import os
import shutil
import signal
import time
from pathlib import Path

from localcluster.cgroups import container_cgroups, remove_cgroups
from localcluster.errors import NodeError
from localcluster.layout import Layout
from localcluster.levels import Level

MARK = "LOCALCLUSTER_ROOT"
"""Environment variable that everything a cluster starts carries; its value is the state folder."""
_SUPERVISOR = "localcluster.supervisor"
_PROC = Path("/proc")


def _pids() -> list[int]:
    return [int(entry.name) for entry in _PROC.iterdir() if entry.name.isdigit()]


def _command_line(pid: int) -> list[str]:
    try:
        return (_PROC / str(pid) / "cmdline").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        return []


def _is_marked(pid: int, mark: bytes) -> bool:
    try:
        return mark in (_PROC / str(pid) / "environ").read_bytes().split(b"\0")
    except OSError:
        return False


def _is_namespace_init(pid: int) -> bool:
    """Whether a process is number 1 in a namespace below ours (NSpid of proc_pid_status(5))."""
    try:
        status = (_PROC / str(pid) / "status").read_text()
    except OSError:
        return False
    numbers = next((line.split()[1:] for line in status.splitlines() if line.startswith("NSpid:")), [])
    return len(numbers) > 1 and numbers[-1] == "1"


def _network_namespace(pid: int) -> str | None:
    try:
        return str((_PROC / str(pid) / "ns" / "net").readlink())
    except OSError:
        return None


def _supervisors(layout: Layout) -> list[int]:
    root = str(layout.root)
    found = []
    for pid in _pids():
        words = _command_line(pid)
        if _SUPERVISOR in words and root in words:
            found.append(pid)
    return found


def _parent(pid: int) -> int:
    """The parent of a process, dead and not yet collected ones included; 0 when there is none."""
    try:
        status = (_PROC / str(pid) / "status").read_text()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in status.splitlines() if line.startswith("PPid:")), 0)


def _marked(layout: Layout) -> list[int]:
    mark = f"{MARK}={layout.root}".encode()
    return [pid for pid in _pids() if pid != os.getpid() and _is_marked(pid, mark)]


def find_supervisor(layout: Layout) -> int | None:
    """The host's number of the cluster's supervisor, or None when the cluster does not live."""
    return next(
        (
            pid
            for pid in _supervisors(layout)
            if Level.CONTROL_PLANE in _command_line(pid) or _is_namespace_init(pid)
        ),
        None,
    )


def end_processes(layout: Layout, timeout: float = 20.0) -> None:
    """Kill the supervisor, all it started and all that entered its network namespace; wait until gone.

    Raises:
        NodeError: something still lives after `timeout` seconds.
    """
    supervisors = _supervisors(layout)
    own = _network_namespace(os.getpid())
    inits = [pid for pid in supervisors if _is_namespace_init(pid)]
    namespaces = {_network_namespace(pid) for pid in inits} - {own, None}
    deadline = time.monotonic() + timeout
    while True:
        members = [pid for pid in _pids() if _network_namespace(pid) in namespaces]
        chief = set(_supervisors(layout))
        children = [pid for pid in _pids() if _parent(pid) in chief]
        others = {*members, *children, *_marked(layout)} - chief
        if not chief | others:
            return
        if time.monotonic() > deadline:
            raise NodeError(
                f"stop: processes {sorted(chief | others)} of {layout.root} survive SIGKILL; see their kernel stack"
            )
        # A namespace ends as a whole. Without one the supervisor goes last: it collects what dies before it.
        for pid in chief | others if inits else others or chief:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        time.sleep(0.05)


def leftovers(layout: Layout, cgroups: list[Path]) -> list[str]:
    """What of a stopped cluster is still there: processes, mounts, its cgroups, files. Empty when clean."""
    found = [f"process {pid}" for pid in {*_supervisors(layout), *_marked(layout)}]
    mounts = (_PROC / "self" / "mountinfo").read_text().splitlines()
    found += [f"mount {line.split()[4]}" for line in mounts if str(layout.root) in line]
    found += [f"cgroup {path}" for path in cgroups if path.exists()]
    if layout.root.exists():
        found.append(f"folder {layout.root}")
    return found


def clean(layout: Layout) -> None:
    """End a cluster, dead or alive, and remove all it left.

    Raises:
        NodeError: something could not be removed.
    """
    end_processes(layout)
    cgroups = container_cgroups(layout)
    remove_cgroups(cgroups)
    if layout.root.exists():
        shutil.rmtree(layout.root)
    left = leftovers(layout, cgroups)
    if left:
        raise NodeError(f"stop: left behind: {', '.join(left)}")
