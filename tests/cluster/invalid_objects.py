"""What a row of invalid objects is: a valid object with one mistake, and what the API server must say about it."""

import copy
from dataclasses import dataclass
from typing import Any

Manifest = dict[str, Any]

API = "/apis/addon-updater.dev/v1alpha1"
RELEASES = f"{API}/namespaces/kube-system/addonreleases"
COLLECTIONS = {
    "AddonRelease": RELEASES,
    "AddonCatalog": f"{API}/addoncatalogs",
    "UpgradeReadiness": f"{API}/upgradereadinesses",
}

RELEASE: Manifest = {
    "apiVersion": "addon-updater.dev/v1alpha1",
    "kind": "AddonRelease",
    "metadata": {"name": "wrong", "namespace": "kube-system"},
    "spec": {
        "addon": "coredns",
        "targetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "coredns"},
        "container": "coredns",
        "version": ">=1.11 <1.15",
        "overrides": [{"kubernetes": "1.35", "version": "1.13.x", "channel": "LTS"}],
        "policy": {"updates": "Auto", "breakingChanges": "WithClusterMinor", "minReleaseAge": "7d"},
        "prepareFor": "1.36",
        "windows": [
            {
                "kind": "Allow",
                "schedule": "0 2 * * SAT",
                "duration": "4h",
                "timeZone": "Europe/Paris",
                "overrun": True,
            }
        ],
        "rollout": {"soak": "5m", "zeroLoss": "Advise", "startJitter": "1h30m"},
        "health": {
            "dns": {"names": ["db.corp.example"]},
            "promql": [
                {"name": "dns-up", "url": "http://prometheus.monitoring.svc:9090", "query": "up == 1"}
            ],
            "http": [{"name": "page", "url": "https://web.site.svc.cluster.local/health", "status": 204}],
        },
        "rollback": {"mode": "Auto", "restoreData": "Manual"},
        "images": {"rewrites": [{"from": "registry.k8s.io", "to": "mirror.corp:5000/k8s"}]},
        "dependsOn": [{"name": "prometheus", "namespace": "monitoring"}],
        "backup": {"volume": {"keep": 3}, "database": {"external": "Acknowledged"}},
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
                "lts": [{"versions": "1.12.x", "until": "2027-07-31", "source": "trial"}],
            }
        ],
    },
}

READINESS: Manifest = {
    "apiVersion": "addon-updater.dev/v1alpha1",
    "kind": "UpgradeReadiness",
    "metadata": {"name": "kubernetes-1.36"},
    "spec": {"minor": "1.36"},
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
        return COLLECTIONS[self.base["kind"]]

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
