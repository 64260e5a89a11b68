"""Chapters 1 to 4, the same at both levels. Each claims something and checks it; what is false ends the demo."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from demo.claims import Claims, Move, ReleaseView
from demo.objects import (
    BAD_CATALOG,
    BAD_VERSION,
    COREDNS_AT_START,
    COREDNS_FOR_34,
    COREDNS_FOR_35,
    GRAFANA_AT_START,
    GRAFANA_STOP,
    GRAFANA_TARGET,
    PROMETHEUS_AT_START,
    PROMETHEUS_TARGET,
    RELEASES,
)
from demo.promql import Prometheus
from demo.screen import Screen
from localcluster import Cluster
from localcluster.ask import ask_all

HERE: Final = Path(__file__).parent
OPERATOR_NAMESPACE: Final = "addon-updater"
_COMMENTS: Final = (
    "# Edited by the platform team",
    "# the old mainframe",
    "# one client refuses",
    "# names of the head",
)


class Story(Claims, ABC):
    """The demo on one cluster. What only a level has, or only a level can prove, is in its subclass."""

    is_a = ""
    """What the cluster is."""
    grafana_kind = "Grafana"
    """What Grafana is at this level, for the heading."""
    how_it_fails = ""
    """How the bad release goes bad, for the heading."""
    mute_panels: frozenset[str] = frozenset()
    """Panels of the dashboard about what an addon exports itself, where none of that name runs."""

    def __init__(self, cluster: Cluster, screen: Screen) -> None:
        api = cluster.api()
        super().__init__(screen, {one["metadata"]["name"]: ReleaseView(api, one) for one in RELEASES})
        self.cluster = cluster
        self.server_starts: list[datetime] = []
        self.began = now()

    @abstractmethod
    def install(self) -> None:
        """Bring the three addons, the operator and what measures; claim that they run."""

    @abstractmethod
    def prometheus_url(self) -> str:
        """Where the real Prometheus is asked."""

    @abstractmethod
    def check_dns(self) -> None:
        """Claim what is measured of DNS."""

    @abstractmethod
    def check_dns_is_back(self) -> None:
        """Claim that DNS serves as before the bad release."""

    @abstractmethod
    def check_prometheus_past(self) -> None:
        """Claim that Prometheus 3 knows what Prometheus 2 has scraped."""

    @abstractmethod
    def check_grafana_data(self) -> None:
        """Claim that dashboards and backups are there."""

    @abstractmethod
    def figures(self) -> tuple[str, str]:
        """What was measured beside the API server: a line for the report, and a part of the last line."""

    def prepare(self) -> None:
        """A cluster as teams have it: kubeadm's CoreDNS with an own Corefile, Prometheus and Grafana on volumes."""
        self.screen.step(
            f"1  Kubernetes 1.34 with CoreDNS {COREDNS_AT_START}, Prometheus {PROMETHEUS_AT_START}, "
            f"{self.grafana_kind} {GRAFANA_AT_START}"
        )
        self.install()

    def declare(self) -> None:
        """Three AddonReleases: CoreDNS moves at once, what breaks users waits for the next minor and says so."""
        self.screen.step("2  Three AddonReleases are applied")
        coredns = self.releases["coredns"]
        before, started = coredns.config()["Corefile"], self.screen.seconds
        for release in RELEASES:
            self.apply(release)
        self.settled("coredns", COREDNS_FOR_34, 90)
        self.moved(
            Move("CoreDNS", COREDNS_AT_START, COREDNS_FOR_34, "Promoted", self.screen.seconds - started)
        )
        self.claim(
            coredns.config()["Corefile"] == before,
            f"the Corefile is untouched: {COREDNS_FOR_34} reads it as it is",
        )
        self._waits("prometheus", PROMETHEUS_AT_START, PROMETHEUS_TARGET)
        self._waits("grafana", GRAFANA_AT_START, GRAFANA_TARGET)
        self.check_dns()

    def _waits(self, name: str, runs: str, wants: str) -> None:
        view = self.releases[name]
        self.wait_for(lambda: view.waits_for() == "WaitingForClusterMinor", f"{name} to wait", 30)
        self.claim(
            view.status()["target"]["version"] == wants
            and view.runs() == runs
            and view.condition("Ready")["status"] == "True",
            f"{name} stays Ready on {runs} and waits for the next minor with {wants}",
        )
        self.screen.quote(_when(view.condition("UpdateAvailable")["message"]))

    def upgrade_cluster(self) -> None:
        """The control plane moves; nobody tells the operator."""
        self.screen.step("3  The control plane moves live to 1.35; nobody tells the operator")
        self.server_starts.append(now())
        self.cluster.upgrade("1.35")
        self.screen.say("the API server answers 1.35")
        self._arrives("coredns", "CoreDNS", (COREDNS_FOR_34, COREDNS_FOR_35))
        saw = self.releases["coredns"].status().get("observedKubernetesMinor")
        self.claim(saw == "1.35", "the operator saw 1.35 settle by itself")
        self._corefile_migrated()
        self._arrives("prometheus", "Prometheus", (PROMETHEUS_AT_START, PROMETHEUS_TARGET))
        self.check_prometheus_past()
        self._arrives("grafana", "Grafana", (GRAFANA_AT_START, GRAFANA_TARGET))
        promoted = [
            one["version"]
            for one in reversed(self.releases["grafana"].history())
            if one["outcome"] == "Promoted"
        ]
        self.claim(
            promoted == [GRAFANA_STOP, GRAFANA_TARGET],
            f"Grafana went through its required stop {GRAFANA_STOP}",
        )
        self.check_grafana_data()
        self.check_dns()

    def _arrives(self, name: str, title: str, versions: tuple[str, str]) -> None:
        """Wait, and tell how long after the upgrade of the server the last hop had ended."""
        self.settled(name, versions[1], 150)
        ended = datetime.fromisoformat(self.releases[name].history()[0]["finishedAt"])
        took = (ended - self.server_starts[-1]).total_seconds()
        self.moved(Move(title, *versions, "Promoted", took))

    def _corefile_migrated(self) -> None:
        coredns = self.releases["coredns"]
        text = coredns.config()["Corefile"]
        self.claim(
            "response set ra" in text and all(comment in text for comment in _COMMENTS),
            f"the header rule, which {COREDNS_FOR_35} refuses in its old form, was migrated; "
            "every comment is still there",
        )
        mounted = coredns.governed()["volumes"][0]["configMap"]["items"][0]["key"]
        self.claim(coredns.config()[mounted] == text, "the pods mount exactly that text")

    def bad_release(self) -> None:
        """A release that passes its rehearsal and goes bad in its soak."""
        self.screen.step(f"4  The catalog gains CoreDNS {BAD_VERSION}, {self.how_it_fails}")
        coredns = self.releases["coredns"]
        before, started = coredns.governed(), self.screen.seconds
        self.apply(BAD_CATALOG)
        self.wait_for(lambda: coredns.image().endswith(BAD_VERSION), f"{BAD_VERSION} to be rolled out", 60)
        self.screen.say(f"{BAD_VERSION} passed its rehearsal and is being rolled out")
        self.wait_for(lambda: bool(coredns.status().get("quarantined")), "the rollback", 90)
        self.moved(Move("CoreDNS", COREDNS_FOR_35, BAD_VERSION, "RolledBack", self.screen.seconds - started))
        held = coredns.status()["quarantined"][-1]
        self.screen.quote(held["message"])
        self.claim(
            held["version"] == BAD_VERSION, f"{BAD_VERSION} is in quarantine and will not be tried again"
        )
        self.settled("coredns", COREDNS_FOR_35, 30)
        self.claim(
            coredns.governed() == before, "image, arguments and configuration are byte-equal to before"
        )
        self.check_dns_is_back()

    def apply(self, document: dict[str, Any]) -> None:
        """`kubectl apply`."""
        self.cluster.kubectl("apply", "-f", "-", input=json.dumps(document))

    def settled(self, name: str, version: str, timeout: float) -> None:
        """Wait until that version runs, nothing is under way and the release is Ready."""
        view = self.releases[name]
        self.wait_for(lambda: view.is_settled_at(version), f"{name} {version} to be Ready", timeout)

    def ask_prometheus(self) -> Prometheus:
        """The real Prometheus of this level."""
        url = self.prometheus_url()

        def get(paths: Sequence[str]) -> list[Any]:
            return [answer.json() for answer in ask_all(self.cluster, [f"{url}{path}" for path in paths])]

        return Prometheus(get)


def _when(message: str) -> str:
    """What the condition says about the start, behind what breaks; all of it when it says no such thing."""
    _, starts, when = message.partition("it starts by itself ")
    return f"{starts}{when}" or message


def now() -> datetime:
    """The time, to compare with what audit log and Prometheus have recorded."""
    return datetime.now(UTC)  # noqa: TID251 - a stamp, no decision
