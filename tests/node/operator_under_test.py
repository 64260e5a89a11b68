"""The operator as a process inside a node, under the shipped RBAC and policies: a test can kill it at any point."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import yaml

from localcluster import Cluster
from localcluster.node import own_environment
from localcluster.settings import KNOWN_VARIABLES
from localcluster.volumes import namespace

REPOSITORY = Path(__file__).parents[2]
NAMESPACE = "addon-updater"
LEASE = f"/apis/coordination.k8s.io/v1/namespaces/{NAMESPACE}/leases/addon-updater"
ACCOUNT = f"system:serviceaccount:{NAMESPACE}:addon-updater"
STARTS_WITHIN_S = 120.0


def install_without_workload(node: Cluster) -> None:
    """Everything of deploy/base but the operator's own Deployment: tests run it as a process instead."""
    rendered = node.run(node.kubectl_command("kustomize", str(REPOSITORY / "deploy/base"))).stdout
    objects = [item for item in yaml.safe_load_all(rendered) if item["kind"] != "Deployment"]
    node.kubectl(
        "apply",
        "--server-side",
        "-f",
        "-",
        input=json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}),
    )
    # A new kind is not served at once; kubectl repeats while the server asks it to wait.
    node.kubectl("wait", "--for=condition=Established", "crd", "--all", "--timeout=60s")
    node.kubectl("get", "addonreleases,addoncatalogs", "--all-namespaces")


def govern_monitoring(node: Cluster) -> None:
    """The operator's rights where Prometheus and Grafana run; their namespace too."""
    node.kubectl("apply", "-f", "-", input=json.dumps(namespace()))
    node.kubectl("apply", "--server-side", "-k", str(REPOSITORY / "deploy/namespaces/monitoring"))


def kubeconfig_of_the_operator(node: Cluster, folder: Path) -> Path:
    """A kubeconfig that holds a real token of the operator's ServiceAccount, good for an hour."""
    token = node.kubectl("create", "token", "addon-updater", "-n", NAMESPACE).strip()
    document = yaml.safe_load(node.layout.kubeconfig_of("admin").read_text())
    document["users"][0]["user"] = {"token": token}
    file = folder / "operator-kubeconfig"
    file.write_text(yaml.safe_dump(document))
    file.chmod(0o600)
    return file


class OperatorProcess:
    """One replica. Its identity in the Lease stays the same over restarts, as a pod's name does."""

    def __init__(
        self,
        node: Cluster,
        folder: Path,
        *,
        identity: str = "replica-a",
        port: int = 18080,
        resync: str = "2s",
        tools_image: str | None = None,
    ) -> None:
        self._node = node
        self._log = folder / f"{identity}.log"
        self._port = port
        self._flags = [
            f"--kubeconfig={kubeconfig_of_the_operator(node, folder)}",
            f"--namespace={NAMESPACE}",
            f"--identity={identity}",
            f"--port={port}",
            f"--resync={resync}",
            "--settle-time=3s",
            "--minor-poll=1s",
            *([f"--tools-image={tools_image}"] if tools_image is not None else ()),
        ]
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def program(self) -> list[str]:
        """The command line without its flags."""
        return [sys.executable, "-m", "addon_updater", "run"]

    @property
    def log(self) -> str:
        """All that it has said since its first start."""
        return self._log.read_text() if self._log.exists() else ""

    @property
    def is_running(self) -> bool:
        """Whether the process lives."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start it and wait until its watches are established; one that a failed test has left behind ends first."""
        self.kill()
        command = [*self.program, *self._flags]
        with self._log.open("ab") as log:
            self._process = self._node.popen(command, stdout=log, stderr=log, env=_environment())
        deadline = time.monotonic() + STARTS_WITHIN_S
        while not self._is_ready():
            assert self.is_running, f"the operator ended at its start: {self.log[-2000:]}"
            assert time.monotonic() < deadline, f"the operator is not ready: {self.log[-2000:]}"
            time.sleep(0.5)

    def keep_running(self) -> None:
        """Start it unless it runs: a test that needs no fresh one saves the seconds of a start."""
        if not self.is_running:
            self.start()

    def kill(self) -> None:
        """SIGKILL: nothing is finished, nothing is handed over."""
        self._end(signal.SIGKILL)

    def stop(self) -> int | None:
        """SIGTERM, as the kubelet sends it; the exit code."""
        return self._end(signal.SIGTERM)

    def _end(self, number: signal.Signals) -> int | None:
        if self._process is None:
            return None
        if self.is_running:
            self._process.send_signal(number)
        return self._process.wait(timeout=90)

    def _is_ready(self) -> bool:
        ask = (
            "import sys, urllib.request as r; "
            f"sys.exit(r.urlopen('http://127.0.0.1:{self._port}/readyz', timeout=2).status != 200)"
        )
        return self._node.run([sys.executable, "-c", ask], check=False).returncode == 0


def _environment() -> dict[str, str]:
    """The local cluster's own variables are not the operator's: it refuses what it does not know."""
    kept = {name: value for name, value in own_environment().items() if name not in KNOWN_VARIABLES}
    return {**kept, "PYTHONPATH": f"{REPOSITORY / 'operator'}:{REPOSITORY / 'hack'}"}
