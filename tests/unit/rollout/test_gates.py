from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from addon_updater.addons.data_only import DataOnly
from addon_updater.rollout.gate import Gate, Outcome, Probe, Reply, Subject, Unasked, first, fold, worst
from addon_updater.rollout.gates import judge, pod_failure
from addon_updater.rollout.workload import read_pod

BORN = datetime(2026, 1, 5, 12, tzinfo=UTC)


def pod(**status: Any) -> dict[str, Any]:
    metadata = {"name": "p", "uid": "u", "creationTimestamp": BORN.isoformat()}
    return {"metadata": metadata, "spec": {"containers": []}, "status": {"phase": "Running"} | status}


def container(restarts: int = 0, **state: Any) -> list[dict[str, Any]]:
    return [{"name": "coredns", "state": state, "restartCount": restarts}]


@pytest.mark.parametrize(
    "status, after_s, reason",
    [
        ({}, 600, None),
        ({"containerStatuses": container(waiting={"reason": "ContainerCreating"})}, 600, None),
        ({"containerStatuses": container(waiting={"reason": "ErrImagePull"})}, 29, None),
        ({"containerStatuses": container(waiting={"reason": "ErrImagePull"})}, 30, "ImagePullFailed"),
        ({"containerStatuses": container(waiting={"reason": "ImagePullBackOff"})}, 31, "ImagePullFailed"),
        ({"containerStatuses": container(waiting={"reason": "CrashLoopBackOff"})}, 1, "Crashed"),
        ({"containerStatuses": container(waiting={"reason": "CreateContainerConfigError"})}, 1, "Crashed"),
        ({"containerStatuses": container(1, running={})}, 1, "Crashed"),
        ({"phase": "Failed", "containerStatuses": container(terminated={"reason": "Error"})}, 1, "Crashed"),
        ({"phase": "Failed", "reason": "Evicted"}, 1, None),
        ({"phase": "Failed", "reason": "Terminated"}, 1, None),
        ({"phase": "Failed", "reason": "DeadlineExceeded"}, 1, "Crashed"),
    ],
)
def test_what_a_pod_says_about_its_version(status, after_s, reason):
    found = pod_failure(read_pod(pod(**status), "coredns"), BORN + timedelta(seconds=after_s))
    assert (found and found[0]) == reason


@pytest.mark.parametrize(
    "outcomes, heaviest",
    [
        ([], Outcome.SKIPPED),
        ([Outcome.PASS], Outcome.PASS),
        ([Outcome.PASS, Outcome.UNKNOWN], Outcome.UNKNOWN),
        ([Outcome.UNKNOWN, Outcome.FAIL, Outcome.PASS], Outcome.FAIL),
    ],
)
def test_the_heaviest_outcome_names_the_gate(outcomes, heaviest):
    gate = fold("dns/pods", [(outcome, outcome.value) for outcome in outcomes])
    assert gate.outcome is heaviest


def test_unknown_weighs_more_than_any_number_of_passes():
    gates = [
        Gate("a", Outcome.PASS, ""),
        Gate("b", Outcome.UNKNOWN, "silent"),
        Gate("c", Outcome.SKIPPED, ""),
    ]
    assert worst(gates) is Outcome.UNKNOWN
    assert first(gates, Outcome.UNKNOWN).message == "silent"
    assert worst([]) is Outcome.PASS


def test_a_reply_that_nobody_can_judge_is_unknown():
    reply = Reply(Probe("dns/x", Subject.PODS, "10.0.0.1", None), None)
    assert [gate.outcome for gate in judge(DataOnly("other"), [reply], {})] == [Outcome.UNKNOWN]


def test_a_question_that_was_not_put_is_unknown_whatever_the_addon_makes_of_silence():
    probe = Probe("dns/a", Subject.PODS, "10.0.0.1", object())
    (gate,) = judge(DataOnly("any"), [Reply(probe, Unasked("the round was over"))], {"dns/a": "NOERROR"})
    assert gate == Gate("dns/pods", Outcome.UNKNOWN, "10.0.0.1: the round was over")
