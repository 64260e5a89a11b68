"""The shipped RBAC and admission policies on a real API server, asked with the operator's own token."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from localcluster import Cluster
from node.admission.allowed import HOP, OWN_WRITES, READS, AllowedWrite
from node.admission.allowed_monitoring import MONITORING_HOP, MONITORING_READS, TASKS
from node.admission.forbidden import ForbiddenWrite
from node.admission.installation import GOVERNED, UNLISTED, install, install_addons, write_overlay
from node.admission.monitoring import NAMESPACE as MONITORING
from node.admission.monitoring import TOOLS_IMAGE
from node.admission.rendered import RENDERED
from node.admission.request import Account, Answer, Request
from node.forbidden_writes import FORBIDDEN_WRITES, REFUSED_BY_POLICY

REPOSITORY = Path(__file__).parents[2]
POLICIES = ("allowlist", "workloads", "configmaps", "revisions", "pods", "jobs", "deletions")
EVERY_RIGHT = {
    "apiVersion": "rbac.authorization.k8s.io/v1",
    "kind": "ClusterRoleBinding",
    "metadata": {"name": "test-every-right-for-addon-updater"},
    "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
    "subjects": [{"kind": "ServiceAccount", "name": "addon-updater", "namespace": "addon-updater"}],
}


@pytest.fixture(scope="module")
def overlay(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("overlay")
    write_overlay(folder)
    return folder


@pytest.fixture(scope="module", params=["1.34", "1.37"])
def installed(
    request: pytest.FixtureRequest, make_control_plane: Callable[..., Cluster], overlay: Path
) -> Iterator[Cluster]:
    """The oldest and the newest minor, each with the overlay installed and addons in its namespaces.

    Control planes of their own: for a moment the operator's account gets every right, which no other test should see.
    """
    name = f"policies-{request.param}".replace(".", "-")
    cluster: Cluster = make_control_plane(name, kubernetes=request.param)
    install(cluster, overlay)
    install_addons(cluster)
    yield cluster
    cluster.stop()


@pytest.fixture(scope="module")
def token(installed: Cluster) -> str:
    return str(installed.kubectl("create", "token", "addon-updater", "-n", "addon-updater")).strip()


@pytest.fixture(scope="module")
def account(installed: Cluster, token: str) -> Account:
    return Account(installed.kubeconfig, token, GOVERNED)


@pytest.fixture(scope="module")
def admin(installed: Cluster) -> Account:
    kubeconfig = yaml.safe_load(installed.kubeconfig.read_text())
    return Account(installed.kubeconfig, kubeconfig["users"][0]["user"]["token"], GOVERNED)


@pytest.fixture
def account_with_every_right(installed: Cluster, account: Account) -> Iterator[Account]:
    installed.kubectl("create", "-f", "-", input=json.dumps(EVERY_RIGHT))
    try:
        yield account
    finally:
        installed.kubectl("delete", "clusterrolebinding", EVERY_RIGHT["metadata"]["name"])  # type: ignore[index]


@pytest.mark.parametrize("name", POLICIES)
def test_type_checking_finds_nothing_to_warn_about(installed: Cluster, name: str) -> None:
    status: dict[str, Any] = {}
    deadline = time.monotonic() + 120
    while "observedGeneration" not in status and time.monotonic() < deadline:
        time.sleep(0.5)
        policy = json.loads(
            installed.kubectl("get", "validatingadmissionpolicy", f"addon-updater-{name}", "-o", "json")
        )
        status = policy.get("status", {})

    assert status["typeChecking"].get("expressionWarnings", []) == []


@pytest.mark.parametrize(
    "write", (*READS, *MONITORING_READS, *OWN_WRITES, *TASKS, *RENDERED), ids=lambda write: write.name
)
def test_the_operator(account: Account, write: AllowedWrite) -> None:
    answer = account.send(write.request, dry_run=write.dry_run)

    assert answer.accepted, answer.message


@pytest.mark.parametrize("hop", [HOP, MONITORING_HOP], ids=["of CoreDNS", "of addons with data"])
def test_the_operator_gets_through_a_whole_hop(account: Account, hop: tuple[AllowedWrite, ...]) -> None:
    answers = {write.name: account.send(write.request) for write in hop}

    assert {name: answer.message for name, answer in answers.items() if not answer.accepted} == {}


@pytest.mark.parametrize("write", FORBIDDEN_WRITES, ids=lambda write: write.name)
def test_as_installed_the_operator_never(account: Account, write: ForbiddenWrite) -> None:
    answer = account.send(write.request, dry_run=write.dry_run)

    assert answer.status in (403, 422), answer


def test_with_every_right_the_policies_still_refuse(account_with_every_right: Account) -> None:
    """One test for all rows: granting and revoking every right once keeps that window short."""
    wrong = {}
    for write in REFUSED_BY_POLICY:
        answer = account_with_every_right.send(write.request, dry_run=write.dry_run)
        explained = write.refused_by in answer.message and write.message in answer.message
        if answer.accepted or not explained:
            wrong[write.name] = answer

    assert wrong == {}


def test_a_namespace_that_is_not_listed_takes_no_governed_write(installed: Cluster, token: str) -> None:
    account = Account(installed.kubeconfig, token, UNLISTED)
    writes = [write for write in HOP if not write.needs_earlier]

    answers = {write.name: account.send(write.request, dry_run=True).message for write in writes}

    assert {name: message for name, message in answers.items() if "in policy-lists.yaml" not in message} == {}


@pytest.fixture
def delete_by_uid(installed: Cluster, account: Account) -> Callable[..., Answer]:
    """Deletes a pod of the addons as the operator does: only if it is still the one that it saw."""

    def delete(pod: str, **options: object) -> Answer:
        uid = installed.kubectl("get", "pod", pod, "-n", MONITORING, "-o", "jsonpath={.metadata.uid}")
        body = {"apiVersion": "v1", "kind": "DeleteOptions", "preconditions": {"uid": uid}, **options}
        path = f"/api/v1/namespaces/{MONITORING}/pods/{pod}"
        return account.send(Request("DELETE", path, body), dry_run=True)

    return delete


@pytest.mark.parametrize(
    ("pod", "grace", "why"),
    [
        ("grafana-1", 0, "it might still run"),
        ("prometheus-2", 30, "it only has the name of a StatefulSet's pod"),
        ("loki-0", 30, "its StatefulSet is not listed"),
        ("grafana-0", 30, "it is ready"),
    ],
)
def test_the_operator_never_deletes_a_pod_when(
    delete_by_uid: Callable[..., Answer], pod: str, grace: int, why: str
) -> None:
    answer = delete_by_uid(pod, gracePeriodSeconds=grace)

    assert answer.status in (403, 422), why
    assert "by uid and not by force what is not ready of a StatefulSet in workloads" in answer.message


# After the other deletions: a dry run of this one leaves a deletionTimestamp in the API server's cache (seen with
# 1.37.2), and what plays the kubelet then really deletes the pod.
@pytest.mark.parametrize("pod", ["prometheus-0", "grafana-1"], ids=["without a node", "on a node"])
def test_the_operator_deletes_a_pod_that_holds_up_a_rollback(
    delete_by_uid: Callable[..., Answer], pod: str
) -> None:
    answer = delete_by_uid(pod)

    assert answer.accepted, answer.message


def test_the_image_of_an_overlay_reaches_the_operator_and_its_tasks(
    installed: Cluster, overlay: Path
) -> None:
    rendered = list(
        yaml.safe_load_all(installed.run(installed.kubectl_command("kustomize", str(overlay))).stdout)
    )

    (deployment,) = (item for item in rendered if item["kind"] == "Deployment")
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    env = {variable["name"]: variable.get("value") for variable in container["env"]}
    allowed = [
        variable["expression"]
        for item in rendered
        if item["kind"] == "ValidatingAdmissionPolicy"
        for variable in item["spec"]["variables"]
        if variable["name"] == "toolsImage"
    ]

    assert container["image"] == TOOLS_IMAGE
    assert env["TOOLS_IMAGE"] == TOOLS_IMAGE
    assert "--tools-image=$(TOOLS_IMAGE)" in container["args"]
    assert allowed == [f"'{TOOLS_IMAGE}'"]


def test_everybody_else_writes_what_the_operator_may_not(admin: Account) -> None:
    """Whatever else the server says to it: no policy of ours speaks to anybody but the operator."""
    answers = {
        write.name: admin.send(write.request, dry_run=True) for write in REFUSED_BY_POLICY if write.dry_run
    }

    refused = {name: answer.message for name, answer in answers.items() if not answer.accepted}

    assert {
        name: message for name, message in refused.items() if "ValidatingAdmissionPolicy" in message
    } == {}


@pytest.mark.parametrize("name", POLICIES)
def test_no_policy_can_refuse_the_writes_of_others(installed: Cluster, name: str) -> None:
    """A policy with parameters refuses everybody while they are missing: they are read before the user is."""
    policy = json.loads(
        installed.kubectl("get", "validatingadmissionpolicy", f"addon-updater-{name}", "-o", "json")
    )["spec"]

    assert "paramKind" not in policy
    assert [condition["expression"] for condition in policy["matchConditions"]] == [
        "request.userInfo.username == 'system:serviceaccount:addon-updater:addon-updater'"
    ]


@pytest.mark.parametrize(
    "file", sorted((REPOSITORY / "deploy/examples").glob("*.yaml")), ids=lambda file: file.name
)
def test_the_server_accepts_the_example(installed: Cluster, file: Path) -> None:
    assert "created (server dry run)" in installed.kubectl("create", "--dry-run=server", "-f", str(file))
