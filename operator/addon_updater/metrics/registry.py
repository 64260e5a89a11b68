"""The one registry, and its text."""

from __future__ import annotations

from prometheus_client import (
    CollectorRegistry,
    Gauge,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)

from addon_updater import __version__

# As series of their own, which is all the text format has for them, they would double every counter.
disable_created_metrics()  # type: ignore[no-untyped-call]  # the client has it untyped

REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)

BUILD_INFO = Gauge(
    "addon_updater_build_info", "1 for the version of the operator.", ("version",), registry=REGISTRY
)
BUILD_INFO.labels(__version__).set(1)


def exposition() -> bytes:
    """The text that Prometheus scrapes."""
    return generate_latest(REGISTRY)
