"""Who may have built a cluster. The values are the vendors' keys in a catalog."""

from __future__ import annotations

from enum import StrEnum


class Vendor(StrEnum):
    """The builders of clusters that facts on objects can tell; resolve/vendor.py has the facts."""

    KUBEADM = "kubeadm"
    """kubeadm, also below kind, minikube, kubespray and Cluster API."""
    KOPS = "kops"
    EKS = "eks"
    GKE = "gke"
    AKS = "aks"
    K3S = "k3s"
    RKE2 = "rke2"
    UNKNOWN = "unknown"
    """No fact tells it, or facts contradict each other. Nothing is concluded from it."""

    @property
    def spelled(self) -> str:
        """The name as its makers write it."""
        return _TITLES.get(self, self.value)


_TITLES = {
    Vendor.KOPS: "kOps",
    Vendor.EKS: "EKS",
    Vendor.GKE: "GKE",
    Vendor.AKS: "AKS",
    Vendor.RKE2: "RKE2",
}


def title_of(vendor: str) -> str:
    """The name of a vendor for people; what a newer operator may write stays as it is."""
    return next((known.spelled for known in Vendor if known == vendor), vendor)
