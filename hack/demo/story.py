"""The chapters. Each claims something and checks it; what is false ends the demo with exit code 1."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from demo.audit import Audit, read_audit
from demo.claims import Claims, Move, ReleaseView
from demo.load import DnsLoad
from demo.objects import BAD_CATALOG, BAD_VERSION, RELEASES
from demo.promql import Prometheus, dashboard_queries
from demo.screen import Screen
from localcluster import Node, install_coredns
from localcluster.ask import ask, service
from localcluster.build import program
from localcluster.grafana import grafana_folder, install_grafana
from localcluster.images import coredns_image, fault_image, grafana_image, operator_image, prometheus_image
from localcluster.prometheus import install_prometheus
from localcluster.settings import current_settings

HERE = Path(__file__).parent
OPERATOR_NAMESPACE = "addon-updater"
START, BEST_FOR_34, BEST_FOR_35 = "1.11.3", "1.12.1", "1.13.1"
PROMETHEUS_2, PROMETHEUS_3 = "2.55.1", "3.13.2"
GRAFANA_11, GRAFANA_12, GRAFANA_13 = "11.6.16", "12.4.9", "13.2.0"
_COMMENTS = (
    "# Edited by the platform team",
    "# the old mainframe",
    "# one client refuses",
    "# names of the head",
)


class Story(Claims):
    """The demo on one real node."""

    def __init__(self, node: Node, screen: Screen) -> None:
        api = node.api()
        super().__init__(screen, {one["metadata"]["name"]: ReleaseView(api, one) for one in RELEASES})
        self.node = node
        self.load: DnsLoad | None = None
        self.server_starts: list[datetime] = []
        self.coredns, self.prometheus, self.grafana = (
            self.releases[name] for name in ("coredns", "prometheus", "grafana")
        )
        self._began = _now()
        screen.footer = self._counted_so_far

    def prepare(self) -> None:
        """A cluster as teams have it: kubeadm's CoreDNS with an own Corefile, Prometheus and Grafana on volumes."""
        screen, node = self.screen, self.node
        screen.step(
            f"1  Kubernetes 1.34 with CoreDNS {START}, Prometheus {PROMETHEUS_2}, Grafana {GRAFANA_11} (a fake)"
        )
        self._head_office()
        install_coredns(node, START, (HERE / "Corefile").read_text())
        install_prometheus(node, PROMETHEUS_2)
        install_grafana(node, GRAFANA_11)
        self._load_images()
        node.kubectl("apply", "--server-side", "-k", str(HERE / "overlay"))
        node.kubectl(
            "-n", OPERATOR_NAMESPACE, "rollout", "status", "deployment/addon-updater", "--timeout=60s"
        )
        screen.proven("the operator runs from deploy/ as its own image, 2 replicas, without admin rights")
        self.load = DnsLoad(node, node.state_dir / "dnsload.jsonl")
        self.wait_for(lambda: self.counted("sent") > 100, "the DNS load to start", 20)
        screen.proven("a load of 200 DNS lookups per second runs from here to the end")

    def _load_images(self) -> None:
        for version in (BEST_FOR_34, BEST_FOR_35):
            self.node.load_image(coredns_image(version))
        name = f"registry.k8s.io/coredns/coredns:v{BAD_VERSION}"
        bad = fault_image(name, "servfail-after", base_version=BEST_FOR_35, seconds=20)
        others = [prometheus_image(PROMETHEUS_3), grafana_image(GRAFANA_12), grafana_image(GRAFANA_13)]
        for image in (bad, *others, operator_image()):
            self.node.load_image(image)

    def _head_office(self) -> None:
        """The upstream of the stub domain: a CoreDNS of its own on the node, outside the cluster."""
        corefile = self.node.state_dir / "head-office.Corefile"
        corefile.write_text("corp.example:5300 {\n  hosts {\n    10.30.0.5 db.corp.example\n  }\n}\n")
        binary = program(current_settings(), f"coredns-{START}", "coredns")
        log = (self.node.state_dir / "logs" / "head-office.log").open("ab")
        self.node.popen([str(binary), "-conf", str(corefile)], stdout=log, stderr=log)

    def declare(self) -> None:
        """Three AddonReleases: CoreDNS moves at once, what breaks users waits for the next minor and says so."""
        self.screen.step("2  Three AddonReleases are applied")
        before = self.coredns.config()["Corefile"]
        started = self.screen.seconds
        for release in RELEASES:
            self.node.kubectl("apply", "-f", "-", input=json.dumps(release))
        self.settled("coredns", BEST_FOR_34, 90)
        self.moved(Move("CoreDNS", START, BEST_FOR_34, "Promoted", self.screen.seconds - started))
        same = self.coredns.config()["Corefile"] == before
        self.claim(same, "the Corefile is untouched: 1.12.1 reads it as it is")
        self._breaking_ones_wait()
        self.dns_held()

    def _breaking_ones_wait(self) -> None:
        for view, version, runs in (
            (self.prometheus, PROMETHEUS_3, PROMETHEUS_2),
            (self.grafana, GRAFANA_13, GRAFANA_11),
        ):
            self.wait_for(
                lambda view=view: view.waits_for() == "WaitingForClusterMinor",  # type: ignore[misc]
                f"{view.name} to wait",
                30,
            )
            said = view.condition("UpdateAvailable")["message"]
            wants = view.status()["target"]["version"]
            self.claim(
                wants == version and view.runs() == runs and view.condition("Ready")["status"] == "True",
                f"{view.name} stays Ready on {runs} and waits for the next minor with {version}",
            )
            self.screen.say(f"   [dim]{said[:150]}[/dim]")

    def upgrade_cluster(self) -> None:
        """The control plane moves; nobody tells the operator."""
        self.screen.step("3  The control plane moves live to 1.35; nobody tells the operator")
        started = self.screen.seconds
        self.server_starts.append(_now())
        self.node.upgrade("1.35")
        self.screen.say("the API server answers 1.35")
        self.settled("coredns", BEST_FOR_35, 150)
        self.moved(Move("CoreDNS", BEST_FOR_34, BEST_FOR_35, "Promoted", self.screen.seconds - started))
        saw = self.coredns.status().get("observedKubernetesMinor")
        self.claim(saw == "1.35", "the operator saw 1.35 settle by itself")
        self._corefile_migrated()
        self.settled("prometheus", PROMETHEUS_3, 120)
        self.moved(Move("Prometheus", PROMETHEUS_2, PROMETHEUS_3, "Promoted", self.screen.seconds - started))
        self._prometheus_kept_its_past()
        self.settled("grafana", GRAFANA_13, 150)
        self.moved(Move("Grafana", GRAFANA_11, GRAFANA_13, "Promoted", self.screen.seconds - started))
        self._grafana_made_its_stop()
        self._backups()
        self.dns_held()

    def _corefile_migrated(self) -> None:
        text = self.coredns.config()["Corefile"]
        self.claim(
            "response set ra" in text and all(comment in text for comment in _COMMENTS),
            "the header rule, which 1.13.1 refuses in its old form, was migrated; every comment is still there",
        )
        mounted = self.coredns.governed()["volumes"][0]["configMap"]["items"][0]["key"]
        self.claim(self.coredns.config()[mounted] == text, "the pods run exactly that text")

    def _prometheus_kept_its_past(self) -> None:
        prometheus = self.ask_prometheus()
        self.claim(
            prometheus.version() == PROMETHEUS_3,
            f"the server itself says that it is Prometheus {PROMETHEUS_3}",
        )
        before = self.server_starts[-1].timestamp() - 2
        jobs = sorted(sample["metric"]["job"] for sample in prometheus.instant("job:up:sum", at=before))
        self.claim(
            jobs == ["addon-updater", "coredns", "prometheus"],
            "what Prometheus 2 scraped of CoreDNS, the operator and itself is still readable in 3",
        )

    def _grafana_made_its_stop(self) -> None:
        steps = [one["version"] for one in reversed(self.grafana.history()) if one["outcome"] == "Promoted"]
        self.claim(steps == [GRAFANA_12, GRAFANA_13], f"Grafana went through its required stop {GRAFANA_12}")
        url = f"http://{service(self.node, 'monitoring', 'grafana')}:3000/api/search?type=dash-db"
        uids = sorted(one["uid"] for one in ask(self.node, url).json())
        self.claim(
            {"cluster-dns", "prometheus-overview"} <= set(uids),
            f"both dashboards are there: {', '.join(uids)}",
        )

    def _backups(self) -> None:
        """One proven copy of the database for each hop."""
        folder = grafana_folder(self.node) / "addon-updater-backups"
        copies = sorted(folder.glob("*.db"), key=lambda path: path.stat().st_mtime)
        self.claim(len(copies) == 2, "the database was backed up before each of the two hops")
        for copy in copies:
            whole, dashboards = _look_into(copy)
            self.claim(
                whole and dashboards >= 2,
                f"{copy.name}: {copy.stat().st_size / 1024:.0f} KiB, intact, {dashboards} dashboards",
            )

    def dns_held(self) -> None:
        """Hardly a lookup failed.

        A bare rollout of kubeadm's manifest loses some too: a dying pod that is still ready keeps its conntrack
        entries, as long as its readiness probe is slower than its lameduck.
        """
        sent, failed = self.counted("sent"), self.counted("failed")
        self.claim(
            failed * 1000 <= sent, f"{failed} of {sent:,} DNS lookups failed after a resolver's second try"
        )

    def bad_release(self) -> None:
        """A release that answers well for 20 s and then SERVFAIL."""
        self.screen.step(
            f"4  The catalog gains CoreDNS {BAD_VERSION}, whose image answers for 20 s and then SERVFAIL"
        )
        before, started = self.coredns.governed(), self.screen.seconds
        self.node.kubectl("apply", "-f", "-", input=json.dumps(BAD_CATALOG))
        self.wait_for(
            lambda: self.coredns.image().endswith(BAD_VERSION), f"{BAD_VERSION} to be rolled out", 60
        )
        self.screen.say(f"{BAD_VERSION} passed its rehearsal and is being rolled out")
        self.wait_for(lambda: bool(self.coredns.status().get("quarantined")), "the rollback", 90)
        self.moved(Move("CoreDNS", BEST_FOR_35, BAD_VERSION, "RolledBack", self.screen.seconds - started))
        held = self.coredns.status()["quarantined"][-1]
        self.screen.say(f"   [dim]quarantined {held['version']}: {held['message'][:140]}[/dim]")
        self.claim(
            held["version"] == BAD_VERSION, f"{BAD_VERSION} is in quarantine and will not be tried again"
        )
        self.settled("coredns", BEST_FOR_35, 30)
        same = self.coredns.governed() == before
        self.claim(same, "image, arguments and configuration are byte-equal to before")
        self.wait_for(self._dns_is_as_before, "DNS to be back at its baseline", 20)
        self.screen.proven("DNS is back at its baseline: 3 seconds without a lost or failed answer")

    def _dns_is_as_before(self) -> bool:
        last = self.load.last_seconds(3) if self.load else {}
        return last["sent"] > 500 and not (last["lost"] or last["servfail"] or last["wrong"])

    def read_back(self) -> None:
        """The rollout metrics and the dashboard, asked of the Prometheus that was upgraded on the way."""
        self.screen.step("5  What the upgraded Prometheus knows about all this")
        prometheus = self.ask_prometheus()
        attempts = "addon_updater_attempts_total"
        told = {
            result: prometheus.value(f'sum(max by (addon, result) ({attempts}{{result="{result}"}}))')
            for result in ("Promoted", "RolledBack")
        }
        self.screen.say(f'   [dim]sum({attempts}{{result="Promoted"}}) = {told["Promoted"]:.0f}[/dim]')
        self.claim(
            told == {"Promoted": 5.0, "RolledBack": 1.0},
            "5 attempts promoted, 1 rolled back: the metrics tell what has happened",
        )
        silent = list(prometheus.silent_panels(self._began.timestamp(), _now().timestamp()))
        total = len(dashboard_queries())
        names = "; ".join(f"{query.panel} {query.ref_id}: {query.expression}" for query in silent)
        self.claim(
            not silent, f"all {total} queries of the dashboard return data" + (f": {names}" if names else "")
        )

    def report(self) -> str:
        """The figures, and the last line."""
        self.screen.step("6  Report")
        summary = self.load.stop() if self.load else {}
        audit = read_audit(self.node.audit_log, self.server_starts)
        for move in self.moves:
            self.screen.say(
                f"{move.addon} {move.start} to {move.end}: {move.result} after {move.seconds:.0f} s"
            )
        self._tell_requests(audit)
        sent, lost = int(summary["sent"]), int(summary["lost"])
        servfail, failed = int(summary["servfail"]), int(summary["failed"])
        self.screen.say(
            f"DNS: {sent:,} lookups sent, {lost} first answers lost, {servfail} SERVFAIL (the bad release), "
            f"{failed} failed after a standard resolver's second try"
        )
        return (
            f"demo: ok ({', '.join(map(str, self.moves))}; {audit.requests} API requests, {audit.writes} writes, "
            f"{sent} DNS sent, {lost} lost, {failed} failed after retry; {self.screen.seconds:.0f}s)"
        )

    def _tell_requests(self, audit: Audit) -> None:
        self.screen.say(
            f"API requests by the operator: {audit.requests}, of these {audit.writes} writes "
            f"and {audit.lease_requests} for the Lease"
        )
        if audit.refused_at_start:
            self.screen.say(
                f"{audit.refused_at_start} were answered 403 by the starting 1.35 server, "
                "which refuses everybody until it has read its RBAC objects; they were repeated"
            )
        what = "no other" if audit.refused_at_start else "none"
        self.claim(not audit.refused, f"{what} was refused" + _list(audit.refused))
        self.claim(not audit.strangers, "none wrote outside the listed objects" + _list(audit.strangers))

    def settled(self, name: str, version: str, timeout: float) -> None:
        """Wait until that version runs, nothing is under way and the release is Ready."""
        view = self.releases[name]
        self.wait_for(lambda: view.is_settled_at(version), f"{name} {version} to be Ready", timeout)

    def ask_prometheus(self) -> Prometheus:
        """The Prometheus of the cluster, asked through its Service."""
        address = service(self.node, "monitoring", "prometheus")

        def get(path: str) -> Any:  # noqa: ANN401 - whatever the server answers
            return ask(self.node, f"http://{address}:9090{path}").json()

        return Prometheus(get)

    def counted(self, what: str) -> int:
        """What the DNS load has counted so far."""
        return self.load.so_far()[what] if self.load else 0

    def _counted_so_far(self) -> str:
        counted = self.load.so_far() if self.load else {}
        words = ("sent", "lost", "servfail", "failed")
        return "DNS  " + "  ".join(f"{word} {int(counted.get(word) or 0):,}" for word in words)


def _now() -> datetime:
    """The time, to compare with what audit log and Prometheus have recorded."""
    return datetime.now(UTC)  # noqa: TID251 - a stamp, no decision


def _look_into(copy: Path) -> tuple[bool, int]:
    """Whether a backup is intact, and how many dashboards it holds."""
    with sqlite3.connect(f"file:{copy}?mode=ro", uri=True) as database:
        whole = database.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        dashboards = database.execute("SELECT count(*) FROM dashboard WHERE NOT is_folder").fetchone()[0]
    return whole, int(dashboards)


def _list(strangers: Sequence[str]) -> str:
    return f": {'; '.join(strangers)}" if strangers else ""
