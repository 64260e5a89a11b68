"""The story on a real node: everything runs, DNS is under load, data lies on volumes."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from demo.load import DnsLoad
from demo.monitoring import CONFIG, rules
from demo.objects import (
    BAD_VERSION,
    COREDNS_AT_START,
    COREDNS_FOR_34,
    COREDNS_FOR_35,
    GRAFANA_AT_START,
    GRAFANA_STOP,
    GRAFANA_TARGET,
    PROMETHEUS_AT_START,
    PROMETHEUS_TARGET,
)
from demo.screen import Screen
from demo.story import HERE, OPERATOR_NAMESPACE, Story
from localcluster import Node, install_coredns
from localcluster.ask import ask, service
from localcluster.build import program
from localcluster.grafana import grafana_folder, install_grafana
from localcluster.images import (
    COREDNS_REPOSITORY,
    coredns_image,
    fault_image,
    grafana_image,
    operator_image,
    prometheus_image,
)
from localcluster.prometheus import install_prometheus
from localcluster.settings import current_settings
from localcluster.volumes import namespace

_BAD_AFTER_S: Final = 20


class NodeStory(Story):
    """The demo on one real node."""

    is_a = "node"
    grafana_kind = "Grafana (a fake)"
    how_it_fails = f"whose image answers for {_BAD_AFTER_S} s and then SERVFAIL"
    load: DnsLoad | None = None
    failed_in_good_updates = 0

    def __init__(self, node: Node, screen: Screen) -> None:
        super().__init__(node, screen)
        self.node = node
        screen.footer = self._counted_so_far

    def install(self) -> None:
        """The three addons and the operator side by side, the DNS load when all of them are ready."""
        node = self.node
        self._head_office()
        node.kubectl("apply", "-f", "-", input=json.dumps(namespace()))
        parts: tuple[Callable[[], None], ...] = (
            self._install_operator,
            lambda: install_coredns(node, COREDNS_AT_START, (HERE / "Corefile").read_text()),
            lambda: install_prometheus(node, PROMETHEUS_AT_START, config=CONFIG, rules=rules()),
            lambda: install_grafana(node, GRAFANA_AT_START),
            self._load_images,
        )
        # Each waits for containers most of its time.
        with ThreadPoolExecutor(len(parts)) as pool:
            for part in [pool.submit(part) for part in parts]:
                part.result()
        self.screen.proven(
            "the operator runs from deploy/ as its own image, 2 replicas, without admin rights"
        )
        self.load = DnsLoad(node, node.state_dir / "dnsload.jsonl")
        self.wait_for(lambda: self._counted("sent") > 100, "the DNS load to start", 20)
        self.screen.proven("a load of 200 DNS lookups per second runs from here to the end")

    def _install_operator(self) -> None:
        self.node.load_image(operator_image())
        self.node.kubectl("apply", "--server-side", "-k", str(HERE / "overlay"))
        self.node.kubectl(
            "-n", OPERATOR_NAMESPACE, "rollout", "status", "deployment/addon-updater", "--timeout=90s"
        )

    def _load_images(self) -> None:
        """What the updates will want: there is no registry."""
        name = f"{COREDNS_REPOSITORY}:v{BAD_VERSION}"
        for image in (
            coredns_image(COREDNS_FOR_34),
            coredns_image(COREDNS_FOR_35),
            prometheus_image(PROMETHEUS_TARGET),
            grafana_image(GRAFANA_STOP),
            grafana_image(GRAFANA_TARGET),
            fault_image(name, "servfail-after", base_version=COREDNS_FOR_35, seconds=_BAD_AFTER_S),
        ):
            self.node.load_image(image)

    def _head_office(self) -> None:
        """The upstream of the stub domain: a CoreDNS of its own on the node, outside the cluster."""
        corefile = self.node.state_dir / "head-office.Corefile"
        corefile.write_text("corp.example:5300 {\n  hosts {\n    10.30.0.5 db.corp.example\n  }\n}\n")
        binary = program(current_settings(), f"coredns-{COREDNS_AT_START}", "coredns")
        with (self.node.state_dir / "logs" / "head-office.log").open("ab") as log:
            self.node.popen([str(binary), "-conf", str(corefile)], stdout=log, stderr=log)

    def prometheus_url(self) -> str:
        """Through its Service."""
        return f"http://{service(self.node, 'monitoring', 'prometheus')}:9090"

    def check_dns(self) -> None:
        """Hardly a lookup failed.

        A bare rollout of kubeadm's manifest loses some too: a dying pod that is still ready keeps its conntrack
        entries, as long as its readiness probe is slower than its lameduck.
        """
        sent, failed = self._counted("sent"), self._counted("failed")
        self.failed_in_good_updates = failed
        self.claim(
            failed * 1000 <= sent, f"{failed} of {sent:,} DNS lookups failed after a resolver's second try"
        )

    def check_dns_is_back(self) -> None:
        """Three seconds in a row."""
        self.wait_for(self._dns_is_as_before, "DNS to be back at its baseline", 20)
        self.screen.proven("DNS is back at its baseline: 3 seconds without a lost or failed answer")

    def _dns_is_as_before(self) -> bool:
        last = self.load.last_seconds(3) if self.load else {}
        return last["sent"] > 500 and not (last["lost"] or last["servfail"] or last["wrong"])

    def check_prometheus_past(self) -> None:
        """The data directory of 2 is read by 3."""
        prometheus = self.ask_prometheus()
        self.claim(
            prometheus.version() == PROMETHEUS_TARGET,
            f"the server itself says that it is Prometheus {PROMETHEUS_TARGET}",
        )
        before = self.server_starts[-1].timestamp() - 2
        jobs = sorted(sample["metric"]["job"] for sample in prometheus.instant("job:up:sum", at=before))
        self.claim(
            jobs == ["addon-updater", "coredns", "grafana", "prometheus"],
            "what Prometheus 2 scraped of CoreDNS, Grafana, the operator and itself is readable in 3",
        )

    def check_grafana_data(self) -> None:
        """Dashboards, and one proven copy of the database for each hop."""
        url = f"http://{service(self.node, 'monitoring', 'grafana')}:3000/api/search?type=dash-db"
        uids = sorted(one["uid"] for one in ask(self.node, url).json())
        self.claim(
            {"cluster-dns", "prometheus-overview"} <= set(uids),
            f"both dashboards are there: {', '.join(uids)}",
        )
        folder = grafana_folder(self.node) / "addon-updater-backups"
        copies = sorted(folder.glob("*.db"), key=lambda path: path.stat().st_mtime)
        self.claim(len(copies) == 2, "the database was backed up before each of the two hops")
        for copy in copies:
            whole, dashboards = _look_into(copy)
            self.claim(
                whole and dashboards >= 2,
                f"{copy.name}: {copy.stat().st_size / 1024:.0f} KiB, intact, {dashboards} dashboards",
            )

    def figures(self) -> tuple[str, str]:
        """What the DNS load has counted; it ends here."""
        summary = self.load.stop() if self.load else {}
        sent, lost = int(summary["sent"]), int(summary["lost"])
        servfail, failed = int(summary["servfail"]), int(summary["failed"])
        good = self.failed_in_good_updates
        line = (
            f"DNS: {sent:,} lookups, {lost} first answers lost, {servfail:,} SERVFAIL of the bad release; after a "
            f"standard resolver's second try {good} failed in good updates and {failed - good:,} by the bad release"
        )
        return line, f"{sent:,} DNS lookups, {good} failed in good updates"

    def _counted(self, what: str) -> int:
        return self.load.so_far()[what] if self.load else 0

    def _counted_so_far(self) -> str:
        counted = self.load.so_far() if self.load else {}
        words = ("sent", "lost", "servfail", "failed")
        return "DNS  " + "  ".join(f"{word} {int(counted.get(word) or 0):,}" for word in words)


def _look_into(copy: Path) -> tuple[bool, int]:
    """Whether a backup is intact, and how many dashboards it holds."""
    with sqlite3.connect(f"file:{copy}?mode=ro", uri=True) as database:
        whole = database.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        dashboards = database.execute("SELECT count(*) FROM dashboard WHERE NOT is_folder").fetchone()[0]
    return whole, int(dashboards)
