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

    workload: Short | None = None
    container: Short | None = None
    version: Annotated[
        Short | None, Field(description="The range in force; absent when any version will do.")
    ] = None
    channel: Short | None = None
    override: Annotated[
        Short | None, Field(description="`kubernetes` of the override in force; absent when none is.")
    ] = None
    updates: Short | None = None
    breaking_changes: Short | None = None
    min_evidence: Short | None = None
    min_release_age: Short | None = None
    progress_deadline: Short | None = None
    soak: Short | None = None
    unknown_deadline: Short | None = None
    min_ready_seconds: int | None = None
    zero_loss: Short | None = None
    start_jitter: Short | None = None
    restore_data: Short | None = None
    kept_backups: int | None = None


class CurrentStatus(KubeModel):
    """What runs now."""

    version: Short | None = None
    image: Text | None = None
    revision: Short | None = None


class TargetStatus(KubeModel):
    """What should run."""

    version: Short | None = None


class HopStatus(KubeModel):
    """One step of the plan."""

    from_: Annotated[str, Field(alias="from", max_length=256)]
    to: Short
    when: Short
    breaking: bool
    reversible: bool
    reason: Text
    admitted: Annotated[
        bool | None,
        Field(
            description="Whether the rule for breaking changes lets it start; absent when nobody has asked."
        ),
    ] = None
    waits_for: Annotated[
        Text | None, Field(description="What must happen before it may start; absent when nothing must.")
    ] = None


class PlanStatus(KubeModel):
    """The way from what runs to what should run; the hash is what a person approves."""

    hash: Short
    hops: Annotated[list[HopStatus], Field(max_length=32)]
    findings: Annotated[
        list[FindingStatus],
        Field(max_length=32, description="What the preflight checks have to say about the next hop."),
    ]


class FindingStatus(KubeModel):
    """One statement of a preflight rule."""

    rule_id: Annotated[str, Field(alias="ruleID", max_length=128)]
    severity: Short
    message: Text
    remedy: Text


class CandidateStatus(KubeModel):
    """One version and why it is, or is not, the target."""

    version: Short
    verdict: Short
    reason: Short
    message: Text
    evidence: Short | None = None
    source: Text | None = None


class AttemptStatus(KubeModel):
    """The attempt that is running."""

    id: Short
    hop: Short
    step: Short
    started_at: datetime


class GateStatus(KubeModel):
    """The last answer of one health check."""

    name: Short
    outcome: Short
    message: Text


class QuarantineStatus(KubeModel):
    """A version that failed here and is not tried again until an input changes."""

    version: Short
    reason: Short
    message: Text
    since: datetime


class HistoryStatus(KubeModel):
    """One finished attempt."""

    revision: Short
    version: Short
    outcome: Short
    message: Text
    finished_at: datetime


class NextWindowStatus(KubeModel):
    """The next change of the windows. Both absent: no change is in sight."""

    opens_at: Annotated[
        datetime | None, Field(description="While closed: when an update may start again.")
    ] = None
    closes_at: Annotated[datetime | None, Field(description="While open: until when one may start.")] = None
    message: Annotated[Text | None, Field(description="Which window decides.")] = None


class AddonReleaseStatus(KubeModel):
    """What the operator saw and did last."""

    observed_generation: Annotated[int | None, Field(ge=0)] = None
    observed_kubernetes_minor: Annotated[
        str | None,
        Field(max_length=16, description="The settled minor that this status was computed for."),
    ] = None
    conditions: Annotated[
        list[Condition] | None,
        Field(max_length=16, json_schema_extra={_TYPE: "map", _MAP_BY: ["type"]}),
    ] = None
    effective: EffectiveStatus | None = None
    current: CurrentStatus | None = None
    target: TargetStatus | None = None
    plan: PlanStatus | None = None
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
        list[GateStatus] | None, Field(max_length=32, json_schema_extra={_TYPE: "map", _MAP_BY: ["name"]})
    ] = None
    quarantined: Annotated[
        list[QuarantineStatus] | None,
        Field(max_length=32, json_schema_extra={_TYPE: "map", _MAP_BY: ["version"]}),
    ] = None
    history: Annotated[list[HistoryStatus] | None, Field(max_length=10)] = None
    owners: Annotated[
        list[Short] | None,
        Field(
            max_length=16,
            description="Field managers that own a field which an update would change.",
            json_schema_extra={_TYPE: "set"},
        ),
    ] = None


PlanStatus.model_rebuild()
