"""The objects that the demo applies, as a person would write them."""

from __future__ import annotations

from typing import Any

BAD_VERSION = "1.13.2"

RELEASE: dict[str, Any] = {
    "apiVersion": "addon-updater.dev/v1alpha1",
    "kind": "AddonRelease",
    "metadata": {"name": "coredns", "namespace": "kube-system"},
    "spec": {
        "addon": "coredns",
        # Shorter than anybody would wait in production, so that the demo ends in three minutes.
        "rollout": {"minReadySeconds": 3, "soak": "18s"},
        "health": {"dns": {"names": ["db.corp.example", "mainframe.example"]}},
    },
}

BAD_CATALOG: dict[str, Any] = {
    "apiVersion": "addon-updater.dev/v1alpha1",
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
