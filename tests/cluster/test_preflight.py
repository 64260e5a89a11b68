"""Budgets, quotas and limits of a real API server, read with the shipped rights, stand as findings in the plan."""

import itertools
from collections.abc import Iterator
from typing import Any

import pytest

from cluster.ports import free_port
from localcluster import Cluster
from node.operator_under_test import OperatorProcess, install_without_workload
from node.raw_api import RawApi, eventually
from node.stage import NAMESPACE, Stage

BUDGETS = f"/apis/policy/v1/namespaces/{NAMESPACE}/poddisruptionbudgets"
QUOTAS = f"/api/v1/namespaces/{NAMESPACE}/resourcequotas"
LIMITS = f"/api/v1/namespaces/{NAMESPACE}/limitranges"
ROLE = f"/apis/rbac.authorization.k8s.io/v1/namespaces/{NAMESPACE}/roles/addon-updater"
NAME = "of-a-test"
_WORDS = itertools.count(1)


@pytest.fixture(scope="module")
def planned(make_control_plane, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A control plane with CoreDNS, a running operator and a release that only plans an update of it."""
    cluster: Cluster = make_control_plane("preflight", coredns="1.11.3")
    install_without_workload(cluster)
    operator = OperatorProcess(cluster, tmp_path_factory.mktemp("operator"), port=free_port())
    operator.start()
    stage = Stage(cluster, RawApi(cluster.kubeconfig))
    stage.declare(policy={"updates": "PlanOnly"})
    stage.await_reason("UpdateAvailable", "PlanOnly")
    yield stage
    assert operator.is_running, operator.log[-2000:]
    operator.kill()


def findings(stage: Stage) -> set[tuple[str, str]]:
    """The rules that have something to say, with their severity."""
    plan = stage.status().get("plan") or {}
    return {(one["ruleID"], one["severity"]) for one in plan.get("findings") or ()}


def await_findings(stage: Stage, wanted: set[tuple[str, str]]) -> None:
    """Ask for a new look, and wait until exactly these rules have something to say."""
    stage.annotate("requestedAt", f"look {next(_WORDS)}")
    eventually(lambda: findings(stage) == wanted, wanted)


@pytest.mark.parametrize(
    "path, kind, version, spec, found",
    [
        pytest.param(
            BUDGETS,
            "PodDisruptionBudget",
            "policy/v1",
            {"selector": {"matchLabels": {"k8s-app": "kube-dns"}}, "maxUnavailable": 0},
            {("DisruptionBudget", "Block")},
            id="a budget that grants nothing",
        ),
        pytest.param(
            QUOTAS,
            "ResourceQuota",
            "v1",
            {"hard": {"pods": "2"}},
            {("QuotaFull", "Block"), ("QuotaFull", "Warn")},
            id="a quota that is used up",
        ),
        pytest.param(
            LIMITS,
            "LimitRange",
            "v1",
            {"limits": [{"type": "Container", "max": {"memory": "1Mi"}}]},
            {("LimitRange", "Block")},
            id="a limit below what is needed",
        ),
    ],
)
def test_what_stands_in_the_way_is_a_finding_until_it_is_gone(  # noqa: PLR0917 - one column of the table each
    planned: Stage, path: str, kind: str, version: str, spec: dict[str, Any], found: set[tuple[str, str]]
) -> None:
    before = findings(planned)
    planned.api.create(path, {"apiVersion": version, "kind": kind, "metadata": {"name": NAME}, "spec": spec})
    if kind == "ResourceQuota":
        eventually(
            lambda: (
                ((planned.api.get(f"{path}/{NAME}") or {}).get("status") or {}).get("used", {}).get("pods")
                == "2"
            ),
            "the quota to be counted",
        )
    await_findings(planned, before | found)
    assert planned.condition("UpdateAvailable")["reason"] == "Blocked"
    assert NAME in planned.condition("UpdateAvailable")["message"]
    planned.api.delete(f"{path}/{NAME}")
    await_findings(planned, before)
    assert planned.condition("UpdateAvailable")["reason"] == "PlanOnly"


def test_rights_that_were_taken_away_are_named_and_stop_nothing_else(planned: Stage) -> None:
    before = findings(planned)
    rules = (planned.api.get(ROLE) or {})["rules"]
    kept = [rule for rule in rules if not {"poddisruptionbudgets", "resourcequotas"} & set(rule["resources"])]
    assert len(kept) == len(rules) - 2
    planned.api.merge(ROLE, {"rules": kept})
    await_findings(planned, before | {("PreflightUnread", "Warn")})
    (unread,) = (one for one in planned.status()["plan"]["findings"] if one["ruleID"] == "PreflightUnread")
    assert unread["message"].startswith(
        "limitranges, poddisruptionbudgets.policy, resourcequotas of namespace"
    )
    assert planned.condition("UpdateAvailable")["reason"] == "PlanOnly"
    planned.api.merge(ROLE, {"rules": rules})
    await_findings(planned, before)
