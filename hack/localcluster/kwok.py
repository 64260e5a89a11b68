"""The fake part of a control plane: one node object, and what kwok makes of nodes and pods.

No container runs. What becomes of a pod is decided by the tag of its first container's image: the stages say how.
"""

from collections.abc import Mapping
from pathlib import Path

from localcluster.layout import NODE_NAME, Layout

STAGES = Path(__file__).parent / "stages"
FATES: Mapping[str, str] = {
    "slow": "ready after 20 s",
    "never-ready": "runs, never ready",
    "crash": "ends after a second, again and again",
    "oom": "ends after a second for lack of memory, again and again",
    "ready-then-fails": "ready, ends after 8 s, again and again",
    "unpullable": "ImagePullBackOff",
}
"""Ends of an image tag that stand for trouble -> what becomes of the pod; any other is ready at once."""


def write_stages(layout: Layout) -> None:
    """Write the one file of Stage documents that kwok reads."""
    documents = [path.read_text() for path in sorted(STAGES.glob("*.yaml"))]
    (layout.config / "stages.yaml").write_text("---\n".join(documents))


def fake_node(minor: str) -> dict[str, object]:
    """The node that kwok plays the kubelet of: room for a whole test, and a kubelet of the cluster's minor."""
    room = {"cpu": "1000", "memory": "1Ti", "pods": "10000"}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": NODE_NAME,
            "labels": {
                "kubernetes.io/hostname": NODE_NAME,
                "kubernetes.io/os": "linux",
                "node.kubernetes.io/instance-type": "kwok",
            },
        },
        "status": {
            "capacity": room,
            "allocatable": room,
            "nodeInfo": {
                "architecture": "amd64",
                "bootID": "",
                "containerRuntimeVersion": "kwok",
                "kernelVersion": "kwok",
                "kubeProxyVersion": f"v{minor}.0",
                "kubeletVersion": f"v{minor}.0",
                "machineID": "",
                "operatingSystem": "linux",
                "osImage": "kwok",
                "systemUUID": "",
            },
        },
    }
