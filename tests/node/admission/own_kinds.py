"""The operator's own cluster-scoped objects while the policies are tried."""

from typing import Any

from node.admission.objects import DOMAIN

CATALOG = "team"
READINESS = "kubernetes-1.98"
READINESS_STATUS = {
    "verdict": "Passing",
    "message": "1.98 breaks nothing",
    "observedKubernetesMinor": "1.97",
    "observedAt": "2026-01-01T00:00:00Z",
    "addons": [],
    "findings": [],
}


def catalog() -> dict[str, Any]:
    return {
        "apiVersion": f"{DOMAIN}/v1alpha1",
        "kind": "AddonCatalog",
        "metadata": {"name": CATALOG},
        "spec": {"mode": "Extend", "serial": 1, "addons": []},
    }


def readiness(minor: str = "1.98") -> dict[str, Any]:
    return {
        "apiVersion": f"{DOMAIN}/v1alpha1",
        "kind": "UpgradeReadiness",
        "metadata": {"name": f"kubernetes-{minor}"},
        "spec": {"minor": minor},
    }
