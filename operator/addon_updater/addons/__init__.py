"""What only one addon knows. An addon without code here is governed by catalog data alone."""

from __future__ import annotations

from addon_updater.addons.coredns.addon import CoreDNS
from addon_updater.addons.data_only import DataOnly
from addon_updater.addons.grafana.addon import Grafana
from addon_updater.addons.prometheus.addon import Prometheus
from addon_updater.rollout.addon import Addon

_CODE: dict[str, Addon] = {"coredns": CoreDNS(), "grafana": Grafana(), "prometheus": Prometheus()}


def addon_named(name: str) -> Addon:
    """The code of an addon; for one that has none, what the catalog's data alone allows."""
    return _CODE.get(name) or DataOnly(name)
