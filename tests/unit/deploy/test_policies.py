"""The admission policies and their lists agree with each other and with RBAC."""

import json
import re
from typing import Any

import pytest

from unit.deploy.manifests import BASE, DEPLOY, documents, kustomization, of_kind, the

LISTS = DEPLOY / "namespaces/policy-lists.yaml"
KINDS = {"workloads", "configMaps", "imageRepositories", "serviceAccounts"}
OPERATIONS = {"create": "CREATE", "update": "UPDATE", "patch": "UPDATE", "delete": "DELETE"}
POLICIES = [policy["metadata"]["name"] for policy in of_kind("ValidatingAdmissionPolicy")]
# Nothing is stored by them, and the API server shows them to no policy.
REVIEWS = {"subjectaccessreviews", "selfsubjectaccessreviews"}


def _governed() -> dict[str, dict[str, list[str]]]:
    (lists,) = documents(LISTS)
    return json.loads(lists["data"]["governed"])


def _policy(name: str) -> dict[str, Any]:
    return the("ValidatingAdmissionPolicy", name)["spec"]


def _variables(name: str) -> dict[str, str]:
    return {variable["name"]: variable["expression"] for variable in _policy(name).get("variables", [])}


@pytest.mark.parametrize("name", POLICIES)
def test_a_policy_denies_the_operator_alone_and_fails_closed(name: str) -> None:
    policy = _policy(name)
    binding = the("ValidatingAdmissionPolicyBinding", name)["spec"]

    assert policy["failurePolicy"] == "Fail"
    assert [condition["expression"] for condition in policy["matchConditions"]] == [
        "request.userInfo.username == 'system:serviceaccount:addon-updater:addon-updater'"
    ]
    # Parameters are looked up before the user is, so that missing ones would refuse everybody.
    assert "paramKind" not in policy
    assert binding == {"policyName": name, "validationActions": ["Deny"]}


@pytest.mark.parametrize("name", POLICIES)
def test_every_rule_says_why_it_refuses(name: str) -> None:
    silent = [
        rule["expression"]
        for rule in _policy(name)["validations"]
        if not (rule.get("message") or rule.get("messageExpression"))
    ]

    assert silent == []


def test_one_policy_sees_every_write_of_every_resource() -> None:
    (rule,) = _policy("addon-updater-allowlist")["matchConstraints"]["resourceRules"]

    assert rule == {
        "apiGroups": ["*"],
        "apiVersions": ["*"],
        "operations": ["*"],
        "resources": ["*/*"],
    }


def test_the_policies_list_the_writes_that_rbac_grants_and_no_other() -> None:
    granted = set()
    for role in (*of_kind("Role"), the("ClusterRole", "addon-updater")):
        for rule in role["rules"]:
            for resource in set(rule.get("resources", [])) - REVIEWS:
                group = rule["apiGroups"][0]
                target, _, subresource = (resource + ("." + group if group else "")).partition("/")
                if subresource:
                    target = f"{target}.{group}/{subresource.removesuffix('.' + group)}"
                granted |= {f"{OPERATIONS[verb]} {target}" for verb in rule["verbs"] if verb in OPERATIONS}

    variables = _variables("addon-updater-allowlist")
    listed = re.findall(r"'([A-Z]+ [^']+)'", variables["ownWrites"] + variables["namespaceWrites"])

    assert sorted(listed) == sorted(granted)


def test_every_policy_that_asks_for_the_lists_gets_them() -> None:
    asking = {name for name in POLICIES if "governed" in _variables(name)}
    targets = {
        target["select"]["name"]
        for replacement in kustomization(BASE)["replacements"]
        for target in replacement["targets"]
    }

    assert asking == targets
    # Kustomize takes the name in its path for a pattern: a second name that it begins would be replaced too.
    assert {
        variable for name in asking for variable in _variables(name) if variable.startswith("governed")
    } == {"governed"}
    # Without kustomize nothing is governed, instead of everything.
    assert {_variables(name)["governed"] for name in asking} == {"{}"}


@pytest.mark.parametrize("namespace", sorted(_governed()))
def test_a_listed_namespace_names_what_its_role_names(namespace: str) -> None:
    lists = _governed()[namespace]
    named = {
        rule["resources"][0]: rule["resourceNames"]
        for rule in the("Role", "addon-updater", namespace)["rules"]
        if "resourceNames" in rule
    }

    assert set(lists) == KINDS
    assert all(lists.values())
    assert lists["workloads"] == [f"deployments/{name}" for name in named["deployments"]]
    assert [entry.partition("/")[0] for entry in lists["configMaps"]] == named["configmaps"]


def test_every_namespace_with_a_folder_is_listed() -> None:
    folders = {path.name for path in (DEPLOY / "namespaces").iterdir() if path.is_dir()}

    assert folders == set(_governed())
