"""The catalog document: which versions of an addon exist, what they run on, and who says so.

One shape serves the YAML inside the image (catalog/data/*.yaml, one AddonEntry each) and the AddonCatalog object
(AddonCatalogSpec). Everything but the name is optional in an entry, because an extension states only what it
adds; what a complete entry needs is checked where the catalog is built.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field, field_validator

from addon_updater.api.catalog_advisories import Advisory, AdvisorySeverity
from addon_updater.api.catalog_facts import (
    AddonBound,
    DefaultTarget,
    ImageLocation,
    ImageSource,
    ImageVariant,
    KubernetesBound,
    KubernetesMinor,
    LongTermSupport,
    Risk,
    Source,
    Stop,
    StopTime,
    VendorDefault,
)
from addon_updater.api.catalog_owners import Ownership, VendorOwner
from addon_updater.api.catalog_release import Caution, Evidence, EvidenceLevel, Release, ReleaseImage, Remark
from addon_updater.api.catalog_status import AddonCatalogStatus
from addon_updater.api.catalog_texts import Day, list_map
from addon_updater.api.meta import KubeModel
from addon_updater.api.release import MinEvidence

__all__ = [
    "AddonBound",
    "AddonCatalog",
    "AddonCatalogSpec",
    "AddonEntry",
    "Advisory",
    "AdvisorySeverity",
    "CatalogMode",
    "Caution",
    "DefaultTarget",
    "Evidence",
    "EvidenceLevel",
    "ImageLocation",
    "ImageSource",
    "ImageVariant",
    "KubernetesBound",
    "KubernetesMinor",
    "LongTermSupport",
    "Ownership",
    "Release",
    "ReleaseImage",
    "Remark",
    "Risk",
    "Source",
    "Stop",
    "StopTime",
    "VendorDefault",
    "VendorOwner",
]


class CatalogMode(StrEnum):
    """How an AddonCatalog relates to the catalog inside the image."""

    EXTEND = "Extend"
    """Its entries are laid over what is already known."""
    REPLACE = "Replace"
    """For the addons it names, nothing but its entries counts."""


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
            json_schema_extra=list_map("minor"),
        ),
    ] = ()
    owners: Annotated[
        tuple[VendorOwner, ...],
        Field(
            max_length=16,
            description="Who else looks after the addon, by the vendor of the cluster.",
            json_schema_extra=list_map("vendor"),
        ),
    ] = ()
    stops: Annotated[
        tuple[Stop, ...],
        Field(
            max_length=32,
            description="Versions an update must not jump over.",
            json_schema_extra=list_map("id"),
        ),
    ] = ()
    lts: Annotated[
        tuple[LongTermSupport, ...],
        Field(
            max_length=32,
            description="Lines with long-term support, ended ones too; none overlaps another.",
            json_schema_extra=list_map("versions"),
        ),
    ] = ()
    advisories: Annotated[
        tuple[Advisory, ...],
        Field(
            max_length=256,
            description="Known flaws, and which versions have them.",
            json_schema_extra=list_map("id"),
        ),
    ] = ()
    releases: Annotated[
        tuple[Release, ...],
        Field(
            max_length=512, description="The releases, newest first.", json_schema_extra=list_map("version")
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
        Field(max_length=16, description="What is stated, by addon.", json_schema_extra=list_map("name")),
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
