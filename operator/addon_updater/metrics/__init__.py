"""Every metric of the operator, in one place. Names and labels are documented in docs/metrics.md."""

from __future__ import annotations

from addon_updater.metrics.attempts import ATTEMPTS, attempt_finished, expect_attempts
from addon_updater.metrics.cluster import (
    CATALOG_FRESH,
    CIRCUIT_BREAKER_OPEN,
    FROZEN,
    READINESS_CODES,
    SETTINGS_FRESH,
    SETTLED_MINOR,
    forget_cluster,
    forget_readiness,
    show_cluster,
    show_minors,
    show_readiness,
)
from addon_updater.metrics.phase import PHASE_CODES, Phase
from addon_updater.metrics.registry import REGISTRY, exposition
from addon_updater.metrics.releases import forget_release, forget_releases, show_release
from addon_updater.metrics.standing import GATE_CODES, Standing, standing
from addon_updater.metrics.working import (
    API_REQUESTS,
    LEADING,
    PASS_SECONDS,
    PASSES,
    QUEUE_DEPTH,
    api_request,
)

__all__ = [
    "API_REQUESTS",
    "ATTEMPTS",
    "CATALOG_FRESH",
    "CIRCUIT_BREAKER_OPEN",
    "FROZEN",
    "GATE_CODES",
    "LEADING",
    "PASSES",
    "PASS_SECONDS",
    "PHASE_CODES",
    "QUEUE_DEPTH",
    "READINESS_CODES",
    "REGISTRY",
    "SETTINGS_FRESH",
    "SETTLED_MINOR",
    "Phase",
    "Standing",
    "api_request",
    "attempt_finished",
    "expect_attempts",
    "exposition",
    "forget_cluster",
    "forget_readiness",
    "forget_release",
    "forget_releases",
    "show_cluster",
    "show_minors",
    "show_readiness",
    "show_release",
    "standing",
]
