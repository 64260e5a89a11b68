"""The programs of a node, their arguments, and what each waits for. Pure: nothing is started here."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from localcluster.layout import (
    API_PORT,
    CLUSTER_RANGE,
    CONTAINERD_SOCKET,
    NODE_ADDRESS,
    NODE_NAME,
    SERVICE_RANGE,
    Layout,
)

ETCD_PORT = 2379
_API_RATE = ("--kube-api-qps=2000", "--kube-api-burst=2000")
VERSIONED = ("kube-apiserver", "kube-controller-manager", "kube-scheduler")
"""The programs that follow `--emulated-version`, in the order of an upgrade."""


@dataclass(frozen=True)
class Component:
    """One supervised program. It starts when `after` accepts connections: (address, port) or a socket path."""

    name: str
    argv: tuple[str, ...]
    after: tuple[str, int] | str | None = None
    environment: Mapping[str, str] = field(default_factory=dict)


def components(layout: Layout, programs: Mapping[str, str], minor: str) -> dict[str, Component]:
    """All programs of a node that speaks Kubernetes `minor`.

    The scheduler and the controller-manager get the same emulated version as the server: without it they wait
    for kinds that the emulated server does not have, and pods stay Pending.
    """
    api = (NODE_ADDRESS, API_PORT)
    emulated = f"--emulated-version=kube={minor}"
    keys = layout.keys
    table = (
        Component(
            "etcd",
            (
                programs["etcd"],
                f"--data-dir={layout.data / 'etcd'}",
                f"--listen-client-urls=http://127.0.0.1:{ETCD_PORT}",
                f"--advertise-client-urls=http://127.0.0.1:{ETCD_PORT}",
                "--listen-peer-urls=http://127.0.0.1:2380",
                # Killed processes lose nothing by it, only a power cut would; the node does not outlive one.
                "--unsafe-no-fsync",
                "--log-level=warn",
            ),
        ),
        Component(
            "kube-apiserver",
            (
                programs["kube-apiserver"],
                emulated,
                f"--etcd-servers=http://127.0.0.1:{ETCD_PORT}",
                f"--bind-address={NODE_ADDRESS}",
                f"--advertise-address={NODE_ADDRESS}",
                f"--secure-port={API_PORT}",
                f"--tls-cert-file={keys / 'apiserver.crt'}",
                f"--tls-private-key-file={keys / 'apiserver.key'}",
                f"--token-auth-file={keys / 'tokens.csv'}",
                "--authorization-mode=Node,RBAC",
                "--service-account-issuer=https://kubernetes.default.svc",
                f"--service-account-key-file={keys / 'sa.pub'}",
                f"--service-account-signing-key-file={keys / 'sa.key'}",
                f"--service-cluster-ip-range={SERVICE_RANGE}",
                "--allow-privileged=true",
                "--kubelet-preferred-address-types=InternalIP",
                f"--audit-policy-file={layout.config / 'audit-policy.yaml'}",
                f"--audit-log-path={layout.audit_log}",
                "--profiling=false",
            ),
            after=("127.0.0.1", ETCD_PORT),
        ),
        Component(
            "kube-controller-manager",
            (
                programs["kube-controller-manager"],
                emulated,
                f"--kubeconfig={layout.kubeconfig_of('kube-controller-manager')}",
                "--leader-elect=false",
                f"--root-ca-file={keys / 'ca.crt'}",
                f"--service-account-private-key-file={keys / 'sa.key'}",
                "--use-service-account-credentials=false",
                "--allocate-node-cidrs=true",
                f"--cluster-cidr={CLUSTER_RANGE}",
                f"--service-cluster-ip-range={SERVICE_RANGE}",
                *_API_RATE,
            ),
            after=api,
        ),
        Component(
            "kube-scheduler",
            (
                programs["kube-scheduler"],
                emulated,
                f"--kubeconfig={layout.kubeconfig_of('kube-scheduler')}",
                "--leader-elect=false",
                *_API_RATE,
            ),
            after=api,
        ),
        Component(
            "containerd",
            (programs["containerd"], f"--config={layout.config / 'containerd.toml'}", "--log-level=info"),
        ),
        Component(
            "kubelet",
            (
                programs["kubelet"],
                f"--config={layout.config / 'kubelet.yaml'}",
                f"--kubeconfig={layout.kubeconfig_of('kubelet')}",
                f"--hostname-override={NODE_NAME}",
                f"--node-ip={NODE_ADDRESS}",
                "--root-dir=/var/lib/kubelet",
            ),
            after=CONTAINERD_SOCKET,
        ),
        Component(
            "kube-proxy",
            (programs["kube-proxy"], f"--config={layout.config / 'kube-proxy.yaml'}"),
            after=api,
        ),
    )
    return {component.name: component for component in table}
