"""The shipped RBAC and admission policies on a real API server, asked with the operator's own token."""

import json
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from localcluster import Node
from node.admission.allowed import HOP, OWN_WRITES, READS, AllowedWrite
from node.admission.forbidden import ForbiddenWrite
from node.admission.objects import neighbors
from node.admission.request import Account
from node.forbidden_writes import FORBIDDEN_WRITES, REFUSED_BY_POLICY

pytestmark = pytest.mark.node

REPOSITORY = Path(__file__).parents[2]
GOVERNED = "governed-by-copy"
UNLISTED = "copied-but-not-listed"
POLICIES = ("allowlist", "workloads", "configmaps", "revisions", "rehearsals", "deletions")
EVERY_RIGHT = {
    "apiVersion": "rbac.authorization.k8s.io/v1",
    "kind": "ClusterRoleBinding",
    "metadata": {"name": "test-every-right-for-addon-updater"},
    "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
    "subjects": [{"kind": "ServiceAccount", "name": "addon-updater", "namespace": "addon-updater"}],
}


@pytest.fixture(scope="module", params=["1.34", "1.37"])
def installed(
    request: pytest.FixtureRequest,
    make_node: Callable[..., Node],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Node]:
    """The oldest and the newest minor, each with the shipped base and two more namespaces, one of them listed.

    Nodes of its own: for a moment the operator's account gets every right, which no other test should see.
    """
    node = make_node(f"policies-{request.param}".replace(".", "-"), kubernetes=request.param, coredns=None)
    root = tmp_path_factory.mktemp("copy")
    for folder in ("crds", "deploy"):
        shutil.copytree(REPOSITORY / folder, root / folder)
    for namespace in (GOVERNED, UNLISTED):
        _copy_namespace(root / "deploy/namespaces", namespace)
        node.kubectl("create", "namespace", namespace)
    _list_namespace(root / "deploy/namespaces/policy-lists.yaml", GOVERNED)
    node.kubectl("apply", "-k", str(root / "deploy/base"))
    # A new kind is not served at once; kubectl repeats while the server asks it to wait.
    node.kubectl("wait", "--for=condition=Established", "crd", "--all", "--timeout=30s")
    node.kubectl("get", "addonreleases,addoncatalogs", "--all-namespaces")
    objects = json.dumps({"apiVersion": "v1", "kind": "List", "items": neighbors()})
    for namespace in (GOVERNED, UNLISTED):
        node.kubectl("create", "-n", namespace, "-f", "-", input=objects)
    yield node
    node.stop()


def _copy_namespace(namespaces: Path, name: str) -> None:
    """Govern one more namespace as deploy/namespaces/kustomization.yaml says."""
    shutil.copytree(namespaces / "kube-system", namespaces / name)
    file = namespaces / name / "kustomization.yaml"
    file.write_text(file.read_text().replace("namespace: kube-system", f"namespace: {name}"))
    file = namespaces / "kustomization.yaml"
    file.write_text(f"{file.read_text()}  - {name}\n")


def _list_namespace(file: Path, name: str) -> None:
    document = yaml.safe_load(file.read_text())
    governed = json.loads(document["data"]["governed"])
    document["data"]["governed"] = json.dumps({**governed, name: governed["kube-system"]})
    file.write_text(yaml.safe_dump(document))


@pytest.fixture(scope="module")
def token(installed: Node) -> str:
    return str(installed.kubectl("create", "token", "addon-updater", "-n", "addon-updater")).strip()


@pytest.fixture(scope="module")
def account(installed: Node, token: str) -> Account:
    return Account(installed.kubeconfig, token, GOVERNED)


@pytest.fixture
def account_with_every_right(installed: Node, account: Account) -> Iterator[Account]:
    installed.kubectl("create", "-f", "-", input=json.dumps(EVERY_RIGHT))
    try:
        yield account
    finally:
        installed.kubectl("delete", "clusterrolebinding", EVERY_RIGHT["metadata"]["name"])  # type: ignore[index]


@pytest.mark.parametrize("name", POLICIES)
def test_type_checking_finds_nothing_to_warn_about(installed: Node, name: str) -> None:
    status: dict[str, Any] = {}
    deadline = time.monotonic() + 60
    while "observedGeneration" not in status and time.monotonic() < deadline:
        time.sleep(0.5)
        policy = json.loads(
            installed.kubectl("get", "validatingadmissionpolicy", f"addon-updater-{name}", "-o", "json")
        )
        status = policy.get("status", {})

    assert status["typeChecking"].get("expressionWarnings", []) == []


@pytest.mark.parametrize("write", (*READS, *OWN_WRITES), ids=lambda write: write.name)
def test_the_operator(account: Account, write: AllowedWrite) -> None:
    answer = account.send(write.request, dry_run=write.dry_run)

    assert answer.accepted, answer.message


def test_the_operator_gets_through_a_whole_hop(account: Account) -> None:
    answers = {write.name: account.send(write.request) for write in HOP}

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


def test_a_namespace_that_is_not_listed_takes_no_governed_write(installed: Node, token: str) -> None:
    account = Account(installed.kubeconfig, token, UNLISTED)
    writes = [write for write in HOP if not write.needs_earlier]

    answers = {write.name: account.send(write.request, dry_run=True).message for write in writes}

    assert {name: message for name, message in answers.items() if "in policy-lists.yaml" not in message} == {}


@pytest.mark.parametrize("name", POLICIES)
def test_no_policy_can_refuse_the_writes_of_others(installed: Node, name: str) -> None:
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
def test_the_server_accepts_the_example(installed: Node, file: Path) -> None:
    assert "created (server dry run)" in installed.kubectl("create", "--dry-run=server", "-f", str(file))
