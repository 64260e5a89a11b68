"""Which pod stands behind an address that the operator asks: its own, or that of a Service."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from addon_updater.cluster import clock
from addon_updater.rollout.gate import Probe, Reply
from demo.played.answers import PlayedPod, answer, is_for
from localcluster.api import ApiReader

Manifest = Mapping[str, Any]


@dataclass(frozen=True)
class World:
    """All pods and Services at one moment."""

    pods: Sequence[Manifest]
    services: Sequence[Manifest]
    now: datetime

    def behind(self, address: str, question: object = None) -> PlayedPod | None:
        """The pod of that address, or the first ready pod of the Service that has it; None when there is none.

        kwok gives an address to two pods now and then: when one that it deletes is gone already, it has it free
        twice. Then the question tells which of them is meant.
        """
        owners = [pod for pod in self.pods if pod["status"].get("podIP") == address]
        if owners:
            meant = (pod for pod in owners if is_for(question, _image(pod)))
            return self._played(next(meant, owners[0]))
        for service in self.services:
            if service["spec"].get("clusterIP") == address:
                selector = service["spec"].get("selector") or {}
                namespace = service["metadata"]["namespace"]
                chosen = (pod for pod in self.pods if _is_chosen(pod, namespace, selector))
                return next((self._played(pod) for pod in chosen), None)
        return None

    def _played(self, pod: Manifest) -> PlayedPod:
        started = datetime.fromisoformat(pod["status"]["startTime"]).astimezone(UTC)
        return PlayedPod(_image(pod), (self.now - started).total_seconds())


def _image(pod: Manifest) -> str:
    return str(pod["spec"]["containers"][0]["image"])


def _is_chosen(pod: Manifest, namespace: str, selector: Mapping[str, str]) -> bool:
    labels = pod["metadata"].get("labels") or {}
    conditions = pod["status"].get("conditions") or ()
    return (
        pod["metadata"]["namespace"] == namespace
        and "deletionTimestamp" not in pod["metadata"]
        and bool(selector)
        and all(labels.get(key) == value for key, value in selector.items())
        and any(one["type"] == "Ready" and one["status"] == "True" for one in conditions)
    )


@dataclass(frozen=True)
class StandIn:
    """Takes the place of the prober: looks at the cluster and answers for the pods that are asked."""

    api: ApiReader

    async def __call__(self, probes: Sequence[Probe], _: str) -> tuple[Reply, ...]:
        """The reply to every probe, in the order asked."""
        world = await asyncio.to_thread(self._look)
        return tuple(
            Reply(probe, answer(probe.question, world.behind(probe.server, probe.question)))
            for probe in probes
        )

    def _look(self) -> World:
        # Nobody answers while the API server is away: the pods cannot be seen then.
        pods, services = (self.api.document(f"/api/v1/{kind}") or {} for kind in ("pods", "services"))
        return World(pods.get("items") or (), services.get("items") or (), clock.now())
