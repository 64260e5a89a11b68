"""Keeps the programs of a cluster: starts them, restarts what dies by itself, obeys a control socket, reaps.

Run as `python -m localcluster.supervisor LEVEL STATE_FOLDER FD...`; killing it ends the cluster. At the node
level it is process 1 below `unshare --net --mount --pid --fork --mount-proc --propagation private`: the kernel
kills everything in its process namespace, the network and the mounts vanish with the last process, and the
descriptor is the host's listener for the API. On loopback every program asked for a signal at its parent's
death, and the descriptors hold the control plane's ports.
"""

import contextlib
import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from localcluster.components import Component, components
from localcluster.layout import Layout
from localcluster.levels import Level
from localcluster.namespace import prepare_namespaces
from localcluster.spec import read_spec

FORWARDER = "api-forwarder"
_RESTART_DELAY = 1.0
"""Seconds before a program that ended by itself is started again."""


@dataclass
class _Slot:
    """One program: whether it should run, and the process if it does."""

    wanted: bool = True
    paused: bool = False
    process: subprocess.Popen[bytes] | None = None
    not_before: float = 0.0
    starts: int = 0


class Supervisor:
    """Keeps the wanted programs of one cluster running."""

    def __init__(self, level: Level, layout: Layout, descriptors: list[int]) -> None:
        self._level = level
        self._layout = layout
        self._descriptors = descriptors
        self._slots = {name: _Slot() for name in self._table()}

    def run(self) -> None:
        """Supervise for ever; only SIGKILL from outside ends it."""
        wake_read, wake_write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.set_wakeup_fd(wake_write)
        signal.signal(signal.SIGCHLD, lambda _signal, _frame: None)
        self._layout.control_socket.unlink(missing_ok=True)
        control = socket.socket(socket.AF_UNIX)
        control.bind(str(self._layout.control_socket))
        control.listen()
        selector = selectors.DefaultSelector()
        selector.register(control, selectors.EVENT_READ)
        selector.register(wake_read, selectors.EVENT_READ)
        while True:
            waiting = self._start_due(time.monotonic())
            for key, _ in selector.select(timeout=0.1 if waiting else 5.0):
                if key.fileobj is control:
                    self._serve(control)
                else:
                    os.read(wake_read, 4096)
            self._reap(time.monotonic())

    def _table(self) -> dict[str, Component]:
        table = components(self._layout, read_spec(self._layout.spec))
        if self._level is Level.CONTROL_PLANE:
            return table
        listener = str(self._descriptors[0])
        forwarder = Component(FORWARDER, (sys.executable, "-m", "localcluster.forward", listener))
        return {FORWARDER: forwarder, **table}

    def _start_due(self, now: float) -> bool:
        """Start what is wanted and may start; tell whether something still waits."""
        due = [name for name, slot in self._slots.items() if slot.wanted and slot.process is None]
        table = self._table() if due else {}
        for name in due:
            slot = self._slots[name]
            if now >= slot.not_before and _accepts(table[name].after):
                slot.process = self._spawn(table[name])
                slot.starts += 1
        return any(slot.wanted and slot.process is None for slot in self._slots.values())

    def _spawn(self, component: Component) -> subprocess.Popen[bytes]:
        death = () if self._level is Level.NODE else ("setpriv", "--pdeathsig", "KILL", "--")
        with (self._layout.logs / f"{component.name}.log").open("ab") as log:
            return subprocess.Popen(
                [*death, *component.argv],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=self._descriptors if component.name == FORWARDER else (),
                start_new_session=True,
                env=self._environment(component),
            )

    def _environment(self, component: Component) -> dict[str, str]:
        # containerd looks its shim up on PATH.
        folders = (
            f"{Path(component.argv[0]).parent}:/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin"
        )
        return {**os.environ, "PATH": folders, **component.environment}

    def _reap(self, now: float) -> None:
        """Collect every dead child, adopted ones too, and note which programs ended."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            for slot in self._slots.values():
                if slot.process is not None and slot.process.pid == pid:
                    slot.process.returncode = os.waitstatus_to_exitcode(status)
                    slot.process = None
                    slot.paused = False
                    slot.not_before = now + _RESTART_DELAY

    def _serve(self, control: socket.socket) -> None:
        connection, _ = control.accept()
        # A client that hangs or leaves must not end the supervisor, and with it the cluster.
        with contextlib.suppress(OSError), connection, connection.makefile("rw") as stream:
            connection.settimeout(5.0)
            try:
                reply = self._obey(json.loads(stream.readline()))
            except (ValueError, KeyError) as error:
                reply = {"error": f"{type(error).__name__}: {error}"}
            stream.write(json.dumps(reply) + "\n")

    def _obey(self, request: dict[str, str]) -> dict[str, Any]:
        operation = request["operation"]
        if operation == "status":
            return {name: _describe(slot) for name, slot in self._slots.items()}
        name = request["component"]
        slot = self._slots[name]
        if operation == "start":
            slot.wanted, slot.not_before = True, 0.0
        elif operation == "kill":
            slot.wanted = False
            if slot.process is not None:
                slot.process.kill()
                slot.process.wait()
                slot.process, slot.paused = None, False
        elif operation in ("pause", "resume") and slot.process is not None:
            slot.paused = operation == "pause"
            slot.process.send_signal(signal.SIGSTOP if slot.paused else signal.SIGCONT)
            if slot.paused:
                # On a busy machine its other threads go on until the one that hears the signal has its turn.
                os.waitid(os.P_PID, slot.process.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
        else:
            return {"error": f"cannot {operation} {name}: it does not run"}
        return {name: _describe(slot)}


def _describe(slot: _Slot) -> dict[str, object]:
    state = "stopped" if not slot.wanted else "waiting" if slot.process is None else "running"
    return {"state": "paused" if slot.paused else state, "starts": slot.starts}


def _accepts(target: tuple[str, int] | str | None) -> bool:
    """Whether a TCP address or a Unix socket takes connections right now."""
    if target is None:
        return True
    family = socket.AF_UNIX if isinstance(target, str) else socket.AF_INET
    with socket.socket(family) as probe:
        probe.settimeout(0.2)
        return probe.connect_ex(target) == 0


def main(arguments: list[str]) -> None:
    level, layout = Level(arguments[0]), Layout(Path(arguments[1]))
    if level is Level.NODE:
        prepare_namespaces(layout)
    Supervisor(level, layout, [int(number) for number in arguments[2:]]).run()


if __name__ == "__main__":
    main(sys.argv[1:])
