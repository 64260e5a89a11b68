"""AddonRelease: what a platform team declares for one addon of one cluster."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field

from addon_updater.api.meta import KubeModel, cel
from addon_updater.api.release_status import AddonReleaseStatus
from addon_updater.api.text_rules import DurationBetween

Name = Annotated[str, Field(min_length=1, max_length=63)]

# One comparator of a version range; the full grammar with its error positions is api/versions.py. This much
# can be said at admission, so that a slip of the pen never reaches the operator.
_COMPARATOR = r"(=|==|!=|>=|<=|>|<|~|\\^)?[ ]*v?([0-9]{1,9}|x|X|\\*)([.]([0-9]{1,9}|x|X|\\*)){0,2}([-+][0-9A-Za-z.+-]{1,64})?"
_RANGE_RULE = (
    f"self.matches('^[ ]*{_COMPARATOR}(([ ]+-[ ]+|[ ]*,[ ]*|[ ]*[|][|][ ]*|[ ]+){_COMPARATOR})*[ ]*$')"
)
_EXACT_RULE = r"self.matches('^v?[0-9]{1,9}[.][0-9]{1,9}[.][0-9]{1,9}([-+][0-9A-Za-z.+-]{1,64})?$')"
_DNS_NAME_RULE = r"self.matches('^([A-Za-z0-9_]([A-Za-z0-9_-]{0,62})[.]?)+$')"
_PLAN_HASH_RULE = "self.matches('^[0-9a-f]{16}$')"
_LABEL_RULE = "self.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?$')"
_SUBDOMAIN_RULE = "self.matches('^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$')"


def _immutable(field: str) -> tuple[str, str]:
    return (
        f"has(self.{field}) == has(oldSelf.{field}) && (!has(self.{field}) || self.{field} == oldSelf.{field})",
        f"{field} cannot change: delete this AddonRelease (the addon keeps running) and create another",
    )


class WorkloadKind(StrEnum):
    """The kinds of workload that can be governed."""

    DEPLOYMENT = "Deployment"


class Channel(StrEnum):
    """Which of the fitting versions is wanted."""

    DEFAULT = "Default"
    LATEST = "Latest"


class Delivery(StrEnum):
    """How a decision reaches the cluster."""

    DIRECT = "Direct"
    OBSERVE = "Observe"


class WhenMissing(StrEnum):
    """What it means that the workload does not exist."""

    FAIL = "Fail"
    IGNORE = "Ignore"


class Updates(StrEnum):
    """Who starts an update."""

    AUTO = "Auto"
    MANUAL = "Manual"
    PLAN_ONLY = "PlanOnly"


class MinEvidence(StrEnum):
    """The least that must be known about a version on this Kubernetes minor."""

    TESTED = "Tested"
    DECLARED = "Declared"
    ASSUMED = "Assumed"
    NONE = "None"


class RollbackMode(StrEnum):
    """Whether a failed gate puts the previous revision back."""

    AUTO = "Auto"


class TargetRef(KubeModel):
    """The workload that runs the addon, in the namespace of the AddonRelease."""

    api_version: Annotated[
        str,
        Field(max_length=64, json_schema_extra=cel(("self == 'apps/v1'", "use apiVersion apps/v1"))),
    ]
    kind: WorkloadKind
    name: Annotated[
        str,
        Field(
            min_length=1,
            max_length=253,
            json_schema_extra=cel((_SUBDOMAIN_RULE, "write the name of a Deployment in this namespace")),
        ),
    ]


class Policy(KubeModel):
    """Which updates start, and on whose word."""

    updates: Annotated[
        Updates | None,
        Field(
            description="Auto starts every update; Manual waits until the plan hash is approved; "
            "PlanOnly never writes. Unset: Auto."
        ),
    ] = None
    min_evidence: Annotated[
        MinEvidence | None,
        Field(description="Least evidence that a version runs on this minor. Unset: the catalog's floor."),
    ] = None
    skip_versions: Annotated[
        list[
            Annotated[
                str,
                Field(
                    max_length=64,
                    json_schema_extra=cel((_EXACT_RULE, "name one exact version as in 1.12.4")),
                ),
            ]
        ]
        | None,
        Field(
            max_length=32,
            description="Versions that are never chosen.",
            json_schema_extra={"x-kubernetes-list-type": "set"},
        ),
    ] = None


class Rollout(KubeModel):
    """The pace of one hop. Effective values appear in status.effective."""

    progress_deadline: Annotated[
        str | None,
        DurationBetween("30s", "2h"),
        Field(description="Time for all new pods to become available. Unset: 10m."),
    ] = None
    soak: Annotated[
        str | None,
        DurationBetween("0s", "24h"),
        Field(description="Time that every gate must keep passing after the rollout. Unset: 5m."),
    ] = None
    unknown_deadline: Annotated[
        str | None,
        DurationBetween("10s", "2h"),
        Field(description="How long a gate may stay Unknown before a person is called. Unset: 10m."),
    ] = None
    min_ready_seconds: Annotated[
        int | None,
        Field(
            ge=0,
            le=600,
            description="Seconds a new pod must stay ready before an old one goes. Unset: 10, or what the "
            "workload has when that is more.",
        ),
    ] = None


class DnsHealth(KubeModel):
    """Lookups that must answer after a hop as they did before it."""

    names: Annotated[
        list[
            Annotated[
                str,
                Field(
                    max_length=253,
                    json_schema_extra=cel((_DNS_NAME_RULE, "write a DNS name as in db.corp.example")),
                ),
            ]
        ]
        | None,
        Field(
            max_length=16,
            description="Names to look up besides those of the cluster itself.",
            json_schema_extra={"x-kubernetes-list-type": "set"},
        ),
    ] = None


class Health(KubeModel):
    """Functional checks, typed by probe."""

    dns: DnsHealth | None = None


class Rollback(KubeModel):
    """What happens when a gate fails after the write."""

    mode: Annotated[
        RollbackMode | None, Field(description="Auto puts image and configuration back as one. Unset: Auto.")
    ] = None


class AddonReleaseSpec(KubeModel):
    """The wish of the platform team for one addon. Governs one workload of its own namespace."""

    model_config = KubeModel.model_config | {
        "json_schema_extra": cel(
            (
                "self.addon == oldSelf.addon",
                "addon cannot change: delete this AddonRelease (the addon keeps running) and create another",
            ),
            _immutable("targetRef"),
            _immutable("container"),
        )
    }

    addon: Annotated[
        str,
        Field(
            min_length=1,
            max_length=63,
            description="Key of the addon in the catalog, for example coredns. Immutable.",
            json_schema_extra=cel((_LABEL_RULE, "write the addon's key in the catalog as in coredns")),
        ),
    ]
    target_ref: Annotated[
        TargetRef | None, Field(description="The governed workload. Immutable. Unset: the catalog's default.")
    ] = None
    container: Annotated[
        str | None,
        Field(
            min_length=1,
            max_length=63,
            description="The container that runs the addon. Immutable. Unset: the catalog's default.",
            json_schema_extra=cel((_LABEL_RULE, "write the name of a container of the workload")),
        ),
    ] = None
    version: Annotated[
        str | None,
        Field(
            min_length=1,
            max_length=256,
            description="Range or exact pin, as in '>=1.11 <1.15', '~1.12' or '1.12.4'. Unset: any version.",
            json_schema_extra=cel(
                (
                    _RANGE_RULE,
                    "write a version range as in '>=1.11 <1.15', '~1.12', '1.x || 2.0.1' or '1.12.4'",
                )
            ),
        ),
    ] = None
    channel: Annotated[
        Channel | None,
        Field(
            description="Default follows what the vendor ships for this minor, Latest the newest that fits. "
            "Unset: Default."
        ),
    ] = None
    delivery: Annotated[
        Delivery | None,
        Field(description="Direct changes the workload; Observe only watches and plans. Unset: Direct."),
    ] = None
    when_missing: Annotated[
        WhenMissing | None,
        Field(description="What a missing workload means: Fail stalls, Ignore waits. Unset: Fail."),
    ] = None
    policy: Policy | None = None
    approved_plans: Annotated[
        list[
            Annotated[
                str,
                Field(
                    max_length=16,
                    json_schema_extra=cel(
                        (_PLAN_HASH_RULE, "copy the hash from status.plan.hash: 16 hex digits")
                    ),
                ),
            ]
        ]
        | None,
        Field(
            max_length=20,
            description="Plan hashes approved from Git.",
            json_schema_extra={"x-kubernetes-list-type": "set"},
        ),
    ] = None
    released_by: Annotated[
        list[
            Annotated[
                str,
                Field(
                    min_length=1,
                    max_length=128,
                    json_schema_extra=cel(
                        ("self.matches('^[^ ]+$')", "write one field manager as in argocd-controller")
                    ),
                ),
            ]
        ]
        | None,
        Field(
            max_length=16,
            description="Continuous owners (field managers) that have released the fields an update changes.",
            json_schema_extra={"x-kubernetes-list-type": "set"},
        ),
    ] = None
    suspend: Annotated[
        bool | None, Field(description="No new attempt starts; a running one finishes or rolls back.")
    ] = None
    rollout: Rollout | None = None
    health: Health | None = None
    rollback: Rollback | None = None


class AddonRelease(KubeModel):
    """Keeps one addon of the cluster on a version that fits."""

    kind_name: ClassVar[str] = "AddonRelease"

    spec: AddonReleaseSpec
    status: AddonReleaseStatus | None = None
