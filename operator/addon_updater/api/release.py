"""AddonRelease: what a platform team declares for one addon of one cluster."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from addon_updater.api.meta import KubeModel, cel
from addon_updater.api.release_health import DnsHealth, Health, HttpCheck, PromqlCheck
from addon_updater.api.release_policy import (
    BreakingChanges,
    Channel,
    MinEvidence,
    Override,
    Policy,
    Updates,
)
from addon_updater.api.release_rollout import (
    KEPT_BACKUPS,
    Backup,
    DatabaseBackup,
    ExternalBackup,
    RestoreData,
    Rollback,
    RollbackMode,
    Rollout,
    VolumeBackup,
    ZeroLoss,
)
from addon_updater.api.release_status import AddonReleaseStatus
from addon_updater.api.release_target import (
    Delivery,
    Dependency,
    ImageRewrite,
    Images,
    TargetRef,
    WhenMissing,
    WorkloadKind,
)
from addon_updater.api.texts import (
    AddonKey,
    ContainerName,
    FieldManager,
    MinorText,
    PlanHash,
    VersionRangeText,
)
from addon_updater.api.windows import Window

__all__ = [
    "KEPT_BACKUPS",
    "AddonRelease",
    "AddonReleaseSpec",
    "AddonReleaseStatus",
    "Backup",
    "BreakingChanges",
    "Channel",
    "DatabaseBackup",
    "Delivery",
    "Dependency",
    "DnsHealth",
    "ExternalBackup",
    "Health",
    "HttpCheck",
    "ImageRewrite",
    "Images",
    "MinEvidence",
    "Override",
    "Policy",
    "PromqlCheck",
    "RestoreData",
    "Rollback",
    "RollbackMode",
    "Rollout",
    "TargetRef",
    "Updates",
    "VolumeBackup",
    "WhenMissing",
    "Window",
    "WorkloadKind",
    "ZeroLoss",
]


def _immutable(field: str) -> tuple[str, str]:
    return (
        f"has(self.{field}) == has(oldSelf.{field}) && (!has(self.{field}) || self.{field} == oldSelf.{field})",
        f"{field} cannot change: delete this AddonRelease (the addon keeps running) and create another",
    )


# The object's own namespace cannot be seen from CEL; one that is spelled out is found when it is read.
_NOT_ITSELF = (
    "!has(self.spec.dependsOn) || self.spec.dependsOn.all(one, has(one.namespace) || one.name != self.metadata.name)",
    "spec.dependsOn: name another AddonRelease, one cannot wait for itself",
)

_A_LABEL = (
    "size(self.metadata.name) <= 63",
    "metadata.name: write at most 63 characters, for the name becomes a label of the workload",
)


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
        AddonKey, Field(description="Key of the addon in the catalog, as in coredns. Immutable.")
    ]
    target_ref: Annotated[
        TargetRef | None, Field(description="The governed workload. Immutable. Unset: the catalog's default.")
    ] = None
    container: Annotated[
        ContainerName | None,
        Field(description="The container that runs the addon. Immutable. Unset: the catalog's default."),
    ] = None
    version: Annotated[
        VersionRangeText | None,
        Field(
            description="Range or exact pin, as in '>=1.11 <1.15', '~1.12' or '1.12.4'. Unset: any version."
        ),
    ] = None
    channel: Annotated[
        Channel | None,
        Field(
            description="Default follows what the vendor ships for this minor, LTS the lines with long-term support, "
            "Latest the newest that fits. Unset: Default."
        ),
    ] = None
    overrides: Annotated[
        list[Override] | None,
        Field(
            max_length=16,
            description="Other versions or channels for some Kubernetes minors; the first that holds for the settled "
            "minor counts. Unset: version and channel hold everywhere.",
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
    policy: Annotated[
        Policy | None, Field(description="Which updates start. Unset: as if it were empty.")
    ] = None
    approved_plans: Annotated[
        list[PlanHash] | None,
        Field(
            max_length=20,
            description="Plan hashes approved from Git: the 16 hex digits of status.plan.hash. Unset: none.",
            json_schema_extra={"x-kubernetes-list-type": "set"},
        ),
    ] = None
    prepare_for: Annotated[
        MinorText | None,
        Field(
            description="Kubernetes minor that the cluster is about to be upgraded to, as in '1.36': versions must run on it too, and "
            "what must be updated before is updated now. Of no account once the cluster is there. Unset: none."
        ),
    ] = None
    windows: Annotated[
        list[Window] | None,
        Field(max_length=16, description="When updates may start. Unset: at any time."),
    ] = None
    released_by: Annotated[
        list[FieldManager] | None,
        Field(
            max_length=16,
            description="Continuous owners (field managers, as in argocd-controller) that have released the fields "
            "an update changes. Unset: none.",
            json_schema_extra={"x-kubernetes-list-type": "set"},
        ),
    ] = None
    suspend: Annotated[
        bool | None,
        Field(description="No new attempt starts; a running one finishes or rolls back. Unset: false."),
    ] = None
    rollout: Annotated[
        Rollout | None, Field(description="The pace of a hop. Unset: as if it were empty.")
    ] = None
    health: Annotated[
        Health | None,
        Field(description="Checks besides those that the addon brings along. Unset: only those."),
    ] = None
    rollback: Annotated[
        Rollback | None, Field(description="What a failed gate leads to. Unset: as if it were empty.")
    ] = None
    images: Annotated[
        Images | None, Field(description="Where images come from. Unset: as if it were empty.")
    ] = None
    depends_on: Annotated[
        list[Dependency] | None,
        Field(
            max_length=16,
            description="AddonReleases that must be ready and at rest before an update of this one starts. "
            "Unset: none.",
        ),
    ] = None
    backup: Annotated[
        Backup | None, Field(description="What is saved before a hop. Unset: as if it were empty.")
    ] = None

    def dependencies(self, namespace: str) -> tuple[tuple[str, str], ...]:
        """Namespace and name of every AddonRelease that this one, which lives in `namespace`, waits for."""
        return tuple((one.namespace or namespace, one.name) for one in self.depends_on or ())


class AddonRelease(KubeModel):
    """Keeps one addon of the cluster on a version that fits."""

    model_config = KubeModel.model_config | {"json_schema_extra": cel(_NOT_ITSELF, _A_LABEL)}

    kind_name: ClassVar[str] = "AddonRelease"

    spec: AddonReleaseSpec
    status: AddonReleaseStatus | None = None
