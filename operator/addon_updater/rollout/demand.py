"""What quotas and limits count for one pod.

Sources: https://kubernetes.io/docs/concepts/workloads/pods/init-containers/#resource-sharing-within-containers,
https://kubernetes.io/docs/concepts/policy/limit-range/ and https://kubernetes.io/docs/concepts/policy/resource-quotas/
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from addon_updater.rollout.quantity import quantity
from addon_updater.rollout.surroundings import Limit
from addon_updater.rollout.workload import Manifest

Amounts = Mapping[str, Decimal]
STATED = ("cpu", "memory")
"""Of these every container must state what it needs where a quota counts them."""


@dataclass(frozen=True, slots=True)
class Needs:
    """Requests and limits by resource, of a container or of a whole pod."""

    requests: Amounts
    limits: Amounts

    def side(self, kind: str) -> Amounts:
        """One of the two, as the first word of a quota's resource names it; without a word the requests."""
        return self.limits if kind == "limits" else self.requests


@dataclass(frozen=True, slots=True)
class Demand:
    """A pod's needs as they are once admission has filled in defaults."""

    pod: Needs
    containers: tuple[tuple[str, Needs], ...]
    stated: Needs
    """What the pod states for all of its containers together; where it does, none of them has to."""

    @property
    def is_best_effort(self) -> bool:
        """Whether nothing of it asks for processor or memory."""
        return not any(
            resource in amounts
            for needs in (self.pod, *(needs for _, needs in self.containers))
            for amounts in (needs.requests, needs.limits)
            for resource in STATED
        )

    def of(self, key: str) -> Decimal | None:
        """What it needs of one resource of a quota, by the quota's own name for it; None when that counts no pods."""
        if key in {"pods", "count/pods"}:
            return Decimal(1)
        kind, _, resource = key.partition(".")
        if kind == "limits" and resource:
            return self.pod.limits.get(resource, Decimal(0))
        if kind == "requests" and resource and resource != "storage":
            return self.pod.requests.get(resource, Decimal(0))
        return self.pod.requests.get(key, Decimal(0)) if key in {*STATED, "ephemeral-storage"} else None

    def unstated(self, key: str) -> str | None:
        """The container that does not say what it needs of a resource of a quota that makes everybody say it."""
        kind, _, resource = key.rpartition(".")
        if resource not in STATED or kind not in {"", "requests", "limits"}:
            return None
        if resource in self.stated.side(kind):
            return None
        return next((name for name, needs in self.containers if resource not in needs.side(kind)), None)


def demand(pod: Manifest, limits: Sequence[Limit] = ()) -> Demand:
    """What a pod of that spec counts for, with the defaults of the namespace's LimitRanges."""
    first: Sequence[Manifest] = pod.get("initContainers") or ()
    every = [(one["name"], _needs(one, limits)) for one in (*first, *pod["containers"])]
    whole = _needs(pod, ())
    return Demand(
        Needs(
            {**_effective(pod, [needs.requests for _, needs in every]), **whole.requests},
            {**_effective(pod, [needs.limits for _, needs in every]), **whole.limits},
        ),
        tuple(every),
        whole,
    )


def _needs(holder: Manifest, limits: Sequence[Limit]) -> Needs:
    resources = holder.get("resources") or {}
    most, asked = dict(resources.get("limits") or {}), dict(resources.get("requests") or {})
    asked = {**most, **asked}
    for one in limits:
        if one.kind == "Container":
            most = {**one.default_limits, **most}
            asked = {**one.default_requests, **asked}
    return Needs(_numbers(asked), _numbers(most))


def _effective(pod: Manifest, each: Sequence[Amounts]) -> Amounts:
    """The greatest sum that is needed at any time: while one init container runs, or all containers do."""
    first: Sequence[Manifest] = pod.get("initContainers") or ()
    lasting: dict[str, Decimal] = {}
    peaks = []
    for container, amounts in zip(first, each, strict=False):
        now = _sum((lasting, amounts))
        peaks.append(now)
        if container.get("restartPolicy") == "Always":
            lasting = now
    peaks.append(_sum((lasting, *each[len(first) :])))
    greatest = {key: max(peak.get(key, Decimal(0)) for peak in peaks) for peak in peaks for key in peak}
    return _sum((greatest, _numbers(pod.get("overhead") or {})))


def _sum(parts: Iterable[Amounts]) -> dict[str, Decimal]:
    total: dict[str, Decimal] = {}
    for amounts in parts:
        for key, amount in amounts.items():
            total[key] = total.get(key, Decimal(0)) + amount
    return total


def _numbers(texts: Mapping[str, object]) -> dict[str, Decimal]:
    return {key: number for key, text in texts.items() if (number := quantity(text)) is not None}
