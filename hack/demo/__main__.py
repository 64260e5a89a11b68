"""Runs the demo: `make demo`. KEEP=1 leaves the cluster running with a kubeconfig to play with."""

from __future__ import annotations

import os
import sys
import time

from demo.claims import ClaimError
from demo.screen import Screen
from demo.story import Story
from localcluster import start_node, stop_node
from localcluster.errors import LocalClusterError

NAME = "demo"


def main() -> int:
    """Exit code 0 when every claim held."""
    keep = os.environ.get("KEEP", "") not in {"", "0"}
    began = time.monotonic()
    try:
        node = start_node(NAME, kubernetes="1.34")
    except LocalClusterError as error:
        sys.stderr.write(f"demo: {error}\n")
        return 2
    try:
        with Screen() as screen:
            screen.say(f"a real Kubernetes node, started in {time.monotonic() - began:.0f} s")
            story = Story(node, screen)
            story.prepare()
            story.declare()
            story.upgrade_cluster()
            story.bad_release()
            story.read_back()
            last = story.report()
        sys.stdout.write(f"{last}\n")
    except (ClaimError, LocalClusterError) as error:
        sys.stderr.write(f"demo: failed: {error}\n")
        return 1
    else:
        return 0
    finally:
        if keep:
            sys.stdout.write(
                f"the cluster is still running: export KUBECONFIG={node.kubeconfig}\nend it with: hack/cluster stop --name {NAME}\n"
            )
        else:
            stop_node(NAME)


if __name__ == "__main__":
    sys.exit(main())
