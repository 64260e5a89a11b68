"""The operator as it is, with a stand-in for its prober: no addon runs behind simulated pods.

`python -m faults.api.played LOOKS_WITH FLAG...`: a kubeconfig that may see all pods, past every fault, then the
flags of `run`. A CoreDNS whose version ends in .91 answers well in its rehearsal and SERVFAIL ever after. The
environment may name a mutation: then the engine is broken on purpose.
"""

from __future__ import annotations

import asyncio
import importlib
import logging
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from addon_updater.addons.coredns.verdict import Answer
from addon_updater.api.meta import GROUP
from addon_updater.cluster import clock
from addon_updater.operator import run
from addon_updater.rollout.gate import Probe, Reply
from addon_updater.settings import read_settings
from demo.played.answers import answer
from demo.played.world import World
from faults.api.mutations import VARIABLE
from localcluster.api import ApiReader

FAILS_ONCE_SWITCHED = ".91"
REHEARSAL = f"{GROUP}/rehearsal"


@dataclass(frozen=True)
class Played:
    """Takes the place of the prober."""

    api: ApiReader

    async def __call__(self, probes: Sequence[Probe], _: str) -> tuple[Reply, ...]:
        """The reply to every probe, in the order asked."""
        world = await asyncio.to_thread(self._look)
        return tuple(Reply(probe, _reply(world, probe)) for probe in probes)

    def _look(self) -> World:
        pods, services = (self.api.document(f"/api/v1/{kind}") or {} for kind in ("pods", "services"))
        return World(pods.get("items") or (), services.get("items") or (), clock.now())


def _reply(world: World, probe: Probe) -> object:
    pod = world.behind(probe.server, probe.question)
    good = answer(probe.question, pod)
    if pod is None or not pod.version.endswith(FAILS_ONCE_SWITCHED) or not isinstance(good, Answer):
        return good
    return good if _is_rehearsal(world, probe.server) else Answer("SERVFAIL")


def _is_rehearsal(world: World, address: str) -> bool:
    found = (pod for pod in world.pods if pod["status"].get("podIP") == address)
    return any(REHEARSAL in (pod["metadata"].get("labels") or {}) for pod in found)


def main() -> None:
    """Run until told to stop."""
    if mutation := os.environ.get(VARIABLE):
        # Only here, for it loads far more than an operator has.
        importlib.import_module("faults.api.broken").break_engine(mutation)
    looks_with, *flags = sys.argv[1:]
    settings = read_settings(["run", *flags], os.environ)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("kopf").setLevel(logging.WARNING)
    asyncio.run(run(settings, Played(ApiReader(Path(looks_with)))))


if __name__ == "__main__":
    main()
