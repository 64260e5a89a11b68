"""One replica of the operator: its process, and the proxy through which it sees the API server."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from time import monotonic

import yaml

from cluster.ports import free_port
from faults.api.plan import Fault
from faults.api.proxy import Proxy
from localcluster import Cluster
from localcluster.settings import KNOWN_VARIABLES, REPOSITORY
from node.operator_under_test import NAMESPACE

ENDS_WITHIN_S = 40
_FLAGS = ("--settle-time=1s", "--minor-poll=1s", "--resync=2s")
"""As brisk as the operator lets itself be told."""
_FOLDERS = ("operator", "hack", "tests")


class Replica:
    """A restart keeps its name in the Lease, as one of a container keeps the pod's."""

    def __init__(
        self,
        cluster: Cluster,
        folder: Path,
        name: str,
        *,
        token: str,
        faults: Sequence[Fault] = (),
    ) -> None:
        self.name = name
        self.restarts = True
        """Whether it is started again when it has ended, as a kubelet does."""
        self.flags: list[str] = []
        """Added to its command line at the next start."""
        self.environment: dict[str, str] = {}
        """Added to its environment at the next start."""
        self.unasked_ends: list[int] = []
        """The exit codes of ends that nobody brought about."""
        self.starts = 0
        self.started_at = 0.0
        """Of the monotonic clock; 0 before the first start."""
        self.proxy = Proxy(cluster.kubeconfig, name, faults, self._crash)
        self._cluster = cluster
        self._folder = folder
        self._token = token
        self._log = folder / f"{name}.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._is_wanted = False
        self._is_killed = False

    @property
    def pid(self) -> int:
        """The number of its process, alive or dead.

        Raises:
            AssertionError: it was never started.
        """
        assert self._process is not None, f"{self.name} was never started"
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Whether the process lives."""
        return self._process is not None and self._process.poll() is None

    @property
    def log(self) -> str:
        """All that it has said since its first start."""
        return self._log.read_text(errors="replace") if self._log.exists() else ""

    def start(self) -> None:
        """Start it, unless it runs; its proxy is opened with its first start."""
        if not self.proxy.port:
            self.proxy.start()
        self._is_wanted = True
        if self.is_running:
            return
        command = [
            sys.executable,
            "-m",
            "faults.api.played",
            str(self._cluster.kubeconfig),
            f"--kubeconfig={self._kubeconfig()}",
            f"--namespace={NAMESPACE}",
            f"--identity={self.name}",
            f"--port={free_port()}",
            "--tools-image=ghcr.io/addon-updater/addon-updater:dev",
            *_FLAGS,
            *self.flags,
        ]
        with self._log.open("ab") as log:
            self._process = self._cluster.popen(
                command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=self._surroundings()
            )
        self._is_killed = False
        self.starts += 1
        self.started_at = monotonic()

    def kill(self) -> None:
        """SIGKILL; it stays down until `start`."""
        self._is_wanted = False
        self._end(signal.SIGKILL)

    def stop(self) -> int | None:
        """SIGTERM, as the kubelet sends it; the exit code. It stays down until `start`."""
        self._is_wanted = False
        return self._end(signal.SIGTERM)

    def pause(self) -> None:
        """SIGSTOP."""
        os.kill(self.pid, signal.SIGSTOP)

    def resume(self) -> None:
        """SIGCONT; fine when it is gone."""
        if self.is_running:
            os.kill(self.pid, signal.SIGCONT)

    def tend(self) -> None:
        """Start it again when it has ended and should run; note an end that nobody brought about."""
        if not self._is_wanted or self.is_running or self._process is None:
            return
        if not self._is_killed:
            self.unasked_ends.append(self._process.returncode)
        if self.restarts:
            self.start()

    def close(self) -> None:
        """End process and proxy for good."""
        self.resume()
        self.kill()
        if self.proxy.port:
            self.proxy.stop()

    def _crash(self) -> None:
        """What the proxy calls, from its own thread, in the middle of a request."""
        self._is_killed = True
        if self._process is not None:
            self._process.kill()

    def _end(self, number: signal.Signals) -> int | None:
        if self._process is None:
            return None
        self._is_killed = True
        if self.is_running:
            self._process.send_signal(number)
        return self._process.wait(timeout=ENDS_WITHIN_S)

    def _kubeconfig(self) -> Path:
        """The way through the proxy, with the token of the operator's ServiceAccount."""
        file = self._folder / f"{self.name}-kubeconfig"
        document = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "proxy", "cluster": {"server": self.proxy.url}}],
            "users": [{"name": "operator", "user": {"token": self._token}}],
            "contexts": [{"name": "proxy", "context": {"cluster": "proxy", "user": "operator"}}],
            "current-context": "proxy",
        }
        file.touch(mode=0o600)
        file.write_text(yaml.safe_dump(document))
        return file

    def _surroundings(self) -> dict[str, str]:
        """The local cluster's own variables are not the operator's: it refuses what it does not know."""
        kept = {name: value for name, value in os.environ.items() if name not in KNOWN_VARIABLES}
        path = os.pathsep.join(str(REPOSITORY / folder) for folder in _FOLDERS)
        return {**kept, "PYTHONPATH": path, **self.environment}
