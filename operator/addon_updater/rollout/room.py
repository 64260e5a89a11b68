"""Whether the namespace has room for the pods that an update adds: ResourceQuotas and LimitRanges.

Sources: https://kubernetes.io/docs/concepts/policy/resource-quotas/ and
https://kubernetes.io/docs/concepts/policy/limit-range/
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from addon_updater.rollout.demand import Demand, demand
from addon_updater.rollout.finding import Finding, Severity
from addon_updater.rollout.quantity import quantity
from addon_updater.rollout.rules import Rule
from addon_updater.rollout.surroundings import Limit, Quota, Scope, Surroundings
from addon_updater.rollout.workload import Manifest

_COUNTED = {"Job": ("count/jobs.batch",), "ControllerRevision": ("count/controllerrevisions.apps",)}


@dataclass(frozen=True, slots=True)
class Addition:
    """Something that the update creates beside what runs: what it is, the pod that it is or makes, other objects.

    `must` says that the update cannot go on without it.
    """

    what: str
    pod: Manifest | None = None
    kind: str = "Pod"
    must: bool = True


def room_findings(additions: Iterable[Addition], around: Surroundings) -> Iterator[Finding]:
    """What quotas and limits have against each addition."""
    told: set[tuple[str, str, Severity]] = set()
    for addition in additions:
        counted = demand(addition.pod, around.limits) if addition.pod is not None else None
        found = [finding for quota in around.quotas for finding in _over(quota, addition, counted)]
        if counted is not None:
            found += _beyond(around.limits, addition, counted)
        for finding in found:
            # What refuses the rehearsal for its containers refuses every other pod with them: once is enough.
            key = (finding.rule, finding.remedy, finding.severity)
            if key not in told:
                told.add(key)
                yield finding


def _over(quota: Quota, addition: Addition, counted: Demand | None) -> Iterator[Finding]:
    if counted is not None and addition.pod is not None:
        covered = _covers(quota.scopes, addition.pod, counted)
        if covered is not False:
            yield from _unstated(quota, addition, counted)
            short = [text for key in quota.hard if (text := _shortage(quota, key, counted.of(key)))]
            yield from _full(quota, addition, short, certain=covered is True)
    if not quota.scopes:
        keys = _COUNTED.get(addition.kind, ())
        short = [text for key in quota.hard if key in keys and (text := _shortage(quota, key, Decimal(1)))]
        yield from _full(quota, addition, short, certain=True)


def _shortage(quota: Quota, key: str, needed: Decimal | None) -> str | None:
    """What is missing, in a person's words; None when there is room or the quota cannot be read."""
    hard, used = quantity(quota.hard[key]), quantity(quota.used.get(key, "0"))
    if not needed or hard is None or used is None or used + needed <= hard:
        return None
    return (
        f"{quota.used.get(key, '0')} of {quota.hard[key]} {key} are used and {_plain(needed)} more are needed"
    )


def _full(quota: Quota, addition: Addition, short: Sequence[str], *, certain: bool) -> Iterator[Finding]:
    if not short:
        return
    severity = Severity.BLOCK if addition.must and certain else Severity.WARN
    goes_on = "" if addition.must else "; the update goes on with fewer pods meanwhile"
    yield Finding(
        Rule.QUOTA_FULL,
        severity,
        f"ResourceQuota {quota.name} has no room for {addition.what}: {', '.join(short)}{goes_on}",
        f"raise spec.hard of ResourceQuota {quota.name}, or remove what it counts and nobody needs",
    )


def _unstated(quota: Quota, addition: Addition, counted: Demand) -> Iterator[Finding]:
    missing = {key: name for key in quota.hard if (name := counted.unstated(key)) is not None}
    if missing:
        key, container = next(iter(missing.items()))
        kind = "limit" if key.startswith("limits.") else "request"
        yield Finding(
            Rule.QUOTA_WANTS_RESOURCES,
            Severity.BLOCK,
            f"ResourceQuota {quota.name} refuses {addition.what}: container {container} has no {kind} for "
            f"{key.rpartition('.')[2]}, which it counts",
            f"give container {container} resources, or the namespace a LimitRange with defaults",
        )


def _covers(scopes: Sequence[Scope], pod: Manifest, counted: Demand) -> bool | None:
    """Whether a quota of these scopes counts that pod; None when that cannot be told."""
    verdicts = [_matches(scope, pod, counted) for scope in scopes]
    if False in verdicts:
        return False
    return None if None in verdicts else True


def _matches(scope: Scope, pod: Manifest, counted: Demand) -> bool | None:
    ends, priority = pod.get("activeDeadlineSeconds") is not None, pod.get("priorityClassName")
    match scope.name:
        case "Terminating":
            return ends
        case "NotTerminating":
            return not ends
        case "BestEffort":
            return counted.is_best_effort
        case "NotBestEffort":
            return not counted.is_best_effort
        case "PriorityClass":
            inside = priority in scope.values if scope.values else priority is not None
            return not inside if scope.operator in {"NotIn", "DoesNotExist"} else inside
        case "VolumeAttributesClass":
            return False
        case _:
            return None


def _beyond(limits: Sequence[Limit], addition: Addition, counted: Demand) -> Iterator[Finding]:
    for limit in limits:
        holders = counted.containers if limit.kind == "Container" else (("", counted.pod),)
        for name, needs in holders:
            who = f"container {name}" if name else "the pod"
            for resource, text in limit.most.items():
                most, has = quantity(text), needs.limits.get(resource)
                if most is not None and (has is None or has > most):
                    said = "has no limit" if has is None else f"has a limit of {_plain(has)}"
                    yield _refused(
                        limit, addition, f"{who} {said} for {resource}, and at most {text} is allowed"
                    )
            for resource, text in limit.least.items():
                least, has = quantity(text), needs.requests.get(resource)
                if least is not None and (has is None or has < least):
                    said = "requests nothing" if has is None else f"requests {_plain(has)}"
                    yield _refused(
                        limit, addition, f"{who} {said} of {resource}, and at least {text} is asked for"
                    )


def _refused(limit: Limit, addition: Addition, why: str) -> Finding:
    return Finding(
        Rule.LIMIT_RANGE,
        Severity.BLOCK,
        f"LimitRange {limit.name} refuses {addition.what}: {why}",
        f"change the resources of the containers, or LimitRange {limit.name}; no new pod can start until then",
    )


def _plain(number: Decimal) -> str:
    """A number as people write it, without an exponent."""
    return f"{number.normalize():f}"
