"""The story without root: a real control plane, a real operator, a real Prometheus; pods and their answers are played."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from typing import Any, Final

import yaml

from demo.monitoring import loopback_config, rules
from demo.objects import (
    BAD_VERSION,
    COREDNS_AT_START,
    COREDNS_FOR_35,
    GRAFANA_AT_START,
    PROMETHEUS_AT_START,
    PROMETHEUS_TARGET,
)
from demo.played.answers import BAD_AFTER_S
from demo.story import HERE, OPERATOR_NAMESPACE, Story
from localcluster import install_coredns
from localcluster.ask import ask
from localcluster.build import program
from localcluster.errors import NodeError
from localcluster.grafana import install_grafana
from localcluster.images.operator_image import OPERATOR_IMAGE
from localcluster.prometheus import install_prometheus
from localcluster.settings import KNOWN_VARIABLES, REPOSITORY, current_settings
from localcluster.volumes import namespace

PROGRAMS: Final = f"prometheus-{PROMETHEUS_TARGET}"
"""The group of programs that this level's story needs beside the control plane."""
WARNING: Final = (
    "level control-plane: API server, controllers, operator, RBAC, policies and Prometheus are real.",
    "PLAYED: no addon runs. kwok plays pods and Jobs; a stand-in gives the answers that each version's",
    "pod would give. No DNS load is measured, no backup file is written, no data is read back.",
    "A node runs it all: as root on Linux, `make demo`.",
)
_STARTS_WITHIN_S: Final = 60


class PlayedStory(Story):
    """The demo on a control plane with simulated pods."""

    is_a = "control plane"
    grafana_kind = "Grafana"
    how_it_fails = f"played: it answers well for {BAD_AFTER_S:.0f} s and then SERVFAIL"
    mute_panels = frozenset({"CoreDNS: SERVFAIL", "Grafana: server errors"})
    operator_port = 0
    prometheus_port = 0

    def install(self) -> None:
        """The workloads of the three addons, the operator as a local process, Prometheus beside it."""
        cluster = self.cluster
        cluster.kubectl("apply", "-f", "-", input=json.dumps(namespace()))
        install_coredns(cluster, COREDNS_AT_START, (HERE / "Corefile").read_text())
        install_prometheus(cluster, PROMETHEUS_AT_START)
        install_grafana(cluster, GRAFANA_AT_START)
        self.screen.say("kwok plays the pods of the three addons")
        self.operator_port, self.prometheus_port = _free_ports(2)
        self._install_operator()
        self._start_operator()
        self.screen.proven(
            "the operator runs from the working tree under its own ServiceAccount, with the RBAC and the "
            "policies of deploy/"
        )
        self._start_prometheus()
        self.screen.proven(f"a real Prometheus {PROMETHEUS_TARGET} scrapes it")

    def _install_operator(self) -> None:
        """Everything of deploy/ but the operator's own Deployment."""
        overlay = str(HERE / "overlay")
        rendered = self.cluster.run(self.cluster.kubectl_command("kustomize", overlay)).stdout
        objects = [item for item in yaml.safe_load_all(rendered) if item["kind"] != "Deployment"]
        everything = {"apiVersion": "v1", "kind": "List", "items": objects}
        self.cluster.kubectl("apply", "--server-side", "-f", "-", input=json.dumps(everything))
        self.cluster.kubectl("wait", "--for=condition=Established", "crd", "--all", "--timeout=60s")
        # A new kind is not served at once; kubectl repeats while the server asks it to wait.
        self.cluster.kubectl("get", "addonreleases,addoncatalogs,upgradereadinesses", "--all-namespaces")

    def _start_operator(self) -> None:
        kubeconfig = self.cluster.state_dir / "operator-kubeconfig"
        account = ("addon-updater", "-n", OPERATOR_NAMESPACE)
        token = self.cluster.kubectl("create", "token", *account, "--duration=24h").strip()
        document = yaml.safe_load(self.cluster.kubeconfig.read_text())
        document["users"][0]["user"] = {"token": token}
        kubeconfig.touch(mode=0o600)
        kubeconfig.write_text(yaml.safe_dump(document))
        flags = (
            f"--kubeconfig={kubeconfig}",
            f"--namespace={OPERATOR_NAMESPACE}",
            "--identity=demo",
            f"--port={self.operator_port}",
            f"--tools-image={OPERATOR_IMAGE}",
            "--settle-time=5s",
            "--minor-poll=2s",
        )
        process = self._start(
            "operator", sys.executable, "-m", "demo.played.operator", str(self.cluster.kubeconfig), *flags
        )
        self._await("operator", process, f"http://127.0.0.1:{self.operator_port}/readyz")

    def _start_prometheus(self) -> None:
        folder = self.cluster.state_dir / "prometheus"
        folder.mkdir()
        rules_file, config = folder / "rules.yml", folder / "prometheus.yml"
        rules_file.write_text(rules())
        config.write_text(loopback_config(self.operator_port, self.prometheus_port, rules_file))
        process = self._start(
            "prometheus",
            str(program(current_settings(), PROGRAMS, "prometheus")),
            f"--config.file={config}",
            f"--storage.tsdb.path={folder / 'data'}",
            f"--web.listen-address=127.0.0.1:{self.prometheus_port}",
        )
        self._await("prometheus", process, f"{self.prometheus_url()}/-/ready")

    def _start(self, name: str, *argv: str) -> subprocess.Popen[Any]:
        """Start a program of this host that ends with the cluster; its output is among the cluster's logs."""
        kept = {name: value for name, value in os.environ.items() if name not in KNOWN_VARIABLES}
        kept["PYTHONPATH"] = os.pathsep.join(str(REPOSITORY / folder) for folder in ("operator", "hack"))
        with (self.cluster.layout.logs / f"{name}.log").open("ab") as log:
            return self.cluster.popen(argv, stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=kept)

    def _await(self, name: str, process: subprocess.Popen[Any], url: str) -> None:
        deadline = time.monotonic() + _STARTS_WITHIN_S
        while ask(self.cluster, url).status != 200:
            if process.poll() is not None or time.monotonic() > deadline:
                log = self.cluster.layout.logs / f"{name}.log"
                last = "\n".join(log.read_text(errors="replace").splitlines()[-5:])
                raise NodeError(f"{name} did not become ready; the end of {log}:\n{last}")
            time.sleep(0.3)

    def prometheus_url(self) -> str:
        """On loopback."""
        return f"http://127.0.0.1:{self.prometheus_port}"

    def check_dns(self) -> None:
        """Nothing is measured where nothing answers."""

    def check_dns_is_back(self) -> None:
        """The attempt was closed only when the gates of the old version had passed."""
        newest = self.releases["coredns"].history()[0]
        self.claim(
            (newest["version"], newest["outcome"]) == (BAD_VERSION, "RolledBack")
            and f"{COREDNS_FOR_35} serves again" in newest["message"],
            f"{COREDNS_FOR_35} passed its gates again before the attempt was closed (played answers)",
        )

    def check_prometheus_past(self) -> None:
        """Its data is not played."""

    def check_grafana_data(self) -> None:
        """The Jobs were created, under the policy that fences them in; what they would write is not played."""
        listed = self.cluster.kubectl(
            "get", "jobs", "-n", "monitoring", "-l", "addon-updater.dev/task=grafana", "-o", "json"
        )
        ended = [
            job["status"].get("succeeded") == 1 and "sqlite-backup" in _arguments(job)
            for job in json.loads(listed)["items"]
        ]
        self.claim(ended == [True, True], "a backup Job ran before each of the two hops (played: no file)")

    def figures(self) -> tuple[str, str]:
        """What was not measured is said once more."""
        return "pods and the addons' answers were played: see the first lines", "pods played"


def _arguments(job: dict[str, Any]) -> list[str]:
    arguments: list[str] = job["spec"]["template"]["spec"]["containers"][0].get("args") or []
    return arguments


def _free_ports(number: int) -> list[int]:
    """Loopback ports that nobody listens on right now, all different."""
    listeners = [socket.create_server(("127.0.0.1", 0)) for _ in range(number)]
    ports = [int(listener.getsockname()[1]) for listener in listeners]
    for listener in listeners:
        listener.close()
    return ports
