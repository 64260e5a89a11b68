"""The configuration files of what makes a node, as plain values; `write_configs` puts them on disk."""

import json

import yaml

from localcluster.layout import (
    CLUSTER_DOMAIN,
    CLUSTER_RANGE,
    CONTAINERD_SOCKET,
    DNS_SERVICE_ADDRESS,
    NODE_NAME,
    POD_RANGE,
    UNREACHABLE_RESOLVER,
    Layout,
)

PAUSE_IMAGE = "localhost/pause:1"


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


def write_configs(layout: Layout, snapshotter: str) -> None:
    """Write the configuration file of every program that only a node has."""
    (layout.config / "cni").mkdir(parents=True, exist_ok=True)
    (layout.config / "kubelet.yaml").write_text(yaml.safe_dump(kubelet_config(layout)))
    (layout.config / "kube-proxy.yaml").write_text(yaml.safe_dump(kube_proxy_config(layout)))
    (layout.config / "cni" / "10-pods.conflist").write_text(json.dumps(cni_config(layout)))
    (layout.config / "containerd.toml").write_text(containerd_config(layout, snapshotter))
    # No loopback address here: CoreDNS forwards to it and its loop plugin would stop the server.
    (layout.config / "resolv.conf").write_text(f"nameserver {UNREACHABLE_RESOLVER}\n")
