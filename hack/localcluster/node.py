"""A running node, seen from the host: commands inside it, its API, its components, its upgrade."""

import json
import os
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, cast

from localcluster.api import ApiReader
from localcluster.components import VERSIONED
from localcluster.errors import NodeError, UsageError
from localcluster.layout import CONTAINERD_SOCKET, Layout
from localcluster.locks import node_lock
from localcluster.processes import clean, find_init
from localcluster.settings import REPOSITORY
from localcluster.versions import upgrade_path

COMMAND_TIMEOUT = 120.0
"""Seconds a command inside the node may take unless the caller says otherwise."""


@dataclass(frozen=True)
class ComponentHandle:
    """One program of a node. `kill` is SIGKILL and stays down until `start`; `pause` is SIGSTOP."""

    node: "Node"
    name: str

    def kill(self) -> None:
        self.node.control("kill", self.name)

    def start(self) -> None:
        self.node.control("start", self.name)

    def pause(self) -> None:
        self.node.control("pause", self.name)

    def resume(self) -> None:
        self.node.control("resume", self.name)

    def state(self) -> str:
        """`running`, `paused`, `waiting` (for what it needs, or for its restart) or `stopped`."""
        return cast("str", self.node.control("status")[self.name]["state"])


class Node:
    """A node made by `start_node` or found by `attach_node`."""

    def __init__(self, name: str, layout: Layout) -> None:
        self.name = name
        self.layout = layout
        self.state_dir = layout.root
        self.kubeconfig = layout.kubeconfig
        self.audit_log = layout.audit_log

    @property
    def kubernetes(self) -> str:
        """The minor the control plane was last told to speak."""
        return cast("str", self._spec()["kubernetes"])

    def api(self) -> ApiReader:
        return ApiReader(self.kubeconfig)

    def stop(self) -> None:
        """End the node and remove everything of it; fine when it is gone already."""
        with node_lock(self.layout):
            clean(self.layout)

    def component(self, name: str) -> ComponentHandle:
        return ComponentHandle(self, name)

    def control(self, operation: str, component: str = "") -> dict[str, Any]:
        """Ask the supervisor.

        Raises:
            NodeError: the node does not live, or refuses.
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
                raise NodeError(f"node {self.name} does not answer ({error}); start it again") from error
        if "error" in reply:
            raise NodeError(f"node {self.name}: {reply['error']}")
        return cast("dict[str, Any]", reply)

    def run(
        self,
        argv: Sequence[str],
        *,
        input: str | None = None,  # noqa: A002 - as in subprocess.run
        timeout: float = COMMAND_TIMEOUT,
        check: bool = True,
    ) -> subprocess.CompletedProcess[str]:
        """Run a command in the node's network, mount and process namespaces; it dies with its caller.

        Raises:
            NodeError: the command failed and `check` is set; the message carries its output.
            subprocess.TimeoutExpired: it took more than `timeout` seconds.
        """
        # nsenter forks to enter a process namespace and forwards no signal, hence the death signal.
        enter = [*self._enter("--pid"), "setpriv", "--pdeathsig", "KILL", "--", *argv]
        return _run(enter, input, timeout, check=check)

    def popen(self, argv: Sequence[str], **options: Any) -> "subprocess.Popen[Any]":  # noqa: ANN401 - as Popen's own
        """Start a command in the node's network and mount namespaces; `options` are those of `Popen`.

        It is a direct child: signals reach it, and its exit code is the command's. `stop` ends it too.
        """
        options.setdefault("env", own_environment())
        return subprocess.Popen([*self._enter(), *argv], **options)

    def kubectl(self, *args: str, input: str | None = None) -> str:  # noqa: A002 - as in subprocess.run
        """Run the built kubectl as cluster admin and return its output.

        Raises:
            NodeError: kubectl failed; the message carries its output.
        """
        return _run(self.kubectl_command(*args), input, COMMAND_TIMEOUT, check=True).stdout

    def kubectl_command(self, *args: str) -> list[str]:
        """The command line of the built kubectl with this node's kubeconfig."""
        return [self._spec()["programs"]["kubectl"], f"--kubeconfig={self.kubeconfig}", *args]

    def load_image(self, tar: Path) -> None:
        """Import an OCI archive into the node's containerd, under the names the archive carries."""
        spec = self._spec()
        self.run(
            [
                spec["programs"]["ctr"],
                f"--address={CONTAINERD_SOCKET}",
                "--namespace=k8s.io",
                "images",
                "import",
                f"--snapshotter={spec['snapshotter']}",
                str(tar),
            ]
        )

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
            spec = {**self._spec(), "kubernetes": step}
            self.layout.spec.write_text(json.dumps(spec, indent=2))
            for name in VERSIONED:
                self.component(name).kill()
                self.component(name).start()
                if name == "kube-apiserver":
                    self.wait(f"the API server of {step}", partial(self._serves, step))

    def wait(self, what: str, ready: Callable[[], bool], timeout: float = 90.0) -> None:
        """Poll until `ready`.

        Raises:
            NodeError: not ready within `timeout` seconds, or the node died meanwhile.
        """
        deadline = time.monotonic() + timeout
        while not ready():
            if find_init(self.layout) is None:
                raise NodeError(f"node {self.name} died while waiting for {what}; see {self.layout.logs}")
            if time.monotonic() > deadline:
                raise NodeError(
                    f"node {self.name}: {what} not ready after {timeout:.0f} s; see {self.layout.logs}"
                )
            time.sleep(0.1)

    def _serves(self, minor: str) -> bool:
        api = self.api()
        return api.text("/readyz") == "ok" and api.minor() == minor

    def _spec(self) -> dict[str, Any]:
        try:
            return cast("dict[str, Any]", json.loads(self.layout.spec.read_text()))
        except FileNotFoundError as error:
            raise UsageError(f"no node {self.name} in {self.state_dir}; start it first") from error

    def _enter(self, *namespaces: str) -> list[str]:
        init = find_init(self.layout)
        if init is None:
            raise NodeError(f"node {self.name} does not live; start it again")
        folder = f"--wd={os.getcwd()}"  # noqa: PTH109 - must not resolve links
        return ["nsenter", f"--target={init}", "--net", "--mount", *namespaces, folder, "--"]


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
