"""How a workload's controller replaces pods: how many it takes away, and how many it adds, at a time."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor

from addon_updater.rollout.workload import Workload

_DEFAULT = "25%"


@dataclass(frozen=True, slots=True)
class Replacing:
    """The most pods that are missing, and the most that are there in addition, while all are replaced."""

    missing: int
    surplus: int


def replacing(workload: Workload, *, recreate: bool) -> Replacing:
    """What the rollout of a new template does; `recreate` when the strategy becomes Recreate before it.

    Source: https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#rolling-update-deployment and
    https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#maximum-unavailable-pods
    """
    field = "updateStrategy" if workload.is_stateful_set else "strategy"
    rolling = (workload.spec.get(field) or {}).get("rollingUpdate") or {}
    if workload.is_stateful_set:
        return Replacing(max(portion(rolling.get("maxUnavailable", 1), workload.replicas, up=False), 1), 0)
    if recreate or workload.strategy == "Recreate":
        return Replacing(workload.replicas, 0)
    missing = portion(rolling.get("maxUnavailable", _DEFAULT), workload.replicas, up=False)
    surplus = portion(rolling.get("maxSurge", _DEFAULT), workload.replicas, up=True)
    # Where rounding leaves neither, the controller takes one away.
    return Replacing(missing or (0 if surplus else 1), surplus)


def portion(number: int | str, whole: int, *, up: bool) -> int:
    """A count, or a share like 25% of a whole, rounded up or down."""
    text = str(number)
    if not text.endswith("%"):
        return int(text)
    share = int(text.removesuffix("%")) * whole / 100
    return ceil(share) if up else floor(share)
