"""The death of the leader in the middle of a rollout: how soon it is back, or another one is there."""

from __future__ import annotations

import signal
from dataclasses import dataclass
from typing import Final

from recovery.cluster_dns import ClusterDns, now, until
from recovery.replicas import NAMESPACE, Requests, leader, process_of, renewed_at, send

OLD: Final = "1.11.3"
NEW: Final = "1.12.1"
LEASE_S: Final = 15.0
"""The Lease's duration: cluster/lease.py."""


@dataclass(frozen=True)
class Resumed:
    """Seconds from the death of the leader's process until its new start, and from there until the rollout goes on.

    A leader that takes longer than the Lease to come back finds another one at its work.
    """

    starts: float
    looks: float
    writes: float


@dataclass(frozen=True)
class TakenOver:
    """Seconds until another replica holds the Lease of one that has stopped, and looks at the release."""

    since_stop: float
    since_renewal: float
    looks: float


def killed(dns: ClusterDns) -> Resumed:
    """SIGKILL while the rehearsal runs; the kubelet starts the container anew, under the same name."""
    pod = until(lambda: leader(dns.api), "a leader")
    requests = Requests(dns.node)
    _begin(dns)
    until(dns.rehearses, "the rehearsal")
    old, died = send(pod, signal.SIGKILL), now()
    until(lambda: process_of(pod) not in {None, old}, f"the new start of {pod}")
    started = now()
    looks = until(lambda: requests.first_look(died), "a pass over the release", pause=0.2)
    writes = until(lambda: requests.first_write(died), "the next step", pause=0.2)
    _end(dns)
    _put_anew(dns, pod)
    return Resumed(
        (started - died).total_seconds(),
        (looks - started).total_seconds(),
        (writes - started).total_seconds(),
    )


def stopped(dns: ClusterDns) -> TakenOver:
    """SIGSTOP, as when a node hangs: nobody hands the Lease over, and nobody starts the leader anew."""
    pod = until(lambda: leader(dns.api), "a leader")
    requests = Requests(dns.node)
    _begin(dns)
    dns.await_image(NEW)
    send(pod, signal.SIGSTOP)
    at, renewed = now(), renewed_at(dns.api)
    other = until(lambda: {leader(dns.api)} - {pod, ""}, "another leader").pop()
    held = now()
    looks = until(lambda: requests.first_look(at, other), "its pass over the release", pause=0.2)
    send(pod, signal.SIGKILL)
    _end(dns)
    _put_anew(dns, pod)
    return TakenOver(
        (held - at).total_seconds(), (held - renewed).total_seconds(), (looks - at).total_seconds()
    )


def _begin(dns: ClusterDns) -> None:
    """A good release is to be had."""
    dns.declare((OLD, NEW), minReadySeconds=3, soak="5s")


def _end(dns: ClusterDns) -> None:
    """The rollout that was disturbed has ended well; the old version is put back for the next one."""
    until(lambda: dns.is_idle_at(NEW), f"{NEW} to be promoted")
    dns.forget()
    dns.set_image(OLD)
    dns.await_serving(OLD)


def _put_anew(dns: ClusterDns, pod: str) -> None:
    """A fresh pod in place of that one: the kubelet makes a container wait that dies again and again."""
    dns.node.kubectl("-n", NAMESPACE, "delete", "pod", pod)
    dns.node.kubectl("-n", NAMESPACE, "rollout", "status", "deployment/addon-updater", "--timeout=110s")
