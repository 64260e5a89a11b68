"""What a catalog states about known flaws of an addon: which versions have one, and what of a configuration opens it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated, Final

from pydantic import Field

from addon_updater.api.catalog_texts import RangeText, SourceKey, Statement, VersionText
from addon_updater.api.meta import KubeModel

AdvisoryId = Annotated[
    str,
    Field(
        min_length=1,
        max_length=64,
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$",
        description="Name of an advisory, as in CVE-2026-26018.",
    ),
]
FeatureName = Annotated[
    str,
    Field(
        min_length=1,
        max_length=64,
        pattern=r"^[a-z][A-Za-z0-9]*/[A-Za-z0-9._+-]+$",
        description="A feature that the addon's code looks for in the running configuration, as in plugin/etcd.",
    ),
]


class AdvisorySeverity(StrEnum):
    """How grave a flaw is where it can be used; the gravest first. Unknown is no reason to look away."""

    CRITICAL = "Critical"
    HIGH = "High"
    UNKNOWN = "Unknown"
    """Nobody has said."""
    MEDIUM = "Medium"
    LOW = "Low"

    @property
    def gravity(self) -> int:
        """The greater the graver; 1 for the least."""
        return len(AdvisorySeverity) - list(AdvisorySeverity).index(self)


class Advisory(KubeModel):
    """A known flaw of some versions of an addon.

    A version has the flaw when `affects` holds it, unless it is fixed: from the newest release of `fixed` in its own
    line on, or from a build of its own patch on, and from the newest release of all on in every later line.
    """

    id: AdvisoryId
    aliases: Annotated[
        tuple[AdvisoryId, ...], Field(max_length=16, description="Other names of it, or of what it gathers.")
    ] = ()
    severity: Annotated[AdvisorySeverity, Field(description="How grave it is, as the source says.")]
    affects: Annotated[RangeText, Field(description="Versions that have it as long as they are not fixed.")]
    fixed: Annotated[
        tuple[VersionText, ...],
        Field(
            max_length=32,
            description="The first fixed release of each line, and fixed builds of single patches. Unset: nobody names one.",
        ),
    ] = ()
    exposed_when: Annotated[
        tuple[FeatureName, ...],
        Field(
            max_length=8,
            description="Features of which one in use opens the flaw; what cannot be seen counts as in use. "
            "Unset: every configuration does.",
        ),
    ] = ()
    because: Annotated[Statement, Field(description="What can be done with it, in one sentence.")]
    source: SourceKey


FEATURES: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "coredns": {
            "kubernetes/kubeconfig": "plugin kubernetes reads a kubeconfig",
            "plugin/acl+rewrite": "plugins acl and rewrite in one server block",
            "plugin/cache": "plugin cache",
            "plugin/etcd": "plugin etcd",
            "plugin/forward": "plugin forward",
            "plugin/kubernetes": "plugin kubernetes",
            "plugin/loop": "plugin loop",
            "server/grpc": "a server block for grpc://",
            "server/https": "a server block for https://",
            "server/https3": "a server block for https3://",
            "server/quic": "a server block for quic://",
            "transfer/overlapping": "plugin transfer for a zone and for another one inside it",
            "transport/encrypted": "a server block or an upstream with TLS, HTTPS, QUIC or gRPC",
            "tsig/encrypted": "plugin tsig in a server block with TLS, HTTPS, QUIC or gRPC",
        },
        "prometheus": {
            "config/remote_write.azuread.oauth": "remote_write with azuread.oauth",
            "flag/web.config.file": "flag --web.config.file",
            "flag/web.enable-remote-write-receiver": "the receiver of remote write",
            "sd/docker": "service discovery of Docker",
            "sd/stackit": "service discovery of STACKIT",
            "ui/old": "the old user interface",
        },
        "grafana": {
            "edition/enterprise": "the Enterprise edition",
            "ini/auth.azuread": "login by Azure AD",
            "ini/auth.jwt": "login by a token in the address",
            "ini/auth.proxy": "login by an authenticating proxy",
            "ini/live": "Grafana Live",
            "ini/public_dashboards": "public dashboards",
            "ini/snapshots": "snapshots",
            "ini/unified_alerting": "Grafana's own alerting",
            "ini/verify_email_enabled": "the check of new e-mail addresses",
            "toggle/enableSCIM": "feature toggle enableSCIM",
            "toggle/sqlExpressions": "feature toggle sqlExpressions",
        },
    }
)
"""By addon every feature that its code can answer for, and how a person calls it. An addon without code has none."""
