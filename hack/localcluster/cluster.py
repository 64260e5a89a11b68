"""A running cluster of either level, seen from the host: its API, its components, its upgrade."""

import json
import os
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

from localcluster.api import ApiReader
from localcluster.components import VERSIONED
from localcluster.errors import NodeError, UsageError
from localcluster.layout import Layout
from localcluster.levels import Level
from localcluster.locks import node_lock
from localcluster.processes import MARK, clean, find_supervisor
from localcluster.settings import REPOSITORY
from localcluster.spec import Spec, read_spec, write_spec
from localcluster.versions import upgrade_path

COMMAND_TIMEOUT = 300.0
"""Seconds a command may take unless the caller says otherwise.

Several times what the longest takes on two idle cores: a machine that is busy with something else must not fail a test.
"""


@dataclass(frozen=True)
class ComponentHandle:
    """One program of a cluster. `kill` is SIGKILL and stays down until `start`; `pause` is SIGSTOP."""

    cluster: "Cluster"
    name: str

    def kill(self) -> None:
        self.cluster.control("kill", self.name)

    def start(self) -> None:
        self.cluster.control("start", self.name)

    def pause(self) -> None:
        self.cluster.control("pause", self.name)

    def resume(self) -> None:
        self.cluster.control("resume", self.name)

    def state(self) -> str:
        """`running`, `paused`, `waiting` (for what it needs, or for its restart) or `stopped`."""
        return cast("str", self.cluster.control("status")[self.name]["state"])


class Cluster:
    """A control plane on loopback, or the part of a node that a control plane has too (`Node`)."""

    def __init__(self, name: str, layout: Layout) -> None:
        self.name = name
        self.layout = layout
        self.state_dir = layout.root
        self.kubeconfig = layout.kubeconfig
        self.audit_log = layout.audit_log

    @property
    def level(self) -> Level:
        return self.spec.level

    @property
    def kubernetes(self) -> str:
        """The minor the control plane was last told to speak."""
        return self.spec.kubernetes

    @property
    def spec(self) -> Spec:
        """What it was started as.

        Raises:
            UsageError: nothing was started under this name.
        """
        try:
            return read_spec(self.layout.spec)
        except FileNotFoundError as error:
            raise UsageError(f"no cluster {self.name} in {self.state_dir}; start it first") from error

    def api(self) -> ApiReader:
        return ApiReader(self.kubeconfig)

    def stop(self) -> None:
        """End the cluster and remove everything of it; fine when it is gone already."""
        with node_lock(self.layout):
            clean(self.layout)

    def component(self, name: str) -> ComponentHandle:
        return ComponentHandle(self, name)

    def control(self, operation: str, component: str = "") -> dict[str, Any]:
        """Ask the supervisor.

        Raises:
            NodeError: the cluster does not live, or refuses.
        """
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(10.0)
            try:
                connection.connect(str(self.layout.control_socket))
                connection.sendall(
                    json.dumps({"operation": operation, "component": component}).encode() + b"\n"
                )
                with connection.makefile() as stream:
                    reply = json.loads(stream.readline())
            except (OSError, ValueError) as error:
                raise NodeError(f"cluster {self.name} does not answer ({error}); start it again") from error
        if "error" in reply:
            raise NodeError(f"cluster {self.name}: {reply['error']}")
        return cast("dict[str, Any]", reply)

    def run(
        self,
        argv: Sequence[str],
        *,
        input: str | None = None,  # noqa: A002 - as in subprocess.run
        timeout: float = COMMAND_TIMEOUT,
        check: bool = True,
    ) -> subprocess.CompletedProcess[str]:
        """Run a command where the cluster's addresses are reachable; it dies with its caller.

        Raises:
            NodeError: the command failed and `check` is set; the message carries its output.
            subprocess.TimeoutExpired: it took more than `timeout` seconds.
        """
        # What enters a process namespace forks and forwards no signal, hence the death signal.
        enter = [*self._enter("--pid"), "setpriv", "--pdeathsig", "KILL", "--", *argv]
        return _run(enter, input, timeout, check=check)

    def popen(self, argv: Sequence[str], **options: Any) -> "subprocess.Popen[Any]":  # noqa: ANN401 - as Popen's own
        """Start a command where the cluster's addresses are reachable; `options` are those of `Popen`.

        It is a direct child: signals reach it, and its exit code is the command's. `stop` ends it too.
        """
        options["env"] = {**options.get("env", own_environment()), MARK: str(self.layout.root)}
        return subprocess.Popen([*self._enter(), *argv], **options)

    def kubectl(self, *args: str, input: str | None = None) -> str:  # noqa: A002 - as in subprocess.run
        """Run the built kubectl as cluster admin and return its output.

        Raises:
            NodeError: kubectl failed; the message carries its output.
        """
        return _run(self.kubectl_command(*args), input, COMMAND_TIMEOUT, check=True).stdout

    def kubectl_command(self, *args: str) -> list[str]:
        """The command line of the built kubectl with this cluster's kubeconfig."""
        return [self.spec.programs["kubectl"], f"--kubeconfig={self.kubeconfig}", *args]

    def pod_ips(self, selector: str, namespace: str) -> list[str]:
        """Addresses of the running pods that match a label selector."""
        listed = json.loads(self.kubectl("get", "pods", "-n", namespace, "-l", selector, "-o", "json"))
        return [
            pod["status"]["podIP"]
            for pod in listed["items"]
            if pod["status"].get("phase") == "Running" and pod["status"].get("podIP")
        ]

    def upgrade(self, minor: str | None = None) -> None:
        """Move the living control plane to a later minor (default: the next), one minor after the other.

        The server goes first, then controller-manager and scheduler, as the version skew policy asks.

        Raises:
            UsageError: the minor is not ahead.
            NodeError: a server did not become ready.
        """
        for step in upgrade_path(self.kubernetes, minor):
            write_spec(self.layout.spec, self.spec.speaking(step))
            for name in VERSIONED:
                self.component(name).kill()
                self.component(name).start()
                if name == "kube-apiserver":
                    self.wait(f"the API server of {step}", partial(self._serves, step))

    def wait(self, what: str, ready: Callable[[], bool], timeout: float = 90.0) -> None:
        """Poll until `ready`.

        Raises:
            NodeError: not ready within `timeout` seconds, or the cluster died meanwhile.
        """
        deadline = time.monotonic() + timeout
        while not ready():
            if find_supervisor(self.layout) is None:
                raise NodeError(f"cluster {self.name} died while waiting for {what}; see {self.layout.logs}")
            if time.monotonic() > deadline:
                raise NodeError(
                    f"cluster {self.name}: {what} not ready after {timeout:.0f} s; see {self.layout.logs}"
                )
            time.sleep(0.1)

    def _serves(self, minor: str) -> bool:
        api = self.api()
        return api.text("/readyz") == "ok" and api.minor() == minor

    def _enter(self, *_namespaces: str) -> list[str]:
        """What comes before a command so that it runs where the cluster's addresses are: on loopback, nothing."""
        return []


def own_environment() -> dict[str, str]:
    """This process's environment, with this package importable by the Python programs it starts."""
    folders = [str(REPOSITORY / "hack"), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(folders)}


def _run(
    command: Sequence[str], text: str | None, timeout: float, *, check: bool
) -> subprocess.CompletedProcess[str]:
    # An absent input is an empty one: a command must not read the caller's terminal.
    result = subprocess.run(
        command,
        input=text or "",
        timeout=timeout,
        check=False,
        text=True,
        capture_output=True,
        env=own_environment(),
    )
    if check and result.returncode != 0:
        output = (result.stderr.strip() or result.stdout.strip())[-2000:]
        raise NodeError(f"{' '.join(command)}: exit code {result.returncode}: {output}")
    return result
