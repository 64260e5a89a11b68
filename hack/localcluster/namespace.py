"""What the node's own network and mount namespaces hold. Runs as root inside them, before anything else."""

import subprocess
from pathlib import Path

from localcluster.layout import NODE_ADDRESS, UNREACHABLE_RESOLVER, UNUSED_GATEWAY, Layout

_LINKS = (
    "link set lo up",
    "link add eth0 type veth peer name eth0-peer",
    "link set eth0-peer up",
    f"addr add {NODE_ADDRESS}/24 dev eth0",
    "link set eth0 up",
    # Nobody answers there; but without a default route Service addresses are "network unreachable".
    f"route add default via {UNUSED_GATEWAY}",
    # "Prohibit" and not "unreachable": only this answer ends a pod's waiting UDP read.
    f"route add prohibit {UNREACHABLE_RESOLVER}",
)

_SYSCTLS = {
    "net/ipv4/ip_forward": "1",
    # Every refused packet gets its answer, not one a second.
    "net/ipv4/icmp_ratelimit": "0",
    # Traffic between pods of one bridge must pass the Service rules as well.
    "net/bridge/bridge-nf-call-iptables": "1",
}


def prepare_namespaces(layout: Layout) -> None:
    """Give the namespaces their network and folders; nothing of it is visible outside or outlives them."""
    for arguments in _LINKS:
        subprocess.run(["ip", *arguments.split()], check=True)
    for name, value in _SYSCTLS.items():
        path = Path("/proc/sys") / name
        if path.exists():
            path.write_text(value)
    _mount("-t", "tmpfs", "-o", "mode=755", "tmpfs", "/run")
    for target in ("/var/lib/kubelet", "/var/log/containers", "/opt/cni"):
        source = layout.data / "mounts" / target.strip("/").replace("/", "-")
        source.mkdir(parents=True, exist_ok=True)
        Path(target).mkdir(parents=True, exist_ok=True)
        _mount("--bind", str(source), target)
    _mount("--bind", str(layout.config / "resolv.conf"), str(Path("/etc/resolv.conf").resolve()))


def _mount(*arguments: str) -> None:
    subprocess.run(["mount", *arguments], check=True)
