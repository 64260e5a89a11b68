"""What the API server itself must refuse: one wrong field per row, and what the message must say about it."""

import copy
from dataclasses import dataclass
from typing import Any

Manifest = dict[str, Any]

API = "/apis/addon-updater.dev/v1alpha1"
RELEASES = f"{API}/namespaces/kube-system/addonreleases"
CATALOGS = f"{API}/addoncatalogs"

RELEASE: Manifest = {
    "apiVersion": "addon-updater.dev/v1alpha1",
    "kind": "AddonRelease",
    "metadata": {"name": "wrong", "namespace": "kube-system"},
    "spec": {
        "addon": "coredns",
        "targetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "coredns"},
        "container": "coredns",
        "version": ">=1.11 <1.15",
        "policy": {"updates": "Auto"},
        "rollout": {"soak": "5m"},
    },
}
CATALOG: Manifest = {
    "apiVersion": "addon-updater.dev/v1alpha1",
    "kind": "AddonCatalog",
    "metadata": {"name": "wrong"},
    "spec": {
        "mode": "Extend",
        "serial": 1,
        "addons": [
            {
                "name": "coredns",
                "sources": {"trial": {"title": "Our trial", "url": "https://git.example.com/trial"}},
                "kubernetes": [
                    {
                        "minor": "1.34",
                        "defaults": [{"vendor": "kubeadm", "version": "1.12.1", "source": "trial"}],
                    }
                ],
                "releases": [
                    {
                        "version": "1.12.1",
                        "evidence": [{"kubernetes": "1.34", "level": "Tested", "source": "trial"}],
                    }
                ],
            }
        ],
    },
}

MISSING = object()
"""Stands for a field that is left out."""


@dataclass(frozen=True)
class Invalid:
    """`base` with `value` at `path`; the refusal names `field` and holds `remedy`."""

    name: str
    base: Manifest
    path: str
    value: object
    field: str
    remedy: str

    @property
    def collection(self) -> str:
        """Where such an object is created."""
        return RELEASES if self.base["kind"] == "AddonRelease" else CATALOGS

    @property
    def manifest(self) -> Manifest:
        """The object with its one mistake."""
        return changed(self.base, self.path, self.value)


def changed(base: Manifest, path: str, value: object) -> Manifest:
    """A copy with another value at a dotted path; numbers step into lists."""
    manifest = copy.deepcopy(base)
    node: Any = manifest
    *parents, last = path.split(".")
    for part in parents:
        node = node[int(part)] if part.isdigit() else node.setdefault(part, {})
    if value is MISSING:
        del node[last]
    else:
        node[last] = value
    return manifest


def _release(name: str, path: str, value: object, remedy: str, *, field: str | None = None) -> Invalid:
    return Invalid(name, RELEASE, f"spec.{path}", value, field or f"spec.{path}", remedy)


def _catalog(name: str, path: str, value: object, remedy: str, *, field: str) -> Invalid:
    return Invalid(name, CATALOG, f"spec.{path}", value, field, remedy)


_DURATION = "write a duration as in 1h30m, 10m or 90s"
_RANGE = "write a version range as in '>=1.11 <1.15'"

INVALID_RELEASES = (
    _release("addon left out", "addon", MISSING, "Required value"),
    _release("addon empty", "addon", "", "should be at least 1 chars long"),
    _release("addon in capitals", "addon", "CoreDNS", "write the addon's key in the catalog as in coredns"),
    _release("addon too long", "addon", "a" * 64, "may not be more than 63"),
    _release("addon a number", "addon", 53, "must be of type string"),
    _release("target of an old API", "targetRef.apiVersion", "apps/v1beta1", "use apiVersion apps/v1"),
    _release("target of another kind", "targetRef.kind", "CronJob", 'supported values: "Deployment"'),
    _release("target without a name", "targetRef.name", MISSING, "Required value"),
    _release(
        "target name with a slash",
        "targetRef.name",
        "kube-system/coredns",
        "write the name of a Deployment in this namespace",
    ),
    _release("target in another namespace", "targetRef.namespace", "default", "unknown field"),
    _release(
        "container with a space", "container", "core dns", "write the name of a container of the workload"
    ),
    _release("container empty", "container", "", "should be at least 1 chars long"),
    _release("version in words", "version", "newest", _RANGE),
    _release("version with an unknown operator", "version", "=~1.12", _RANGE),
    _release("version empty", "version", "", "should be at least 1 chars long"),
    _release("version with an open end", "version", ">=1.11 <", _RANGE),
    _release("version unquoted in YAML", "version", 1.12, "must be of type string"),
    _release("channel unknown", "channel", "Stable", 'supported values: "Default", "Latest"'),
    _release("delivery unknown", "delivery", "GitOps", 'supported values: "Direct", "Observe"'),
    _release("whenMissing unknown", "whenMissing", "Skip", 'supported values: "Fail", "Ignore"'),
    _release("updates unknown", "policy.updates", "auto", 'supported values: "Auto", "Manual", "PlanOnly"'),
    _release("minEvidence unknown", "policy.minEvidence", "Sure", 'supported values: "Tested"'),
    _release(
        "skipVersions with a range",
        "policy.skipVersions",
        [">=1.12"],
        "name one exact version as in 1.12.4",
        field="spec.policy.skipVersions[0]",
    ),
    _release(
        "skipVersions twice the same",
        "policy.skipVersions",
        ["1.12.1", "1.12.1"],
        "Duplicate value",
        field="spec.policy.skipVersions[1]",
    ),
    _release(
        "skipVersions too many",
        "policy.skipVersions",
        [f"1.12.{patch}" for patch in range(33)],
        "must have at most 32 items",
    ),
    _release("soak without a unit", "rollout.soak", "300", _DURATION),
    _release("soak in days", "rollout.soak", "25h", "choose a duration between 0s and 24h"),
    _release(
        "progressDeadline too short", "rollout.progressDeadline", "5s", "choose a duration between 30s and 2h"
    ),
    _release(
        "unknownDeadline too long", "rollout.unknownDeadline", "3h", "choose a duration between 10s and 2h"
    ),
    _release(
        "minReadySeconds negative", "rollout.minReadySeconds", -1, "should be greater than or equal to 0"
    ),
    _release(
        "minReadySeconds too long", "rollout.minReadySeconds", 601, "should be less than or equal to 600"
    ),
    _release("minReadySeconds as text", "rollout.minReadySeconds", "10s", "must be of type integer"),
    _release(
        "health name with a space",
        "health.dns.names",
        ["db corp.example"],
        "write a DNS name as in db.corp.example",
        field="spec.health.dns.names[0]",
    ),
    _release(
        "health names too many",
        "health.dns.names",
        [f"host-{number}.example" for number in range(17)],
        "must have at most 16 items",
    ),
    _release("rollback never", "rollback.mode", "Never", 'supported values: "Auto"'),
    _release(
        "approval of no hash",
        "approvedPlans",
        ["latest"],
        "copy the hash from status.plan.hash: 16 hex digits",
        field="spec.approvedPlans[0]",
    ),
    _release(
        "approvals too many",
        "approvedPlans",
        [f"{number:016x}" for number in range(21)],
        "must have at most 20 items",
    ),
    _release(
        "releasedBy in a sentence",
        "releasedBy",
        ["argo cd"],
        "write one field manager as in argocd-controller",
        field="spec.releasedBy[0]",
    ),
    _release("suspend as text", "suspend", "yes", "must be of type boolean"),
    _release("a field that does not exist", "chanel", "Latest", "unknown field"),
    _release("a misspelled field inside", "rollout.soakTime", "5m", "unknown field"),
    Invalid("spec left out", RELEASE, "spec", MISSING, "spec", "Required value"),
)

INVALID_CATALOGS = (
    _catalog("mode unknown", "mode", "Merge", 'supported values: "Extend", "Replace"', field="spec.mode"),
    _catalog("mode left out", "mode", MISSING, "Required value", field="spec.mode"),
    _catalog("serial left out", "serial", MISSING, "Required value", field="spec.serial"),
    _catalog("serial negative", "serial", -1, "should be greater than or equal to 0", field="spec.serial"),
    _catalog(
        "priority too high", "priority", 5000, "should be less than or equal to 1000", field="spec.priority"
    ),
    _catalog(
        "addon name in capitals", "addons.0.name", "CoreDNS", "should match", field="spec.addons[0].name"
    ),
    _catalog(
        "an addon twice",
        "addons",
        [{"name": "coredns"}, {"name": "coredns"}],
        "Duplicate value",
        field="spec.addons[1]",
    ),
    _catalog(
        "release without its patch",
        "addons.0.releases.0.version",
        "1.12",
        "should match",
        field="spec.addons[0].releases[0].version",
    ),
    _catalog(
        "a release twice",
        "addons.0.releases",
        [{"version": "1.12.1"}, {"version": "1.12.1"}],
        "Duplicate value",
        field="spec.addons[0].releases[1]",
    ),
    _catalog(
        "evidence unknown",
        "addons.0.releases.0.evidence.0.level",
        "Proven",
        'supported values: "Tested", "Declared", "Assumed"',
        field="spec.addons[0].releases[0].evidence[0].level",
    ),
    _catalog(
        "evidence without a source",
        "addons.0.releases.0.evidence.0.source",
        MISSING,
        "Required value",
        field="spec.addons[0].releases[0].evidence[0].source",
    ),
    _catalog(
        "a source that is not https",
        "addons.0.sources.trial.url",
        "http://git.example.com",
        "should match '^https://'",
        field="spec.addons[0].sources.trial.url",
    ),
    _catalog(
        "a minor unquoted in YAML",
        "addons.0.kubernetes.0.minor",
        1.34,
        "must be of type string",
        field="spec.addons[0].kubernetes[0].minor",
    ),
    _catalog(
        "a denial without a reason",
        "addons.0.releases.0.denied",
        {"source": "trial"},
        "Required value",
        field="spec.addons[0].releases[0].denied.reason",
    ),
    _catalog(
        "a digest cut short",
        "addons.0.releases.0.image",
        {"digest": "sha256:abc"},
        "should match",
        field="spec.addons[0].releases[0].image.digest",
    ),
    _catalog(
        "a misspelled field",
        "addons.0.release",
        [],
        "unknown field",
        field="spec.addons[0].release",
    ),
)
