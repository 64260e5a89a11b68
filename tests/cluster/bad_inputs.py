"""What only the operator can see: how each bad input comes about, what is said about it, how a person mends it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from localcluster import coredns_manifest
from localcluster.coredns import DEFAULT_COREFILE
from node.raw_api import Manifest
from node.stage import CATALOGS, CONFIG_MAP, CONFIG_MAPS, DEPLOYMENT, DEPLOYMENTS, GROUP, NAMESPACE, Stage

SIDE = "side-dns"
"""A workload without pods beside CoreDNS. It is not on the operator's lists, so releases of it only plan."""
SIDE_SPEC: Manifest = {
    "targetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": SIDE},
    "policy": {"updates": "PlanOnly"},
}
ROLE_BINDINGS = f"/apis/rbac.authorization.k8s.io/v1/namespaces/{NAMESPACE}/rolebindings"


def _nothing(_: Stage) -> None:
    """The release itself is what is wrong."""


@dataclass(frozen=True)
class BadInput:
    """`spec` of the release, how the cluster gets into that state and out of it, and what is said meanwhile."""

    name: str
    reason: str
    told: tuple[str, ...]
    mend: Callable[[Stage], None]
    spoil: Callable[[Stage], None] = _nothing
    spec: Manifest = field(default_factory=dict)
    ready: str = "False"


def make_side_workload(stage: Stage, image: str = "registry.k8s.io/coredns/coredns:v1.11.3") -> None:
    """The side workload, scaled to zero."""
    manifests = coredns_manifest(DEFAULT_COREFILE, "1.11.3", replicas=0)
    deployment: dict[str, Any] = next(item for item in manifests if item["kind"] == "Deployment")
    deployment["metadata"]["name"] = SIDE
    labels = {"app": SIDE}
    deployment["spec"]["selector"]["matchLabels"] = labels
    deployment["spec"]["template"]["metadata"]["labels"] = labels
    deployment["spec"]["template"]["spec"]["containers"][0]["image"] = image
    stage.api.create(DEPLOYMENTS, deployment)


def _side_image(tag: str) -> Callable[[Stage], None]:
    def change(stage: Stage) -> None:
        containers = [{"name": "coredns", "image": f"registry.k8s.io/coredns/coredns:{tag}"}]
        body = {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "spec": {"template": {"spec": {"containers": containers}}},
        }
        stage.api.apply(f"{DEPLOYMENTS}/{SIDE}", body, manager="kubectl-test")

    return change


def _corefile(text: str | None) -> Callable[[Stage], None]:
    def write(stage: Stage) -> None:
        stage.api.merge(CONFIG_MAP, {"data": {"Corefile": text}})

    return write


def _config_map_comes_back(stage: Stage) -> None:
    manifests = coredns_manifest(DEFAULT_COREFILE, "1.11.3")
    stage.api.create(CONFIG_MAPS, next(item for item in manifests if item["kind"] == "ConfigMap"))


def _helm_mark(value: str | None) -> Callable[[Stage], None]:
    def mark(stage: Stage) -> None:
        stage.api.merge(DEPLOYMENT, {"metadata": {"labels": {"app.kubernetes.io/managed-by": value}}})

    return mark


def _role_comes_back(stage: Stage) -> None:
    reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "addon-updater"}
    account = {"kind": "ServiceAccount", "name": "addon-updater", "namespace": "addon-updater"}
    body = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "RoleBinding",
        "metadata": {"name": "addon-updater", "namespace": NAMESPACE},
        "roleRef": reference,
        "subjects": [account],
    }
    stage.api.create(ROLE_BINDINGS, body)


def _catalog_of_trial_dns(stage: Stage) -> None:
    source = {"source": "team"}
    entry = {
        "name": "trial-dns",
        "risk": "Isolated",
        "evidenceFloor": "Declared",
        "target": {"apiVersion": "apps/v1", "kind": "Deployment", "name": SIDE, "container": "coredns"},
        "image": {"repository": "registry.k8s.io/coredns/coredns", "tag": "v{version}"},
        "sources": {"team": {"title": "The team", "url": "https://git.example.com/trial-dns"}},
        "kubernetes": [{"minor": "1.34", "defaults": [{"vendor": "kubeadm", "version": "1.11.3", **source}]}],
        "releases": [
            {"version": "1.11.3", "evidence": [{"kubernetes": "1.34", "level": "Tested", **source}]}
        ],
    }
    stage.api.create(
        CATALOGS,
        {
            "apiVersion": f"{GROUP}/v1alpha1",
            "kind": "AddonCatalog",
            "metadata": {"name": "trial-dns"},
            "spec": {"mode": "Extend", "serial": 1, "addons": [entry]},
        },
    )


BAD_INPUTS = (
    BadInput(
        "an addon that no catalog knows",
        reason="UnknownAddon",
        told=("'trial-dns'", "it knows", "coredns"),
        spoil=make_side_workload,
        spec={**SIDE_SPEC, "addon": "trial-dns"},
        mend=_catalog_of_trial_dns,
    ),
    BadInput(
        "a workload that does not exist",
        reason="WorkloadNotFound",
        told=("Deployment kube-system/side-dns does not exist", "spec.whenMissing: Ignore"),
        spec=SIDE_SPEC,
        mend=make_side_workload,
    ),
    BadInput(
        "an image whose tag is no version",
        reason="VersionUnreadable",
        told=("registry.k8s.io/coredns/coredns:stable", "as in 1.12.1"),
        spoil=lambda stage: make_side_workload(stage, "registry.k8s.io/coredns/coredns:stable"),
        spec=SIDE_SPEC,
        mend=_side_image("v1.11.3"),
    ),
    BadInput(
        "a range that no version satisfies",
        reason="InvalidSpec",
        told=("spec.version", "no version satisfies '>=1.15 <1.11'", "widen its bounds"),
        spec={"version": ">=1.15 <1.11"},
        mend=lambda stage: stage.change("odd", version=">=1.11 <1.15"),
    ),
    BadInput(
        "a Corefile that cannot be read",
        reason="ConfigUnreadable",
        told=("Corefile of ConfigMap coredns", "line 2"),
        spoil=_corefile(".:53 {\n    errors {\n"),
        mend=_corefile(DEFAULT_COREFILE),
    ),
    BadInput(
        "a ConfigMap without the mounted key",
        reason="ConfigNotFound",
        told=("ConfigMap coredns has no key 'Corefile'", "restore it"),
        spoil=_corefile(None),
        mend=_corefile(DEFAULT_COREFILE),
    ),
    BadInput(
        "a ConfigMap that does not exist",
        reason="ConfigNotFound",
        told=("ConfigMap coredns, which the pods mount, does not exist",),
        spoil=lambda stage: stage.api.delete(CONFIG_MAP),
        mend=_config_map_comes_back,
    ),
    BadInput(
        "a workload that Helm marks as its own",
        reason="ForeignOwner",
        told=("helm owns", "spec.delivery: Observe", "spec.releasedBy"),
        spoil=_helm_mark("Helm"),
        mend=_helm_mark(None),
        ready="True",
    ),
    BadInput(
        "a namespace without the operator's role",
        reason="RBACMissing",
        told=("may not govern namespace kube-system", "kubectl apply -k deploy/namespaces/kube-system"),
        spoil=lambda stage: stage.api.delete(f"{ROLE_BINDINGS}/addon-updater"),
        mend=_role_comes_back,
        ready="Unknown",
    ),
)
