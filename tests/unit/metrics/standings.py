"""Releases for tests of metrics: a status with only what a test is about, and how it stands."""

from datetime import UTC, datetime, timedelta
from typing import Any

from addon_updater.api.meta import Condition, ConditionStatus
from addon_updater.api.release_status import AddonReleaseStatus
from addon_updater.metrics import REGISTRY, Standing, standing

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
HOUR_AGO = NOW - timedelta(hours=1)
DNS = {"namespace": "kube-system", "name": "dns", "addon": "coredns"}


def conditions(**by_type: str) -> list[Condition]:
    """Conditions as in Ready="True VersionFits", all of them an hour old."""
    return [
        Condition(type=type_, status=ConditionStatus(status), reason=reason, last_transition_time=HOUR_AGO)
        for type_, (status, reason) in ((type_, said.split()) for type_, said in by_type.items())
    ]


IDLE = conditions(Ready="True VersionFits", UpdateAvailable="False UpToDate", Reconciling="False Idle")


def stands(name: str = "dns", *, now: datetime = NOW, **status: Any) -> Standing:
    """The release of that name in kube-system, idle unless `status` says otherwise."""
    wanted = AddonReleaseStatus(**{"conditions": IDLE} | status)
    return standing("kube-system", name, "coredns", wanted, now)


def shown(metric: str, **labels: str) -> float | None:
    """What the release dns shows under this metric."""
    return REGISTRY.get_sample_value(f"addon_updater_{metric}", DNS | labels)
