"""A running node: a cluster in namespaces of its own, with a kubelet and real containers."""

import os
from pathlib import Path

from localcluster.cluster import COMMAND_TIMEOUT, Cluster, ComponentHandle, own_environment
from localcluster.errors import NodeError
from localcluster.layout import CONTAINERD_SOCKET
from localcluster.processes import find_supervisor

__all__ = ["COMMAND_TIMEOUT", "ComponentHandle", "Node", "own_environment"]


class Node(Cluster):
    """A node made by `start_node` or found by `attach_node`; commands run inside its namespaces."""

    def load_image(self, tar: Path) -> None:
        """Import an OCI archive into the node's containerd, under the names the archive carries."""
        self.run(
            [
                self.spec.programs["ctr"],
                f"--address={CONTAINERD_SOCKET}",
                "--namespace=k8s.io",
                "images",
                "import",
                f"--snapshotter={self.spec.snapshotter}",
                str(tar),
            ]
        )

    def _enter(self, *namespaces: str) -> list[str]:
        init = find_supervisor(self.layout)
        if init is None:
            raise NodeError(f"node {self.name} does not live; start it again")
        folder = f"--wd={os.getcwd()}"  # noqa: PTH109 - must not resolve links
        return ["nsenter", f"--target={init}", "--net", "--mount", *namespaces, folder, "--"]
