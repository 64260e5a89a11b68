"""kubeadm's CoreDNS, and Corefiles for it."""

from __future__ import annotations

from typing import Any

REPOSITORY = "registry.k8s.io/coredns/coredns"
PLAIN = """\
.:53 {
    errors
    health {
       lameduck 12s
    }
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
       pods insecure
       fallthrough in-addr.arpa ip6.arpa
       ttl 30
    }
    prometheus :9153
    forward . /etc/resolv.conf
    cache 30
    loop
    reload
    loadbalance
}
"""
SHORT_HEADER = PLAIN.replace("    cache 30\n", "    header {\n        set X-Site one\n    }\n    cache 30\n")
"""The form of `header` that CoreDNS loads up to 1.12 and refuses from 1.13.0 on."""
STUB_ZONE = PLAIN + "corp.example:53 {\n    forward . 192.0.2.53\n}\n"


def image(version: str) -> str:
    """The upstream image of a version."""
    return f"{REPOSITORY}:v{version}"


def deployment(version: str, *, replicas: int = 2, **spec: Any) -> dict[str, Any]:
    """The Deployment that kubeadm installs, as far as it matters here."""
    container = {
        "name": "coredns",
        "image": image(version),
        "args": ["-conf", "/etc/coredns/Corefile"],
        "ports": [{"name": "readiness-probe", "containerPort": 8181}],
        "livenessProbe": {"httpGet": {"path": "/health", "port": 8080}},
        "readinessProbe": {
            "httpGet": {"path": "/ready", "port": "readiness-probe"},
            "periodSeconds": 3,
            "failureThreshold": 2,
        },
        "volumeMounts": [{"name": "config-volume", "mountPath": "/etc/coredns"}],
    }
    items = [{"key": "Corefile", "path": "Corefile"}]
    pod = {
        "serviceAccountName": "coredns",
        "dnsPolicy": "Default",
        "containers": [container],
        "volumes": [{"name": "config-volume", "configMap": {"name": "coredns", "items": items}}],
    }
    labels = {"k8s-app": "kube-dns"}
    return {
        "metadata": {"name": "coredns", "labels": dict(labels)},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": dict(labels)},
            "template": {"metadata": {"labels": dict(labels)}, "spec": pod},
            **spec,
        },
    }


def config_map(text: str = PLAIN) -> dict[str, Any]:
    """The ConfigMap that the Deployment mounts."""
    return {"metadata": {"name": "coredns"}, "data": {"Corefile": text}}
