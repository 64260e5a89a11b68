"""The Go programs of the local cluster: one pinned module per group, so that no group moves another's versions."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from localcluster.errors import UsageError
from localcluster.settings import REPOSITORY

GO_FOLDER = REPOSITORY / "hack" / "go"


@dataclass(frozen=True)
class Group:
    """Programs that are built together.

    `seconds` is the wall time of a cold build on two cores, `disk_mib` what sources, build cache and programs
    take; both measured, both only used to say what to expect.
    """

    name: str
    programs: Mapping[str, str]
    seconds: int
    disk_mib: int
    tags: tuple[str, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)
    default: bool = True
    overlaid: str = ""
    """A module of which the group's folder replaces files, see overlaid.py."""

    source: str = ""
    """The group whose module this one is built from; empty: its own."""

    @property
    def module(self) -> Path:
        return GO_FOLDER / (self.source or self.name)


_KUBERNETES = (
    "kube-apiserver",
    "kube-controller-manager",
    "kube-scheduler",
    "kubectl",
)
_KUBERNETES_NODE = ("kubelet", "kube-proxy")
_KUBERNETES_VERSION = {
    "k8s.io/component-base/version.gitVersion": "v1.37.2",
    "k8s.io/component-base/version.gitMajor": "1",
    "k8s.io/component-base/version.gitMinor": "37",
}
_PROMETHEUS = {name: f"github.com/prometheus/prometheus/cmd/{name}" for name in ("prometheus", "promtool")}
_CONTAINERD = ("containerd", "containerd-shim-runc-v2", "ctr")
COREDNS_VERSIONS = ("1.11.3", "1.12.1", "1.13.1")
PROMETHEUS_VERSIONS = ("2.55.1", "3.13.2")

GROUPS = (
    Group(
        name="kubernetes",
        programs={name: f"k8s.io/kubernetes/cmd/{name}" for name in _KUBERNETES},
        seconds=300,
        disk_mib=5000,
        variables=_KUBERNETES_VERSION,
    ),
    Group(
        name="etcd",
        programs={"etcd": "go.etcd.io/etcd/server/v3"},
        seconds=20,
        disk_mib=400,
    ),
    Group(
        name="containerd",
        programs={name: f"github.com/containerd/containerd/v2/cmd/{name}" for name in _CONTAINERD},
        seconds=55,
        disk_mib=1200,
        tags=("no_btrfs", "no_devmapper", "no_zfs"),
        variables={"github.com/containerd/containerd/v2/version.Version": "v2.4.2"},
    ),
    *(
        Group(
            name=f"coredns-{version}",
            programs={"coredns": "github.com/coredns/coredns"},
            seconds=80,
            disk_mib=1800,
            overlaid="github.com/coredns/coredns",
        )
        for version in COREDNS_VERSIONS
    ),
    Group(
        name="prometheus-2.55.1",
        programs=_PROMETHEUS,
        seconds=85,
        disk_mib=1500,
        variables={"github.com/prometheus/common/version.Version": "2.55.1"},
        overlaid="github.com/prometheus/prometheus",
    ),
    Group(
        name="prometheus-3.13.2",
        programs=_PROMETHEUS,
        seconds=110,
        disk_mib=1500,
        # Of the service discoveries only what is used; 2.55 has no such tags.
        tags=("remove_all_sd", "enable_kubernetes_sd"),
        variables={"github.com/prometheus/common/version.Version": "3.13.2"},
    ),
    # After all that is built by default: what they share with the control plane is compiled by then. kwok is pinned
    # in the module of Kubernetes for that reason alone; its own pins would have the client libraries compiled twice.
    Group(
        name="kwok",
        programs={"kwok": "sigs.k8s.io/kwok/cmd/kwok"},
        seconds=30,
        disk_mib=300,
        source="kubernetes",
    ),
    Group(
        name="kubernetes-node",
        programs={name: f"k8s.io/kubernetes/cmd/{name}" for name in _KUBERNETES_NODE},
        seconds=80,
        disk_mib=500,
        variables=_KUBERNETES_VERSION,
        source="kubernetes",
    ),
    # Only the oracle of version ranges and the benchmark ask for it; its program is the folder itself.
    Group(
        name="semver-ranges",
        programs={"semver-ranges": "addon-updater.dev/hack/semver-ranges"},
        seconds=5,
        disk_mib=50,
        default=False,
    ),
)


def select_groups(names: list[str]) -> tuple[Group, ...]:
    """The named groups in table order; without names, all that belong to a default build.

    Raises:
        UsageError: a name is not in the table.
    """
    known = {group.name: group for group in GROUPS}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise UsageError(f"build: unknown group {', '.join(unknown)}; known are {', '.join(known)}")
    return tuple(group for group in GROUPS if (group.name in names if names else group.default))
