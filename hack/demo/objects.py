"""The objects that the demo applies, as a person would write them."""

from __future__ import annotations

from typing import Any

BAD_VERSION = "1.13.2"
API_VERSION = "addon-updater.dev/v1alpha1"


def _release(addon: str, namespace: str, soak: str, **spec: object) -> dict[str, Any]:
    """An AddonRelease with a shorter soak than anybody would have in production, so that the demo ends soon."""
    return {
        "apiVersion": API_VERSION,
        "kind": "AddonRelease",
        "metadata": {"name": addon, "namespace": namespace},
        "spec": {"addon": addon, "rollout": {"minReadySeconds": 3, "soak": soak}, **spec},
    }


COREDNS = _release(
    "coredns", "kube-system", "18s", health={"dns": {"names": ["db.corp.example", "mainframe.example"]}}
)
PROMETHEUS = _release("prometheus", "monitoring", "6s")
GRAFANA = _release("grafana", "monitoring", "4s")
RELEASES = (COREDNS, PROMETHEUS, GRAFANA)

BAD_CATALOG: dict[str, Any] = {
    "apiVersion": API_VERSION,
    "kind": "AddonCatalog",
    "metadata": {"name": "house-rules"},
    "spec": {
        "mode": "Extend",
        "serial": 1,
        "addons": [
            {
                "name": "coredns",
                "sources": {
                    "platform-team": {
                        "title": "The platform team's own trial",
                        "url": "https://git.example.com/platform/coredns-trial",
                    }
                },
                "kubernetes": [
                    {
                        "minor": "1.35",
                        "defaults": [
                            {"vendor": "kubeadm", "version": BAD_VERSION, "source": "platform-team"}
                        ],
                    }
                ],
                "releases": [
                    {
                        "version": BAD_VERSION,
                        "evidence": [{"kubernetes": "1.35", "level": "Tested", "source": "platform-team"}],
                    }
                ],
            }
        ],
    },
}
