"""Starting, finding and listing clusters."""

import json
import os
import time
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import cast

from localcluster.api import ApiReader
from localcluster.build import required_programs
from localcluster.cluster import Cluster
from localcluster.errors import MissingRequirementError, NodeError, UsageError
from localcluster.images import busybox_image, pause_image
from localcluster.kwok import fake_node
from localcluster.launch import launch
from localcluster.layout import NODE_NAME, Layout
from localcluster.levels import GROUPS_OF, Level
from localcluster.locks import node_lock
from localcluster.node import Node
from localcluster.processes import clean, find_supervisor
from localcluster.settings import Settings, current_settings
from localcluster.spec import read_spec
from localcluster.versions import parse_minor


def _layout(name: str, state_dir: Path | None, settings: Settings) -> Layout:
    if not name.replace("-", "").isalnum():
        raise UsageError(f"--name: {name!r} may hold letters, digits and hyphens only")
    return Layout((state_dir or settings.state_root / name).absolute())


def start_node(name: str, *, kubernetes: str, state_dir: Path | None = None, reuse: bool = False) -> Node:
    """Start a node and wait until it is Ready: `start` at the node level.

    Raises:
        MissingRequirementError: not root; and as `start`.
    """
    started = start(Level.NODE, name, kubernetes=kubernetes, state_dir=state_dir, reuse=reuse)
    return cast("Node", started)


def start_control_plane(
    name: str, *, kubernetes: str, state_dir: Path | None = None, reuse: bool = False
) -> Cluster:
    """Start a control plane on loopback, for which nobody needs root: `start` at that level.

    Raises:
        UsageError: as `start`.
    """
    return start(Level.CONTROL_PLANE, name, kubernetes=kubernetes, state_dir=state_dir, reuse=reuse)


def start(
    level: Level, name: str, *, kubernetes: str, state_dir: Path | None = None, reuse: bool = False
) -> Cluster:
    """Start a cluster and wait until its node is Ready; one of that name, dead or alive, is removed first.

    With `reuse`, a living cluster of the same level and minor is returned as it is.

    Raises:
        UsageError: wrong name, minor or folder.
        MissingRequirementError: a node without root, or programs that are not built.
        NodeError: it did not become ready in time.
    """
    minor = parse_minor(kubernetes)
    settings = current_settings()
    layout = _layout(name, state_dir, settings)
    layout.check(level)
    require_rights(level)
    _remove_dead_clusters()
    with node_lock(layout):
        if reuse and _is_living(layout, level, minor):
            return _cluster(name, layout)
        clean(layout)
        launch(layout, level, minor, required_programs(settings, GROUPS_OF[level]), name)
        cluster = _cluster(name, layout)
        _await_ready(cluster)
    return cluster


def require_rights(level: Level) -> None:
    """Check that this user may start a cluster of the level.

    Raises:
        MissingRequirementError: a node without root.
    """
    if level is Level.NODE and os.geteuid() != 0:
        raise MissingRequirementError(
            "start: a node needs root; run it with sudo, in a container as root, or with --level control-plane"
        )


def attach(name: str, state_dir: Path | None = None) -> Cluster:
    """A living cluster that somebody else started.

    Raises:
        UsageError: no such cluster lives.
    """
    layout = _layout(name, state_dir, current_settings())
    if find_supervisor(layout) is None:
        raise UsageError(f"no cluster {name} lives in {layout.root}; start it first")
    return _cluster(name, layout)


def attach_node(name: str, state_dir: Path | None = None) -> Node:
    """A living node that somebody else started.

    Raises:
        UsageError: no such node lives.
    """
    cluster = attach(name, state_dir)
    if not isinstance(cluster, Node):
        raise UsageError(f"cluster {name} in {cluster.state_dir} is no node but a {cluster.level}")
    return cluster


def stop(name: str, state_dir: Path | None = None) -> None:
    """End a cluster and remove all it left, whoever started it; fine when there is none."""
    layout = _layout(name, state_dir, current_settings())
    with node_lock(layout):
        clean(layout)


def list_clusters() -> list[tuple[str, Level, bool]]:
    """Names of the clusters in the state folder, the level of each, and whether it lives."""
    root = current_settings().state_root
    specs = sorted(root.glob("*/cluster.json")) if root.is_dir() else []
    return [
        (path.parent.name, read_spec(path).level, find_supervisor(Layout(path.parent)) is not None)
        for path in specs
    ]


def list_nodes() -> list[tuple[str, bool]]:
    """Names of the nodes in the state folder, and whether each lives."""
    return [(name, lives) for name, level, lives in list_clusters() if level is Level.NODE]


def _cluster(name: str, layout: Layout) -> Cluster:
    cluster = Cluster(name, layout)
    return Node(name, layout) if cluster.level is Level.NODE else cluster


def _is_living(layout: Layout, level: Level, minor: str) -> bool:
    if find_supervisor(layout) is None:
        return False
    spec = read_spec(layout.spec)
    return (spec.level, spec.kubernetes) == (level, minor)


def _remove_dead_clusters() -> None:
    """Remove what clusters left that a reboot or a SIGKILL ended."""
    for name, _, lives in list_clusters():
        if not lives:
            stale = _layout(name, None, current_settings())
            # Whoever holds the lock is starting or removing it right now.
            with suppress(BlockingIOError), node_lock(stale, wait=False):
                if find_supervisor(stale) is None:
                    clean(stale)


def _await_ready(cluster: Cluster) -> None:
    api = cluster.api()
    try:
        _await_supervisor(cluster)
        cluster.wait("the API server", lambda: api.text("/readyz") == "ok")
        if not isinstance(cluster, Node):
            cluster.kubectl("create", "-f", "-", input=json.dumps(fake_node(cluster.kubernetes)))
        cluster.wait("the kubelet", partial(_node_is_ready, api))
        cluster.wait(
            "the default ServiceAccount",
            lambda: api.document("/api/v1/namespaces/default/serviceaccounts/default") is not None,
        )
        if isinstance(cluster, Node):
            for image in (pause_image(), busybox_image()):
                cluster.load_image(image)
    except NodeError as error:
        raise NodeError(f"{error}\n{_last_words(cluster.layout)}") from error


def _node_is_ready(api: ApiReader) -> bool:
    document = api.document(f"/api/v1/nodes/{NODE_NAME}")
    conditions = document["status"].get("conditions", []) if document else []
    return any(item["type"] == "Ready" and item["status"] == "True" for item in conditions)


def _await_supervisor(cluster: Cluster, timeout: float = 20.0) -> None:
    deadline = time.monotonic() + timeout
    while not cluster.layout.control_socket.exists():
        if time.monotonic() > deadline:
            raise NodeError(f"cluster {cluster.name}: its supervisor did not start within {timeout:.0f} s")
        time.sleep(0.05)


def _last_words(layout: Layout) -> str:
    """The end of every log that has one: the first thing anybody would look at."""
    texts = []
    for path in sorted(layout.logs.glob("*.log")):
        lines = path.read_text(errors="replace").splitlines()[-3:]
        texts += [f"{path.name}: {line}" for line in lines]
    return "\n".join(texts)
