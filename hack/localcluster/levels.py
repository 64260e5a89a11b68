"""The two levels of a local cluster: which programs each consists of, and which one somebody gets unasked."""

from enum import StrEnum


class Level(StrEnum):
    """How real a local cluster is."""

    NODE = "node"
    """Kubelet, containers and Service addresses, in namespaces of its own: needs root."""
    CONTROL_PLANE = "control-plane"
    """The control plane on loopback; kwok plays the kubelet, no container runs. Needs no root."""


GROUPS_OF = {
    Level.NODE: ("kubernetes", "kubernetes-node", "etcd", "containerd"),
    Level.CONTROL_PLANE: ("kubernetes", "etcd", "kwok"),
}
"""Groups of programs that a cluster of a level is made of."""


def default_level(user_id: int) -> Level:
    """What the user of that number can start at most."""
    return Level.NODE if user_id == 0 else Level.CONTROL_PLANE
