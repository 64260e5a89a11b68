"""Who built a cluster, told from what its builder leaves on objects."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from addon_updater.api.vendors import Vendor, title_of
from addon_updater.resolve.nodes import read_nodes
from addon_updater.resolve.vendor import FACTS, Evidence, Place, recognize
from unit.resolve.some_nodes import (
    AKS,
    AKS_POOL,
    CAPI,
    CRI,
    EKS,
    EKS_FARGATE,
    EKS_OWN,
    GKE,
    K3S,
    KIND,
    KOPS,
    KOPS_MASTER,
    KUBEADM,
    MINIKUBE,
    PLAIN,
    RKE2,
    Node,
    node,
)

PAGE = (Path(__file__).parents[3] / "docs" / "cluster-facts.md").read_text(encoding="utf-8")
NOBODY = "no version, node or field manager has the trace of a known vendor"


def look(*nodes: Node, servers: str = "v1.34.2", writers: str = "") -> tuple[str, str]:
    seen = recognize(
        Evidence(frozenset(servers.split()), read_nodes(nodes).facts, frozenset(writers.split()))
    )
    return seen.vendor.value, seen.because


@pytest.mark.parametrize(
    "servers, vendor",
    [
        ("v1.29.3-eks-adc7111", "eks"),
        ("v1.31.10-eks-931bdca", "eks"),
        ("v1.19.8-eks-1-19-4", "eks"),
        ("v1.33.5-eks-113cf36 v1.34.1-eks-113cf36", "eks"),
        ("v1.30.0-gke.1234", "gke"),
        ("v1.33.5-gke.1080000", "gke"),
        ("v1.33.6+k3s1", "k3s"),
        ("v1.33.6-rc1+k3s1", "k3s"),
        ("v1.33.6+rke2r1", "rke2"),
        ("v1.34.2", "unknown"),
        ("v1.36.0-rc.1", "unknown"),
        ("v1.32.3-vke.8", "unknown"),
        ("v1.33.6+vmware.1", "unknown"),
        ("v1.33.6+k0s.0", "unknown"),
        ("v1.34.1-aliyun.1", "unknown"),
        ("v1.34.1-eksbuild", "unknown"),
        ("", "unknown"),
        ("v1.33.6+k3s1 v1.33.6+rke2r1", "unknown"),
        ("v1.33.5-eks-113cf36 v1.33.5-gke.1", "unknown"),
    ],
)
def test_the_version_of_the_api_servers_tells_who_compiled_them(servers, vendor):
    assert look(servers=servers)[0] == vendor


@pytest.mark.parametrize(
    "nodes, vendor",
    [
        ([KUBEADM], "kubeadm"),
        ([CAPI], "kubeadm"),
        ([KIND], "kubeadm"),
        ([MINIKUBE], "kubeadm"),
        ([KOPS], "kops"),
        ([KOPS_MASTER], "kops"),
        ([KOPS_MASTER, KOPS, KOPS], "kops"),
        ([EKS], "eks"),
        ([EKS_FARGATE], "eks"),
        ([EKS_OWN], "eks"),
        ([GKE], "gke"),
        ([AKS], "aks"),
        ([AKS_POOL], "aks"),
        ([K3S], "k3s"),
        ([node(provider="k3s://n")], "k3s"),
        ([RKE2], "rke2"),
        ([node(provider="rke2://n")], "rke2"),
        ([PLAIN, PLAIN, AKS], "aks"),
        ([node(annotations=CRI, ready="False")], "kubeadm"),
        ([PLAIN], "unknown"),
        ([], "unknown"),
        ([node(provider="aws:///eu-west-1a/i-0")], "unknown"),
        ([node(provider="gce://project/zone/name")], "unknown"),
        ([node(provider="azure:///subscriptions/0")], "unknown"),
        ([node(annotations="cluster.x-k8s.io/owner-kind=MachineSet")], "unknown"),
        ([node(annotations="cluster.x-k8s.io/owner-kind=RKE2ControlPlane")], "unknown"),
        ([node(labels="k3s.io/node-args=x")], "unknown"),
        ([node(labels="node-role.kubernetes.io/control-plane")], "unknown"),
        ([node(labels="eks.amazonaws.com/capacityType=SPOT", kubelet="")], "unknown"),
        ([KUBEADM, KOPS], "unknown"),
        ([KUBEADM, K3S], "unknown"),
        ([AKS, GKE], "unknown"),
        ([EKS, AKS], "unknown"),
        ([EKS, KUBEADM], "unknown"),
        ([GKE, KOPS], "unknown"),
    ],
)
def test_one_node_is_enough_and_two_vendors_are_one_too_many(nodes, vendor):
    assert look(*nodes)[0] == vendor


@pytest.mark.parametrize(
    "case, nodes, servers, writers, vendor",
    [
        ("EKS, all agree", [EKS, EKS_OWN], "v1.33.5-eks-113cf36", "eks", "eks"),
        ("kubeadm from 1.34 on", [PLAIN], "v1.34.2", "kubeadm kube-controller-manager", "kubeadm"),
        ("kubeadm that handed CoreDNS over", [KUBEADM], "v1.33.2", "addon-updater kubectl-edit", "kubeadm"),
        ("nobody wrote CoreDNS", [PLAIN], "v1.34.2", "", "unknown"),
        ("a writer of a similar name", [PLAIN], "v1.34.2", "kubeadm-fork", "unknown"),
        (
            "EKS Distro under kubeadm",
            [node(annotations=CRI, kubelet="v1.33.5-eks-1-33-9")],
            "v1.33.5-eks-1-33-9",
            "",
            "kubeadm",
        ),
        (
            "EKS Distro under kubeadm 1.34",
            [node(kubelet="v1.34.1-eks-1-34-2")],
            "v1.34.1-eks-1-34-2",
            "kubeadm",
            "kubeadm",
        ),
        ("EKS Distro under kOps", [KOPS], "v1.33.5-eks-1-33-9", "", "kops"),
        (
            "Google Distributed Cloud",
            [node(annotations=CRI, kubelet="v1.33.5-gke.99")],
            "v1.33.5-gke.99",
            "",
            "kubeadm",
        ),
        ("EKS with a node of kubeadm", [EKS, KUBEADM], "v1.33.5-eks-113cf36", "", "unknown"),
        ("a build under two installers", [KUBEADM, KOPS], "v1.33.5-eks-113cf36", "", "unknown"),
        ("a k3s build is never borrowed", [KUBEADM], "v1.33.6+k3s1", "", "unknown"),
        ("a virtual cluster of k3s on EKS", [EKS], "v1.33.6+k3s1", "", "unknown"),
        ("EKS whose servers cannot be asked", [EKS], "", "", "eks"),
        ("nodes that cannot be read", [], "v1.33.5-eks-113cf36", "", "eks"),
        ("AKS with a CoreDNS of kubeadm", [AKS], "v1.33.2", "kubeadm", "unknown"),
    ],
)
def test_facts_of_several_places_together(case, nodes, servers, writers, vendor):
    assert look(*nodes, servers=servers, writers=writers)[0] == vendor, case


@pytest.mark.parametrize(
    "seen, because",
    [
        (look(), NOBODY),
        (look(K3S, servers="v1.33.6+k3s1"), "the version of the API servers has '+k3s'"),
        (look(EKS), "the version of kubelets has '-eks-'"),
        (look(KOPS), "nodes have the label kops.k8s.io/instancegroup"),
        (look(CAPI), "nodes have the annotation cluster.x-k8s.io/owner-kind=KubeadmControlPlane"),
        (look(KIND), "the providerID of nodes begins with kind://"),
        (look(writers="kubeadm"), "Deployment kube-system/coredns was written by kubeadm"),
        (
            look(KOPS, servers="v1.33.5-eks-1-33-9"),
            (
                "nodes have the label kops.k8s.io/instancegroup; that the version of the API servers has '-eks-' tells a "
                "build of EKS, not who installed it"
            ),
        ),
        (
            look(EKS, servers="v1.33.6+k3s1"),
            (
                "facts contradict each other: the version of the API servers has '+k3s' (k3s), but the version of kubelets "
                "has '-eks-' (EKS)"
            ),
        ),
    ],
)
def test_one_sentence_says_which_fact_tells(seen, because):
    assert seen[1] == because


def test_the_sentence_does_not_change_with_the_number_of_nodes():
    assert look(AKS) == look(AKS, AKS_POOL, PLAIN, AKS)


@pytest.mark.parametrize(
    "manifest", [{}, {"metadata": {}, "spec": {}, "status": {}}, {"metadata": {"labels": None}}]
)
def test_a_node_that_tells_nothing_yet_is_no_fact(manifest):
    assert read_nodes([manifest]).facts == frozenset()


@pytest.mark.parametrize("fact", FACTS, ids=str)
def test_every_fact_alone_tells_its_vendor(fact):
    match fact.place:
        case Place.SERVER:
            seen = look(servers=f"v1.33.0{fact.text}1")
        case Place.KUBELET:
            seen = look(node(kubelet=f"v1.33.0{fact.text}1"))
        case Place.LABEL:
            seen = look(node(labels=fact.text))
        case Place.ANNOTATION:
            seen = look(node(annotations=fact.text))
        case Place.PROVIDER_ID:
            seen = look(node(provider=f"{fact.text}x"))
        case Place.WRITER:
            seen = look(writers=fact.text)
    assert seen == (fact.vendor.value, str(fact))


def test_the_page_has_a_row_for_every_fact_and_no_other():
    rows = re.findall(r"^\| (\w+) \| (.+) `(.+)` \| <(https://.+)> \|$", PAGE, re.MULTILINE)
    assert rows == [(fact.vendor.spelled, fact.place.value, fact.text, fact.source) for fact in FACTS]


def test_every_vendor_but_unknown_has_a_fact():
    assert {fact.vendor for fact in FACTS} == set(Vendor) - {Vendor.UNKNOWN}


@pytest.mark.parametrize(
    "vendor, title", [("eks", "EKS"), ("kops", "kOps"), ("kubeadm", "kubeadm"), ("talos", "talos")]
)
def test_a_vendor_is_named_as_its_makers_write_it(vendor, title):
    assert title_of(vendor) == title
