"""What the PersistentVolumeClaims of a workload say about replacing its pods.

Sources: https://kubernetes.io/docs/concepts/storage/persistent-volumes/#access-modes and
https://kubernetes.io/docs/concepts/storage/persistent-volumes/#storage-object-in-use-protection
"""

from __future__ import annotations

from collections.abc import Iterator

from addon_updater.rollout.finding import Finding, Severity
from addon_updater.rollout.replacing import Replacing
from addon_updater.rollout.rules import Rule
from addon_updater.rollout.surroundings import CLAIMS, Claim, Surroundings
from addon_updater.rollout.workload import Workload

_BY_MANY = frozenset({"ReadWriteMany", "ReadOnlyMany"})
_BY_ONE_POD = "ReadWriteOncePod"


def claim_findings(workload: Workload, rollout: Replacing, around: Surroundings) -> Iterator[Finding]:
    """The claims that would not survive the rollout, or that it would wait for."""
    if CLAIMS in around.unread:
        return
    known = {claim.name: claim for claim in around.claims}
    shared = sorted(set(workload.claims().values()))
    for name in shared:
        if name not in known:
            yield Finding(
                Rule.CLAIM_MISSING,
                Severity.BLOCK,
                f"PersistentVolumeClaim {name}, which the pods mount, does not exist: no new pod could start",
                f"create PersistentVolumeClaim {name}, or correct the volume in {workload.name}",
            )
    for name in (*shared, *_own_claims(workload)):
        if (claim := known.get(name)) is not None and claim.is_deleting:
            yield Finding(
                Rule.CLAIM_ENDS,
                Severity.BLOCK,
                f"PersistentVolumeClaim {name} is being deleted and goes as soon as no pod mounts it, which the update "
                "would bring about; what becomes of its data is said by the reclaim policy of its volume",
                f"copy the data, and move {workload.name} to another claim",
            )
    yield from (
        _held_alone(workload, rollout, known[name])
        for name in shared
        if name in known and rollout.surplus and _BY_MANY.isdisjoint(known[name].access_modes)
    )


def _own_claims(workload: Workload) -> list[str]:
    """The claims that a StatefulSet makes for each of its pods."""
    start = int((workload.spec.get("ordinals") or {}).get("start") or 0)
    return [
        f"{template['metadata']['name']}-{workload.name}-{ordinal}"
        for template in workload.spec.get("volumeClaimTemplates") or ()
        for ordinal in range(start, start + workload.replicas)
    ]


def _held_alone(workload: Workload, rollout: Replacing, claim: Claim) -> Finding:
    only_a_pod = _BY_ONE_POD in claim.access_modes
    holder = "one pod" if only_a_pod else "the pods of one node"
    stuck = only_a_pod and not rollout.missing
    return Finding(
        Rule.CLAIM_HELD_ALONE,
        Severity.BLOCK if stuck else Severity.WARN,
        f"PersistentVolumeClaim {claim.name} can be mounted by {holder} at a time, and the rollout of {workload.name} "
        f"starts a new pod {'before it ends' if not rollout.missing else 'beside'} an old one: the new pod "
        f"{'waits' if only_a_pod else 'waits, should it come to another node,'} for the volume",
        f"set the strategy of {workload.name} to Recreate",
    )


def has_claims(workload: Workload) -> bool:
    """Whether its pods mount any claim."""
    return bool(workload.claims() or workload.spec.get("volumeClaimTemplates"))
