"""Who built the cluster, from facts on objects that the operator may read anyway.

Every fact is a trace that the builder itself leaves: in the version of its API servers and kubelets, in labels,
annotations and providerIDs of its nodes, or as field manager of the Deployment that it writes. A cloud's providerID
(aws://, gce://, azure://) is none: kubeadm and kOps run in every cloud.

No fact outvotes another. Where two name different vendors the answer is unknown, with one exception: a build tells who
compiled a version, not who installed it. Builds of EKS (as EKS Distro) and of GKE (as Google Distributed Cloud) run in
clusters that kubeadm or kOps install, so they yield to a trace of the installer, unless nodes bear a mark of EKS or GKE.
The order of the table only says which of several agreeing facts is told.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any

from addon_updater.api.vendors import Vendor

DNS_DEPLOYMENT = ("kube-system", "coredns")
"""The Deployment whose field managers count."""


class Place(StrEnum):
    """Where a fact stands, as a sentence begins that tells it."""

    SERVER = "the version of the API servers has"
    KUBELET = "the version of kubelets has"
    LABEL = "nodes have the label"
    ANNOTATION = "nodes have the annotation"
    PROVIDER_ID = "the providerID of nodes begins with"
    WRITER = "Deployment kube-system/coredns was written by"


@dataclass(frozen=True, slots=True)
class Fact:
    """One trace of a vendor and whoever documents it."""

    vendor: Vendor
    place: Place
    text: str
    """Part of a version, key of a label or annotation (key=value where the value counts), or a beginning."""
    source: str

    def __str__(self) -> str:
        quote = "'" if self.is_build else ""
        return f"{self.place} {quote}{self.text}{quote}"

    @property
    def is_build(self) -> bool:
        """Whether it tells who compiled a version."""
        return self.place in (Place.SERVER, Place.KUBELET)


_EKS_DISTRO = "https://github.com/aws/eks-distro/blob/main/docs/contents/users/install/index.md"
_EKS = "https://docs.aws.amazon.com/eks/latest/userguide/kubernetes-versions.html"
_EKS_NODES = "https://docs.aws.amazon.com/eks/latest/userguide/managed-node-groups.html"
_GKE = "https://cloud.google.com/kubernetes-engine/versioning"
_GKE_NODES = "https://cloud.google.com/kubernetes-engine/docs/how-to/node-pools"
_AKS = "https://learn.microsoft.com/azure/aks/use-labels"
_K3S = "https://github.com/k3s-io/k3s/blob/master/pkg/nodeconfig/nodeconfig.go"
_K3S_BUILD = "https://docs.k3s.io/upgrades"
_RKE2 = "https://docs.rke2.io/upgrades/manual_upgrade"
_RKE2_NODES = "https://github.com/rancher/rke2/blob/master/scripts/build-binary"
_KOPS = "https://github.com/kubernetes/kops/blob/master/pkg/nodelabels/builder.go"
_KUBEADM = "https://kubernetes.io/docs/reference/labels-annotations-taints/"
_KUBEADM_DNS = (
    "https://github.com/kubernetes/kubernetes/blob/v1.37.2/cmd/kubeadm/app/phases/addons/dns/dns.go"
)
_CAPI = "https://github.com/kubernetes-sigs/cluster-api/blob/main/api/core/v1beta1/machine_types.go"
_KIND = "https://github.com/kubernetes-sigs/kind/blob/main/pkg/cluster/internal/kubeadm/config.go"
_MINIKUBE = "https://github.com/kubernetes/minikube/blob/master/pkg/minikube/bootstrapper/kubeadm/kubeadm.go"

FACTS = (
    Fact(Vendor.EKS, Place.SERVER, "-eks-", _EKS),
    Fact(Vendor.GKE, Place.SERVER, "-gke.", _GKE),
    Fact(Vendor.K3S, Place.SERVER, "+k3s", _K3S_BUILD),
    Fact(Vendor.RKE2, Place.SERVER, "+rke2", _RKE2),
    Fact(Vendor.EKS, Place.KUBELET, "-eks-", _EKS_DISTRO),
    Fact(Vendor.GKE, Place.KUBELET, "-gke.", _GKE),
    Fact(Vendor.K3S, Place.KUBELET, "+k3s", _K3S_BUILD),
    Fact(Vendor.RKE2, Place.KUBELET, "+rke2", _RKE2),
    Fact(Vendor.EKS, Place.LABEL, "eks.amazonaws.com/nodegroup", _EKS_NODES),
    Fact(Vendor.EKS, Place.LABEL, "eks.amazonaws.com/compute-type", _EKS_NODES),
    Fact(Vendor.GKE, Place.LABEL, "cloud.google.com/gke-nodepool", _GKE_NODES),
    Fact(Vendor.AKS, Place.LABEL, "kubernetes.azure.com/cluster", _AKS),
    Fact(Vendor.AKS, Place.LABEL, "kubernetes.azure.com/agentpool", _AKS),
    Fact(Vendor.KOPS, Place.LABEL, "kops.k8s.io/instancegroup", _KOPS),
    Fact(Vendor.KOPS, Place.LABEL, "kops.k8s.io/kops-controller-pki", _KOPS),
    Fact(Vendor.K3S, Place.ANNOTATION, "k3s.io/node-args", _K3S),
    Fact(Vendor.RKE2, Place.ANNOTATION, "rke2.io/node-args", _RKE2_NODES),
    # Up to 1.33 by default; from 1.34 on kubeadm takes it away again, and the others below are left.
    Fact(Vendor.KUBEADM, Place.ANNOTATION, "kubeadm.alpha.kubernetes.io/cri-socket", _KUBEADM),
    Fact(Vendor.KUBEADM, Place.ANNOTATION, "cluster.x-k8s.io/owner-kind=KubeadmControlPlane", _CAPI),
    Fact(Vendor.KUBEADM, Place.LABEL, "minikube.k8s.io/version", _MINIKUBE),
    Fact(Vendor.K3S, Place.PROVIDER_ID, "k3s://", _K3S),
    Fact(Vendor.RKE2, Place.PROVIDER_ID, "rke2://", _RKE2_NODES),
    Fact(Vendor.KUBEADM, Place.PROVIDER_ID, "kind://", _KIND),
    Fact(Vendor.KUBEADM, Place.WRITER, "kubeadm", _KUBEADM_DNS),
)
_COMPILERS = (Vendor.EKS, Vendor.GKE)
_INSTALLERS = (Vendor.KUBEADM, Vendor.KOPS)


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything that may tell a vendor, seen together."""

    servers: frozenset[str] = frozenset()
    """gitVersion of every API server that answered."""
    nodes: frozenset[Fact] = frozenset()
    """What `node_facts` found on any node."""
    writers: frozenset[str] = frozenset()
    """Field managers of CoreDNS' Deployment."""


@dataclass(frozen=True, slots=True)
class Recognition:
    """The vendor, and the one fact or contradiction that says so."""

    vendor: Vendor
    because: str


def node_facts(node: Mapping[str, Any]) -> frozenset[Fact]:
    """The traces of vendors on one Node manifest."""
    return frozenset(fact for fact in FACTS if _is_on(node, fact))


def _is_on(node: Mapping[str, Any], fact: Fact) -> bool:
    metadata, spec = node.get("metadata") or {}, node.get("spec") or {}
    match fact.place:
        case Place.LABEL | Place.ANNOTATION:
            marks = metadata.get("labels" if fact.place is Place.LABEL else "annotations") or {}
            key, _, value = fact.text.partition("=")
            return key in marks and value in ("", marks[key])
        case Place.PROVIDER_ID:
            return str(spec.get("providerID") or "").startswith(fact.text)
        case Place.KUBELET:
            return fact.text in kubelet_version(node)
    return False


def kubelet_version(node: Mapping[str, Any]) -> str:
    """The version that the kubelet of a Node manifest tells; empty while it tells none."""
    return str(((node.get("status") or {}).get("nodeInfo") or {}).get("kubeletVersion") or "")


@lru_cache(maxsize=16)
def recognize(evidence: Evidence) -> Recognition:
    """The vendor of the cluster; unknown when nothing tells it or facts contradict each other."""
    found = tuple(_found(evidence))
    facts = _without_borrowed_builds(found)
    vendors = dict.fromkeys(fact.vendor for fact in facts)
    if not vendors:
        return Recognition(
            Vendor.UNKNOWN, "no version, node or field manager has the trace of a known vendor"
        )
    if len(vendors) == 1:
        borrowed = next((fact for fact in found if fact not in facts), None)
        aside = (
            f"; that {borrowed} tells a build of {borrowed.vendor.spelled}, not who installed it"
            if borrowed
            else ""
        )
        return Recognition(facts[0].vendor, f"{facts[0]}{aside}")
    firsts = [next(fact for fact in facts if fact.vendor is vendor) for vendor in vendors]
    told = ", but ".join(f"{fact} ({fact.vendor.spelled})" for fact in firsts)
    return Recognition(Vendor.UNKNOWN, f"facts contradict each other: {told}")


def _found(evidence: Evidence) -> Iterator[Fact]:
    for fact in FACTS:
        match fact.place:
            case Place.SERVER:
                is_there = any(fact.text in version for version in evidence.servers)
            case Place.WRITER:
                is_there = fact.text in evidence.writers
            case _:
                is_there = fact in evidence.nodes
        if is_there:
            yield fact


def _without_borrowed_builds(found: tuple[Fact, ...]) -> tuple[Fact, ...]:
    """The facts without builds that an installer has taken from somebody else."""
    installed = {fact.vendor for fact in found if not fact.is_build}
    if len(installed) != 1 or not installed <= set(_INSTALLERS):
        return found
    return tuple(fact for fact in found if not (fact.is_build and fact.vendor in _COMPILERS))
