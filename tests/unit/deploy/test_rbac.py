"""Every right of the operator, with the reason it has it. A right that is not in this table fails the test."""

from typing import Any

import pytest

from unit.deploy.manifests import of_kind, the

READ = ("get", "list", "watch")

# (group, resource, resource name, verbs), why
Right = tuple[str, str, str, tuple[str, ...]]

CLUSTER: dict[Right, str] = {
    ("addon-updater.dev", "addonreleases", "", READ): "its own input, wherever a team keeps it",
    ("addon-updater.dev", "addoncatalogs", "", READ): "its own input",
    ("addon-updater.dev", "addonreleases/status", "", ("patch", "update")): "the projection of what it did",
    ("addon-updater.dev", "addoncatalogs/status", "", ("patch",)): "whether a catalog is in use",
    (
        "addon-updater.dev",
        "upgradereadinesses",
        "",
        ("list", "create", "delete"),
    ): "its report on the next minors, gone when the minor is reached",
    ("addon-updater.dev", "upgradereadinesses/status", "", ("patch",)): "what the report says",
    (
        "events.k8s.io",
        "events",
        "",
        ("create", "patch"),
    ): "tells of a release, also where its role is missing",
    ("apps", "deployments", "", READ): "finds governed workloads by the claim label, in any namespace",
    ("apps", "statefulsets", "", READ): "finds governed workloads by the claim label, in any namespace",
    ("", "nodes", "", READ): "kubelet minors belong to the set a version must fit",
    ("authorization.k8s.io", "subjectaccessreviews", "", ("create",)): "proves what CoreDNS may read",
    ("authorization.k8s.io", "selfsubjectaccessreviews", "", ("create",)): "says which role is missing",
    ("", "/version", "", ("get",)): "the minor of every API server",
}
OWN_NAMESPACE: dict[Right, str] = {
    ("coordination.k8s.io", "leases", "", ("create",)): "one replica acts; the policy ties it to one name",
    ("coordination.k8s.io", "leases", "addon-updater", ("get", "update", "patch")): "one replica acts",
    ("", "configmaps", "addon-updater-settings", ("get", "watch")): "settings, reloaded while running",
}
API_SERVERS: dict[Right, str] = {
    ("discovery.k8s.io", "endpointslices", "kubernetes", READ): "the addresses of all API servers",
    ("", "services", "kubernetes", ("get",)): "the address CoreDNS must answer with",
}
EVERY_NAMESPACE: dict[Right, str] = {
    ("apps", "controllerrevisions", "", (*READ, "create", "patch", "delete")): "what to roll back to",
    (
        "",
        "pods",
        "",
        (*READ, "create", "delete"),
    ): "health of a rollout; rehearsals; what holds up a rollback",
    ("apps", "replicasets", "", ("get", "list")): "which pods are of the new template",
    ("", "services", "", ("get", "list")): "which address to ask, which labels a rehearsal must not carry",
    ("discovery.k8s.io", "endpointslices", "", ("get", "list")): "whether a Service has lost its pods",
    ("policy", "poddisruptionbudgets", "", ("list",)): "what a rollout would go beyond",
    ("", "resourcequotas", "", ("list",)): "whether there is room for the pods of an update",
    ("", "limitranges", "", ("list",)): "whether new pods are let in",
}
KUBE_SYSTEM: dict[Right, str] = {
    **EVERY_NAMESPACE,
    ("apps", "deployments", "coredns", ("patch",)): "the upgrade itself",
    ("", "configmaps", "coredns", ("get", "watch", "patch")): "the Corefile, read and migrated",
}
MONITORING: dict[Right, str] = {
    **EVERY_NAMESPACE,
    ("apps", "deployments", "prometheus", ("patch",)): "the upgrade itself",
    ("apps", "deployments", "grafana", ("patch",)): "the upgrade itself",
    ("apps", "statefulsets", "prometheus", ("patch",)): "the upgrade itself, where it has a disk per pod",
    ("apps", "statefulsets", "grafana", ("patch",)): "the upgrade itself, where it has a disk per pod",
    ("", "configmaps", "prometheus", ("get", "watch", "patch")): "the configuration, read and migrated",
    ("", "configmaps", "grafana", ("get", "watch", "patch")): "the configuration, read and migrated",
    ("batch", "jobs", "", ("get", "list", "create", "delete")): "checks and backups before the switch",
    ("", "persistentvolumeclaims", "", ("list",)): "whether the data outlives the pods",
}
COREDNS: dict[Right, str] = {
    (
        "discovery.k8s.io",
        "endpointslices",
        "",
        ("list", "watch"),
    ): "CoreDNS serves nothing without since 1.11",
}

TABLES = [
    ("ClusterRole", "addon-updater", "", CLUSTER),
    ("Role", "addon-updater", "addon-updater", OWN_NAMESPACE),
    ("Role", "addon-updater-kubernetes-service", "default", API_SERVERS),
    ("Role", "addon-updater", "kube-system", KUBE_SYSTEM),
    ("Role", "addon-updater", "monitoring", MONITORING),
    ("ClusterRole", "addon-updater-coredns-endpointslices", "", COREDNS),
]
OPERATOR = {"kind": "ServiceAccount", "name": "addon-updater", "namespace": "addon-updater"}
COREDNS_ACCOUNT = {"kind": "ServiceAccount", "name": "coredns", "namespace": "kube-system"}


def _rights(role: dict[str, Any]) -> list[Right]:
    return [
        (group, resource, name, tuple(rule["verbs"]))
        for rule in role["rules"]
        for group in rule.get("apiGroups", [""])
        for resource in rule.get("resources", []) + rule.get("nonResourceURLs", [])
        for name in rule.get("resourceNames", [""])
    ]


@pytest.mark.parametrize(("kind", "name", "namespace", "table"), TABLES, ids=lambda value: str(value)[:40])
def test_a_role_grants_exactly_the_rights_that_have_a_reason(
    kind: str, name: str, namespace: str, table: dict[Right, str]
) -> None:
    assert sorted(_rights(the(kind, name, namespace))) == sorted(table)


def test_there_is_no_other_role() -> None:
    roles = {
        (role["kind"], role["metadata"]["name"], role["metadata"].get("namespace", ""))
        for role in (*of_kind("ClusterRole"), *of_kind("Role"))
    }

    assert roles == {(kind, name, namespace) for kind, name, namespace, _ in TABLES}


def test_no_right_is_a_wildcard_or_a_way_to_more_rights() -> None:
    rights = [right for *_, table in TABLES for right in table]
    verbs = {verb for right in rights for verb in right[3]}
    resources = {right[1] for right in rights}

    assert not verbs & {"*", "escalate", "bind", "impersonate", "deletecollection", "approve", "sign"}
    assert not resources & {"*", "secrets", "pods/exec", "pods/attach", "serviceaccounts/token", "roles"}
    assert "*" not in {right[0] for right in rights}


def test_cluster_wide_the_operator_writes_only_what_it_has_to_tell_and_asks_for_reviews() -> None:
    writing = {right[1] for right in CLUSTER if set(right[3]) - set(READ)}

    assert writing == {
        "addonreleases/status",
        "addoncatalogs/status",
        "upgradereadinesses",
        "upgradereadinesses/status",
        "events",
        "subjectaccessreviews",
        "selfsubjectaccessreviews",
    }


@pytest.mark.parametrize("kind", ["ClusterRoleBinding", "RoleBinding"])
def test_a_binding_binds_the_role_of_its_name_to_one_account(kind: str) -> None:
    for binding in of_kind(kind):
        name = binding["metadata"]["name"]
        account = COREDNS_ACCOUNT if name == "addon-updater-coredns-endpointslices" else OPERATOR

        assert binding["subjects"] == [account]
        assert binding["roleRef"]["name"] == name
        assert the(binding["roleRef"]["kind"], name, binding["metadata"].get("namespace", ""))
