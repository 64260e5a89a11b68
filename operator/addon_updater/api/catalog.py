"""The catalog document: which versions of an addon exist, what they run on, and who says so.

One shape serves the YAML inside the image (catalog/data/*.yaml, one AddonEntry each) and the AddonCatalog object
(AddonCatalogSpec). Everything but the name is optional in an entry, because an extension states only what it
adds; what a complete entry needs is checked where the catalog is built.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, Field, field_validator

from addon_updater.api.catalog_status import AddonCatalogStatus
from addon_updater.api.meta import KubeModel
from addon_updater.api.release import MinEvidence
from addon_updater.api.text_rules import Written


def _list_map(*keys: str) -> dict[str, Any]:
    return {"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": list(keys)}


def _as_text(value: object) -> object:
    """YAML reads an unquoted day as a date; on the wire it is text."""
    return value.isoformat() if isinstance(value, date) else value


VersionText = Annotated[
    str,
    Field(
        max_length=64,
        pattern=r"^[0-9]{1,9}\.[0-9]{1,9}\.[0-9]{1,9}([-+][0-9A-Za-z.+-]{1,32})?$",
        description="One exact version without a leading v, as in 1.12.1.",
    ),
]
RangeText = Annotated[str, Field(min_length=1, max_length=256)]
MinorText = Annotated[
    str,
    Field(
        max_length=8,
        pattern=r"^[0-9]{1,2}\.[0-9]{1,3}$",
        description="A Kubernetes minor, quoted, as in '1.34'.",
    ),
]
Day = Annotated[
    str,
    BeforeValidator(_as_text),
    Written("[0-9]{4}-[0-9]{2}-[0-9]{2}", "write a day as in 2026-03-06"),
    Field(max_length=10, description="A day, as in 2026-03-06."),
]
SourceKey = Annotated[
    str,
    Field(
        min_length=1,
        max_length=63,
        description="Key in `sources` of whoever states this fact.",
    ),
]
Statement = Annotated[str, Field(min_length=1, max_length=1024)]


class CatalogMode(StrEnum):
    """How an AddonCatalog relates to the catalog inside the image."""

    EXTEND = "Extend"
    """Its entries are laid over what is already known."""
    REPLACE = "Replace"
    """For the addons it names, nothing but its entries counts."""


class Risk(StrEnum):
    """Who suffers when an update of the addon goes wrong."""

    SHARED = "Shared"
    """The whole cluster: such addons move one at a time."""
    ISOLATED = "Isolated"
    """Its own users only: such addons move in parallel."""


class EvidenceLevel(StrEnum):
    """How much a statement says about a pair of addon version and Kubernetes minor."""

    TESTED = "Tested"
    """Somebody ships or tests exactly this pair."""
    DECLARED = "Declared"
    """Somebody supports the pair by name, or ships the version by default for that minor."""
    ASSUMED = "Assumed"
    """It follows from facts: the APIs it needs are served, or a vendor ships its own build of it."""


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


class ImageSource(ImageLocation):
    """The reference repository of an addon; digests in releases are those of this repository."""

    alternatives: Annotated[
        tuple[ImageLocation, ...],
        Field(
            max_length=16,
            description="Other repositories with the same upstream images.",
            json_schema_extra=_list_map("repository"),
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
            json_schema_extra=_list_map("vendor"),
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


class Evidence(KubeModel):
    """Who vouches for a release on which minors."""

    kubernetes: Annotated[
        RangeText, Field(description="Minor or range of minors, as in '1.34' or '1.33 - 1.35'.")
    ]
    level: Annotated[EvidenceLevel, Field(description="How much the statement says.")]
    source: SourceKey
    note: Annotated[str | None, Field(max_length=256, description="Detail worth a look.")] = None


class Remark(KubeModel):
    """A sourced statement about a release: why it is denied, breaking, or to be used with care."""

    reason: Annotated[Statement, Field(description="What is the matter, in one sentence.")]
    source: SourceKey


class Caution(Remark):
    """A known defect that does not exclude the release."""

    rule: Annotated[
        str | None, Field(max_length=63, description="Id of the preflight rule that looks for it.")
    ] = None


class ReleaseImage(KubeModel):
    """Where the image of one release differs from the rule of the addon, or its digest."""

    repository: Annotated[
        str | None,
        Field(max_length=255, description="Repository that tag and digest hold for. Unset: the addon's."),
    ] = None
    tag: Annotated[
        str | None,
        Field(
            max_length=128, pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]*$", description="Tag. Unset: by the rule."
        ),
    ] = None
    digest: Annotated[
        str | None,
        Field(max_length=71, pattern=r"^sha256:[0-9a-f]{64}$", description="Digest of the multi-arch index."),
    ] = None
    source: Annotated[SourceKey | None, Field(description="Key in `sources` of whoever states this.")] = None


class Release(KubeModel):
    """One version of an addon, readable at a glance."""

    version: VersionText
    released: Annotated[Day | None, Field(description="Day of the upstream release.")] = None
    image: Annotated[ReleaseImage | None, Field(description="What is special about its image.")] = None
    kubernetes: Annotated[
        KubernetesBound | None,
        Field(description="Minors it can run on at all. Unset: the addon's bounds decide."),
    ] = None
    evidence: Annotated[
        tuple[Evidence, ...], Field(max_length=64, description="Who vouches for it, strongest counts.")
    ] = ()
    denied: Annotated[Remark | None, Field(description="Set: never chosen.")] = None
    breaking: Annotated[
        Remark | None,
        Field(description="Set: crossing it upward can break a configuration that worked before."),
    ] = None
    cautions: Annotated[
        tuple[Caution, ...], Field(max_length=16, description="Known defects, shown with the release.")
    ] = ()
    fixes: Annotated[
        tuple[Annotated[str, Field(min_length=1, max_length=64)], ...],
        Field(max_length=64, description="Advisories it is the first to fix."),
    ] = ()
    rollback_floor: Annotated[
        VersionText | None,
        Field(description="Oldest version that reads what this one writes. Unset: any."),
    ] = None
    note: Annotated[str | None, Field(max_length=1024, description="Anything else worth knowing.")] = None


class AddonEntry(KubeModel):
    """All that is known about one addon, or what an extension adds to it."""

    name: Annotated[
        str,
        Field(
            max_length=63,
            pattern=r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$",
            description="Key of the addon, as AddonRelease.spec.addon names it.",
        ),
    ]
    risk: Annotated[Risk | None, Field(description="Shared addons move one at a time.")] = None
    evidence_floor: Annotated[
        MinEvidence | None, Field(description="Least evidence where a release asks for none.")
    ] = None
    target: Annotated[DefaultTarget | None, Field(description="The usual workload.")] = None
    image: Annotated[ImageSource | None, Field(description="Where upstream images are.")] = None
    sources: Annotated[
        dict[str, Source], Field(max_length=128, description="Key to source, for every fact below.")
    ] = Field(default_factory=dict)
    bounds: Annotated[
        tuple[AddonBound, ...],
        Field(max_length=32, description="Hard facts by range of versions; all that match must be met."),
    ] = ()
    kubernetes: Annotated[
        tuple[KubernetesMinor, ...],
        Field(
            max_length=64,
            description="The minors this catalog knows, with the vendors' defaults.",
            json_schema_extra=_list_map("minor"),
        ),
    ] = ()
    stops: Annotated[
        tuple[Stop, ...],
        Field(
            max_length=32,
            description="Versions an update must not jump over.",
            json_schema_extra=_list_map("id"),
        ),
    ] = ()
    lts: Annotated[
        tuple[LongTermSupport, ...],
        Field(
            max_length=32,
            description="Lines with long-term support, ended ones too; none overlaps another.",
            json_schema_extra=_list_map("versions"),
        ),
    ] = ()
    releases: Annotated[
        tuple[Release, ...],
        Field(
            max_length=512, description="The releases, newest first.", json_schema_extra=_list_map("version")
        ),
    ] = ()


class AddonCatalogSpec(KubeModel):
    """Versions and facts that a platform team adds to the catalog, or puts in its place."""

    mode: Annotated[
        CatalogMode,
        Field(description="Extend lays the entries over what is known; Replace makes them all there is."),
    ]
    priority: Annotated[
        int | None,
        Field(ge=-1000, le=1000, description="Catalogs apply from low to high, then by name. Unset: 0."),
    ] = None
    serial: Annotated[
        int, Field(ge=0, description="Number of this edition; one that goes down is refused as a replay.")
    ]
    expires: Annotated[
        Day | None,
        Field(
            description="Last day on which these statements count as fresh. Later they stay in force, and the condition "
            "CatalogFresh says so. Unset: they do not age."
        ),
    ] = None
    addons: Annotated[
        tuple[AddonEntry, ...],
        Field(max_length=16, description="What is stated, by addon.", json_schema_extra=_list_map("name")),
    ]

    @field_validator("expires")
    @classmethod
    def _is_a_day(cls, day: str | None) -> str | None:
        if day is not None:
            date.fromisoformat(day)
        return day


class AddonCatalog(KubeModel):
    """Extends or replaces the versions and facts that the operator brings along."""

    kind_name: ClassVar[str] = "AddonCatalog"

    spec: AddonCatalogSpec
    status: AddonCatalogStatus | None = None
