"""How the operator itself works: its passes, its queue, its requests, its Lease."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

from addon_updater.metrics.registry import REGISTRY

PASS_RESULTS = ("done", "conflict", "transient", "refused", "failed")

API_REQUESTS = Counter(
    "addon_updater_api_requests_total",
    "Requests to the API server by method and HTTP status; code 0 means no answer.",
    ("method", "code"),
    registry=REGISTRY,
)
PASSES = Counter(
    "addon_updater_reconcile_total",
    f"Passes over a release by result: {', '.join(PASS_RESULTS)}.",
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

# A counter that is born with its first event has no increase() over it.
for _result in PASS_RESULTS:
    PASSES.labels(_result)


def api_request(method: str, status: int) -> None:
    """Count one request to the API server."""
    API_REQUESTS.labels(method, str(status)).inc()
