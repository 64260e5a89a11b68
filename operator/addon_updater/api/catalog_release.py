"""What a catalog states about one release of an addon."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from addon_updater.api.catalog_facts import KubernetesBound
from addon_updater.api.catalog_texts import Day, RangeText, SourceKey, Statement, VersionText
from addon_updater.api.meta import KubeModel


class EvidenceLevel(StrEnum):
    """How much a statement says about a pair of addon version and Kubernetes minor."""

    TESTED = "Tested"
    """Somebody ships or tests exactly this pair."""
    DECLARED = "Declared"
    """Somebody supports the pair by name, or ships the version by default for that minor."""
    ASSUMED = "Assumed"
    """It follows from facts: the APIs it needs are served, or a vendor ships its own build of it."""


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
