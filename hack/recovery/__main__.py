"""Measures on a node of its own, side by side and in turns, and prints medians. It asserts nothing: machines differ.

Controller-manager and scheduler run with a raised API rate (2,000 requests a second each, see
localcluster/components.py): with their defaults a rollout would measure their throttle.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable
from typing import TypeVar

from localcluster import Node, install_coredns, start_node, stop_node
from localcluster.build import build
from localcluster.errors import LocalClusterError
from localcluster.groups import select_groups
from localcluster.images import coredns_image, operator_image
from localcluster.levels import GROUPS_OF, Level
from localcluster.settings import REPOSITORY, current_settings
from localcluster.volumes import namespace
from recovery import dying, going_back
from recovery.cluster_dns import ClusterDns, until
from recovery.figures import compared, spread
from recovery.replicas import NAMESPACE, leader

NODE = "recovery"
T = TypeVar("T")


def main() -> int:
    """Exit code 0 when everything was measured, 1 when something did not come to its end."""
    parser = argparse.ArgumentParser(prog="recovery", description=__doc__, allow_abbrev=False)
    parser.add_argument("--pairs", type=int, default=7, help="rollbacks of each kind and arm (default: 7)")
    parser.add_argument(
        "--deaths", type=int, default=5, help="deaths of the leader of each kind (default: 5)"
    )
    asked = parser.parse_args()
    try:
        node = _node()
        try:
            _measure(ClusterDns(node), asked.pairs, asked.deaths)
        finally:
            stop_node(NODE)
    except (LocalClusterError, TimeoutError) as error:
        print(f"recovery: {error}", file=sys.stderr)
        return 1
    return 0


def _node() -> Node:
    """CoreDNS as kubeadm leaves it, and the operator as it is shipped: two replicas, their own rights."""
    coredns = [f"coredns-{version}" for version in (dying.OLD, dying.NEW)]
    build(current_settings(), select_groups([*GROUPS_OF[Level.NODE], *coredns]), print)
    node = start_node(NODE, kubernetes="1.34")
    node.load_image(coredns_image(dying.NEW))
    node.load_image(operator_image())
    install_coredns(node, dying.OLD)
    node.kubectl("apply", "-f", "-", input=json.dumps(namespace()))
    node.kubectl("apply", "--server-side", "-k", str(REPOSITORY / "hack/demo/overlay"))
    node.kubectl("-n", NAMESPACE, "rollout", "status", "deployment/addon-updater", "--timeout=110s")
    until(lambda: leader(node.api()), "a leader")
    return node


def _measure(dns: ClusterDns, pairs: int, deaths: int) -> None:
    print(
        f"{os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f}, controller-manager and scheduler at 2,000/s"
    )
    print("from 'this version is bad' until the old one serves with every pod and endpoint")
    print("(the operator: since its decision; a person: kubectl rollout undo && kubectl rollout status)")
    for scenario in going_back.SCENARIOS if pairs else ():
        print(f"\na release that {scenario.name}, minReadySeconds {scenario.min_ready_seconds}")
        print("\n".join(compared(going_back.measure(dns, scenario, pairs, _step))))
    if not deaths:
        return
    dns.set_pace(min_ready_seconds=0)
    dns.await_serving(going_back.OLD)
    print(f"\nload average {os.getloadavg()[0]:.1f}")
    print("the leader is killed (SIGKILL) in its rehearsal and started anew by the kubelet")
    resumed = [_told(dying.killed, dns) for _ in range(deaths)]
    print(f"from its death until its start                 {spread([one.starts for one in resumed])}")
    print(f"from its start until its pass over the release {spread([one.looks for one in resumed])}")
    print(f"from its start until the rollout's next step   {spread([one.writes for one in resumed])}")
    print(f"\nthe leader hangs (SIGSTOP) in a rollout; the Lease lasts {dying.LEASE_S:.0f} s")
    taken = [_told(dying.stopped, dns) for _ in range(deaths)]
    print(f"until the other replica holds the Lease {spread([one.since_stop for one in taken])}")
    print(f"counted from the last renewal           {spread([one.since_renewal for one in taken])}")
    print(f"until its pass over the release         {spread([one.looks for one in taken])}")


def _told(measure: Callable[[ClusterDns], T], dns: ClusterDns) -> T:
    found = measure(dns)
    _step(str(found))
    return found


def _step(line: str) -> None:
    print(f"  {line}", file=sys.stderr)


if __name__ == "__main__":
    raise SystemExit(main())
