"""Everything the operator does at the API server: the other half of the tables."""

from dataclasses import dataclass

from node.admission.objects import (
    COREFILE,
    DOMAIN,
    HASH,
    IMAGE,
    NEXT_IMAGE,
    own_revision,
    rehearsal,
)
from node.admission.own_kinds import CATALOG, READINESS, READINESS_STATUS, readiness
from node.admission.request import APPLY, MERGE, Request

_NAMESPACED = "/namespaces/{namespace}"
_DEPLOYMENT = f"/apis/apps/v1{_NAMESPACED}/deployments/coredns"
_CONFIG = f"/api/v1{_NAMESPACED}/configmaps/coredns"
_REVISIONS = f"/apis/apps/v1{_NAMESPACED}/controllerrevisions"
_PODS = f"/api/v1{_NAMESPACED}/pods"
_RELEASE = f"/apis/{DOMAIN}/v1alpha1{_NAMESPACED}/addonreleases/coredns"
_CATALOGS = f"/apis/{DOMAIN}/v1alpha1/addoncatalogs"
_READINESSES = f"/apis/{DOMAIN}/v1alpha1/upgradereadinesses"
_LEASES = "/apis/coordination.k8s.io/v1/namespaces/addon-updater/leases"
_SETTINGS = "/api/v1/namespaces/addon-updater/configmaps"
_ONE = "fieldSelector=metadata.name%3Daddon-updater-settings"
_REVIEWS = "/apis/authorization.k8s.io/v1"


@dataclass(frozen=True)
class AllowedWrite:
    """A request of the operator; `name` completes "the operator ...".

    `dry_run` marks writes that would be seen outside the namespace of the test; `needs_earlier` those that
    another row must have prepared.
    """

    name: str
    request: Request
    dry_run: bool = False
    needs_earlier: bool = False


def _read(name: str, path: str) -> AllowedWrite:
    return AllowedWrite(f"reads {name}", Request("GET", path))


def _merge(name: str, path: str, body: object) -> AllowedWrite:
    return AllowedWrite(name, Request("PATCH", path, body, MERGE))


def _apply(name: str, body: object) -> AllowedWrite:
    path = f"{_DEPLOYMENT}?fieldManager=addon-updater&force=true"
    return AllowedWrite(name, Request("PATCH", path, body, APPLY))


def _revision_fields(key: str, image: str) -> dict[str, object]:
    """The complete field set of a revision, as server-side apply sends it."""
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {
            "name": "coredns",
            "labels": {f"{DOMAIN}/release": "coredns"},
            "annotations": {f"{DOMAIN}/revision": "addon-updater-coredns-1", f"{DOMAIN}/attempt": "1"},
        },
        "spec": {
            "minReadySeconds": 10,
            "template": {
                "spec": {
                    "containers": [
                        {"name": "coredns", "image": image, "args": ["-conf", "/etc/coredns/Corefile"]}
                    ],
                    "volumes": [
                        {
                            "name": "config-volume",
                            "configMap": {"name": "coredns", "items": [{"key": key, "path": "Corefile"}]},
                        }
                    ],
                }
            },
        },
    }


def _event(namespace: str) -> AllowedWrite:
    event = {
        "metadata": {"name": "coredns.addon-updater-test"},
        "eventTime": "2026-01-01T00:00:00.000000Z",
        "type": "Normal",
        "reason": "Promoted",
        "action": "Upgrade",
        "reportingController": "addon-updater",
        "reportingInstance": "addon-updater-0",
        "regarding": {"kind": "AddonRelease", "name": "coredns", "namespace": namespace},
    }
    path = f"/apis/events.k8s.io/v1/namespaces/{namespace}/events"
    return AllowedWrite(f"reports an Event in {namespace}", Request("POST", path, event), dry_run=True)


READS = (
    _read("the version", "/version"),
    _read("releases", f"/apis/{DOMAIN}/v1alpha1/addonreleases"),
    _read("catalogs", _CATALOGS),
    _read("its reports on the next minors", _READINESSES),
    _read("Deployments", "/apis/apps/v1/deployments"),
    _read("StatefulSets", "/apis/apps/v1/statefulsets"),
    _read("nodes", "/api/v1/nodes"),
    _read(
        "the addresses of the API servers",
        "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices?fieldSelector=metadata.name%3Dkubernetes",
    ),
    _read("the Service of the API servers", "/api/v1/namespaces/default/services/kubernetes"),
    _read("pods", _PODS),
    _read("ReplicaSets", f"/apis/apps/v1{_NAMESPACED}/replicasets"),
    _read("Services", f"/api/v1{_NAMESPACED}/services"),
    _read("EndpointSlices", f"/apis/discovery.k8s.io/v1{_NAMESPACED}/endpointslices"),
    _read("PodDisruptionBudgets", f"/apis/policy/v1{_NAMESPACED}/poddisruptionbudgets"),
    _read("ResourceQuotas", f"/api/v1{_NAMESPACED}/resourcequotas"),
    _read("LimitRanges", f"/api/v1{_NAMESPACED}/limitranges"),
    _read("its ConfigMap", _CONFIG),
    _read("revisions", _REVISIONS),
    AllowedWrite("watches its settings", Request("GET", f"{_SETTINGS}?watch=true&timeoutSeconds=1&{_ONE}")),
)

OWN_WRITES = (
    AllowedWrite(
        "takes its Lease", Request("POST", _LEASES, {"metadata": {"name": "addon-updater"}}), dry_run=True
    ),
    _event("addon-updater"),
    _event("kube-system"),
    AllowedWrite(
        "asks what CoreDNS may do",
        Request(
            "POST",
            f"{_REVIEWS}/subjectaccessreviews",
            {
                "apiVersion": "authorization.k8s.io/v1",
                "kind": "SubjectAccessReview",
                "spec": {
                    "user": "system:serviceaccount:kube-system:coredns",
                    "resourceAttributes": {
                        "group": "discovery.k8s.io",
                        "resource": "endpointslices",
                        "verb": "list",
                    },
                },
            },
        ),
    ),
    AllowedWrite(
        "asks what it may do itself",
        Request(
            "POST",
            f"{_REVIEWS}/selfsubjectaccessreviews",
            {
                "apiVersion": "authorization.k8s.io/v1",
                "kind": "SelfSubjectAccessReview",
                "spec": {"nonResourceAttributes": {"path": "/version", "verb": "get"}},
            },
        ),
    ),
    _merge("writes the status of a release", f"{_RELEASE}/status", {"status": {"observedGeneration": 1}}),
    _merge(
        "writes the status of a catalog",
        f"{_CATALOGS}/{CATALOG}/status",
        {"status": {"observedGeneration": 1}},
    ),
    AllowedWrite("reports on another minor", Request("POST", _READINESSES, readiness("1.99")), dry_run=True),
    AllowedWrite(
        "writes what it found about a minor",
        Request(
            "PATCH",
            f"{_READINESSES}/{READINESS}/status?fieldManager=addon-updater&force=true",
            {**readiness(), "status": READINESS_STATUS},
            APPLY,
        ),
    ),
    AllowedWrite(
        "removes the report on a minor that is reached",
        Request("DELETE", f"{_READINESSES}/{READINESS}"),
        dry_run=True,
    ),
)

# In the order of a hop.
HOP = (
    _merge(
        "adds a revision of the Corefile",
        _CONFIG,
        {
            "metadata": {"annotations": {f"{DOMAIN}/revision": "1"}},
            "data": {f"Corefile-{HASH}": COREFILE + "# migrated\n"},
        },
    ),
    AllowedWrite("records a revision", Request("POST", _REVISIONS, own_revision("addon-updater-coredns-1"))),
    _merge(
        "annotates a revision of its own",
        f"{_REVISIONS}/addon-updater-coredns-0",
        {"metadata": {"annotations": {f"{DOMAIN}/outcome": "Superseded"}}},
    ),
    AllowedWrite("rehearses the new pod", Request("POST", _PODS, rehearsal())),
    AllowedWrite(
        "deletes its rehearsal",
        Request("DELETE", f"{_PODS}/addon-updater-rehearsal-coredns?gracePeriodSeconds=0"),
        needs_earlier=True,
    ),
    _apply("upgrades the workload", _revision_fields(f"Corefile-{HASH}", NEXT_IMAGE)),
    _apply(
        "pins the image by digest", _revision_fields(f"Corefile-{HASH}", f"{NEXT_IMAGE}@sha256:{'0' * 64}")
    ),
    _apply("rolls the workload back", _revision_fields("Corefile", IMAGE)),
    _merge(
        "promotes the Corefile and drops its revision",
        _CONFIG,
        {"data": {"Corefile": COREFILE + "# migrated\n", f"Corefile-{HASH}": None}},
    ),
    AllowedWrite(
        "deletes a revision of its own", Request("DELETE", f"{_REVISIONS}/addon-updater-coredns-old")
    ),
)
