"""What PodDisruptionBudgets say about a rollout.

A budget holds evictions, not rollouts: nothing but this rule stands between an update and a promise that people made.
Source: https://kubernetes.io/docs/concepts/workloads/pods/disruptions/#pod-disruption-budgets
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from addon_updater.rollout.finding import Finding, Severity
from addon_updater.rollout.replacing import Replacing, portion
from addon_updater.rollout.rules import Rule
from addon_updater.rollout.surroundings import Budget, selects
from addon_updater.rollout.workload import Workload


def budget_findings(workload: Workload, rollout: Replacing, budgets: Iterable[Budget]) -> Iterator[Finding]:
    """The budgets of its pods that the rollout goes beyond."""
    labels = (workload.template.get("metadata") or {}).get("labels") or {}
    for budget in budgets:
        granted = _granted(budget, max(workload.replicas, budget.expected_pods))
        if not selects(budget.selector, labels) or granted is None or rollout.missing <= granted:
            continue
        never = granted <= 0
        yield Finding(
            Rule.DISRUPTION_BUDGET,
            Severity.BLOCK if never else Severity.WARN,
            f"PodDisruptionBudget {budget.name} grants {'no' if never else granted} missing "
            f"{'pod' if granted <= 1 else 'pods'} at a time, and the rollout of {workload.name} takes away "
            f"{rollout.missing}; Kubernetes does not hold a rollout to a budget",
            _remedy(workload, rollout, budget),
        )


def _granted(budget: Budget, pods: int) -> int | None:
    """How many pods it lets be missing; None for one without a number, which grants whatever is asked."""
    if budget.max_unavailable is not None:
        return portion(budget.max_unavailable, pods, up=True)
    if budget.min_available is not None:
        return pods - portion(budget.min_available, pods, up=True)
    return None


def _remedy(workload: Workload, rollout: Replacing, budget: Budget) -> str:
    grant = (
        f"let PodDisruptionBudget {budget.name} grant {rollout.missing} (maxUnavailable: {rollout.missing})"
    )
    surges = (
        not workload.is_stateful_set
        and workload.strategy == "RollingUpdate"
        and rollout.missing < workload.replicas
    )
    if surges:
        return f"set strategy.rollingUpdate to maxUnavailable: 0 and maxSurge: 1, or {grant}"
    return grant
