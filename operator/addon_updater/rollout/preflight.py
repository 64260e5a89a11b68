"""The preflight that holds for every addon: what an update runs into around the workload, and on the way back.

None of it is part of what a person approves: it differs between clusters and changes while nothing else does.
"""

from __future__ import annotations

from collections.abc import Iterator

from addon_updater.catalog import AddonEntryIndex
from addon_updater.rollout.claims import claim_findings
from addon_updater.rollout.content import Content
from addon_updater.rollout.disruption import budget_findings
from addon_updater.rollout.finding import Finding, Severity
from addon_updater.rollout.plan import Plan
from addon_updater.rollout.preconditions import missing_config, overwritten_key
from addon_updater.rollout.rehearsing import unrehearsable
from addon_updater.rollout.render import rehearsal_pod
from addon_updater.rollout.replacing import Replacing, replacing
from addon_updater.rollout.room import Addition, room_findings
from addon_updater.rollout.rules import Rule
from addon_updater.rollout.situation import Situation
from addon_updater.rollout.way_back import way_back_findings

_DEFAULT_DEADLINE_SECONDS = 600


def preflight(situation: Situation, plan: Plan, entry: AddonEntryIndex) -> tuple[Finding, ...]:
    """Everything that the rules have to say about the next hop, or about a new configuration alone, here and now."""
    desired, hop = plan.desired, plan.hops[0] if plan.hops else None
    rollout = replacing(situation.workload, recreate=desired.recreate)
    around = situation.observed.surroundings
    return (
        *way_back_findings(situation, hop, entry),
        *_refused_writes(situation, desired),
        *budget_findings(situation.workload, rollout, around.budgets),
        *claim_findings(situation.workload, rollout, around),
        *room_findings(_additions(situation, plan, rollout), around),
        *_unread(situation),
    )


def _refused_writes(situation: Situation, desired: Content) -> Iterator[Finding]:
    """What the API server would refuse in the middle of the update, although it is known before."""
    config_map, workload = situation.observed.config, situation.workload
    if config_map is not None and config_map.is_immutable and missing_config(situation, desired):
        yield Finding(
            Rule.CONFIG_IMMUTABLE,
            Severity.BLOCK,
            f"ConfigMap {config_map.name} is immutable, and the new configuration needs a key of its own in it",
            f"make a ConfigMap without immutable: true, and let {workload.name} mount that",
        )
    if config_map is not None and desired.config is not None and (key := overwritten_key(situation, desired)):
        yield Finding(
            Rule.CONFIG_KEY_OVERWRITTEN,
            Severity.BLOCK,
            f"somebody changed key {key} of ConfigMap {config_map.name}, which this operator made and the pods mount",
            f"write the change under key {desired.config.input_key}, of which it makes a new one, or put the old text back",
        )
    limit = int(workload.spec.get("progressDeadlineSeconds") or _DEFAULT_DEADLINE_SECONDS)
    if not workload.is_stateful_set and desired.min_ready_seconds >= limit:
        yield Finding(
            Rule.MIN_READY_SECONDS,
            Severity.BLOCK,
            f"minReadySeconds would be {desired.min_ready_seconds}, and progressDeadlineSeconds of {workload.name} is "
            f"{limit}: the API server takes only a smaller one",
            "set spec.rollout.minReadySeconds to less, or progressDeadlineSeconds to more",
        )


def _additions(situation: Situation, plan: Plan, rollout: Replacing) -> Iterator[Addition]:
    """Everything that the update creates, what it cannot do without first."""
    workload, release, desired = situation.workload, situation.release, plan.desired
    yield Addition("the revision", kind="ControllerRevision")
    if unrehearsable(situation, desired) is None:
        pod = rehearsal_pod(
            workload,
            release=release.name,
            release_uid=release.uid,
            content=desired,
            attempt="",
            lifetime=situation.pace.rehearsal_lifetime,
        )
        yield Addition("the throw-away pod", pod["spec"])
    # What an addon refuses it may not be able to make Jobs of.
    blocked = bool(plan.blockers)
    for task in (
        () if blocked else situation.addon.tasks(workload, situation.live, desired, situation.context)
    ):
        yield Addition(f"Job {task.name}", task.pod, kind="Job")
    if rollout.surplus:
        yield Addition("a new pod beside the old ones", workload.template["spec"], must=not rollout.missing)


def _unread(situation: Situation) -> Iterator[Finding]:
    unread, namespace = situation.observed.surroundings.unread, situation.workload.namespace
    if not unread:
        return
    rules = ", ".join(
        f'{{apiGroups: ["{group}"], resources: [{resource}], verbs: [list]}}'
        for resource, _, group in (kind.partition(".") for kind in unread)
    )
    yield Finding(
        Rule.PREFLIGHT_UNREAD,
        Severity.WARN,
        f"{', '.join(unread)} of namespace {namespace} may not be listed, so nobody knows what they have against the "
        "update",
        f"kubectl apply -k deploy/namespaces/{namespace}, or add to the Role addon-updater there: {rules}",
    )
