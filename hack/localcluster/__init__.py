"""A real Kubernetes on one Linux machine: a node in namespaces of its own, or a control plane on loopback.

`start_node` and `start_control_plane` start one, `attach` finds one that somebody else started. All give a
`Cluster`; a `Node` is one that runs containers.
"""

from localcluster.cluster import Cluster
from localcluster.coredns import coredns_manifest, install_coredns, reset_coredns
from localcluster.levels import Level
from localcluster.lifecycle import (
    attach,
    attach_node,
    list_clusters,
    list_nodes,
    start_control_plane,
    start_node,
    stop,
)
from localcluster.node import Node

stop_node = stop

__all__ = [
    "Cluster",
    "Level",
    "Node",
    "attach",
    "attach_node",
    "coredns_manifest",
    "install_coredns",
    "list_clusters",
    "list_nodes",
    "reset_coredns",
    "start_control_plane",
    "start_node",
    "stop",
    "stop_node",
]
