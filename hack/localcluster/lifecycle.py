"""Starting, finding and listing nodes."""

import json
import os
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from localcluster.build import required_programs
from localcluster.configs import write_configs
from localcluster.errors import MissingRequirementError, NodeError, UsageError
from localcluster.images import busybox_image, pause_image
from localcluster.keys import write_keys
from localcluster.layout import NODE_NAME, Layout
from localcluster.locks import node_lock
from localcluster.node import Node, own_environment
from localcluster.overlay import can_overlay
from localcluster.processes import clean, find_init
from localcluster.settings import Settings, current_settings
from localcluster.versions import parse_minor

NODE_GROUPS = ("kubernetes", "etcd", "containerd")


def _layout(name: str, state_dir: Path | None, settings: Settings) -> Layout:
    if not name.replace("-", "").isalnum():
        raise UsageError(f"--name: {name!r} may hold letters, digits and hyphens only")
    return Layout((state_dir or settings.state_root / name).absolute())


def start_node(name: str, *, kubernetes: str, state_dir: Path | None = None, reuse: bool = False) -> Node:
    """Start a node and wait until it is Ready; a node of that name, dead or alive, is removed first.

    With `reuse`, a living node of the same minor is returned as it is.

    Raises:
        UsageError: wrong name, minor or folder.
        MissingRequirementError: not root, or programs that are not built.
        NodeError: it did not become ready in time.
    """
    minor = parse_minor(kubernetes)
    settings = current_settings()
    layout = _layout(name, state_dir, settings)
    layout.check()
    if os.geteuid() != 0:
        raise MissingRequirementError("start: a node needs root; run it with sudo, or in a container as root")
    _remove_dead_nodes()
    with node_lock(layout):
        node = Node(name, layout)
        if reuse and find_init(layout) is not None and node.kubernetes == minor:
            return node
        clean(layout)
        _launch(layout, minor, required_programs(settings, NODE_GROUPS), name)
        _await_ready(node)
    return node


def attach_node(name: str, state_dir: Path | None = None) -> Node:
    """A living node that somebody else started.

    Raises:
        UsageError: no such node lives.
    """
    layout = _layout(name, state_dir, current_settings())
    if find_init(layout) is None:
        raise UsageError(f"no node {name} lives in {layout.root}; start it first")
    return Node(name, layout)


def stop_node(name: str, state_dir: Path | None = None) -> None:
    """End a node and remove all it left, whoever started it; fine when there is none."""
    layout = _layout(name, state_dir, current_settings())
    with node_lock(layout):
        clean(layout)


def list_nodes() -> list[tuple[str, bool]]:
    """Names of the nodes in the state folder, and whether each lives."""
    root = current_settings().state_root
    specs = sorted(root.glob("*/node.json")) if root.is_dir() else []
    return [(spec.parent.name, find_init(Layout(spec.parent)) is not None) for spec in specs]


def _remove_dead_nodes() -> None:
    """Remove what nodes left that a reboot or a SIGKILL ended."""
    for name, lives in list_nodes():
        if not lives:
            stale = _layout(name, None, current_settings())
            # Whoever holds the lock is starting or removing it right now.
            with suppress(BlockingIOError), node_lock(stale, wait=False):
                if find_init(stale) is None:
                    clean(stale)


def _launch(layout: Layout, minor: str, programs: dict[str, str], name: str) -> None:
    for folder in (layout.logs, layout.config, layout.data / "etcd"):
        folder.mkdir(mode=0o700, parents=True)
    write_keys(layout.keys)
    snapshotter = "overlayfs" if can_overlay(layout.data) else "native"
    spec = {"name": name, "kubernetes": minor, "programs": programs, "snapshotter": snapshotter}
    layout.spec.write_text(json.dumps(spec, indent=2))
    with socket.create_server(("127.0.0.1", 0), backlog=256) as listener:
        listener.set_inheritable(True)
        write_configs(layout, listener.getsockname()[1], snapshotter)
        supervisor = [
            sys.executable,
            "-m",
            "localcluster.supervisor",
            str(layout.root),
            str(listener.fileno()),
        ]
        isolation = ["--net", "--mount", "--pid", "--fork", "--mount-proc", "--propagation", "private"]
        with (layout.logs / "supervisor.log").open("ab") as log:
            # The extra fork makes the node nobody's child here: it outlives its starter and leaves no zombie.
            subprocess.run(
                ["setsid", "--fork", "unshare", *isolation, *supervisor],
                check=True,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=(listener.fileno(),),
                cwd="/",
                env=own_environment(),
            )


def _await_ready(node: Node) -> None:
    api = node.api()

    def node_is_ready() -> bool:
        document = api.document(f"/api/v1/nodes/{NODE_NAME}")
        conditions = document["status"].get("conditions", []) if document else []
        return any(item["type"] == "Ready" and item["status"] == "True" for item in conditions)

    try:
        _await_supervisor(node)
        node.wait("the API server", lambda: api.text("/readyz") == "ok")
        node.wait("the kubelet", node_is_ready)
        node.wait(
            "the default ServiceAccount",
            lambda: api.document("/api/v1/namespaces/default/serviceaccounts/default") is not None,
        )
        for image in (pause_image(), busybox_image()):
            node.load_image(image)
    except NodeError as error:
        raise NodeError(f"{error}\n{_last_words(node.layout)}") from error


def _await_supervisor(node: Node, timeout: float = 20.0) -> None:
    deadline = time.monotonic() + timeout
    while not node.layout.control_socket.exists():
        if time.monotonic() > deadline:
            raise NodeError(f"node {node.name}: its namespaces were not made within {timeout:.0f} s")
        time.sleep(0.05)


def _last_words(layout: Layout) -> str:
    """The end of every log that has one: the first thing anybody would look at."""
    texts = []
    for path in sorted(layout.logs.glob("*.log")):
        lines = path.read_text(errors="replace").splitlines()[-3:]
        texts += [f"{path.name}: {line}" for line in lines]
    return "\n".join(texts)
