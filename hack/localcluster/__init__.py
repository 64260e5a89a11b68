"""A real Kubernetes node on one Linux machine, in namespaces of its own.

`start_node` starts it, `attach_node` finds one that somebody else started; both give a `Node`.
"""

from localcluster.coredns import coredns_manifest, install_coredns, reset_coredns
from localcluster.lifecycle import attach_node, list_nodes, start_node, stop_node
from localcluster.node import Node

__all__ = [
    "Node",
    "attach_node",
    "coredns_manifest",
    "install_coredns",
    "list_nodes",
    "reset_coredns",
    "start_node",
    "stop_node",
]
