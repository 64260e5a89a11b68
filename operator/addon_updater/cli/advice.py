"""What a person can do about the state of a release: one sentence for each reason that waits for one."""

from __future__ import annotations

from dataclasses import dataclass

from addon_updater.cli.releases import ReleaseView
from addon_updater.reasons import ConditionType, Reason
from addon_updater.rollout.situation import APPROVE_ANNOTATION, RESET_ANNOTATION


@dataclass(frozen=True, slots=True)
class Advice:
    """One thing to do, and the command that does it where there is one."""

    text: str
    command: str | None = None

    def for_release(self, **places: str) -> Advice:
        """The same with the names of a release filled in."""
        return Advice(self.text, self.command.format(**places) if self.command is not None else None)


_ANNOTATE = "kubectl annotate addonrelease {name} -n {namespace} --overwrite "
_PLAN = "kubectl addons plan {name} -n {namespace}"
_APPROVE = _ANNOTATE + APPROVE_ANNOTATION + "={hash}"
_RETRY = _ANNOTATE + RESET_ANNOTATION + '="$(date -u +%Y-%m-%dT%H:%M:%SZ)"'
_OPERATOR_PODS = "kubectl get pods -A -l app.kubernetes.io/name=addon-updater"
_OWNER = Advice(
    "let that owner deliver the version and set spec.delivery: Observe, or name it in spec.releasedBy"
)

REMEDIES: dict[Reason, Advice] = {
    Reason.WAITING_FOR_APPROVAL: Advice("look at the plan and approve it", _APPROVE),
    Reason.BLOCKED: Advice("see the findings and their remedies", _PLAN),
    Reason.NO_BETTER_VERSION: Advice("see why no version is allowed", _PLAN),
    Reason.SUSPENDED: Advice("set spec.suspend: false to let updates start again"),
    Reason.UNKNOWN_ADDON: Advice("choose an addon of the catalog, or add this one with an AddonCatalog"),
    Reason.INVALID_SPEC: Advice(
        "correct the field that the message names", "kubectl edit addonrelease {name} -n {namespace}"
    ),
    Reason.WORKLOAD_NOT_FOUND: Advice(
        "create the workload, or this AddonRelease anew with another targetRef"
    ),
    Reason.CONTAINER_NOT_FOUND: Advice("create this AddonRelease anew with the right spec.container"),
    Reason.WORKLOAD_CLAIMED: Advice("delete one of the two AddonReleases; the addon keeps running"),
    Reason.OWN_WORKLOAD: Advice("delete this AddonRelease; update addon-updater by its own manifests"),
    Reason.VERSION_UNREADABLE: Advice("run an image whose tag tells the version, as in v1.12.1"),
    Reason.CONFIG_NOT_FOUND: Advice("restore what the message names; new pods could not start without it"),
    Reason.CONFIG_UNREADABLE: Advice("correct the configuration at the place that the message names"),
    Reason.FOREIGN_OWNER: _OWNER,
    Reason.REVERTED_BY_OTHER: _OWNER,
    Reason.RBAC_MISSING: Advice("apply what the message names; the operator tries again by itself"),
    Reason.ADMISSION_DENIED: Advice(
        "allow the write in the policy that the message names; it is tried again"
    ),
    Reason.WRITE_REFUSED: Advice("correct the field that the message names"),
    Reason.REVISION_TOO_LARGE: Advice("split the configuration, so that it can be kept and put back"),
    Reason.CATALOG_BROKEN: Advice("correct the AddonCatalog that the message names"),
    Reason.SETTINGS_BROKEN: Advice(
        "correct the place that the message names in ConfigMap addon-updater-settings of the operator's namespace"
    ),
    Reason.RESTORE_NEEDED: Advice(
        "restore the backup that the message names and take the update back, or approve it; see the runbook"
    ),
    Reason.GATE_UNKNOWN: Advice(
        "make the check answer, and the update goes on by itself; or decide yourself, see the runbook"
    ),
    Reason.ROLLBACK_FAILED: Advice("repair the workload by hand, then let updates start again", _RETRY),
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
        REMEDIES[Reason(condition.reason)]
        for type_ in (ConditionType.STALLED, ConditionType.UPDATE_AVAILABLE)
        if (condition := view.condition(type_)) is not None and condition.reason in REMEDIES
    ]
    if view.status.quarantined and not view.holds(ConditionType.RECONCILING):
        found.append(_RELEASE_QUARANTINE)
    plan = view.status.plan
    places = {"namespace": view.namespace, "name": view.name, "hash": plan.hash if plan else "HASH"}
    return tuple(dict.fromkeys(one.for_release(**places) for one in found))
