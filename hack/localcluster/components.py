"""The programs of a cluster, their arguments, and what each waits for. Pure: nothing is started here."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from localcluster.layout import (
    CLUSTER_RANGE,
    CONTAINERD_SOCKET,
    LOOPBACK,
    NODE_ADDRESS,
    NODE_NAME,
    SERVICE_RANGE,
    Layout,
)
from localcluster.levels import Level
from localcluster.spec import Spec

_API_RATE = ("--kube-api-qps=2000", "--kube-api-burst=2000")
VERSIONED = ("kube-apiserver", "kube-controller-manager", "kube-scheduler")
"""The programs that follow `--emulated-version`, in the order of an upgrade."""

_ON_LOOPBACK: Mapping[str, tuple[str, ...]] = {
    # The supervisor holds both servers' ports for as long as the cluster lives; they must agree to share them.
    "etcd": ("--socket-reuse-port",),
    # A loopback address may not stand in an EndpointSlice, so default/kubernetes gets none.
    "kube-apiserver": ("--permit-port-sharing", "--endpoint-reconciler-type=none"),
    # Neither has to serve anything, and no port is no clash.
    "kube-controller-manager": ("--secure-port=0",),
    "kube-scheduler": ("--secure-port=0",),
}
_IN_NAMESPACES: Mapping[str, tuple[str, ...]] = {
    "kube-apiserver": ("--kubelet-preferred-address-types=InternalIP",),
    "kube-controller-manager": ("--allocate-node-cidrs=true", f"--cluster-cidr={CLUSTER_RANGE}"),
}
_OF_LEVEL = {Level.CONTROL_PLANE: _ON_LOOPBACK, Level.NODE: _IN_NAMESPACES}


@dataclass(frozen=True)
class Component:
    """One supervised program. It starts when `after` accepts connections: (address, port) or a socket path."""

    name: str
    argv: tuple[str, ...]
    after: tuple[str, int] | str | None = None
    environment: Mapping[str, str] = field(default_factory=dict)


def api_address(level: Level) -> str:
    """Where the API server of a level listens, seen by the programs of the cluster."""
    return NODE_ADDRESS if level is Level.NODE else LOOPBACK


def components(layout: Layout, spec: Spec) -> dict[str, Component]:
    """All programs of a cluster, in the order of their start."""
    kubelet = _kubelet(layout, spec) if spec.level is Level.NODE else (_kwok(layout, spec),)
    return {component.name: component for component in (*_control_plane(layout, spec), *kubelet)}


def _control_plane(layout: Layout, spec: Spec) -> tuple[Component, ...]:
    """The control plane of both levels.

    The scheduler and the controller-manager get the same emulated version as the server: without it they wait
    for kinds that the emulated server does not have, and pods stay Pending.
    """
    address = api_address(spec.level)
    api = (address, spec.ports.api)
    keys = layout.keys
    etcd = f"http://{LOOPBACK}:{spec.ports.etcd}"
    emulated = f"--emulated-version=kube={spec.kubernetes}"

    def argv(name: str, *arguments: str) -> tuple[str, ...]:
        return (spec.programs[name], *arguments, *_OF_LEVEL[spec.level].get(name, ()))

    def client_of_api(name: str, *arguments: str) -> Component:
        kubeconfig = f"--kubeconfig={layout.kubeconfig_of(name)}"
        return Component(
            name, argv(name, emulated, kubeconfig, "--leader-elect=false", *arguments, *_API_RATE), after=api
        )

    return (
        Component(
            "etcd",
            argv(
                "etcd",
                f"--data-dir={layout.data / 'etcd'}",
                f"--listen-client-urls={etcd}",
                f"--advertise-client-urls={etcd}",
                f"--listen-peer-urls=http://{LOOPBACK}:{spec.ports.etcd_peer}",
                # Killed processes lose nothing by it, only a power cut would; the cluster does not outlive one.
                "--unsafe-no-fsync",
                "--log-level=warn",
            ),
        ),
        Component(
            "kube-apiserver",
            argv(
                "kube-apiserver",
                emulated,
                f"--etcd-servers={etcd}",
                f"--bind-address={address}",
                f"--advertise-address={address}",
                f"--secure-port={spec.ports.api}",
                f"--tls-cert-file={keys / 'apiserver.crt'}",
                f"--tls-private-key-file={keys / 'apiserver.key'}",
                f"--token-auth-file={keys / 'tokens.csv'}",
                "--authorization-mode=Node,RBAC",
                "--service-account-issuer=https://kubernetes.default.svc",
                f"--service-account-key-file={keys / 'sa.pub'}",
                f"--service-account-signing-key-file={keys / 'sa.key'}",
                f"--service-cluster-ip-range={SERVICE_RANGE}",
                "--allow-privileged=true",
                f"--audit-policy-file={layout.config / 'audit-policy.yaml'}",
                f"--audit-log-path={layout.audit_log}",
                # Megabytes. It is read as one file; without a word it would begin anew after a hundred.
                "--audit-log-maxsize=10000",
                "--profiling=false",
            ),
            after=(LOOPBACK, spec.ports.etcd),
        ),
        client_of_api(
            "kube-controller-manager",
            f"--root-ca-file={keys / 'ca.crt'}",
            f"--service-account-private-key-file={keys / 'sa.key'}",
            "--use-service-account-credentials=false",
            f"--service-cluster-ip-range={SERVICE_RANGE}",
        ),
        client_of_api("kube-scheduler"),
    )


def _kubelet(layout: Layout, spec: Spec) -> tuple[Component, ...]:
    """What makes a node: containers, their kubelet, the rules behind Service addresses."""
    return (
        Component(
            "containerd",
            (
                spec.programs["containerd"],
                f"--config={layout.config / 'containerd.toml'}",
                "--log-level=info",
            ),
        ),
        Component(
            "kubelet",
            (
                spec.programs["kubelet"],
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
            (spec.programs["kube-proxy"], f"--config={layout.config / 'kube-proxy.yaml'}"),
            after=(NODE_ADDRESS, spec.ports.api),
        ),
    )


def _kwok(layout: Layout, spec: Spec) -> Component:
    """What plays the kubelet of every node object; its stages say what becomes of a pod."""
    return Component(
        "kwok",
        (
            spec.programs["kwok"],
            f"--kubeconfig={layout.kubeconfig_of('kwok')}",
            f"--config={layout.config / 'stages.yaml'}",
            "--manage-all-nodes=true",
            "--node-lease-duration-seconds=40",
            f"--cidr={CLUSTER_RANGE}",
        ),
        after=(LOOPBACK, spec.ports.api),
    )
