"""Nodes as the builders of clusters leave them."""

from __future__ import annotations

from typing import Any

Node = dict[str, Any]


def node(
    *,
    labels: str = "",
    annotations: str = "",
    provider: str = "",
    kubelet: str = "v1.34.2",
    ready: str = "True",
) -> Node:
    """A Node; labels and annotations as in "one=1 two"."""

    def marks(text: str) -> dict[str, str]:
        return {key: value for key, _, value in (word.partition("=") for word in text.split())}

    return {
        "metadata": {"name": "n", "labels": marks(labels), "annotations": marks(annotations)},
        "spec": {"providerID": provider} if provider else {},
        "status": {
            "conditions": [{"type": "Ready", "status": ready}],
            "nodeInfo": {"kubeletVersion": kubelet, "osImage": "Ubuntu 24.04"},
        },
    }


CRI = "kubeadm.alpha.kubernetes.io/cri-socket=unix:///run/containerd/containerd.sock"
KUBEADM = node(annotations=CRI)
CAPI = node(annotations="cluster.x-k8s.io/owner-kind=KubeadmControlPlane")
KIND = node(provider="kind://docker/kind/kind-control-plane")
MINIKUBE = node(labels="minikube.k8s.io/version=v1.37.0 minikube.k8s.io/name=minikube")
KOPS = node(labels="kops.k8s.io/instancegroup=nodes-eu-west-1a", provider="aws:///eu-west-1a/i-0")
KOPS_MASTER = node(labels="kops.k8s.io/kops-controller-pki")
EKS = node(labels="eks.amazonaws.com/nodegroup=blue", kubelet="v1.33.5-eks-113cf36")
EKS_FARGATE = node(labels="eks.amazonaws.com/compute-type=fargate", kubelet="v1.33.5-eks-113cf36")
EKS_OWN = node(provider="aws:///eu-west-1a/i-0", kubelet="v1.33.5-eks-113cf36")
GKE = node(labels="cloud.google.com/gke-nodepool=default", kubelet="v1.33.5-gke.1080000")
AKS = node(labels="kubernetes.azure.com/cluster=MC_rg_c_westeurope", provider="azure:///subscriptions/0")
AKS_POOL = node(labels="kubernetes.azure.com/agentpool=system")
K3S = node(annotations='k3s.io/node-args=["server"]', provider="k3s://n", kubelet="v1.33.6+k3s1")
RKE2 = node(annotations='rke2.io/node-args=["server"]', provider="rke2://n", kubelet="v1.33.6+rke2r1")
PLAIN = node()
