"""Quotas and limits against what an update adds: who is refused, who is only slowed down, who is not counted at all."""

from __future__ import annotations

from typing import Any

import pytest

from addon_updater.rollout.room import Addition, room_findings
from addon_updater.rollout.surroundings import Surroundings, read_limits, read_quota

SPEC: dict[str, Any] = {
    "containers": [
        {
            "name": "main",
            "resources": {"requests": {"cpu": "100m", "memory": "70Mi"}, "limits": {"memory": "170Mi"}},
        }
    ]
}
CRITICAL = SPEC | {"priorityClassName": "system-cluster-critical"}
BARE: dict[str, Any] = {"containers": [{"name": "main"}]}
POD = Addition("a new pod", SPEC)


def quota(hard: dict[str, str], used: dict[str, str] | None = None, **spec: Any) -> Surroundings:
    manifest = {"metadata": {"name": "team"}, "spec": {"hard": hard, **spec}, "status": {"used": used or {}}}
    return Surroundings(quotas=(read_quota(manifest),))


def found(around: Surroundings, *additions: Addition) -> list[tuple[str, str]]:
    return [(str(one.rule), str(one.severity)) for one in room_findings(additions or (POD,), around)]


@pytest.mark.parametrize(
    "hard, used, is_full",
    [
        ({"pods": "10"}, {"pods": "9"}, False),
        ({"pods": "10"}, {"pods": "10"}, True),
        ({"count/pods": "1"}, {"count/pods": "1"}, True),
        ({"pods": "10"}, {}, False),
        ({"cpu": "1"}, {"cpu": "900m"}, False),
        ({"cpu": "1"}, {"cpu": "901m"}, True),
        ({"requests.memory": "1Gi"}, {"requests.memory": "960Mi"}, True),
        ({"limits.memory": "1Gi"}, {"limits.memory": "800Mi"}, False),
        ({"limits.memory": "1Gi"}, {"limits.memory": "900Mi"}, True),
        ({"requests.nvidia.com/gpu": "0"}, {}, False),
        ({"services": "1", "configmaps": "1"}, {"services": "1", "configmaps": "1"}, False),
        ({"pods": "many"}, {"pods": "10"}, False),
    ],
)
def test_a_quota_is_full_when_what_is_used_and_what_is_added_go_beyond_it(hard, used, is_full):
    assert found(quota(hard, used)) == ([("QuotaFull", "Block")] if is_full else [])


def test_a_full_quota_names_itself_the_numbers_and_the_remedy():
    full = quota({"cpu": "1", "pods": "9"}, {"cpu": "950m", "pods": "9"})
    (finding,) = room_findings([POD], full)
    assert finding.message == (
        "ResourceQuota team has no room for a new pod: 950m of 1 cpu are used and 0.1 more are needed, "
        "9 of 9 pods are used and 1 more are needed"
    )
    assert "raise spec.hard of ResourceQuota team" in finding.remedy


FULL: dict[str, Any] = {"hard": {"pods": "1"}, "used": {"pods": "1"}}


def narrowed(operator: str, *values: str) -> dict[str, Any]:
    one = {"scopeName": "PriorityClass", "operator": operator, "values": list(values)}
    return {"scopeSelector": {"matchExpressions": [one]}}


@pytest.mark.parametrize(
    "scope, spec, counts",
    [
        ({"scopes": ["NotTerminating"]}, SPEC, True),
        ({"scopes": ["Terminating"]}, SPEC, False),
        ({"scopes": ["Terminating"]}, SPEC | {"activeDeadlineSeconds": 300}, True),
        ({"scopes": ["NotTerminating"]}, SPEC | {"activeDeadlineSeconds": 300}, False),
        ({"scopes": ["BestEffort"]}, SPEC, False),
        ({"scopes": ["BestEffort"]}, BARE, True),
        ({"scopes": ["NotBestEffort"]}, SPEC, True),
        ({"scopes": ["NotBestEffort", "Terminating"]}, SPEC, False),
        (narrowed("In", "system-cluster-critical"), CRITICAL, True),
        (narrowed("In", "system-cluster-critical"), SPEC, False),
        (narrowed("NotIn", "system-cluster-critical"), CRITICAL, False),
        (narrowed("NotIn", "system-cluster-critical"), SPEC, True),
        (narrowed("Exists"), CRITICAL, True),
        (narrowed("Exists"), SPEC, False),
        (narrowed("DoesNotExist"), SPEC, True),
    ],
)
def test_a_quota_counts_only_pods_of_its_scopes(scope, spec, counts):
    around = quota(FULL["hard"], FULL["used"], **scope)
    assert found(around, Addition("a pod", spec)) == ([("QuotaFull", "Block")] if counts else [])


def test_a_scope_that_cannot_be_told_blocks_nothing_and_is_told():
    around = quota(FULL["hard"], FULL["used"], scopes=["CrossNamespacePodAffinity"])
    assert found(around) == [("QuotaFull", "Warn")]


def test_what_the_update_can_do_without_is_told_and_blocks_nothing():
    (finding,) = room_findings([Addition("a new pod", SPEC, must=False)], quota(**FULL))
    assert (finding.severity, "goes on with fewer pods" in finding.message) == ("Warn", True)


@pytest.mark.parametrize(
    "kind, hard, is_full",
    [
        ("Job", {"count/jobs.batch": "3"}, True),
        ("Job", {"count/controllerrevisions.apps": "3"}, False),
        ("ControllerRevision", {"count/controllerrevisions.apps": "3"}, True),
        ("ControllerRevision", {"pods": "3"}, False),
    ],
)
def test_objects_that_are_no_pods_count_as_well(kind, hard, is_full):
    around = quota(hard, dict.fromkeys(hard, "3"))
    assert found(around, Addition("it", kind=kind)) == ([("QuotaFull", "Block")] if is_full else [])


@pytest.mark.parametrize(
    "spec, limits, wants",
    [
        (BARE, (), True),
        (SPEC, (), False),
        (BARE, [{"type": "Container", "default": {"memory": "1Gi"}}], False),
        (BARE, [{"type": "Pod", "max": {"memory": "1Gi"}}], True),
    ],
    ids=["says nothing", "says it", "the namespace says it", "limits without defaults"],
)
def test_a_quota_of_memory_wants_every_container_to_say_what_it_needs(spec, limits, wants):
    around = quota({"limits.memory": "100Gi"})
    ranges = read_limits({"metadata": {"name": "range"}, "spec": {"limits": list(limits)}})
    around = Surroundings(quotas=around.quotas, limits=ranges)
    assert (("QuotaWantsResources", "Block") in found(around, Addition("a pod", spec))) is wants


@pytest.mark.parametrize(
    "limit, refused",
    [
        ({"type": "Container", "max": {"memory": "170Mi"}}, ""),
        (
            {"type": "Container", "max": {"memory": "169Mi"}},
            "container main has a limit of 178257920 for memory",
        ),
        ({"type": "Container", "max": {"cpu": "2"}}, "container main has no limit for cpu"),
        ({"type": "Container", "max": {"cpu": "2"}, "default": {"cpu": "1"}}, ""),
        ({"type": "Container", "min": {"cpu": "100m"}}, ""),
        (
            {"type": "Container", "min": {"cpu": "200m"}},
            "container main requests 0.1 of cpu, and at least 200m",
        ),
        ({"type": "Container", "min": {"ephemeral-storage": "1Mi"}}, "requests nothing of ephemeral-storage"),
        ({"type": "Pod", "max": {"memory": "100Mi"}}, "the pod has a limit of 178257920 for memory"),
        ({"type": "PersistentVolumeClaim", "max": {"storage": "1"}}, ""),
    ],
)
def test_a_limit_range_refuses_what_lies_outside_of_it(limit, refused):
    around = Surroundings(limits=read_limits({"metadata": {"name": "range"}, "spec": {"limits": [limit]}}))
    findings = list(room_findings([POD], around))
    assert [one.rule for one in findings] == (["LimitRange"] if refused else [])
    assert all(refused in one.message for one in findings)


def test_what_refuses_every_new_pod_for_the_same_reason_is_told_once():
    around = quota({"limits.cpu": "9"})
    additions = [Addition("the throw-away pod", SPEC), Addition("Job backup", SPEC, kind="Job"), POD]
    assert found(around, *additions) == [("QuotaWantsResources", "Block")]


def test_a_warning_about_one_addition_hides_no_block_by_another():
    additions = [Addition("a new pod", SPEC, must=False), Addition("the throw-away pod", SPEC)]
    assert found(quota(**FULL), *additions) == [("QuotaFull", "Warn"), ("QuotaFull", "Block")]
