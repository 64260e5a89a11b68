"""Every metric of the operator, in one place. Names and labels are documented in docs/metrics.md."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

REGISTRY = CollectorRegistry()

_RELEASE = ("namespace", "name", "addon")

API_REQUESTS = Counter(
    "addon_updater_api_requests_total",
    "Requests to the API server by method and HTTP status; code 0 means no answer.",
    ("method", "code"),
    registry=REGISTRY,
)
PASSES = Counter(
    "addon_updater_reconcile_total",
    "Passes over a release by result: done, conflict, transient, refused, failed.",
    ("result",),
    registry=REGISTRY,
)
PASS_SECONDS = Histogram(
    "addon_updater_reconcile_duration_seconds",
    "Seconds that one pass took, probes included.",
    registry=REGISTRY,
    buckets=(0.01, 0.05, 0.1, 0.5, 1, 2, 5, 10, 30),
)
QUEUE_DEPTH = Gauge("addon_updater_queue_depth", "Releases waiting for a pass.", registry=REGISTRY)
LEADING = Gauge("addon_updater_leader", "1 while this replica holds the Lease.", registry=REGISTRY)
ATTEMPTS = Counter(
    "addon_updater_attempts_total",
    "Finished attempts by result: Promoted, RolledBack, Failed, Superseded, RollbackFailed.",
    ("addon", "result"),
    registry=REGISTRY,
)
RELEASE_INFO = Gauge(
    "addon_updater_release_info",
    "1 for the version that a release runs and the one it wants.",
    (*_RELEASE, "version", "target"),
    registry=REGISTRY,
)
RELEASE_CONDITION = Gauge(
    "addon_updater_release_condition",
    "1 when the condition is True, 0 when it is False, -1 when it is Unknown.",
    (*_RELEASE, "type", "reason"),
    registry=REGISTRY,
)
SETTLED_MINOR = Gauge(
    "addon_updater_kubernetes_settled_minor",
    "The settled minor of the cluster, as in 34 for Kubernetes 1.34; 0 while unknown.",
    registry=REGISTRY,
)
CATALOG_FRESH = Gauge(
    "addon_updater_catalog_fresh",
    "1 while every AddonCatalog is in force as written, 0 while a broken one is left out.",
    registry=REGISTRY,
)


def api_request(method: str, status: int) -> None:
    """Count one request to the API server."""
    API_REQUESTS.labels(method, str(status)).inc()


def show_release(
    identity: tuple[str, str, str],
    *,
    version: str,
    target: str,
    conditions: dict[str, tuple[float, str]],
) -> None:
    """Show how a release stands; what it showed before is taken back."""
    namespace, name, _addon = identity
    forget_release(namespace, name)
    RELEASE_INFO.labels(*identity, version, target).set(1)
    for type_, (value, reason) in conditions.items():
        RELEASE_CONDITION.labels(*identity, type_, reason).set(value)


def forget_release(namespace: str, name: str) -> None:
    """Remove every series of a release."""
    for gauge in (RELEASE_INFO, RELEASE_CONDITION):
        gauge.remove_by_labels({"namespace": namespace, "name": name})


def forget_releases() -> None:
    """Remove the series of all releases: from now on another replica tells how they stand."""
    for gauge in (RELEASE_INFO, RELEASE_CONDITION):
        gauge.clear()


def exposition() -> bytes:
    """The text that Prometheus scrapes."""
    return generate_latest(REGISTRY)
