"""The configuration files of the node's programs, as plain values; `write_configs` puts them on disk."""

import json
import secrets
from base64 import b64encode
from collections.abc import Mapping
from pathlib import Path

import yaml

from localcluster.layout import (
    API_PORT,
    CLUSTER_DOMAIN,
    CLUSTER_RANGE,
    CONTAINERD_SOCKET,
    DNS_SERVICE_ADDRESS,
    NODE_ADDRESS,
    NODE_NAME,
    POD_RANGE,
    UNREACHABLE_RESOLVER,
    Layout,
)

PAUSE_IMAGE = "localhost/pause:1"
OPERATOR_NAMESPACE = "addon-updater"

USERS: Mapping[str, tuple[str, str]] = {
    "admin": ("local-admin", "system:masters"),
    # It runs every controller under this one name, so it needs what all of them need.
    "kube-controller-manager": ("system:kube-controller-manager", "system:masters"),
    "kube-scheduler": ("system:kube-scheduler", ""),
    "kube-proxy": ("system:kube-proxy", ""),
    "kubelet": (f"system:node:{NODE_NAME}", "system:nodes"),
}
"""Kubeconfig name -> (user name, group)."""


def audit_policy() -> dict[str, object]:
    """Everything the operator does, every write of anybody, and no read-only noise of the system's own parts."""
    system_users = [USERS[name][0] for name in ("kube-controller-manager", "kube-scheduler", "kube-proxy")]
    reads = ["get", "list", "watch"]
    return {
        "apiVersion": "audit.k8s.io/v1",
        "kind": "Policy",
        "omitStages": ["RequestReceived"],
        "rules": [
            {"level": "Metadata", "userGroups": [f"system:serviceaccounts:{OPERATOR_NAMESPACE}"]},
            {"level": "None", "nonResourceURLs": ["/healthz*", "/livez*", "/readyz*", "/openapi*"]},
            {"level": "None", "users": [*system_users, "system:apiserver"], "verbs": reads},
            {"level": "None", "userGroups": ["system:nodes"], "verbs": reads},
            {"level": "None", "userGroups": ["system:serviceaccounts:kube-system"], "verbs": reads},
            {
                "level": "None",
                "users": ["system:apiserver"],
                "resources": [{"group": "coordination.k8s.io", "resources": ["leases"]}],
            },
            {
                "level": "None",
                "userGroups": ["system:nodes"],
                "resources": [
                    {"group": "coordination.k8s.io", "resources": ["leases"]},
                    {"group": "", "resources": ["nodes/status"]},
                ],
            },
            {"level": "Metadata"},
        ],
    }


def kubelet_config(layout: Layout) -> dict[str, object]:
    """A kubelet that manages no resources: the machine is shared and may know neither cgroup v2 nor swap limits."""
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "authentication": {"anonymous": {"enabled": True}, "webhook": {"enabled": False}},
        "authorization": {"mode": "AlwaysAllow"},
        "cgroupDriver": "cgroupfs",
        "cgroupsPerQOS": False,
        "clusterDNS": [DNS_SERVICE_ADDRESS],
        "clusterDomain": CLUSTER_DOMAIN,
        "containerRuntimeEndpoint": f"unix://{CONTAINERD_SOCKET}",
        "enforceNodeAllocatable": [],
        # A full disk of the host must neither evict pods nor delete images that no registry could bring back.
        "evictionHard": {"memory.available": "0%", "nodefs.available": "0%", "imagefs.available": "0%"},
        "failCgroupV1": False,
        "failSwapOn": False,
        "imageGCHighThresholdPercent": 100,
        "localStorageCapacityIsolation": False,
        "oomScoreAdj": 0,
        "podLogsDir": str(layout.data / "pod-logs"),
        "resolvConf": str(layout.config / "resolv.conf"),
    }


def kube_proxy_config(layout: Layout) -> dict[str, object]:
    return {
        "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
        "kind": "KubeProxyConfiguration",
        "clientConnection": {"kubeconfig": str(layout.kubeconfig_of("kube-proxy"))},
        "clusterCIDR": CLUSTER_RANGE,
        # Connection tracking limits are the host's; a network namespace may not set them.
        "conntrack": {"maxPerCore": 0, "min": 0},
        "hostnameOverride": NODE_NAME,
        "mode": "iptables",
    }


def cni_config(layout: Layout) -> dict[str, object]:
    return {
        "cniVersion": "1.0.0",
        "name": "pods",
        "plugins": [
            {
                "type": "bridge",
                "bridge": "cni0",
                "isDefaultGateway": True,
                "ipMasq": True,
                "hairpinMode": True,
                "ipam": {
                    "type": "host-local",
                    "ranges": [[{"subnet": POD_RANGE}]],
                    "dataDir": str(layout.data / "cni"),
                },
            },
            {"type": "portmap", "capabilities": {"portMappings": True}},
        ],
    }


def containerd_config(layout: Layout, snapshotter: str) -> str:
    return f"""\
version = 3
root = "{layout.data / "containerd"}"
state = "/run/containerd"

[grpc]
  address = "{CONTAINERD_SOCKET}"

[plugins."io.containerd.cri.v1.runtime"]
  restrict_oom_score_adj = true
  disable_apparmor = true

[plugins."io.containerd.cri.v1.runtime".cni]
  bin_dirs = ["/usr/lib/cni"]
  conf_dir = "{layout.config / "cni"}"

[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"
  snapshotter = "{snapshotter}"

[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc.options]
  BinaryName = "/usr/sbin/runc"

[plugins."io.containerd.cri.v1.images"]
  snapshotter = "{snapshotter}"

[plugins."io.containerd.cri.v1.images".pinned_images]
  sandbox = "{PAUSE_IMAGE}"
"""


def kubeconfig(server: str, ca: bytes, token: str) -> dict[str, object]:
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [
            {
                "name": "local",
                "cluster": {"server": server, "certificate-authority-data": b64encode(ca).decode()},
            }
        ],
        "users": [{"name": "local", "user": {"token": token}}],
        "contexts": [{"name": "local", "context": {"cluster": "local", "user": "local"}}],
        "current-context": "local",
    }


def write_configs(layout: Layout, loopback_port: int, snapshotter: str) -> None:
    """Write every configuration file, the token file and the kubeconfigs; the keys must be there already."""
    (layout.config / "cni").mkdir(parents=True, exist_ok=True)
    ca = (layout.keys / "ca.crt").read_bytes()
    tokens = {name: secrets.token_hex(16) for name in USERS}
    rows = [f'{tokens[name]},{user},{user},"{group}"\n' for name, (user, group) in USERS.items()]
    _write_private(layout.keys / "tokens.csv", "".join(rows))
    inside = f"https://{NODE_ADDRESS}:{API_PORT}"
    for name, token in tokens.items():
        _write_private(layout.kubeconfig_of(name), yaml.safe_dump(kubeconfig(inside, ca, token)))
    outside = kubeconfig(f"https://127.0.0.1:{loopback_port}", ca, tokens["admin"])
    _write_private(layout.kubeconfig, yaml.safe_dump(outside))
    (layout.config / "audit-policy.yaml").write_text(yaml.safe_dump(audit_policy()))
    (layout.config / "kubelet.yaml").write_text(yaml.safe_dump(kubelet_config(layout)))
    (layout.config / "kube-proxy.yaml").write_text(yaml.safe_dump(kube_proxy_config(layout)))
    (layout.config / "cni" / "10-pods.conflist").write_text(json.dumps(cni_config(layout)))
    (layout.config / "containerd.toml").write_text(containerd_config(layout, snapshotter))
    # No loopback address here: CoreDNS forwards to it and its loop plugin would stop the server.
    (layout.config / "resolv.conf").write_text(f"nameserver {UNREACHABLE_RESOLVER}\n")


def _write_private(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.write_text(text)
