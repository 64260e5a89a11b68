"""What else in the namespace an update can run into: budgets, quotas, limits, claims. Read from API objects, trimmed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from addon_updater.rollout.workload import Manifest

BUDGETS = "poddisruptionbudgets.policy"
QUOTAS = "resourcequotas"
LIMITS = "limitranges"
CLAIMS = "persistentvolumeclaims"


@dataclass(frozen=True, slots=True)
class Budget:
    """A PodDisruptionBudget; one of the two numbers is set, as a count or as a share like 25%."""

    name: str
    selector: Manifest | None
    min_available: int | str | None
    max_unavailable: int | str | None
    expected_pods: int
    """How many pods it counts, of however many workloads; 0 before its controller has looked."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Which pods a quota counts: the name of a scope, narrowed by operator and values when it has them."""

    name: str
    operator: str = "Exists"
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Quota:
    """A ResourceQuota: for each resource the quantity that is allowed and the one that is used."""

    name: str
    hard: Mapping[str, str]
    used: Mapping[str, str]
    scopes: tuple[Scope, ...] = ()


@dataclass(frozen=True, slots=True)
class Limit:
    """One entry of a LimitRange. `kind` is Container or Pod; the others say nothing about pods."""

    name: str
    kind: str
    least: Mapping[str, str]
    most: Mapping[str, str]
    default_limits: Mapping[str, str]
    default_requests: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Claim:
    """A PersistentVolumeClaim."""

    name: str
    access_modes: tuple[str, ...]
    is_deleting: bool


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Everything of these kinds in the namespace; claims only when the workload has any."""

    budgets: tuple[Budget, ...] = ()
    quotas: tuple[Quota, ...] = ()
    limits: tuple[Limit, ...] = ()
    claims: tuple[Claim, ...] = ()
    unread: tuple[str, ...] = ()
    """The kinds that could not be listed for lack of rights, as resource.group."""


def read_budget(manifest: Manifest) -> Budget:
    """Read a PodDisruptionBudget."""
    spec, status = manifest.get("spec") or {}, manifest.get("status") or {}
    return Budget(
        name=manifest["metadata"]["name"],
        selector=spec.get("selector"),
        min_available=spec.get("minAvailable"),
        max_unavailable=spec.get("maxUnavailable"),
        expected_pods=int(status.get("expectedPods") or 0),
    )


def read_quota(manifest: Manifest) -> Quota:
    """Read a ResourceQuota; before its controller has looked nothing counts as used."""
    spec, status = manifest.get("spec") or {}, manifest.get("status") or {}
    narrowed = (spec.get("scopeSelector") or {}).get("matchExpressions") or ()
    scopes = [Scope(name) for name in spec.get("scopes") or ()]
    scopes += [Scope(one["scopeName"], one["operator"], tuple(one.get("values") or ())) for one in narrowed]
    return Quota(
        name=manifest["metadata"]["name"],
        hard=spec.get("hard") or {},
        used=status.get("used") or {},
        scopes=tuple(scopes),
    )


def read_limits(manifest: Manifest) -> tuple[Limit, ...]:
    """Read the entries of a LimitRange that are about pods and containers."""
    return tuple(
        Limit(
            name=manifest["metadata"]["name"],
            kind=one["type"],
            least=one.get("min") or {},
            most=one.get("max") or {},
            default_limits=one.get("default") or {},
            default_requests=one.get("defaultRequest") or {},
        )
        for one in (manifest.get("spec") or {}).get("limits") or ()
        if one["type"] in {"Container", "Pod"}
    )


def read_claim(manifest: Manifest) -> Claim:
    """Read a PersistentVolumeClaim."""
    return Claim(
        name=manifest["metadata"]["name"],
        access_modes=tuple((manifest.get("spec") or {}).get("accessModes") or ()),
        is_deleting=bool(manifest["metadata"].get("deletionTimestamp")),
    )


def selects(selector: Manifest | None, labels: Mapping[str, str]) -> bool:
    """Whether a label selector selects these labels; none selects nothing, an empty one everything."""
    if selector is None:
        return False
    exact: Mapping[str, str] = selector.get("matchLabels") or {}
    expressions: Sequence[Manifest] = selector.get("matchExpressions") or ()
    return exact.items() <= labels.items() and all(_holds(one, labels) for one in expressions)


def _holds(expression: Manifest, labels: Mapping[str, str]) -> bool:
    key, values = expression["key"], expression.get("values") or ()
    match expression["operator"]:
        case "In":
            return labels.get(key) in values
        case "NotIn":
            return labels.get(key) not in values
        case "Exists":
            return key in labels
        case _:
            return key not in labels
