"""What a person can do about the state of a release: a few sentences for each reason that waits for one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from addon_updater.api.catalog import Ownership
from addon_updater.cli.releases import ReleaseView
from addon_updater.reasons import ConditionType, Reason


@dataclass(frozen=True, slots=True)
class Advice:
    """One thing to do, and the command that does it where there is one."""

    text: str
    command: str | None = None

    def for_release(self, **places: str) -> Advice:
        """The same with the names of a release filled in."""
        return Advice(self.text, self.command.format(**places) if self.command is not None else None)


_PLAN = "kubectl addons plan {name} -n {namespace}"
_WHY = "kubectl addons why {name} -n {namespace}"
_APPROVE = "kubectl addons approve {name} {hash} -n {namespace}"
_APPROVE_ATTEMPT = "kubectl addons approve {name} {attempt} -n {namespace}"
_RETRY = "kubectl addons retry {name} -n {namespace}"
_RESET_BREAKER = "kubectl addons reset-breaker"
_ROLLBACK = "kubectl addons rollback {name} -n {namespace}"
_OPERATOR_PODS = "kubectl get pods -A -l app.kubernetes.io/name=addon-updater"
_OWNER = Advice(
    "let that owner deliver the version and set spec.delivery: Observe, or name it in spec.releasedBy"
)
_NEVER_HERE = Advice(
    "set spec.whenMissing: Ignore, or delete this AddonRelease: clusters of this vendor do not have the workload"
)
_VENDOR_WRITES = Advice("where the message names the manager of the vendor, do what it says there")
_BY_OWNERSHIP: dict[tuple[Reason, str], tuple[Advice, ...]] = {
    (Reason.WORKLOAD_NOT_FOUND, Ownership.ABSENT): (_NEVER_HERE,),
    (Reason.FOREIGN_OWNER, Ownership.CONTINUOUS): (_VENDOR_WRITES, _OWNER),
}
"""What helps instead where the vendor of the cluster looks after the addon in that way."""
_EARLIER = Advice("approve the plan to have it earlier", _APPROVE)

REMEDIES: dict[Reason, tuple[Advice, ...]] = {
    Reason.WAITING_FOR_APPROVAL: (Advice("look at the plan and approve it", _APPROVE),),
    Reason.BREAKING_DENIED: (Advice("look at the plan and approve it all the same", _APPROVE),),
    Reason.BLOCKED: (Advice("see the findings and their remedies", _PLAN),),
    Reason.NO_BETTER_VERSION: (Advice("see why no version is allowed", _WHY),),
    Reason.WAITING_FOR_WORKLOAD: (Advice("repair what the message names; it is tried again by itself"),),
    Reason.FROZEN: (Advice("lift the freeze in ConfigMap addon-updater-settings when its cause is over"),),
    Reason.CIRCUIT_BROKEN: (
        Advice("find out why they failed, then let updates start by themselves again", _RESET_BREAKER),
        Advice("or let this one start alone", _APPROVE),
    ),
    Reason.SUSPENDED: (Advice("set spec.suspend: false to let updates start again"),),
    Reason.UNKNOWN_ADDON: (Advice("choose an addon of the catalog, or add this one with an AddonCatalog"),),
    Reason.INVALID_SPEC: (
        Advice("correct the field that the message names", "kubectl edit addonrelease {name} -n {namespace}"),
    ),
    Reason.WORKLOAD_NOT_FOUND: (
        Advice(
            "create the workload, or this AddonRelease anew with the right spec.targetRef, or set "
            "spec.whenMissing: Ignore"
        ),
    ),
    Reason.CONTAINER_NOT_FOUND: (Advice("create this AddonRelease anew with the right spec.container"),),
    Reason.WORKLOAD_CLAIMED: (Advice("delete one of the two AddonReleases; the addon keeps running"),),
    Reason.OWN_WORKLOAD: (Advice("delete this AddonRelease; update addon-updater by its own manifests"),),
    Reason.VERSION_UNREADABLE: (Advice("run an image whose tag tells the version, as in v1.12.1"),),
    Reason.CONFIG_NOT_FOUND: (Advice("restore what the message names; new pods could not start without it"),),
    Reason.CONFIG_UNREADABLE: (Advice("correct the configuration at the place that the message names"),),
    Reason.FOREIGN_OWNER: (_OWNER,),
    Reason.REVERTED_BY_OTHER: (_OWNER, Advice("then let the update be tried again", _RETRY)),
    Reason.RBAC_MISSING: (Advice("apply what the message names; the operator tries again by itself"),),
    Reason.ADMISSION_DENIED: (
        Advice("allow the write in the policy that the message names; it is tried again"),
    ),
    Reason.WRITE_REFUSED: (Advice("correct the field that the message names"),),
    Reason.REVISION_TOO_LARGE: (Advice("split the configuration, so that it can be kept and put back"),),
    Reason.CATALOG_BROKEN: (Advice("correct the AddonCatalog that the message names"),),
    Reason.DEFECT: (Advice("report the trace in the log of the leader as a defect", _OPERATOR_PODS),),
    Reason.SETTINGS_BROKEN: (
        Advice(
            "correct the place that the message names in ConfigMap addon-updater-settings of the operator's namespace"
        ),
    ),
    Reason.RESTORE_NEEDED: (
        Advice("restore the backup that the message names, then take the update back", _ROLLBACK),
        Advice("or keep the new version as it is", _APPROVE_ATTEMPT),
    ),
    Reason.GATE_UNKNOWN: (
        Advice("make the check answer, and the update goes on by itself"),
        Advice("or keep the new version without the answer", _APPROVE_ATTEMPT),
        Advice("or take the update back", _ROLLBACK),
    ),
    Reason.ROLLBACK_FAILED: (Advice("repair the workload by hand, then let updates start again", _RETRY),),
}
"""Keyed by the reason of a condition that waits for a person."""

_RELEASE_QUARANTINE = Advice("when the cause of the failure is gone, let it be tried again", _RETRY)
_START_OPERATOR = Advice("see whether the operator runs", _OPERATOR_PODS)


def approval(namespace: str, name: str, plan_hash: str) -> str:
    """The command that approves a plan."""
    return _APPROVE.format(namespace=namespace, name=name, hash=plan_hash)


def advice(view: ReleaseView) -> tuple[Advice, ...]:
    """What can be done, the most pressing first; empty when nothing waits for a person."""
    if view.problem is not None:
        return ()
    if view.status.observed_generation is None:
        return (_START_OPERATOR,)
    found = [
        one
        for type_ in (ConditionType.STALLED, ConditionType.UPDATE_AVAILABLE)
        if (condition := view.condition(type_)) is not None and condition.reason in REMEDIES
        for one in _remedies(view, Reason(condition.reason))
    ]
    if _waits_for_a_minor(view):
        found.append(_EARLIER)
    if view.status.quarantined and not view.holds(ConditionType.RECONCILING):
        found.append(_RELEASE_QUARANTINE)
    return tuple(_once(one.for_release(**_places(view)) for one in found))


def _remedies(view: ReleaseView, reason: Reason) -> tuple[Advice, ...]:
    cluster = view.status.cluster
    owner = cluster.owner if cluster is not None else None
    return _BY_OWNERSHIP.get((reason, owner or ""), REMEDIES[reason])


def _places(view: ReleaseView) -> dict[str, str]:
    plan, attempt = view.status.plan, view.status.attempt
    return {
        "namespace": view.namespace,
        "name": view.name,
        "hash": plan.hash if plan else "HASH",
        "attempt": attempt.id if attempt else "ATTEMPT",
    }


def _waits_for_a_minor(view: ReleaseView) -> bool:
    """Whether the next hop would start with the next minor, and not only once the servers agree on one."""
    update, plan = view.condition(ConditionType.UPDATE_AVAILABLE), view.status.plan
    if update is None or update.reason != Reason.WAITING_FOR_CLUSTER_MINOR:
        return False
    return plan is not None and bool(plan.hops) and plan.hops[0].admitted is False


def _once(advices: Iterable[Advice]) -> Iterator[Advice]:
    """Each command once, with the sentence that came first: the most pressing one."""
    commands: set[str] = set()
    for one in dict.fromkeys(advices):
        if one.command is not None:
            if one.command in commands:
                continue
            commands.add(one.command)
        yield one
