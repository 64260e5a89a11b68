"""The status of an AddonRelease: a projection that can be rebuilt at any time and is never an input."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from addon_updater.api.meta import Condition, KubeModel

Short = Annotated[str, Field(max_length=256)]
Text = Annotated[str, Field(max_length=1024)]
_MAP_BY = "x-kubernetes-list-map-keys"
_TYPE = "x-kubernetes-list-type"


class EffectiveStatus(KubeModel):
    """The values in force after defaults and overrides."""

    workload: Annotated[
        Short | None, Field(description="Kind and name of the governed workload, as in Deployment/coredns.")
    ] = None
    container: Annotated[Short | None, Field(description="The container that runs the addon.")] = None
    version: Annotated[
        Short | None, Field(description="The range in force; absent when any version will do.")
    ] = None
    channel: Annotated[Short | None, Field(description="Default, LTS or Latest.")] = None
    override: Annotated[
        Short | None, Field(description="`kubernetes` of the override in force; absent when none is.")
    ] = None
    updates: Annotated[Short | None, Field(description="Who starts an update.")] = None
    breaking_changes: Annotated[
        Short | None, Field(description="When an update that can break a configuration may start.")
    ] = None
    min_evidence: Annotated[
        Short | None,
        Field(description="Least evidence that a new version needs; absent while the catalog's floor holds."),
    ] = None
    min_release_age: Annotated[
        Short | None,
        Field(description="How long a new version must have been released; absent when any age will do."),
    ] = None
    progress_deadline: Annotated[
        Short | None, Field(description="Time for all new pods to become available.")
    ] = None
    soak: Annotated[
        Short | None, Field(description="Time that every gate must keep passing after the rollout.")
    ] = None
    unknown_deadline: Annotated[
        Short | None, Field(description="How long a gate may stay Unknown before a person is called.")
    ] = None
    min_ready_seconds: Annotated[
        int | None, Field(description="Seconds a new pod must stay ready before an old one goes.")
    ] = None
    zero_loss: Annotated[Short | None, Field(description="Off or Advise.")] = None
    start_jitter: Annotated[Short | None, Field(description="Longest wait before an update starts.")] = None
    restore_data: Annotated[Short | None, Field(description="Who puts a backup of the data back.")] = None
    kept_backups: Annotated[
        int | None, Field(description="Copies of the data that are kept on the volume.")
    ] = None


class ClusterStatus(KubeModel):
    """The cluster that this status was computed for; docs/cluster-facts.md says what tells it."""

    vendor: Annotated[
        Short, Field(description="Who built it: kubeadm, kops, eks, gke, aks, k3s, rke2 or unknown.")
    ]
    because: Annotated[Text, Field(description="The fact that tells the vendor, or why none does.")]
    owner: Annotated[
        Short | None,
        Field(
            description="How the vendor's own machinery stands to the addon: OneShot, Continuous or Absent; absent where "
            "the catalog names none."
        ),
    ] = None
    owner_because: Annotated[Text | None, Field(description="What it does with the addon.")] = None
    kubelets: Annotated[
        Short | None,
        Field(
            description="Oldest and newest kubelet minor of Ready nodes, as in 1.33 - 1.34; absent while nobody knows."
        ),
    ] = None


class CurrentStatus(KubeModel):
    """What runs now."""

    version: Annotated[Short | None, Field(description="Version of the running image.")] = None
    image: Annotated[Text | None, Field(description="The running image, as the workload names it.")] = None
    revision: Annotated[
        Short | None, Field(description="The recorded revision that it equals; absent when it equals none.")
    ] = None


class TargetStatus(KubeModel):
    """What should run."""

    version: Annotated[
        Short | None, Field(description="The version to run; the running one when nothing is to be done.")
    ] = None


class HopStatus(KubeModel):
    """One step of the plan."""

    from_: Annotated[str, Field(alias="from", max_length=256, description="Version before the hop.")]
    to: Annotated[Short, Field(description="Version after the hop.")]
    when: Annotated[Short, Field(description="BeforeClusterUpgrade, Now or AfterClusterUpgrade.")]
    breaking: Annotated[bool, Field(description="Whether it can break a configuration that worked before.")]
    reversible: Annotated[
        bool, Field(description="Whether the version before can read what this one writes.")
    ]
    reason: Annotated[Text, Field(description="Why it is made.")]
    admitted: Annotated[
        bool | None,
        Field(
            description="Whether the rule for breaking changes lets it start; absent when nobody has asked."
        ),
    ] = None
    source: Annotated[
        Short | None,
        Field(
            description="Who says that this stop is required: a source of the catalog; absent for the last hop."
        ),
    ] = None
    rollback_floor: Annotated[
        Short | None,
        Field(
            description="The oldest version that reads what this hop's version writes; absent when any does."
        ),
    ] = None
    waits_for: Annotated[
        Text | None, Field(description="What must happen before it may start; absent when nothing must.")
    ] = None


class PlanStatus(KubeModel):
    """The way from what runs to what should run; the hash is what a person approves."""

    hash: Annotated[Short, Field(description="What spec.approvedPlans and the annotation name.")]
    hops: Annotated[list[HopStatus], Field(max_length=32, description="The steps, in order.")]
    findings: Annotated[
        list[FindingStatus],
        Field(max_length=32, description="What the preflight checks have to say about the next hop."),
    ]


class FindingStatus(KubeModel):
    """One statement of a preflight rule."""

    rule_id: Annotated[str, Field(alias="ruleID", max_length=128, description="The rule that speaks.")]
    severity: Annotated[Short, Field(description="How grave it is; an error blocks the hop.")]
    message: Annotated[Text, Field(description="What was found, and where.")]
    remedy: Annotated[Text, Field(description="What to do about it.")]


class CandidateStatus(KubeModel):
    """One version and why it is, or is not, the target."""

    version: Annotated[Short, Field(description="A version of the catalog.")]
    verdict: Annotated[Short, Field(description="Target, Installed, Eligible or Rejected.")]
    reason: Annotated[Short, Field(description="Why, in one word.")]
    message: Annotated[Text, Field(description="Why, in one sentence.")]
    evidence: Annotated[
        Short | None, Field(description="The least that is known about it on the minors of the cluster.")
    ] = None
    source: Annotated[
        Text | None, Field(description="Who says so: a source of the catalog, or a field of the spec.")
    ] = None
    remedy: Annotated[
        Text | None,
        Field(description="What a person can do to have this version; absent when it is had or planned."),
    ] = None


class SecurityStatus(KubeModel):
    """A known flaw of the running version that the running configuration is open to."""

    id: Annotated[Short, Field(description="Name of the advisory, as in CVE-2026-26018.")]
    severity: Annotated[Short, Field(description="Critical, High, Unknown, Medium or Low.")]
    fixed_in: Annotated[
        Short | None,
        Field(
            description="The version of the plan or attempt that ends it; absent when none is planned that does."
        ),
    ] = None
    message: Annotated[Text, Field(description="What can be done with it, what opens it, and what ends it.")]


class AttemptStatus(KubeModel):
    """The attempt that is running."""

    id: Annotated[Short, Field(description="What its annotations carry.")]
    hop: Annotated[Short, Field(description="From which version to which.")]
    step: Annotated[Short, Field(description="What it is doing.")]
    started_at: Annotated[datetime, Field(description="When it was begun.")]


class GateStatus(KubeModel):
    """The last answer of one health check."""

    name: Annotated[Short, Field(description="What is checked.")]
    outcome: Annotated[Short, Field(description="Pass, Fail, Unknown or Skipped.")]
    message: Annotated[Text, Field(description="What was answered.")]


class QuarantineStatus(KubeModel):
    """A version that failed here and is not tried again until an input changes."""

    version: Annotated[Short, Field(description="The version that failed.")]
    reason: Annotated[Short, Field(description="Why, in one word.")]
    message: Annotated[Text, Field(description="Why, in one sentence.")]
    since: Annotated[datetime, Field(description="When it failed.")]


class HistoryStatus(KubeModel):
    """One finished attempt."""

    revision: Annotated[Short, Field(description="The revision that it was about.")]
    version: Annotated[Short, Field(description="Its version.")]
    outcome: Annotated[Short, Field(description="How it ended.")]
    message: Annotated[Text, Field(description="Why it ended so.")]
    finished_at: Annotated[datetime, Field(description="When it ended.")]


class LastHandledStatus(KubeModel):
    """The words of people that the operator has taken in last; a moment that cannot be read is left out."""

    approve: Annotated[
        Short | None,
        Field(description="Value of `addon-updater.dev/approve`: a plan hash, or the id of an attempt."),
    ] = None
    reset_at: Annotated[
        Short | None,
        Field(
            description="Value of `addon-updater.dev/resetAt`: up to when failures of this release are forgotten."
        ),
    ] = None
    rollback: Annotated[
        Short | None,
        Field(description="Value of `addon-updater.dev/rollback`: the id of the attempt that is taken back."),
    ] = None
    requested_at: Annotated[
        Short | None,
        Field(description="Value of `addon-updater.dev/requestedAt`, the last request to look anew."),
    ] = None
    reset_breaker_at: Annotated[
        Short | None,
        Field(
            description="Value of `addon-updater.dev/resetBreakerAt`: up to when the circuit breaker forgets failures of all."
        ),
    ] = None


class NextWindowStatus(KubeModel):
    """The next change of the windows. Both absent: no change is in sight."""

    opens_at: Annotated[
        datetime | None, Field(description="While closed: when an update may start again.")
    ] = None
    closes_at: Annotated[datetime | None, Field(description="While open: until when one may start.")] = None
    message: Annotated[Text | None, Field(description="Which window decides.")] = None


class AddonReleaseStatus(KubeModel):
    """What the operator saw and did last."""

    observed_generation: Annotated[
        int | None, Field(ge=0, description="Generation of the spec that this status was computed for.")
    ] = None
    observed_kubernetes_minor: Annotated[
        str | None,
        Field(max_length=16, description="The settled minor that this status was computed for."),
    ] = None
    conditions: Annotated[
        list[Condition] | None,
        Field(
            max_length=16,
            description="Ready, UpdateAvailable, Reconciling, Stalled and CircuitBreakerOpen; docs/runbook.md has every reason.",
            json_schema_extra={_TYPE: "map", _MAP_BY: ["type"]},
        ),
    ] = None
    cluster: Annotated[
        ClusterStatus | None,
        Field(description="What is known about the cluster; absent until somebody has looked."),
    ] = None
    effective: EffectiveStatus | None = None
    current: CurrentStatus | None = None
    target: TargetStatus | None = None
    plan: PlanStatus | None = None
    security: Annotated[
        list[SecurityStatus] | None,
        Field(
            max_length=32,
            description="Known flaws that are open now, the gravest first; absent when none is known.",
            json_schema_extra={_TYPE: "map", _MAP_BY: ["id"]},
        ),
    ] = None
    last_handled: Annotated[
        LastHandledStatus | None,
        Field(description="The words of people that are in force; absent when there are none."),
    ] = None
    next_window: Annotated[
        NextWindowStatus | None, Field(description="How the windows stand; absent when there are none.")
    ] = None
    candidates: Annotated[
        list[CandidateStatus] | None,
        Field(
            max_length=10,
            description="The ten newest versions of the catalog.",
            json_schema_extra={_TYPE: "map", _MAP_BY: ["version"]},
        ),
    ] = None
    attempt: AttemptStatus | None = None
    gates: Annotated[
        list[GateStatus] | None,
        Field(
            max_length=32,
            description="The health checks and their last answers.",
            json_schema_extra={_TYPE: "map", _MAP_BY: ["name"]},
        ),
    ] = None
    quarantined: Annotated[
        list[QuarantineStatus] | None,
        Field(
            max_length=32,
            description="Versions that failed here and are not tried again until an input changes.",
            json_schema_extra={_TYPE: "map", _MAP_BY: ["version"]},
        ),
    ] = None
    history: Annotated[
        list[HistoryStatus] | None, Field(max_length=10, description="The last attempts, newest first.")
    ] = None
    owners: Annotated[
        list[Short] | None,
        Field(
            max_length=16,
            description="Field managers that own a field which an update would change.",
            json_schema_extra={_TYPE: "set"},
        ),
    ] = None


PlanStatus.model_rebuild()
