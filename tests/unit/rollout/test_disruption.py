"""How many pods a rollout takes away, and which PodDisruptionBudgets would not have granted that."""

from __future__ import annotations

from typing import Any

import pytest

from addon_updater.rollout.disruption import budget_findings
from addon_updater.rollout.replacing import Replacing, replacing
from addon_updater.rollout.surroundings import read_budget
from unit.rollout.workloads import LABELS, deployment, recreating, stateful_set


@pytest.mark.parametrize(
    "workload, missing, surplus",
    [
        (deployment(1), 0, 1),
        (deployment(4), 1, 1),
        (deployment(10), 2, 3),
        (deployment(2, maxUnavailable=1), 1, 1),
        (deployment(2, maxUnavailable=1, maxSurge=0), 1, 0),
        (deployment(3, maxUnavailable=0, maxSurge="50%"), 0, 2),
        (deployment(3, maxUnavailable="10%", maxSurge=0), 1, 0),
        (recreating(3), 3, 0),
        (stateful_set(3), 1, 0),
        (stateful_set(3, updateStrategy={"type": "RollingUpdate", "rollingUpdate": {"partition": 0}}), 1, 0),
        (stateful_set(5, updateStrategy={"rollingUpdate": {"maxUnavailable": 2}}), 2, 0),
        (stateful_set(5, updateStrategy={"rollingUpdate": {"maxUnavailable": "50%"}}), 2, 0),
        (stateful_set(3, updateStrategy={"rollingUpdate": {"maxUnavailable": "10%"}}), 1, 0),
    ],
)
def test_a_controller_takes_away_and_adds_as_its_strategy_says(workload, missing, surplus):
    assert replacing(workload, recreate=False) == Replacing(missing, surplus)


def test_a_deployment_that_becomes_recreate_ends_all_pods_at_once():
    assert replacing(deployment(2, maxUnavailable=0), recreate=True) == Replacing(2, 0)


def budget(name: str = "front", *, selector: Any = None, expected: int = 0, **numbers: Any) -> Any:
    spec = {"selector": {"matchLabels": LABELS} if selector is None else selector, **numbers}
    return read_budget(
        {"metadata": {"name": name}, "spec": spec, "status": {"expectedPods": expected} if expected else {}}
    )


def severities(workload: Any, one: Any, *, recreate: bool = False) -> list[str]:
    rollout = replacing(workload, recreate=recreate)
    return [str(found.severity) for found in budget_findings(workload, rollout, [one])]


@pytest.mark.parametrize(
    "workload, numbers, severity",
    [
        (deployment(2, maxUnavailable=0), {"maxUnavailable": 0}, []),
        (deployment(2, maxUnavailable=1), {"maxUnavailable": 0}, ["Block"]),
        (deployment(2, maxUnavailable=1, maxSurge=0), {"maxUnavailable": "0%"}, ["Block"]),
        (deployment(2, maxUnavailable=1), {"maxUnavailable": 1}, []),
        (deployment(2, maxUnavailable=1), {"maxUnavailable": "10%"}, []),
        (deployment(2, maxUnavailable=1), {"minAvailable": 1}, []),
        (deployment(2, maxUnavailable=1), {"minAvailable": 2}, ["Block"]),
        (deployment(2, maxUnavailable=1), {"minAvailable": 3}, ["Block"]),
        (deployment(2, maxUnavailable=1), {"minAvailable": "100%"}, ["Block"]),
        (deployment(4, maxUnavailable=2), {"minAvailable": "75%"}, ["Warn"]),
        (deployment(4, maxUnavailable=2), {"maxUnavailable": "50%"}, []),
        (recreating(1), {"maxUnavailable": 1}, []),
        (recreating(1), {"minAvailable": 1}, ["Block"]),
        (recreating(3), {"maxUnavailable": 1}, ["Warn"]),
        (stateful_set(2), {"maxUnavailable": 0}, ["Block"]),
        (stateful_set(2), {"maxUnavailable": 1}, []),
        (deployment(2, maxUnavailable=1), {}, []),
    ],
)
def test_a_budget_that_grants_less_is_told_and_one_that_grants_nothing_blocks(workload, numbers, severity):
    assert severities(workload, budget(**numbers)) == severity


@pytest.mark.parametrize(
    "selector, covers",
    [
        ({}, True),
        ({"matchLabels": {"app": "web"}}, True),
        ({"matchLabels": {"app": "other"}}, False),
        ({"matchExpressions": [{"key": "app", "operator": "In", "values": ["web", "x"]}]}, True),
        ({"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["web"]}]}, False),
        ({"matchExpressions": [{"key": "tier", "operator": "Exists"}]}, True),
        ({"matchExpressions": [{"key": "gone", "operator": "DoesNotExist"}]}, True),
        ({"matchLabels": {"app": "web"}, "matchExpressions": [{"key": "gone", "operator": "Exists"}]}, False),
    ],
)
def test_only_budgets_of_the_workloads_pods_count(selector, covers):
    one = budget(selector=selector, maxUnavailable=0)
    assert severities(recreating(), one) == (["Block"] if covers else [])


def test_a_budget_without_a_selector_covers_nobody():
    one = read_budget({"metadata": {"name": "none"}, "spec": {"maxUnavailable": 0}})
    assert severities(recreating(), one) == []


def test_a_budget_over_several_workloads_counts_the_pods_of_all():
    assert severities(recreating(1), budget(expected=4, minAvailable=3)) == []
    assert severities(recreating(1), budget(expected=0, minAvailable=3)) == ["Block"]


@pytest.mark.parametrize(
    "workload, remedy",
    [
        (deployment(2, maxUnavailable=1), "set strategy.rollingUpdate to maxUnavailable: 0 and maxSurge: 1"),
        (recreating(1), "let PodDisruptionBudget front grant 1 (maxUnavailable: 1)"),
        (stateful_set(2), "let PodDisruptionBudget front grant 1 (maxUnavailable: 1)"),
    ],
)
def test_the_remedy_is_one_that_the_strategy_allows(workload, remedy):
    rollout = replacing(workload, recreate=False)
    (finding,) = budget_findings(workload, rollout, [budget(maxUnavailable=0)])
    assert finding.remedy.startswith(remedy)
    assert "PodDisruptionBudget front grants no missing pod at a time" in finding.message
