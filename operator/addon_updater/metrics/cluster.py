"""What holds for the whole cluster: its minors, the catalog and the settings in force, readiness for the next."""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client import Gauge

from addon_updater.metrics.registry import REGISTRY

READINESS_CODES = {"Error": 0, "Unknown": 1, "Warning": 2, "Passing": 3}
"""The smaller the worse, so that min() over several is their verdict."""

SETTLED_MINOR = Gauge(
    "addon_updater_kubernetes_settled_minor",
    "The settled minor of the cluster, as in 34 for Kubernetes 1.34; 0 while unknown.",
    registry=REGISTRY,
)
OBSERVED_MINOR = Gauge(
    "addon_updater_kubernetes_observed_minor",
    "1 for every minor that an API server answers; two of them while the control plane is upgraded.",
    ("minor",),
    registry=REGISTRY,
)
CLUSTER_INFO = Gauge(
    "addon_updater_cluster_info",
    "1 for who built the cluster, as facts on its objects tell; unknown where they do not.",
    ("vendor",),
    registry=REGISTRY,
)
KUBELET_MINOR = Gauge(
    "addon_updater_kubelet_minor",
    "The oldest and the newest kubelet minor of Ready nodes, as in 34 for 1.34; absent while nobody knows.",
    ("bound",),
    registry=REGISTRY,
)
MINOR_READINESS = Gauge(
    "addon_updater_minor_readiness",
    "Whether an addon is ready for a coming minor: 0 Error, 1 Unknown, 2 Warning, 3 Passing.",
    ("minor", "addon"),
    registry=REGISTRY,
)
CATALOG_FRESH = Gauge(
    "addon_updater_catalog_fresh",
    "1 while every AddonCatalog is in force as written and has not expired.",
    registry=REGISTRY,
)
SETTINGS_FRESH = Gauge(
    "addon_updater_settings_fresh",
    "1 while the settings are in force as written.",
    registry=REGISTRY,
)
FROZEN = Gauge("addon_updater_frozen", "1 while the settings freeze all new attempts.", registry=REGISTRY)
CIRCUIT_BREAKER_OPEN = Gauge(
    "addon_updater_circuit_breaker_open",
    "1 while failures of several addons pause every update that would start by itself; the leader tells.",
    registry=REGISTRY,
)

# Nothing is broken before something was read: without an AddonCatalog nobody would ever set it.
CATALOG_FRESH.set(1)
SETTINGS_FRESH.set(1)


def show_minors(observed: Iterable[str], settled: int) -> None:
    """Show what the API servers answer. `observed` like "1.34", `settled` like 34 or 0 while nothing is."""
    OBSERVED_MINOR.clear()
    for minor in observed:
        OBSERVED_MINOR.labels(minor).set(1)
    SETTLED_MINOR.set(settled)


def show_cluster(vendor: str, kubelets: tuple[int, int] | None) -> None:
    """Show who built the cluster, and the oldest and newest kubelet minor like (33, 34); None while nobody knows."""
    forget_cluster()
    CLUSTER_INFO.labels(vendor).set(1)
    if kubelets is not None:
        for bound, minor in zip(("oldest", "newest"), kubelets, strict=True):
            KUBELET_MINOR.labels(bound).set(minor)


def forget_cluster() -> None:
    """Show neither any more."""
    CLUSTER_INFO.clear()
    KUBELET_MINOR.clear()


def show_readiness(minor: str, addon: str, verdict: str) -> None:
    """Show the verdict on one addon for a coming minor like "1.36": Passing, Warning, Error or Unknown.

    Raises:
        KeyError: the verdict is none of these.
    """
    MINOR_READINESS.labels(minor, addon).set(READINESS_CODES[verdict])


def forget_readiness(minor: str) -> None:
    """Remove the verdicts for a minor that is no longer to come."""
    MINOR_READINESS.remove_by_labels({"minor": minor})
