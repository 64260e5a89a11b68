from datetime import UTC, datetime

import pytest

from addon_updater.api.release import AddonReleaseSpec
from addon_updater.cluster.execute import execute
from addon_updater.errors import ConflictError
from addon_updater.rollout.actions import (
    AnnotateRevision,
    ApplyWorkload,
    ClaimWorkload,
    CreateRehearsal,
    CreateTask,
    DeleteRehearsal,
    DeleteRevision,
    DeleteStuckPod,
    FenceWorkload,
    RecordRevision,
    SetRecreate,
    WriteConfig,
)
from addon_updater.rollout.content import Content
from addon_updater.rollout.observed import Release, WorkloadRef
from addon_updater.rollout.revision import revision_name
from unit.cluster.memory_api import MemoryApi

RELEASE = Release(
    name="dns",
    namespace="kube-system",
    uid="u1",
    generation=1,
    created_at=datetime(2026, 1, 5, tzinfo=UTC),
    annotations={},
    spec=AddonReleaseSpec(addon="coredns"),
)
CONTENT = Content("1.12.1", "coredns", "registry.k8s.io/coredns/coredns:v1.12.1", None, 10, None)
TARGET = WorkloadRef("Deployment", "coredns")
APPS = "/apis/apps/v1/namespaces/kube-system"
CORE = "/api/v1/namespaces/kube-system"
JOB = {"metadata": {"name": "addon-updater-backup-1"}}
POD = {"metadata": {"name": "rehearsal", "labels": {"a": "b"}}}
BODY = {"metadata": {"uid": "w1", "resourceVersion": "9"}, "spec": {"minReadySeconds": 10}}

REQUESTS = [
    (
        RecordRevision(3, CONTENT, {"addon-updater.dev/attempt": "{}"}),
        "create",
        f"{APPS}/controllerrevisions",
        {
            "apiVersion": "apps/v1",
            "kind": "ControllerRevision",
            "metadata": {
                "name": revision_name("dns", 3, CONTENT),
                "namespace": "kube-system",
                "labels": {"addon-updater.dev/release": "dns", "addon-updater.dev/addon": "coredns"},
                "annotations": {"addon-updater.dev/attempt": "{}"},
            },
            "revision": 3,
            "data": CONTENT.to_json(),
        },
    ),
    (
        AnnotateRevision("dns-3", "7", {"outcome": "{}", "decision": None}),
        "merge",
        f"{APPS}/controllerrevisions/dns-3",
        {"metadata": {"annotations": {"outcome": "{}", "decision": None}, "resourceVersion": "7"}},
    ),
    (DeleteRevision("dns-1"), "delete", f"{APPS}/controllerrevisions/dns-1", None),
    (
        WriteConfig("coredns", "c1", "8", {"Corefile": "new", "old": None}),
        "merge",
        f"{CORE}/configmaps/coredns",
        {"metadata": {"uid": "c1", "resourceVersion": "8"}, "data": {"Corefile": "new", "old": None}},
    ),
    (CreateRehearsal(POD), "create", f"{CORE}/pods", POD),
    (DeleteRehearsal("rehearsal", "p1"), "delete", f"{CORE}/pods/rehearsal", "p1"),
    (CreateTask(JOB), "create", "/apis/batch/v1/namespaces/kube-system/jobs", JOB),
    (DeleteStuckPod("prometheus-0", "p2"), "delete", f"{CORE}/pods/prometheus-0", "p2"),
    (
        SetRecreate("w1", "9"),
        "merge",
        f"{APPS}/deployments/coredns",
        {
            "metadata": {"uid": "w1", "resourceVersion": "9"},
            "spec": {"strategy": {"type": "Recreate", "rollingUpdate": None}},
        },
    ),
    (
        ClaimWorkload("w1", "9", "dns"),
        "merge",
        f"{APPS}/deployments/coredns",
        {
            "metadata": {
                "uid": "w1",
                "resourceVersion": "9",
                "labels": {"addon-updater.dev/release": "dns"},
            }
        },
    ),
    (
        FenceWorkload("w1", "9", "a1"),
        "merge",
        f"{APPS}/deployments/coredns",
        {
            "metadata": {
                "uid": "w1",
                "resourceVersion": "9",
                "annotations": {"addon-updater.dev/attempt": "a1"},
            }
        },
    ),
    (ApplyWorkload(BODY), "apply", f"{APPS}/deployments/coredns", BODY),
]


@pytest.mark.parametrize(
    ("action", "verb", "path", "body"), REQUESTS, ids=[type(row[0]).__name__ for row in REQUESTS]
)
async def test_each_action_is_exactly_one_request(action, verb, path, body):
    api = MemoryApi()
    await execute(api, RELEASE, TARGET, action)
    assert api.requests == [(verb, path)]
    assert api.bodies == ([] if body is None else [(verb, path, body)])


@pytest.mark.parametrize(
    "action", [row[0] for row in REQUESTS if row[1] == "create"], ids=["revision", "pod", "job"]
)
async def test_what_exists_although_it_was_not_seen_is_looked_at_again_and_not_taken_for_done(action):
    api = MemoryApi()
    await execute(api, RELEASE, TARGET, action)
    with pytest.raises(ConflictError):
        await execute(api, RELEASE, TARGET, action)


async def test_a_stateful_set_is_written_as_one():
    api = MemoryApi()
    await execute(api, RELEASE, WorkloadRef("StatefulSet", "prometheus"), ApplyWorkload(BODY))
    assert api.requests == [("apply", f"{APPS}/statefulsets/prometheus")]
