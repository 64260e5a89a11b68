"""What a catalog states about who else looks after an addon, by the vendor of the cluster."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from addon_updater.api.catalog_texts import SourceKey, Statement
from addon_updater.api.meta import KubeModel


class Ownership(StrEnum):
    """How a vendor's own machinery stands to an addon."""

    ONE_SHOT = "OneShot"
    """It writes the addon when somebody runs it, as in an upgrade of the cluster; what it writes is adopted."""
    CONTINUOUS = "Continuous"
    """It writes the addon again and again, so an update from here would be undone."""
    ABSENT = "Absent"
    """Its clusters do not have the addon."""


class VendorOwner(KubeModel):
    """Who looks after the addon in the clusters of one vendor. It explains; what is written follows from the objects."""

    vendor: Annotated[
        str,
        Field(
            max_length=32,
            pattern=r"^[a-z][a-z0-9-]*$",
            description="Whose clusters: kubeadm, kops, eks, gke, aks, k3s or rke2.",
        ),
    ]
    how: Annotated[Ownership, Field(description="OneShot, Continuous or Absent.")]
    manager: Annotated[
        str | None,
        Field(
            min_length=1,
            max_length=128,
            description="The name that its machinery has in spec.releasedBy. Unset: any.",
        ),
    ] = None
    because: Annotated[Statement, Field(description="What it does with the addon, or has in its place.")]
    remedy: Annotated[Statement | None, Field(description="What to do there instead. Unset: the usual.")] = (
        None
    )
    source: SourceKey
