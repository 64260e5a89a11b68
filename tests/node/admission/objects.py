"""What lies in the governed namespace while the policies are tried: a CoreDNS like kubeadm's, and neighbors."""

from typing import Any

DOMAIN = "addon-updater.dev"
IMAGE = "registry.k8s.io/coredns/coredns:v1.12.1"
NEXT_IMAGE = "registry.k8s.io/coredns/coredns:v1.13.1"
COREFILE = ".:53 {\n    errors\n    ready\n    kubernetes cluster.local\n    forward . /etc/resolv.conf\n}\n"
HASH = "0123456789ab"


def deployment(name: str) -> dict[str, Any]:
    # No replicas: the test asks what may be written, not what a pod then does.
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {
            "name": name,
            "labels": {"k8s-app": name},
            "annotations": {"example.com/owner": "dns-team"},
        },
        "spec": {
            "replicas": 0,
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 1}},
            "selector": {"matchLabels": {"k8s-app": name}},
            "template": {
                "metadata": {"labels": {"k8s-app": name}},
                "spec": {
                    "serviceAccountName": "coredns",
                    "priorityClassName": "system-cluster-critical",
                    "containers": [
                        {
                            "name": "coredns",
                            "image": IMAGE,
                            "args": ["-conf", "/etc/coredns/Corefile"],
                            "volumeMounts": [{"name": "config-volume", "mountPath": "/etc/coredns"}],
                            "securityContext": {
                                "capabilities": {"add": ["NET_BIND_SERVICE"], "drop": ["ALL"]}
                            },
                        }
                    ],
                    "volumes": [
                        {
                            "name": "config-volume",
                            "configMap": {
                                "name": "coredns",
                                "items": [{"key": "Corefile", "path": "Corefile"}],
                            },
                        }
                    ],
                },
            },
        },
    }


def config_map(name: str, **data: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}


def revision(name: str, labels: dict[str, str], **metadata: object) -> dict[str, Any]:
    return {
        "apiVersion": "apps/v1",
        "kind": "ControllerRevision",
        "metadata": {"name": name, "labels": labels, **metadata},
        "revision": 1,
        "data": {"image": IMAGE},
    }


def own_revision(name: str, **metadata: object) -> dict[str, Any]:
    return revision(name, {f"{DOMAIN}/release": "coredns"}, **metadata)


def rehearsal(
    name: str = "addon-updater-rehearsal-coredns",
    *,
    metadata: dict[str, Any] | None = None,
    spec: dict[str, Any] | None = None,
    container: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """An allowed rehearsal pod, with the given fields replaced."""
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": {f"{DOMAIN}/rehearsal": "coredns"}, **(metadata or {})},
        "spec": {
            "serviceAccountName": "coredns",
            "restartPolicy": "Never",
            "activeDeadlineSeconds": 60,
            # No node carries this label, so that the pod is stored and never started.
            "nodeSelector": {f"{DOMAIN}/no-such-node": "true"},
            "containers": [
                {
                    "name": "coredns",
                    "image": NEXT_IMAGE,
                    "args": ["-conf", "/etc/coredns/Corefile"],
                    "securityContext": {"capabilities": {"add": ["NET_BIND_SERVICE"], "drop": ["ALL"]}},
                    **(container or {}),
                }
            ],
            "volumes": [
                {
                    "name": "config-volume",
                    "configMap": {
                        "name": "coredns",
                        "items": [{"key": f"Corefile-{HASH}", "path": "Corefile"}],
                    },
                },
                {"name": "tmp", "emptyDir": {}},
            ],
            **(spec or {}),
        },
    }


def neighbors() -> list[dict[str, Any]]:
    """What the cluster admin makes before the operator's account is tried."""
    bystander = rehearsal("bystander")
    bystander["metadata"]["labels"] = {"app": "bystander"}
    return [
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "coredns"}},
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "cluster-admin-like"}},
        deployment("coredns"),
        deployment("web"),
        config_map("coredns", Corefile=COREFILE, hosts="10.0.0.1 example.test\n"),
        config_map("web", Corefile=COREFILE),
        revision("web-1", {"app": "web"}),
        own_revision("addon-updater-coredns-0"),
        own_revision("addon-updater-coredns-old"),
        bystander,
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": "web"},
            "spec": {"ports": [{"port": 80}]},
        },
        {
            "apiVersion": f"{DOMAIN}/v1alpha1",
            "kind": "AddonRelease",
            "metadata": {"name": "coredns"},
            "spec": {"addon": "coredns", "suspend": True},
        },
    ]
