"""Which version is wanted, who starts an update, and when one may start."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from addon_updater.api.meta import KubeModel, cel
from addon_updater.api.text_rules import DurationBetween
from addon_updater.api.texts import ExactVersionText, MinorRangeText, VersionRangeText


class Channel(StrEnum):
    """Which of the fitting versions is wanted."""

    DEFAULT = "Default"
    """As far as the vendor's default for this minor or, without one, the newest Declared."""
    LTS = "LTS"
    """The newest of a line with long-term support that has not ended."""
    LATEST = "Latest"
    """The newest that fits."""


class Updates(StrEnum):
    """Who starts an update."""

    AUTO = "Auto"
    AUTO_PATCH = "AutoPatch"
    MANUAL = "Manual"
    PLAN_ONLY = "PlanOnly"


class BreakingChanges(StrEnum):
    """When an update that can break a working configuration may start."""

    WITH_CLUSTER_MINOR = "WithClusterMinor"
    """Together with the next Kubernetes minor of the cluster, when people expect changes."""
    ALLOW = "Allow"
    DENY = "Deny"


class MinEvidence(StrEnum):
    """The least that must be known about a version on this Kubernetes minor."""

    TESTED = "Tested"
    DECLARED = "Declared"
    ASSUMED = "Assumed"
    NONE = "None"


class Override(KubeModel):
    """What is wanted instead on some Kubernetes minors, so that one file serves a fleet."""

    model_config = KubeModel.model_config | {
        "json_schema_extra": cel(
            (
                "has(self.version) || has(self.channel)",
                "say what the override changes: version, channel or both",
            )
        )
    }

    kubernetes: Annotated[
        MinorRangeText, Field(description="Minors it holds for, as in '1.35' or '>=1.34 <1.36'.")
    ]
    version: Annotated[
        VersionRangeText | None,
        Field(description="Range or exact pin instead of spec.version, as in '1.13.x'. Unset: spec.version."),
    ] = None
    channel: Annotated[
        Channel | None, Field(description="Channel instead of spec.channel. Unset: spec.channel.")
    ] = None


class Policy(KubeModel):
    """Which updates start, and on whose word."""

    updates: Annotated[
        Updates | None,
        Field(
            description="Auto starts every update; AutoPatch starts patches, and anything larger only while a new "
            "Kubernetes minor lets it in; Manual waits until the plan hash is approved; PlanOnly never writes. "
            "Unset: Auto."
        ),
    ] = None
    breaking_changes: Annotated[
        BreakingChanges | None,
        Field(
            description="WithClusterMinor lets updates that can break a configuration start after the cluster has "
            "moved to a newer minor, or when the running version does not fit the cluster; Allow lets them start "
            "like any other; Deny only after approval. Unset: WithClusterMinor."
        ),
    ] = None
    min_evidence: Annotated[
        MinEvidence | None,
        Field(description="Least evidence that a version runs on this minor. Unset: the catalog's floor."),
    ] = None
    min_release_age: Annotated[
        str | None,
        DurationBetween("0s", "365d"),
        Field(
            description="How long a version must have been released before it is chosen; one of unknown age is not. "
            "Unset: any age."
        ),
    ] = None
    skip_versions: Annotated[
        list[ExactVersionText] | None,
        Field(
            max_length=32,
            description="Versions that are never chosen, as in 1.12.4. Unset: none.",
            json_schema_extra={"x-kubernetes-list-type": "set"},
        ),
    ] = None
