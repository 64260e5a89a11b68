"""Whose workload it is: one-shot writers are upgraded and obeyed, continuous owners are neither written nor fought."""

from collections.abc import Iterator

import pytest

from addon_updater.cluster import clock
from localcluster import Node, reset_coredns
from localcluster.images import coredns_image
from node.audit_trail import AuditTrail
from node.operator_under_test import OperatorProcess
from node.owners import (
    image_applied_by,
    kubectl_apply,
    made_by_helm,
    made_by_kubectl,
    managers_of_the_image,
)
from node.raw_api import RawApi, eventually
from node.stage import CONFIG_MAP, RELEASES, Stage

pytestmark = pytest.mark.node

OLD, NEW = "1.11.3", "1.12.1"
ONLY_THESE = f"{OLD} || {NEW}"
IMAGE = "registry.k8s.io/coredns/coredns:v"


@pytest.fixture(scope="module")
def stage(governed: Node, api: RawApi, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    governed.load_image(coredns_image(NEW))
    operator = OperatorProcess(governed, tmp_path_factory.mktemp("operator"), resync="1s")
    operator.start()
    stage = Stage(governed, api)
    stage.clear()
    yield stage
    operator.kill()
    stage.clear()
    reset_coredns(governed)


@pytest.fixture(autouse=True)
def cleared(stage: Stage) -> Iterator[None]:
    yield
    stage.clear()


def test_made_by_kubeadm_it_is_upgraded_and_a_later_owner_that_undoes_it_is_not_fought(stage: Stage) -> None:
    assert managers_of_the_image(stage.deployment()) == {("kubeadm", "Update")}
    stage.declare(version=ONLY_THESE)
    stage.await_version(NEW)
    assert ("addon-updater", "Apply") in managers_of_the_image(stage.deployment())

    trail = stage.trail()
    image_applied_by(stage.api, "argocd-controller", IMAGE + OLD)

    stalled = stage.await_reason("Stalled", "RevertedByOther")
    assert stalled["message"].startswith("argocd-controller undid the update of coredns; it is not repeated.")
    assert "spec.releasedBy" in stalled["message"]
    assert stage.status()["owners"] == ["argocd-controller"]
    after_more_passes(trail)
    assert trail.changes() == []
    assert stage.image() == IMAGE + OLD
    assert [event["reason"] for event in stage.events()] == ["Promoted", "RevertedByOther"]


def test_made_by_kubectl_apply_it_is_upgraded_and_applying_the_old_manifest_again_is_obeyed(
    stage: Stage,
) -> None:
    made_by_kubectl(stage.node, OLD)
    assert managers_of_the_image(stage.deployment()) == {("kubectl-client-side-apply", "Update")}
    stage.declare(version=ONLY_THESE)
    stage.await_version(NEW)

    trail = stage.trail()
    kubectl_apply(stage.node, OLD)

    stage.await_version(OLD)
    newest = stage.status()["history"][0]
    assert newest["version"] == OLD
    assert "kubectl-client-side-apply changed coredns" in newest["message"]
    assert [held["version"] for held in stage.status()["quarantined"]] == [NEW]
    assert stage.status()["quarantined"][0]["reason"] == "Superseded"
    after_more_passes(trail)
    assert trail.kinds_of_changes() == ["create controllerrevisions"]
    assert stage.image() == IMAGE + OLD
    assert stage.reason("Stalled") == ""

    moment = clock.now().isoformat()
    annotations = {"addon-updater.dev/resetAt": moment}
    stage.api.merge(f"{RELEASES}/coredns", {"metadata": {"annotations": annotations}})
    waiting = stage.await_reason("UpdateAvailable", "WaitingForWorkload")
    assert waiting["message"].startswith(f"{OLD} to {NEW}: somebody changed coredns")
    assert "quarantined" not in stage.status()


def test_made_by_helm_it_is_left_to_helm(stage: Stage) -> None:
    made_by_helm(stage.node, stage.api, OLD)
    assert managers_of_the_image(stage.deployment()) == {("helm", "Update")}
    before, trail = versions(stage), stage.trail()
    stage.declare(version=ONLY_THESE)

    stalled = stage.await_reason("Stalled", "ForeignOwner")
    assert stalled["message"].startswith("helm owns the image, args, volumes or strategy of coredns")
    assert stage.condition("Ready")["status"] == "True"
    assert stage.reason("UpdateAvailable") == "Blocked"
    assert stage.status()["owners"] == ["helm"]
    after_more_passes(trail)
    assert trail.changes() == []
    assert versions(stage) == before
    assert stage.revisions() == []
    assert [(event["type"], event["reason"]) for event in stage.events()] == [("Warning", "ForeignOwner")]


def after_more_passes(trail: AuditTrail) -> None:
    """Let the operator look at the workload a few more times: what it did not do, it had occasion to do."""
    seen = looks(trail)
    eventually(lambda: looks(trail) >= seen + 3, "three more passes")


def looks(trail: AuditTrail) -> int:
    return sum(str(asked) == "get deployments coredns 200" for asked in trail.asked())


def versions(stage: Stage) -> tuple[object, ...]:
    """Equal as long as nobody writes the workload's spec or metadata, or the ConfigMap."""
    workload, config = stage.deployment(), stage.api.get(CONFIG_MAP)
    assert config is not None
    managers = [
        (entry["manager"], entry["time"])
        for entry in workload["metadata"]["managedFields"]
        if entry.get("subresource") != "status"
    ]
    return workload["metadata"]["generation"], managers, config["metadata"]["resourceVersion"]
