"""The metrics of every release, collected from how the releases stand when Prometheus asks.

Nothing is taken back series by series: what a release no longer is, it no longer tells.
"""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from addon_updater.metrics.attempts import expect_attempts
from addon_updater.metrics.cluster import MINOR_READINESS
from addon_updater.metrics.families import FAMILIES, Family
from addon_updater.metrics.registry import REGISTRY
from addon_updater.metrics.standing import Standing

RELEASE_LABELS = ("namespace", "name", "addon")


class ReleaseCollector(Collector):
    """Every release as it stands now."""

    def __init__(self) -> None:
        self._standings: dict[tuple[str, str], Standing] = {}

    def show(self, one: Standing) -> None:
        previous = self._standings.get(one.key)
        if previous is None:
            expect_attempts([one.addon])
        self._standings[one.key] = one.after(previous)

    def forget(self, namespace: str, name: str) -> None:
        self._standings.pop((namespace, name), None)

    def clear(self) -> None:
        self._standings.clear()

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """The names alone, which the registry keeps apart from those of others."""
        return (_empty(family) for family in FAMILIES)

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """All families of one moment; passes may go on meanwhile, for it runs in a thread of its own."""
        standings = tuple(self._standings.values())
        for family in FAMILIES:
            metric = _empty(family)
            for one in standings:
                identity = (one.namespace, one.name, one.addon)
                for labels, value in family.samples(one):
                    metric.add_metric((*identity, *labels), value)
            yield metric


def _empty(family: Family) -> GaugeMetricFamily:
    return GaugeMetricFamily(family.name, family.documentation, labels=(*RELEASE_LABELS, *family.labels))


_RELEASES = ReleaseCollector()
REGISTRY.register(_RELEASES)


def show_release(one: Standing) -> None:
    """Show how a release stands; what it showed before is gone."""
    _RELEASES.show(one)


def forget_release(namespace: str, name: str) -> None:
    """Remove every series of a release."""
    _RELEASES.forget(namespace, name)


def forget_releases() -> None:
    """Remove what only the leader tells, releases and verdicts: from now on another replica does."""
    _RELEASES.clear()
    MINOR_READINESS.clear()
