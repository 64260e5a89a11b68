"""Forbidden writes outside workloads and pods: records, identity, rights, the operator's own inputs, the cluster."""

from node.admission.forbidden import RBAC, ForbiddenWrite
from node.admission.objects import DOMAIN, own_revision, revision
from node.admission.own_kinds import CATALOG, READINESS
from node.admission.request import JSON, MERGE, Request

_REVISIONS = "/apis/apps/v1/namespaces/{namespace}/controllerrevisions"
_LEASES = "/apis/coordination.k8s.io/v1/namespaces/{}/leases"
_RIGHTS = "/apis/rbac.authorization.k8s.io/v1"
_RELEASES = f"/apis/{DOMAIN}/v1alpha1/namespaces/{{namespace}}/addonreleases"
_CATALOGS = f"/apis/{DOMAIN}/v1alpha1/addoncatalogs"
_SETTINGS = "/api/v1/namespaces/addon-updater/configmaps"
_ADMISSION = "/apis/admissionregistration.k8s.io/v1"
_OWNER = {
    "apiVersion": "apps/v1",
    "kind": "StatefulSet",
    "name": "a",
    "uid": "00000000-0000-0000-0000-000000000000",
}
_CLUSTER_ADMIN = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"}
_SELF = {"kind": "ServiceAccount", "name": "addon-updater", "namespace": "addon-updater"}

_NOTHING = {"spec": {"restartPolicy": "Never", "containers": [{"name": "a", "image": "a"}]}}

NOT_LISTED = "it is not on the list of its writes"


def _revision(name: str, message: str, method: str, path: str, body: object = None) -> ForbiddenWrite:
    content_type = MERGE if method == "PATCH" else JSON
    return ForbiddenWrite(name, Request(method, path, body, content_type), "addon-updater-revisions", message)


def _unlisted(name: str, method: str, path: str, body: object = None) -> ForbiddenWrite:
    content_type = MERGE if method == "PATCH" else JSON
    return ForbiddenWrite(
        name, Request(method, path, body, content_type), "addon-updater-allowlist", NOT_LISTED
    )


def _named(name: str) -> dict[str, object]:
    return {"metadata": {"name": name}}


REVISIONS = (
    ForbiddenWrite(
        "deletes the revision of another controller",
        Request("DELETE", f"{_REVISIONS}/web-1"),
        "addon-updater-deletions",
        "may delete only controllerrevisions named addon-updater-",
    ),
    _revision(
        "annotates the revision of another controller",
        "is named addon-updater-",
        "PATCH",
        f"{_REVISIONS}/web-1",
        {"metadata": {"annotations": {f"{DOMAIN}/outcome": "Promoted"}}},
    ),
    _revision(
        "renumbers its own revision",
        "may change only annotations of a revision",
        "PATCH",
        f"{_REVISIONS}/addon-updater-coredns-0",
        {"revision": 2},
    ),
    _revision(
        "moves its revision to another release",
        "may change only annotations of a revision",
        "PATCH",
        f"{_REVISIONS}/addon-updater-coredns-0",
        {"metadata": {"labels": {f"{DOMAIN}/release": "other"}}},
    ),
    _revision(
        "annotates its revision outside its domain",
        "only revision annotations that begin with",
        "PATCH",
        f"{_REVISIONS}/addon-updater-coredns-0",
        {"metadata": {"annotations": {"example.com/a": "b"}}},
    ),
    _revision(
        "creates a revision without its label",
        "carries the label addon-updater.dev/release",
        "POST",
        _REVISIONS,
        revision("addon-updater-x", {}),
    ),
    _revision(
        "creates a revision under a foreign name",
        "is named addon-updater-",
        "POST",
        _REVISIONS,
        own_revision("web-2"),
    ),
    _revision(
        "creates a revision with the labels of a StatefulSet",
        "carries only labels that begin with",
        "POST",
        _REVISIONS,
        revision("addon-updater-x", {f"{DOMAIN}/release": "coredns", "app": "web"}),
    ),
    _revision(
        "creates a revision that a StatefulSet owns",
        "has no ownerReferences",
        "POST",
        _REVISIONS,
        own_revision("addon-updater-x", ownerReferences=[_OWNER]),
    ),
)

IDENTITY_AND_RIGHTS = (
    ForbiddenWrite(
        "reads Secrets", Request("GET", "/api/v1/namespaces/{namespace}/secrets"), RBAC, "cannot list"
    ),
    ForbiddenWrite(
        "acts as an admin",
        Request("GET", "/api/v1/namespaces", headers={"Impersonate-User": "admin"}),
        RBAC,
        "cannot impersonate",
    ),
    ForbiddenWrite(
        "deletes its own policy",
        Request("DELETE", f"{_ADMISSION}/validatingadmissionpolicies/addon-updater-workloads"),
        RBAC,
        "cannot delete",
    ),
    ForbiddenWrite(
        "deletes the binding of its own policy",
        Request("DELETE", f"{_ADMISSION}/validatingadmissionpolicybindings/addon-updater-allowlist"),
        RBAC,
        "cannot delete",
    ),
    _unlisted("creates a Secret", "POST", "/api/v1/namespaces/{namespace}/secrets", _named("token")),
    _unlisted(
        "requests the token of a ServiceAccount",
        "POST",
        "/api/v1/namespaces/{namespace}/serviceaccounts/coredns/token",
        {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}},
    ),
    _unlisted(
        "creates a ServiceAccount", "POST", "/api/v1/namespaces/{namespace}/serviceaccounts", _named("second")
    ),
    _unlisted(
        "makes itself cluster admin",
        "POST",
        f"{_RIGHTS}/clusterrolebindings",
        {"metadata": {"name": "addon-updater-admin"}, "roleRef": _CLUSTER_ADMIN, "subjects": [_SELF]},
    ),
    _unlisted(
        "widens its own role",
        "PATCH",
        f"{_RIGHTS}/namespaces/{{namespace}}/roles/addon-updater",
        {"rules": []},
    ),
    _unlisted("widens its own cluster role", "PATCH", f"{_RIGHTS}/clusterroles/addon-updater", {"rules": []}),
)

OWN_INPUTS = (
    _unlisted("edits the spec of a release", "PATCH", f"{_RELEASES}/coredns", {"spec": {"suspend": False}}),
    _unlisted(
        "annotates a release",
        "PATCH",
        f"{_RELEASES}/coredns",
        {"metadata": {"annotations": {f"{DOMAIN}/approve": "abc"}}},
    ),
    _unlisted("deletes a release", "DELETE", f"{_RELEASES}/coredns"),
    _unlisted("edits a catalog", "PATCH", f"{_CATALOGS}/{CATALOG}", {"spec": {"serial": 2}}),
    _unlisted(
        "rewrites which minor a report is about",
        "PATCH",
        f"/apis/{DOMAIN}/v1alpha1/upgradereadinesses/{READINESS}",
        {"metadata": {"labels": {"a": "b"}}},
    ),
    _unlisted("deletes a catalog", "DELETE", f"{_CATALOGS}/{CATALOG}"),
    ForbiddenWrite(
        "changes its settings",
        Request("PATCH", f"{_SETTINGS}/addon-updater-settings", {"data": {"settings.yaml": "{}"}}, MERGE),
        RBAC,
        "cannot patch",
    ),
    ForbiddenWrite(
        "reads other ConfigMaps beside its settings", Request("GET", _SETTINGS), RBAC, "cannot list"
    ),
    _unlisted(
        "creates a release",
        "POST",
        _RELEASES,
        {
            "apiVersion": f"{DOMAIN}/v1alpha1",
            "kind": "AddonRelease",
            **_named("second"),
            "spec": {"addon": "coredns"},
        },
    ),
    _unlisted(
        "changes its custom resource",
        "PATCH",
        f"/apis/apiextensions.k8s.io/v1/customresourcedefinitions/addonreleases.{DOMAIN}",
        {"metadata": {"labels": {"a": "b"}}},
    ),
    _unlisted(
        "scales itself",
        "PATCH",
        "/apis/apps/v1/namespaces/addon-updater/deployments/addon-updater/scale",
        {"spec": {"replicas": 9}},
    ),
    ForbiddenWrite(
        "takes the Lease of another component",
        Request("POST", _LEASES.format("kube-system"), _named("kube-scheduler-second")),
        "addon-updater-allowlist",
        "the only Lease of addon-updater is addon-updater/addon-updater",
    ),
    ForbiddenWrite(
        "takes a second Lease in its namespace",
        Request("POST", _LEASES.format("addon-updater"), _named("second")),
        "addon-updater-allowlist",
        "the only Lease of addon-updater is addon-updater/addon-updater",
    ),
    ForbiddenWrite(
        "reports an Event in the name of another component",
        Request(
            "POST",
            "/apis/events.k8s.io/v1/namespaces/addon-updater/events",
            {
                **_named("coredns.1"),
                "eventTime": "2026-01-01T00:00:00.000000Z",
                "type": "Normal",
                "reason": "Killing",
                "action": "Killing",
                "reportingController": "kubelet",
                "reportingInstance": "node-1",
                "regarding": {"kind": "Pod", "name": "bystander", "namespace": "addon-updater"},
            },
        ),
        "addon-updater-allowlist",
        "only in its own name",
    ),
)

CLUSTER = (
    _unlisted("creates a namespace", "POST", "/api/v1/namespaces", _named("second")),
    _unlisted(
        "labels a namespace",
        "PATCH",
        "/api/v1/namespaces/{namespace}",
        {"metadata": {"labels": {"pod-security.kubernetes.io/enforce": "privileged"}}},
    ),
    _unlisted("creates a node", "POST", "/api/v1/nodes", _named("second")),
    _unlisted(
        "changes a Service",
        "PATCH",
        "/api/v1/namespaces/{namespace}/services/web",
        {"spec": {"externalIPs": ["192.0.2.1"]}},
    ),
    _unlisted(
        "redirects a Service",
        "POST",
        "/apis/discovery.k8s.io/v1/namespaces/{namespace}/endpointslices",
        {**_named("web-x"), "addressType": "IPv4", "endpoints": []},
    ),
    _unlisted(
        "schedules a Job",
        "POST",
        "/apis/batch/v1/namespaces/{namespace}/cronjobs",
        {
            **_named("second"),
            "spec": {"schedule": "0 0 * * *", "jobTemplate": {"spec": {"template": _NOTHING}}},
        },
    ),
    _unlisted("registers a webhook", "POST", f"{_ADMISSION}/mutatingwebhookconfigurations", _named("second")),
    ForbiddenWrite(
        "records a revision in a namespace that is not governed",
        Request(
            "POST", "/apis/apps/v1/namespaces/default/controllerrevisions", own_revision("addon-updater-x")
        ),
        "addon-updater-allowlist",
        "the namespace is not in policy-lists.yaml",
    ),
)
