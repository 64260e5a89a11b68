"""The way back from a bad release, by the operator and by a person, in turns on the same Deployment."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from localcluster.images import Fault, coredns_fault_images
from recovery.cluster_dns import ClusterDns, now, until
from recovery.figures import Back, Pair

OLD: Final = "1.11.3"
_HEALTHY_S: Final = 12.0
"""How long the bad releases do well: longer than a rehearsal and a rollout take."""


@dataclass(frozen=True)
class Scenario:
    """A way in which a release is bad. `min_ready_seconds` is the Deployment's own, in both arms."""

    name: str
    version: str
    mode: str
    min_ready_seconds: int
    is_rolled_out: bool
    """Whether it is complete before it goes bad."""


SCENARIOS: Final = (
    Scenario("answers SERVFAIL once it is rolled out", "1.11.91", "servfail-after", 0, is_rolled_out=True),
    Scenario("crashes in its minReadySeconds", "1.11.92", "crash-after", 15, is_rolled_out=False),
)


def measure(dns: ClusterDns, scenario: Scenario, pairs: int, tell: Callable[[str], None]) -> list[Pair]:
    """As many pairs of both arms; the one that begins takes turns."""
    faults = [(scenario.version, Fault(scenario.mode, _HEALTHY_S))]
    dns.node.load_image(coredns_fault_images(faults, OLD))
    dns.set_pace(min_ready_seconds=scenario.min_ready_seconds)
    dns.await_serving(OLD)
    arms = {"operator": by_operator, "kubectl": by_kubectl}
    taken: list[Pair] = []
    for turn in range(pairs):
        order = sorted(arms, reverse=turn % 2 == 0)
        ways = {name: arms[name](dns, scenario) for name in order}
        taken.append(Pair(**ways))
        tell("; ".join(f"{name} {way}" for name, way in ways.items()))
    return taken


def by_operator(dns: ClusterDns, scenario: Scenario) -> Back:
    """From the operator's decision on."""
    dns.offer(scenario.version)
    dns.declare(
        (OLD, scenario.version), minReadySeconds=scenario.min_ready_seconds, soak="10m", progressDeadline="2m"
    )
    known = until(dns.decided_at, f"the operator to give {scenario.version} up")
    told = dns.await_image(OLD)
    serving = _serving(dns)
    until(lambda: dns.is_idle_at(OLD), "the operator to be done")
    dns.forget()
    return Back((told - known).total_seconds(), (serving - known).total_seconds())


def by_kubectl(dns: ClusterDns, scenario: Scenario) -> Back:
    """From the start of a person's `kubectl rollout undo` on."""
    dns.set_image(scenario.version)
    if scenario.is_rolled_out:
        dns.rollout("status", "--timeout=100s")
        time.sleep(_HEALTHY_S)
    else:
        until(lambda: dns.restarts(scenario.version) > 0, f"{scenario.version} to crash")
    known = now()
    dns.rollout("undo")
    told = dns.await_image(OLD)
    serving = _serving(dns)
    return Back((told - known).total_seconds(), (serving - known).total_seconds())


def _serving(dns: ClusterDns) -> datetime:
    """The end, waited for in the same way in both arms: what is asked meanwhile takes its share of the machine."""
    dns.rollout("status", "--timeout=100s")
    return dns.await_serving(OLD)
