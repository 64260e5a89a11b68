"""kwok makes of a pod what the tag of its first container's image promises, as a kubelet would report it."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from addon_updater.cluster import clock
from addon_updater.reasons import Reason
from addon_updater.rollout.gates import pod_failure
from addon_updater.rollout.workload import read_pod
from localcluster import Cluster
from localcluster.kwok import FATES
from node.raw_api import eventually

Pod = dict[str, Any]
REPOSITORY = "registry.example/app"
DIGEST = "sha256:" + "0" * 64
NAMESPACE = "fates"
PATTERN: Pod = {
    "metadata": {"name": "oom", "uid": "1", "creationTimestamp": "2026-01-01T00:00:00Z"},
    "spec": {"containers": []},
}


@pytest.fixture(scope="module")
def fates(control_plane: Cluster) -> Iterator[Cluster]:
    """A pod of every fate, named for it, and the Jobs, all started at once: the slowest takes 20 s."""
    images = {fate: f"{REPOSITORY}:v1.2.3-{fate}" for fate in FATES}
    images |= {"ordinary": f"{REPOSITORY}:v1.2.3", "pinned": f"{REPOSITORY}:v1.2.3-never-ready@{DIGEST}"}
    control_plane.kubectl("create", "namespace", NAMESPACE)
    jobs = {"task": "v1", "task-crash": "v1-crash", "task-ready-then-fails": "v1-ready-then-fails"}
    create(
        control_plane,
        *(pod(name, image) for name, image in images.items()),
        *(job(name, f"{REPOSITORY}:{tag}") for name, tag in jobs.items()),
    )
    yield control_plane
    control_plane.kubectl("delete", "namespace", NAMESPACE, "--wait=false")


def pod(name: str, image: str, *, restart: str = "Always") -> Pod:
    # The second image's tag must not matter.
    containers = [
        {"name": "app", "image": image},
        {"name": "helper", "image": f"{REPOSITORY}-helper:v1-crash"},
    ]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": {"containers": containers, "restartPolicy": restart},
    }


def job(name: str, image: str) -> Pod:
    template = {"spec": {"containers": [{"name": "task", "image": image}], "restartPolicy": "Never"}}
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": {"backoffLimit": 0, "template": template},
    }


def create(cluster: Cluster, *objects: Pod) -> None:
    cluster.kubectl(
        "create", "-f", "-", input=json.dumps({"apiVersion": "v1", "kind": "List", "items": objects})
    )


def status(cluster: Cluster, name: str, kind: str = "pod") -> Pod:
    found: Pod = json.loads(cluster.kubectl("get", kind, name, "-n", NAMESPACE, "-o", "json"))["status"]
    return found


def condition(pod_status: Pod, type_: str = "Ready") -> Pod:
    found: Pod = next((item for item in pod_status.get("conditions", ()) if item["type"] == type_), {})
    return found


def await_status(cluster: Cluster, name: str, check: Any, timeout: float = 120.0) -> Pod:
    def so() -> Pod | None:
        found = status(cluster, name)
        return found if found.get("containerStatuses") and check(found) else None

    return eventually(so, f"pod {name}", timeout)


def is_ready(found: Pod) -> bool:
    return bool(condition(found).get("status") == "True")


def seconds_between(earlier: str, later: str) -> float:
    return (datetime.fromisoformat(later) - datetime.fromisoformat(earlier)).total_seconds()


def test_an_ordinary_pod_is_ready_with_an_address_of_its_own(fates: Cluster) -> None:
    found = await_status(fates, "ordinary", is_ready)
    assert found["phase"] == "Running"
    assert found["podIP"].startswith("10.244.")
    assert [(item["ready"], item["restartCount"]) for item in found["containerStatuses"]] == [(True, 0)] * 2


def test_unpullable_waits_for_its_image_and_never_starts(fates: Cluster) -> None:
    found = await_status(
        fates, "unpullable", lambda found: "waiting" in found["containerStatuses"][0]["state"]
    )
    waiting = found["containerStatuses"][0]["state"]["waiting"]
    assert waiting["reason"] == "ImagePullBackOff"
    assert f"{REPOSITORY}:v1.2.3-unpullable" in waiting["message"]
    assert found["phase"] == "Pending"


def test_a_rollout_of_ten_replicas_becomes_ready_twice(fates: Cluster) -> None:
    wide = ("-n", NAMESPACE, "deployment/wide")
    fates.kubectl(
        "create", "deployment", "wide", "-n", NAMESPACE, "--replicas=10", f"--image={REPOSITORY}:v1"
    )
    fates.kubectl("rollout", "status", *wide, "--timeout=90s")
    fates.kubectl("set", "image", *wide, f"app={REPOSITORY}:v2")
    fates.kubectl("rollout", "status", *wide, "--timeout=90s")
    found = status(fates, "wide", "deployment")
    assert (found["readyReplicas"], found["updatedReplicas"], found["availableReplicas"]) == (10, 10, 10)
    addresses = fates.pod_ips("app=wide", NAMESPACE)
    assert len(addresses) == len(set(addresses)) == 10


def test_a_deleted_pod_is_gone_soon_whatever_its_grace_period(fates: Cluster) -> None:
    create(fates, pod("short-lived", f"{REPOSITORY}:v1"))
    await_status(fates, "short-lived", is_ready)
    fates.kubectl("delete", "pod", "short-lived", "-n", NAMESPACE, "--timeout=60s")
    assert "short-lived" not in fates.kubectl("get", "pods", "-n", NAMESPACE, "-o", "name")


def test_a_job_succeeds_and_leaves_a_termination_message(fates: Cluster) -> None:
    fates.kubectl("wait", "--for=condition=Complete", "job/task", "-n", NAMESPACE, "--timeout=90s")
    listed = json.loads(fates.kubectl("get", "pods", "-n", NAMESPACE, "-l", "job-name=task", "-o", "json"))
    (ended,) = [item["status"]["containerStatuses"][0]["state"]["terminated"] for item in listed["items"]]
    assert (ended["exitCode"], ended["reason"]) == (0, "Completed")
    assert ended["message"] == "task succeeded; it is simulated and did not run"


def test_a_crash_of_a_pod_that_may_not_restart_is_its_failure(fates: Cluster) -> None:
    create(fates, pod("once", f"{REPOSITORY}:v1-crash", restart="Never"))
    found = await_status(fates, "once", lambda found: found["phase"] == "Failed")
    assert found["containerStatuses"][0]["state"]["terminated"]["exitCode"] == 1
    assert found["containerStatuses"][0]["restartCount"] == 0


@pytest.mark.parametrize("fate", ["crash", "ready-then-fails"])
def test_a_job_whose_image_crashes_fails(fates: Cluster, fate: str) -> None:
    fates.kubectl("wait", "--for=condition=Failed", f"job/task-{fate}", "-n", NAMESPACE, "--timeout=110s")
    assert status(fates, f"task-{fate}", "job")["failed"] == 1


def test_ready_then_fails_is_ready_for_eight_seconds(fates: Cluster) -> None:
    found = await_status(
        fates, "ready-then-fails", lambda found: found["containerStatuses"][0]["restartCount"] >= 1
    )
    ended = found["containerStatuses"][0]["lastState"]["terminated"]
    assert 7 <= seconds_between(ended["startedAt"], ended["finishedAt"]) <= 40
    again = await_status(fates, "ready-then-fails", is_ready)
    assert again["containerStatuses"][0]["restartCount"] >= 1


def test_crash_ends_and_starts_again_and_again(fates: Cluster) -> None:
    found = await_status(
        fates,
        "crash",
        lambda found: (
            found["containerStatuses"][0]["restartCount"] >= 2
            and "waiting" in found["containerStatuses"][0]["state"]
        ),
    )
    container = found["containerStatuses"][0]
    assert container["state"]["waiting"]["reason"] == "CrashLoopBackOff"
    assert container["lastState"]["terminated"]["exitCode"] == 1
    assert container["lastState"]["terminated"]["message"] == "app failed; the crash is simulated"
    assert not is_ready(found)
    assert found["phase"] == "Running"


def test_oom_is_ended_by_the_kernel_again_and_again_and_says_nothing(fates: Cluster) -> None:
    found = await_status(
        fates,
        "oom",
        lambda found: (
            found["containerStatuses"][0]["restartCount"] >= 2
            and "waiting" in found["containerStatuses"][0]["state"]
        ),
    )
    container = found["containerStatuses"][0]
    assert container["state"]["waiting"]["reason"] == "CrashLoopBackOff"
    ended = container["lastState"]["terminated"]
    assert (ended["exitCode"], ended["reason"], ended.get("message")) == (137, "OOMKilled", None)
    assert not is_ready(found)
    seen = read_pod({**PATTERN, "status": found}, "app")
    failure = pod_failure(seen, clock.now())
    assert failure is not None
    assert failure[0] is Reason.CRASHED


def test_slow_is_ready_after_twenty_seconds(fates: Cluster) -> None:
    found = await_status(fates, "slow", is_ready)
    took = seconds_between(found["startTime"], condition(found)["lastTransitionTime"])
    assert 19 <= took <= 60
    assert [item["ready"] for item in found["containerStatuses"]] == [True, True]


@pytest.mark.parametrize("name", ["never-ready", "pinned"])
def test_never_ready_runs_and_is_still_not_ready_when_slow_is(fates: Cluster, name: str) -> None:
    await_status(fates, "slow", is_ready)
    found = await_status(fates, name, lambda found: found["phase"] == "Running")
    assert condition(found)["reason"] == "ContainersNotReady"
    assert [item["ready"] for item in found["containerStatuses"]] == [False, False]
    assert all("running" in item["state"] for item in found["containerStatuses"])
