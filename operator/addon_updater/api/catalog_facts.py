"""What a catalog states about an addon as a whole: where it runs, its images, the minors, hard facts, long lines."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from addon_updater.api.catalog_texts import (
    Day,
    MinorText,
    RangeText,
    SourceKey,
    Statement,
    VersionText,
    list_map,
)
from addon_updater.api.meta import KubeModel


class Risk(StrEnum):
    """Who suffers when an update of the addon goes wrong."""

    SHARED = "Shared"
    """The whole cluster: such addons move one at a time."""
    ISOLATED = "Isolated"
    """Its own users only: such addons move in parallel."""


class StopTime(StrEnum):
    """When a required stop is made, seen from an upgrade of the cluster."""

    BEFORE_CLUSTER_UPGRADE = "BeforeClusterUpgrade"
    NOW = "Now"
    AFTER_CLUSTER_UPGRADE = "AfterClusterUpgrade"


class Source(KubeModel):
    """Where a fact can be looked up."""

    title: Annotated[str, Field(min_length=1, max_length=256, description="What it is, for a person.")]
    url: Annotated[str, Field(max_length=1024, pattern=r"^https://", description="Where it can be read.")]


class DefaultTarget(KubeModel):
    """The workload an addon usually runs in; an AddonRelease may name another."""

    api_version: Annotated[str, Field(max_length=64, description="API version of the workload.")]
    kind: Annotated[str, Field(max_length=63, description="Kind of the workload.")]
    name: Annotated[str, Field(min_length=1, max_length=253, description="Name of the workload.")]
    container: Annotated[
        str, Field(min_length=1, max_length=63, description="The container that runs the addon.")
    ]


class ImageLocation(KubeModel):
    """A repository that carries the addon's upstream images, and how it names versions."""

    repository: Annotated[
        str,
        Field(
            min_length=1,
            max_length=255,
            description="Repository without a tag, as in docker.io/grafana/grafana.",
        ),
    ]
    tag: Annotated[
        str,
        Field(
            max_length=64,
            pattern=r"^[A-Za-z0-9_.-]*\{version\}[A-Za-z0-9_.-]*$",
            description="Tag of a version, with {version} for the version, as in 'v{version}'.",
        ),
    ]


class ImageVariant(KubeModel):
    """Upstream's own build of the same releases on another base image, told by the end of the tag."""

    name: Annotated[
        str,
        Field(
            max_length=32,
            pattern=r"^[a-z][a-z0-9]*$",
            description="End of the tag after a hyphen, as in distroless.",
        ),
    ]
    versions: Annotated[RangeText, Field(description="The releases that have this build; '*' for all.")]
    source: SourceKey


class ImageSource(ImageLocation):
    """The reference repository of an addon; digests in releases are those of this repository."""

    alternatives: Annotated[
        tuple[ImageLocation, ...],
        Field(
            max_length=16,
            description="Other repositories with the same upstream images.",
            json_schema_extra=list_map("repository"),
        ),
    ] = ()
    variants: Annotated[
        tuple[ImageVariant, ...],
        Field(
            max_length=8,
            description="Builds on other base images; a running one is kept. Any other suffix is a vendor's.",
            json_schema_extra=list_map("name"),
        ),
    ] = ()


class VendorDefault(KubeModel):
    """The version a vendor installs on one Kubernetes minor."""

    vendor: Annotated[
        str,
        Field(
            max_length=32,
            pattern=r"^[a-z][a-z0-9-]*$",
            description="Who: kubeadm, kops, kubespray, or another vendor's name.",
        ),
    ]
    version: VersionText
    source: SourceKey


class KubernetesMinor(KubeModel):
    """What the vendors install on one Kubernetes minor."""

    minor: MinorText
    defaults: Annotated[
        tuple[VendorDefault, ...],
        Field(
            max_length=16,
            description="The version each vendor installs; kubeadm's is what channel Default follows.",
            json_schema_extra=list_map("vendor"),
        ),
    ] = ()


class KubernetesBound(KubeModel):
    """A hard fact: the Kubernetes minors whose APIs a version needs, whoever tested it."""

    kubernetes: Annotated[RangeText, Field(description="Range of minors that serve what it needs.")]
    because: Annotated[Statement, Field(description="Which API or behavior decides.")]
    source: SourceKey


class AddonBound(KubernetesBound):
    """A hard fact for a range of versions."""

    versions: Annotated[RangeText, Field(description="Range of versions the fact holds for.")]


class Stop(KubeModel):
    """A version that an update across it must run for a while, for example to migrate data."""

    id: Annotated[str, Field(min_length=1, max_length=63, description="Stable name of the stop.")]
    at: Annotated[
        RangeText, Field(description="Range of versions that serve as the stop; the newest is taken.")
    ]
    when: Annotated[StopTime, Field(description="When the stop is made, seen from a cluster upgrade.")]
    because: Annotated[Statement, Field(description="What goes wrong without it.")]
    source: SourceKey


class LongTermSupport(KubeModel):
    """A line of versions that its makers promise to fix for long; what channel LTS chooses from."""

    versions: Annotated[RangeText, Field(description="The versions of the line, as in '3.5.x'.")]
    until: Annotated[Day, Field(description="Last day on which the line gets fixes.")]
    source: SourceKey
