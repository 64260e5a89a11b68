"""Which workload an AddonRelease governs, from which images, and what must be done before."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from addon_updater.api.meta import KubeModel, cel
from addon_updater.api.texts import NamespaceName, RegistryPrefix, ReleaseName, WorkloadName


class WorkloadKind(StrEnum):
    """The kinds of workload that can be governed."""

    DEPLOYMENT = "Deployment"
    STATEFUL_SET = "StatefulSet"


class WhenMissing(StrEnum):
    """What it means that the workload does not exist."""

    FAIL = "Fail"
    IGNORE = "Ignore"


class Delivery(StrEnum):
    """How a decision reaches the cluster."""

    DIRECT = "Direct"
    OBSERVE = "Observe"


class TargetRef(KubeModel):
    """The workload that runs the addon, in the namespace of the AddonRelease."""

    api_version: Annotated[
        str,
        Field(
            max_length=64,
            description="API version of the workload: apps/v1.",
            json_schema_extra=cel(("self == 'apps/v1'", "use apiVersion apps/v1")),
        ),
    ]
    kind: Annotated[WorkloadKind, Field(description="Kind of the workload.")]
    name: Annotated[
        WorkloadName, Field(description="Name of the workload, in the namespace of the AddonRelease.")
    ]


class ImageRewrite(KubeModel):
    """Where images of some repositories are taken from instead."""

    from_: Annotated[
        RegistryPrefix,
        Field(
            alias="from",
            description="Registry and first parts of a repository, without a tag: docker.io/grafana holds for the image "
            "grafana/grafana too.",
        ),
    ]
    to: Annotated[
        RegistryPrefix,
        Field(description="Registry and parts that take its place; the rest of the repository stays."),
    ]


_CHAINS = "a.to == b.from || a.to.startsWith(b.from + '/') || b.from.startsWith(a.to + '/')"
_NO_CHAIN = cel(
    (
        f"!has(self.rewrites) || !self.rewrites.exists(a, self.rewrites.exists(b, {_CHAINS}))",
        "rewrites: let no `to` lead into a `from`, or the repository would change again with every update",
    )
)


class Images(KubeModel):
    """Where images come from."""

    model_config = KubeModel.model_config | {"json_schema_extra": _NO_CHAIN}

    rewrites: Annotated[
        list[ImageRewrite] | None,
        Field(
            max_length=16,
            description="Repositories to exchange with the next update; of several that match the longest `from` "
            "counts. Unset: the running repository stays, only tag and digest change.",
            json_schema_extra={"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["from"]},
        ),
    ] = None


class Dependency(KubeModel):
    """Another AddonRelease that comes first."""

    name: Annotated[ReleaseName, Field(description="Name of the other AddonRelease.")]
    namespace: Annotated[
        NamespaceName | None,
        Field(description="Its namespace; only its status is read. Unset: that of this AddonRelease."),
    ] = None
