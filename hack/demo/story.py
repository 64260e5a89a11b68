"""The five steps. Each claims something and checks it; what is false ends the demo with exit code 1."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from demo.audit import Audit, read_audit
from demo.load import DnsLoad
from demo.objects import BAD_CATALOG, BAD_VERSION, RELEASE
from demo.screen import Screen
from localcluster import Node, install_coredns
from localcluster.build import program
from localcluster.images import coredns_image, fault_image, operator_image
from localcluster.settings import current_settings

HERE = Path(__file__).parent
OPERATOR_NAMESPACE = "addon-updater"
RELEASE_PATH = "/apis/addon-updater.dev/v1alpha1/namespaces/kube-system/addonreleases/coredns"
DEPLOYMENT_PATH = "/apis/apps/v1/namespaces/kube-system/deployments/coredns"
CONFIG_PATH = "/api/v1/namespaces/kube-system/configmaps/coredns"
START, BEST_FOR_34, BEST_FOR_35 = "1.11.3", "1.12.1", "1.13.1"
_COMMENTS = (
    "# Edited by the platform team",
    "# the old mainframe",
    "# one client refuses",
    "# names of the head",
)


class ClaimError(AssertionError):
    """Something that the demo claims is not so."""


class Story:
    """The demo on one node."""

    def __init__(self, node: Node, screen: Screen) -> None:
        self.node = node
        self.screen = screen
        self.load: DnsLoad | None = None
        self.api = node.api()
        self.moves: list[tuple[str, str, str, float]] = []
        self.server_starts: list[datetime] = []

    def prepare(self) -> None:
        """A cluster with CoreDNS as kubeadm makes it and a team's own Corefile; the operator from deploy/."""
        screen, node = self.screen, self.node
        screen.step("1  Kubernetes 1.34 with CoreDNS 1.11.3, a Corefile of our own, and the operator")
        for version in (BEST_FOR_34, BEST_FOR_35):
            node.load_image(coredns_image(version))
        name = f"registry.k8s.io/coredns/coredns:v{BAD_VERSION}"
        node.load_image(fault_image(name, "servfail-after", base_version=BEST_FOR_35, seconds=20))
        node.load_image(operator_image())
        self._head_office()
        install_coredns(node, START, (HERE / "Corefile").read_text())
        node.kubectl("apply", "--server-side", "-k", str(HERE / "overlay"))
        node.kubectl(
            "-n", OPERATOR_NAMESPACE, "rollout", "status", "deployment/addon-updater", "--timeout=60s"
        )
        screen.proven("the operator runs from deploy/ as its own image, 2 replicas, without admin rights")
        self.load = DnsLoad(node, node.state_dir / "dnsload.jsonl")
        self.wait_for(lambda: self.counted("sent") > 100, "the DNS load to start", 20)
        screen.proven("a load of 200 DNS lookups per second runs from here to the end")

    def _head_office(self) -> None:
        """The upstream of the stub domain: a CoreDNS of its own on the node, outside the cluster."""
        corefile = self.node.state_dir / "head-office.Corefile"
        corefile.write_text("corp.example:5300 {\n  hosts {\n    10.30.0.5 db.corp.example\n  }\n}\n")
        binary = program(current_settings(), f"coredns-{START}", "coredns")
        log = (self.node.state_dir / "logs" / "head-office.log").open("ab")
        self.node.popen([str(binary), "-conf", str(corefile)], stdout=log, stderr=log)

    def declare(self) -> None:
        """The AddonRelease: the operator moves CoreDNS to the best version for 1.34."""
        self.screen.step("2  An AddonRelease is applied: CoreDNS goes to the best version for 1.34")
        before = self.corefile()
        started = self.screen.seconds
        self.node.kubectl("apply", "-f", "-", input=json.dumps(RELEASE))
        self.settled_at(BEST_FOR_34, 90)
        self.moved(START, BEST_FOR_34, "Promoted", started)
        self.claim(self.corefile() == before, "the Corefile is untouched: 1.12.1 reads it as it is")
        self.dns_held()

    def upgrade_cluster(self) -> None:
        """The control plane moves; nobody tells the operator."""
        self.screen.step("3  The control plane moves live to 1.35; nobody tells the operator")
        started = self.screen.seconds
        self.server_starts.append(datetime.now(UTC))  # noqa: TID251 - a stamp to compare with the audit log
        self.node.upgrade("1.35")
        self.screen.say("the API server answers 1.35")
        self.settled_at(BEST_FOR_35, 120)
        self.moved(BEST_FOR_34, BEST_FOR_35, "Promoted", started)
        status = self.status()
        self.claim(status.get("observedKubernetesMinor") == "1.35", "the operator saw 1.35 settle by itself")
        text = self.corefile()
        self.claim(
            "response set ra" in text and all(comment in text for comment in _COMMENTS),
            "the header rule, which 1.13.1 refuses in its old form, was migrated; every comment is still there",
        )
        self.claim(self.mounted_text() == text, "the pods run exactly that text")
        self.dns_held()

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
            f"4  The catalog gains {BAD_VERSION}, whose image answers for 20 s and then SERVFAIL"
        )
        before, started = self.governed(), self.screen.seconds
        self.node.kubectl("apply", "-f", "-", input=json.dumps(BAD_CATALOG))
        self.wait_for(lambda: self.image().endswith(BAD_VERSION), f"{BAD_VERSION} to be rolled out", 60)
        self.screen.say(f"{BAD_VERSION} passed its rehearsal and is being rolled out")
        self.wait_for(lambda: bool(self.status().get("quarantined")), "the rollback", 90)
        self.moved(BEST_FOR_35, BAD_VERSION, "RolledBack", started)
        held = self.status()["quarantined"][-1]
        self.screen.say(f"quarantined {held['version']}: {held['message'][:150]}")
        self.claim(
            held["version"] == BAD_VERSION, f"{BAD_VERSION} is in quarantine and will not be tried again"
        )
        self.settled_at(BEST_FOR_35, 30)
        self.claim(self.governed() == before, "image, arguments and configuration are byte-equal to before")
        self.wait_for(self._dns_is_as_before, "DNS to be back at its baseline", 20)
        self.screen.proven("DNS is back at its baseline: 3 seconds without a lost or failed answer")

    def _dns_is_as_before(self) -> bool:
        last = self.load.last_seconds(3) if self.load else {}
        return last["sent"] > 500 and not (last["lost"] or last["servfail"] or last["wrong"])

    def report(self) -> str:
        """The figures, and the last line."""
        self.screen.step("5  Report")
        summary = self.load.stop() if self.load else {}
        audit = read_audit(self.node.audit_log, self.server_starts)
        for start, end, result, seconds in self.moves:
            self.screen.say(f"{start} to {end}: {result} after {seconds:.0f} s")
        self._tell_requests(audit)
        sent, lost = int(summary["sent"]), int(summary["lost"])
        servfail, failed = int(summary["servfail"]), int(summary["failed"])
        self.screen.say(
            f"DNS: {sent:,} lookups sent, {lost} first answers lost, {servfail} SERVFAIL (the bad release), "
            f"{failed} failed after a standard resolver's second try"
        )
        upgrades = ", ".join(
            f"{start}->{end} {seconds:.0f}s" + ("" if result == "Promoted" else " rolled back")
            for start, end, result, seconds in self.moves
        )
        return (
            f"demo: ok ({upgrades}; {audit.requests} API requests, {audit.writes} writes, "
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

    def settled_at(self, version: str, timeout: float) -> None:
        """Wait until that version runs, nothing is under way and the release is Ready."""

        def so() -> bool:
            status = self.status()
            conditions = {item["type"]: item for item in status.get("conditions") or ()}
            return (
                (status.get("current") or {}).get("version") == version
                and conditions["Ready"]["status"] == "True"
                and conditions["UpdateAvailable"]["status"] == "False"
                and self.image().endswith(version)
            )

        self.wait_for(so, f"CoreDNS {version} to be Ready", timeout)

    def moved(self, start: str, end: str, result: str, started: float) -> None:
        """Note one move for the report."""
        seconds = self.screen.seconds - started
        self.moves.append((start, end, result, seconds))
        verb = "rolled back" if result == "RolledBack" else "reached"
        self.screen.proven(f"{end} {verb} after {seconds:.0f} s")

    def claim(self, holds: bool, text: str) -> None:  # noqa: FBT001 - reads as claim(condition, words)
        """Assert and tell."""
        if not holds:
            raise ClaimError(f"not so: {text}")
        self.screen.proven(text)

    def wait_for(self, ready: Callable[[], bool], what: str, timeout: float) -> None:
        """Keep the table alive until something is so."""
        deadline = time.monotonic() + timeout
        while not ready():
            if time.monotonic() > deadline:
                raise ClaimError(f"waited {timeout:.0f} s for {what}: {self._last_words()}")
            self.screen.show(self.node.kubernetes, self.status(), self.load.so_far() if self.load else {})
            time.sleep(0.5)

    def _last_words(self) -> str:
        conditions = self.status().get("conditions") or ()
        return "; ".join(
            f"{item['type']}={item['status']} {item['reason']}: {item['message']}" for item in conditions
        )

    def counted(self, what: str) -> int:
        """What the DNS load has counted so far."""
        return self.load.so_far()[what] if self.load else 0

    def status(self) -> dict[str, Any]:
        """The status of the AddonRelease."""
        return (self.api.document(RELEASE_PATH) or {}).get("status") or {}

    def image(self) -> str:
        """The image in the Deployment."""
        return str(self.governed()["image"])

    def corefile(self) -> str:
        """The people's own key."""
        return str(self._config()["Corefile"])

    def mounted_text(self) -> str:
        """The text that the pods mount."""
        return str(self._config()[self.governed()["items"][0]["key"]])

    def governed(self) -> dict[str, Any]:
        """Image, arguments, mounted keys and every text of the ConfigMap."""
        deployment = self.api.document(DEPLOYMENT_PATH)
        if deployment is None:
            return {"image": "", "items": []}
        pod = deployment["spec"]["template"]["spec"]
        volume = next(volume for volume in pod["volumes"] if volume["name"] == "config-volume")
        container = pod["containers"][0]
        items = volume["configMap"]["items"]
        return {
            "image": container["image"],
            "args": container["args"],
            "items": items,
            "data": self._config(),
        }

    def _config(self) -> dict[str, str]:
        return (self.api.document(CONFIG_PATH) or {}).get("data") or {}


def _list(strangers: tuple[str, ...]) -> str:
    return f": {'; '.join(strangers)}" if strangers else ""
