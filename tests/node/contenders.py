"""The three addons on one node, as teams run them where an old pod can serve until a new one does."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from localcluster import Node, reset_coredns
from localcluster.grafana import install_grafana, remove_grafana
from localcluster.images import Fault, coredns_fault_images, grafana_image, prometheus_fault_images
from localcluster.prometheus import PROMETHEUS_ARGS, install_prometheus, remove_prometheus
from node.bad_releases import FLAWS, GOOD_PATCH, HEALTHY_SECONDS
from node.monitoring_stage import GRAFANA, OLD_CONFIG, OLD_FLAGS, PACE, PROMETHEUS, NeverMade
from node.operator_under_test import NAMESPACE
from node.raw_api import Manifest, RawApi
from node.stage import COREDNS, Stage

COREFILE = (Path(__file__).parent / "Corefile.team").read_text()
COREDNS_BASE, PROMETHEUS_BASE = "1.13.1", "3.13.2"
"""The real releases that play the ones that never were."""
_SETTINGS = f"/api/v1/namespaces/{NAMESPACE}/configmaps"
_UNDETERRED: Manifest = {
    "apiVersion": "v1",
    "kind": "ConfigMap",
    "metadata": {"name": "addon-updater-settings", "namespace": NAMESPACE},
    "data": {"settings.yaml": "circuitBreaker: {failures: 100}"},
}
"""All of them fail all the time; the circuit breaker would hold Prometheus, which begins when the others have failed."""


@dataclass(frozen=True)
class Contender:
    """One of the addons; its releases that never were are all of one line."""

    stage: Stage
    old: str
    line: str
    rollback_floor: str

    @property
    def addon(self) -> str:
        """Its name in the catalog."""
        return self.stage.subject.addon

    def version(self, patch: int) -> str:
        """A release of its line."""
        return f"{self.line}.{patch}"

    def declare(self) -> None:
        """Govern it; all of its line may be taken as soon as the catalog has it."""
        line = [self.version(flaw.patch) for flaw in FLAWS]
        wanted = " || ".join((self.old, *line, self.version(GOOD_PATCH)))
        self.stage.declare(version=wanted, channel="Latest", rollout=PACE)
        self.stage.await_version(self.old)

    def offer(self, patch: int) -> None:
        """Put a release into the catalog."""
        NeverMade(self.addon, self.version(patch), self.rollback_floor).offer(self.stage)

    def at_pace(self, **rollout: Any) -> None:
        """Update at this pace from now on."""
        self.stage.change(rollout={**PACE, **rollout})


@contextmanager
def three_addons(node: Node, api: RawApi) -> Iterator[tuple[Contender, ...]]:
    """CoreDNS with a configuration of its own; Prometheus and Grafana whose data goes with their pods.

    What CoreDNS and Prometheus read must be migrated on the way to their new lines.
    """
    coredns = Contender(Stage(node, api, COREDNS), "1.11.3", "1.13", "1.11.0")
    prometheus = Contender(Stage(node, api, PROMETHEUS), "2.55.1", "3.13", "2.55.1")
    grafana = Contender(Stage(node, api, GRAFANA), "11.6.16", "11.6", "11.0.0")
    contenders = (coredns, prometheus, grafana)
    args = (*PROMETHEUS_ARGS, *OLD_FLAGS)
    rolling: dict[str, Any] = {"persistent": False, "strategy": "RollingUpdate"}
    _clear(node, contenders)
    api.create(_SETTINGS, _UNDETERRED)
    _side_by_side(
        lambda: reset_coredns(node, coredns.old, COREFILE),
        lambda: install_prometheus(node, prometheus.old, config=OLD_CONFIG, args=args, **rolling),
        lambda: install_grafana(node, grafana.old, **rolling),
        lambda: _load_images(node, contenders),
    )
    yield contenders
    api.delete(f"{_SETTINGS}/{_UNDETERRED['metadata']['name']}")
    _clear(node, contenders)
    reset_coredns(node)


def _clear(node: Node, contenders: tuple[Contender, ...]) -> None:
    for one in contenders:
        one.stage.clear()
    _side_by_side(lambda: remove_prometheus(node), lambda: remove_grafana(node))


def _side_by_side(*parts: Callable[[], None]) -> None:
    """Do all of it; each part waits for containers most of its time."""
    with ThreadPoolExecutor(len(parts)) as pool:
        for part in [pool.submit(part) for part in parts]:
            part.result()


def _load_images(node: Node, contenders: tuple[Contender, ...]) -> None:
    """Put the images of every release on the node that somebody pushed."""
    coredns, prometheus, grafana = contenders
    node.load_image(coredns_fault_images(_faults(coredns, "healthy"), COREDNS_BASE))
    node.load_image(prometheus_fault_images(_faults(prometheus, "healthy"), PROMETHEUS_BASE))
    for version, fault in _faults(grafana, ""):
        node.load_image(grafana_image(version, fault=fault.mode, seconds=fault.seconds))


def _faults(contender: Contender, healthy: str) -> list[tuple[str, Fault]]:
    modes = {flaw.patch: flaw.signs[contender.addon].mode for flaw in FLAWS} | {GOOD_PATCH: healthy}
    return [
        (contender.version(patch), Fault(mode, HEALTHY_SECONDS))
        for patch, mode in modes.items()
        if mode is not None
    ]
