"""The admission policies and their lists agree with each other and with RBAC."""

import json
import re
from typing import Any

import pytest

from addon_updater.api.release import AddonReleaseSpec, Rollout
from addon_updater.api.text_rules import DurationBetween
from addon_updater.rollout.observed import pace_of
from unit.deploy.manifests import (
    BASE,
    FILL_IN,
    NAMESPACES,
    Manifest,
    documents,
    kustomization,
    namespace_folders,
    of_kind,
    the,
)

LISTS = NAMESPACES / "policy-lists.yaml"
NEEDED = {"workloads", "configMaps", "imageRepositories", "serviceAccounts"}
TASKS = {"tasks", "secrets", "claims"}
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


def _filled_in(file: str) -> tuple[Manifest, dict[str, list[str]]]:
    """The source of a replacement, and the paths it writes to, by the name of the object."""
    (transformer,) = documents(FILL_IN / file)
    (replacement,) = transformer["replacements"]
    return replacement["source"], {
        f"{target['select']['kind']}/{target['select']['name']}": target["fieldPaths"]
        for target in replacement["targets"]
    }


def test_the_base_is_filled_in_after_its_images_are_chosen() -> None:
    """Kustomize runs `transformers` after everything else of a kustomization."""
    assert [(BASE / folder).resolve() for folder in kustomization(BASE)["transformers"]] == [FILL_IN]


def test_every_policy_that_asks_for_the_lists_gets_them() -> None:
    asking = {name for name in POLICIES if "governed" in _variables(name)}
    source, targets = _filled_in("policy-lists.yaml")

    assert (source["name"], source["fieldPath"]) == ("addon-updater-policy-lists", "data.governed")
    assert targets == {
        f"ValidatingAdmissionPolicy/{name}": ["spec.variables.[name=governed].expression"] for name in asking
    }
    # Kustomize takes the name in its path for a pattern: a second name that it begins would be replaced too.
    assert {
        variable for name in asking for variable in _variables(name) if variable.startswith("governed")
    } == {"governed"}
    # Without kustomize nothing is governed, instead of everything.
    assert {_variables(name)["governed"] for name in asking} == {"{}"}


def test_the_image_of_the_deployment_is_the_one_that_tasks_may_run() -> None:
    source, targets = _filled_in("tools-image.yaml")

    assert source["fieldPath"] == "spec.template.spec.containers.[name=addon-updater].image"
    assert targets == {
        "Deployment/addon-updater": [
            "spec.template.spec.containers.[name=addon-updater].env.[name=TOOLS_IMAGE].value"
        ],
        "ValidatingAdmissionPolicy/addon-updater-pods": ["spec.variables.[name=toolsImage].expression"],
    }
    # Without kustomize no task runs it.
    assert _variables("addon-updater-pods")["toolsImage"] == "''"


def test_a_rehearsal_may_live_as_long_as_the_longest_deadlines_ask_for_and_no_longer() -> None:
    longest = {
        name: bounds.at_most
        for name in ("progress_deadline", "unknown_deadline")
        for bounds in Rollout.model_fields[name].metadata
        if isinstance(bounds, DurationBetween)
    }
    spec = AddonReleaseSpec(addon="coredns", rollout=Rollout.model_validate(longest))
    rules = " ".join(rule["expression"] for rule in _policy("addon-updater-pods")["validations"])
    allowed = re.findall(r"activeDeadlineSeconds\.orValue\((\d+)\) <= (\d+)", rules)

    assert len(longest) == 2
    seconds = int(pace_of(spec).rehearsal_lifetime.total_seconds())
    assert allowed == [(str(seconds + 1), str(seconds))]


@pytest.mark.parametrize("namespace", sorted(_governed()))
def test_a_listed_namespace_names_what_its_role_names(namespace: str) -> None:
    lists = _governed()[namespace]
    rules = the("Role", "addon-updater", namespace)["rules"]
    named = {
        f"{resource}/{name}"
        for rule in rules
        for resource in rule["resources"]
        for name in rule.get("resourceNames", [])
    }

    assert set(lists) - TASKS == NEEDED
    assert all(lists[kind] for kind in NEEDED)
    assert {
        *lists["workloads"],
        *(f"configmaps/{entry.partition('/')[0]}" for entry in lists["configMaps"]),
    } == named
    assert bool(lists.get("tasks")) == any("jobs" in rule["resources"] for rule in rules)


def test_only_a_namespace_with_tasks_lists_what_they_may_mount() -> None:
    assert [
        name
        for name, lists in _governed().items()
        if not lists.get("tasks") and (lists.get("secrets") or lists.get("claims"))
    ] == []


def test_every_namespace_with_a_folder_is_listed() -> None:
    assert {folder.name for folder in namespace_folders()} == set(_governed())
