"""What the vendor of the cluster adds to a condition: why a workload is missing, and whose manager writes it."""

from __future__ import annotations

from addon_updater.api.catalog import Ownership, VendorOwner
from addon_updater.resolve.nodes import ClusterFacts

_USUAL = (
    "create it, create this AddonRelease anew with the right spec.targetRef, or set spec.whenMissing: Ignore"
)


def missing(where: str, cluster: ClusterFacts | None, owner: VendorOwner | None) -> str:
    """That a workload does not exist, why not here, and what to do."""
    if cluster is None or owner is None or owner.how is Ownership.ONE_SHOT:
        return f"{where} does not exist: {_USUAL}"
    why = f"{owner.because} ({cluster.recognized.because})"
    if owner.how is Ownership.ABSENT:
        return f"{where} does not exist: {why}; {owner.remedy or _USUAL}"
    return f"{where} does not exist: {_USUAL}. {why}{_instead(owner)}"


def absent(cluster: ClusterFacts | None, owner: VendorOwner | None) -> str:
    """Why the clusters of this vendor never have the workload, to follow a sentence; empty when others have it."""
    if cluster is None or owner is None or owner.how is not Ownership.ABSENT:
        return ""
    return f"; {owner.because} ({cluster.recognized.because})"


def manager_of_vendor(manager: str, owner: VendorOwner | None) -> str:
    """What the vendor's own manager does and what to do there, to follow a sentence; empty for any other manager."""
    if owner is None or owner.how is not Ownership.CONTINUOUS or owner.manager not in (None, manager):
        return ""
    return f". {owner.because}{_instead(owner)}"


def _instead(owner: VendorOwner) -> str:
    return f"; {owner.remedy}" if owner.remedy is not None else ""
