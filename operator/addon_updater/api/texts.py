"""The small texts that several fields of our objects are made of, each with its form and its remedy."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from addon_updater.api.meta import cel
from addon_updater.api.text_rules import Written

_LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_SUBDOMAIN = "[a-z0-9]([-a-z0-9.]*[a-z0-9])?"

# One comparator of a version range; the full grammar with its error positions is api/versions.py. This much
# can be said at admission, so that a slip of the pen never reaches the operator.
_NUMBER = "([0-9]{1,9}|x|X|[*])"
_SUFFIX = "([-+][0-9A-Za-z.+-]{1,64})?"
_COMPARATOR = f"(=|==|!=|>=|<=|>|<|[~^])?[ ]*v?{_NUMBER}([.]{_NUMBER}){{0,2}}{_SUFFIX}"
_SEPARATOR = "([ ]+-[ ]+|[ ]*,[ ]*|[ ]*[|][|][ ]*|[ ]+)"

_RANGE = f"[ ]*{_COMPARATOR}({_SEPARATOR}{_COMPARATOR})*[ ]*"
_EXACT = f"v?[0-9]{{1,9}}[.][0-9]{{1,9}}[.][0-9]{{1,9}}{_SUFFIX}"


def _admitted(pattern: str, remedy: str) -> dict[str, Any]:
    """The CEL half of `Written` alone, for texts that api/versions.py reads, which tells the position as well."""
    return cel((Written(pattern, remedy).rule, remedy))


VersionRangeText = Annotated[
    str,
    Field(
        min_length=1,
        max_length=256,
        json_schema_extra=_admitted(
            _RANGE, "write a version range as in '>=1.11 <1.15', '~1.12', '1.x || 2.0.1' or '1.12.4'"
        ),
    ),
]
MinorRangeText = Annotated[
    str,
    Field(
        min_length=1,
        max_length=256,
        json_schema_extra=_admitted(
            _RANGE, "write a range of Kubernetes minors as in '1.35' or '>=1.34 <1.36'"
        ),
    ),
]
ExactVersionText = Annotated[
    str,
    Field(max_length=64, json_schema_extra=_admitted(_EXACT, "name one exact version as in 1.12.4")),
]
MinorText = Annotated[
    str,
    Written("[0-9]{1,2}[.][0-9]{1,3}", "write a Kubernetes minor, quoted, as in '1.36'"),
    Field(max_length=8),
]
AddonKey = Annotated[
    str,
    Written(_LABEL, "write the addon's key in the catalog as in coredns"),
    Field(min_length=1, max_length=63),
]
ContainerName = Annotated[
    str,
    Written(_LABEL, "write the name of a container of the workload"),
    Field(min_length=1, max_length=63),
]
WorkloadName = Annotated[
    str,
    Written(_SUBDOMAIN, "write the name of the workload, which is in the namespace of the AddonRelease"),
    Field(min_length=1, max_length=253),
]
ReleaseName = Annotated[
    str,
    Written(_SUBDOMAIN, "write the name of an AddonRelease as in coredns"),
    Field(min_length=1, max_length=253),
]
NamespaceName = Annotated[
    str,
    Written(_LABEL, "write the name of a namespace as in kube-system"),
    Field(min_length=1, max_length=63),
]
CheckName = Annotated[
    str,
    Written(_LABEL, "give the check a short name in small letters as in scrape-targets"),
    Field(
        min_length=1,
        max_length=63,
        description="What the gate is called in status and Events, in small letters as in scrape-targets.",
    ),
]
DnsName = Annotated[
    str,
    Written("([A-Za-z0-9_]([A-Za-z0-9_-]{0,62})[.]?)+", "write a DNS name as in db.corp.example"),
    Field(max_length=253),
]
PlanHash = Annotated[
    str, Written("[0-9a-f]{16}", "copy the hash from status.plan.hash: 16 hex digits"), Field(max_length=16)
]
FieldManager = Annotated[
    str,
    Written("[^ ]+", "write one field manager as in argocd-controller"),
    Field(min_length=1, max_length=128),
]
_PATH = "(/[a-z0-9]+([._-]+[a-z0-9]+)*)*"
RepositoryPrefix = Annotated[
    str,
    Written(
        f"[a-z0-9]([-a-z0-9.]*[a-z0-9])?(:[0-9]{{1,5}})?{_PATH}",
        "write a repository or its first parts, without a tag, as in registry.k8s.io/coredns",
    ),
    Field(min_length=1, max_length=255),
]
# A name without a dot or a port is one of Docker Hub's, so only with a registry in front two prefixes can be compared.
_REGISTRY = f"({_LABEL}([.]{_LABEL})+(:[0-9]{{1,5}})?|{_LABEL}:[0-9]{{1,5}}|localhost)"
RegistryPrefix = Annotated[
    str,
    Written(
        f"{_REGISTRY}{_PATH}",
        "write a registry and the first parts of a repository, without a tag, as in registry.k8s.io/coredns",
    ),
    Field(min_length=1, max_length=255),
]
