"""Runs the demo: `make demo`. The level is the user's own, as of hack/cluster; LEVEL says another.

KEEP=1 leaves the cluster running with a kubeconfig to play with.
"""

from __future__ import annotations

import os
import sys
import time

from demo import building
from demo.claims import ClaimError
from demo.ending import read_back, report
from demo.on_control_plane import WARNING, PlayedStory
from demo.on_node import NodeStory
from demo.screen import Screen
from demo.story import Story
from localcluster import Cluster, Level, Node, stop
from localcluster.errors import LocalClusterError, UsageError
from localcluster.levels import default_level
from localcluster.lifecycle import require_rights, start

NAME = "demo"


def main() -> int:
    """Exit code 0 when every claim held, 1 when one did not, 2 when the demo could not begin."""
    try:
        level = _level(os.environ.get("LEVEL", ""))
        require_rights(level)
        building.prepare(level)
        began = time.monotonic()
        cluster = start(level, NAME, kubernetes="1.34")
    except LocalClusterError as error:
        sys.stderr.write(f"demo: {error}\n")
        return 2
    try:
        with Screen() as screen:
            last = _tell(cluster, screen, time.monotonic() - began)
        sys.stdout.write(f"{last}\n")
    except (ClaimError, LocalClusterError) as error:
        sys.stderr.write(f"demo: failed: {error}\n")
        return 1
    except KeyboardInterrupt:
        return 130
    else:
        return 0
    finally:
        _leave(cluster)


def _level(asked: str) -> Level:
    """The level asked for, or the user's own.

    Raises:
        UsageError: there is no such level.
    """
    try:
        return Level(asked) if asked else default_level(os.geteuid())
    except ValueError as error:
        raise UsageError(f"LEVEL: {asked!r} is none of {', '.join(Level)}") from error


def _tell(cluster: Cluster, screen: Screen, took: float) -> str:
    story = _story(cluster, screen)
    screen.say(f"a real Kubernetes {story.is_a}, started in {took:.0f} s")
    story.prepare()
    story.declare()
    story.upgrade_cluster()
    story.bad_release()
    read_back(story)
    return report(story)


def _story(cluster: Cluster, screen: Screen) -> Story:
    if isinstance(cluster, Node):
        return NodeStory(cluster, screen)
    for line in WARNING:
        screen.console.print(line)
    return PlayedStory(cluster, screen)


def _leave(cluster: Cluster) -> None:
    if os.environ.get("KEEP", "") in {"", "0"}:
        stop(NAME)
        return
    sys.stdout.write(
        f"the cluster is still running: export KUBECONFIG={cluster.kubeconfig}\n"
        f"end it with: hack/cluster stop --name {NAME}\n"
    )


if __name__ == "__main__":
    sys.exit(main())
