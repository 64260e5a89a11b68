"""UpgradeReadiness: what the operator knows about its addons on the next minor of the cluster. Kept by it alone."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field

from addon_updater.api.meta import KubeModel, cel
from addon_updater.api.texts import MinorText

ADDONS = 32
"""Most addons that one object lists, the worst ones."""
FINDINGS = 200
"""Most findings of one object."""
KUBELETS = "kubelet"
"""What stands in the place of an addon where the nodes are meant."""
NAMED = 10
"""Most releases that one finding names; its count holds for all of them."""


class ReadinessVerdict(StrEnum):
    """What an upgrade of the cluster to the minor would mean."""

    PASSING = "Passing"
    """Everything that runs also runs on that minor."""
    WARNING = "Warning"
    """Something must move first, and can."""
    UNKNOWN = "Unknown"
    """Nobody says whether something runs there. Never the same as fine."""
    ERROR = "Error"
    """Something would stop working, and no version is known that would help."""

    @property
    def severity(self) -> int:
        """The higher the worse."""
        return list(ReadinessVerdict).index(self)


class ReadinessRule(StrEnum):
    """What was found out about a release or about nodes."""

    FITS = "Fits"
    """What runs fits the minor."""
    HOPS_FIRST = "HopsFirst"
    """A version fits the cluster as it is and the minor, and the hops to it must come before the upgrade."""
    KUBELETS_FIRST = "KubeletsFirst"
    """Nodes must be upgraded first: their kubelets would be older than Kubernetes supports."""
    NOT_KNOWN = "NotKnown"
    """Nobody states how the version that runs, or any other, stands with the minor."""
    NOT_SEEN = "NotSeen"
    """It could not be found out which version runs."""
    KUBELETS_NOT_SEEN = "KubeletsNotSeen"
    """The version of some kubelet could not be found out."""
    NOTHING_FITS_BOTH = "NothingFitsBoth"
    """A version fits the minor, but none fits it and the cluster as it is."""
    NOTHING_FITS = "NothingFits"
    """No version that may be chosen fits the minor."""


Addon = Annotated[
    str, Field(max_length=63, description="Key of the addon in the catalog; kubelet stands for the nodes.")
]


class AddonReadiness(KubeModel):
    """The worst verdict over all releases of one addon."""

    addon: Addon
    verdict: Annotated[ReadinessVerdict, Field(description="The worst of its releases.")]
    releases: Annotated[
        int, Field(ge=0, description="How many releases of the addon there are; 0 for the nodes.")
    ]


class ReadinessFinding(KubeModel):
    """What a rule found for one addon."""

    rule: Annotated[ReadinessRule, Field(description="Which rule found it.")]
    addon: Addon
    verdict: Annotated[ReadinessVerdict, Field(description="What that means for an upgrade.")]
    count: Annotated[int, Field(ge=1, description="For how many releases or nodes it holds.")]
    message: Annotated[str, Field(max_length=1024, description="What was found, for the first of them.")]
    remedy: Annotated[str, Field(max_length=1024, description="What to do about it.")]
    releases: Annotated[
        list[Annotated[str, Field(max_length=320)]],
        Field(max_length=NAMED, description="The first releases, as namespace/name; none for nodes."),
    ]


class UpgradeReadinessStatus(KubeModel):
    """The verdict, and what it rests on.

    No list is required: a server-side apply of an empty one over one with entries leaves none at all.
    """

    verdict: Annotated[ReadinessVerdict, Field(description="The worst of all releases and of the nodes.")]
    message: Annotated[str, Field(max_length=1024, description="The verdict in one sentence.")]
    observed_kubernetes_minor: Annotated[
        str, Field(max_length=16, description="The settled minor of the cluster that was looked at.")
    ]
    observed_at: Annotated[
        datetime, Field(description="When this was found out; a later look found the same.")
    ]
    addons: Annotated[
        list[AddonReadiness],
        Field(
            max_length=ADDONS,
            description="The verdict by addon.",
            json_schema_extra={"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["addon"]},
        ),
    ] = Field(default_factory=list)
    findings: Annotated[
        list[ReadinessFinding],
        Field(
            max_length=FINDINGS,
            description="Everything but what passes, the worst first.",
            json_schema_extra={
                "x-kubernetes-list-type": "map",
                "x-kubernetes-list-map-keys": ["rule", "addon"],
            },
        ),
    ] = Field(default_factory=list)


class UpgradeReadinessSpec(KubeModel):
    """Which minor is meant."""

    model_config = KubeModel.model_config | {
        "json_schema_extra": cel(
            ("self.minor == oldSelf.minor", "the minor of an UpgradeReadiness cannot change")
        )
    }

    minor: Annotated[MinorText, Field(description="The coming Kubernetes minor, as in 1.36.")]


class UpgradeReadiness(KubeModel):
    """Whether the addons of the cluster are ready for its next Kubernetes minor."""

    kind_name: ClassVar[str] = "UpgradeReadiness"

    spec: Annotated[UpgradeReadinessSpec, Field(description="Which minor is meant.")]
    status: Annotated[UpgradeReadinessStatus | None, Field(description="The verdict.")] = None


def readiness_name(minor: str) -> str:
    """The name of the object for a minor."""
    return f"kubernetes-{minor}"
