"""What the controllers of a Deployment and of a StatefulSet do with pods, one look at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from unit.rollout.kubelet import Kubelet, Manifest, SimPod, fingerprint


@dataclass
class Deployments:
    """Replaces pods one by one or, with the strategy Recreate, all at once."""

    kubelet: Kubelet
    lost: bool = False
    """Whether fewer pods served than the rollout strategy allows, at any moment after the first rollout."""
    begun: bool = False
    complete: tuple[str, datetime] | None = None

    def roll(self, deployment: Manifest, now: datetime) -> Manifest:
        """One look; the answer is the Deployment's new status."""
        spec = deployment["spec"]
        wanted, least = int(spec.get("replicas", 1)), int(spec.get("minReadySeconds") or 0)
        template = fingerprint(spec["template"]["spec"])
        recreates = (spec.get("strategy") or {}).get("type") == "Recreate"
        step = self._recreate if recreates else self._replace
        while not spec.get("paused") and step(spec["template"], template, wanted, least, now):
            pass
        mine = self.kubelet.governed
        new = [pod for pod in mine if pod.template == template]
        available = [pod for pod in mine if self.kubelet.is_ready(pod, now, least)]
        complete = len(new) == len(mine) == len(available) == wanted
        if not complete and (self.complete is None or self.complete[0] != template):
            self.complete = None
        elif complete and self.complete is None:
            self.complete = (template, now)
        serving = len([pod for pod in mine if self.kubelet.is_ready(pod, now)])
        self.lost |= self.begun and not recreates and serving < wanted - 1
        self.begun |= complete
        return {
            "observedGeneration": deployment["metadata"]["generation"],
            "replicas": len(mine),
            "updatedReplicas": len(new),
            "availableReplicas": len(available),
            "conditions": self._conditions(),
        }

    def _conditions(self) -> list[Manifest]:
        if self.complete is None:
            return []
        at = self.complete[1].isoformat()
        return [{"type": "Progressing", "reason": "NewReplicaSetAvailable", "lastUpdateTime": at}]

    def _replace(
        self, pods: Mapping[str, Any], template: str, wanted: int, least: int, now: datetime
    ) -> bool:
        mine = self.kubelet.governed
        new, old = [p for p in mine if p.template == template], [p for p in mine if p.template != template]
        surge = 1 if old else 0
        if len(new) < wanted and len(mine) < wanted + surge:
            self.kubelet.start(pods["spec"], pods["metadata"]["labels"], now, template=template)
            return True
        spare = [pod for pod in old if not self.kubelet.is_ready(pod, now)] or old or new
        up = sum(self.kubelet.is_ready(pod, now, least) for pod in mine)
        if spare and len(mine) > (0 if old else wanted):
            victim = spare[0]
            if victim in new or not self.kubelet.is_ready(victim, now, least) or up > wanted - 1:
                self.kubelet.pods.remove(victim)
                return True
        return False

    def _recreate(
        self,
        pods: Mapping[str, Any],
        template: str,
        wanted: int,
        least: int,  # noqa: ARG002 - nothing is kept until something else is available
        now: datetime,
    ) -> bool:
        mine = self.kubelet.governed
        old = [pod for pod in mine if pod.template != template]
        if old or len(mine) > wanted:
            self.kubelet.pods.remove((old or mine)[0])
            return True
        if len(mine) < wanted:
            self.kubelet.start(pods["spec"], pods["metadata"]["labels"], now, template=template)
            return True
        return False


@dataclass
class StatefulSets:
    """Keeps pods with names, and waits for each of them, even for one that can never become ready.

    With podManagementPolicy Parallel it starts all at once; a broken one still counts against maxUnavailable, so that
    nothing more is replaced while there is one.
    Sources: https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#forced-rollback and
    https://github.com/prometheus-operator/prometheus-operator/issues/8205
    """

    kubelet: Kubelet
    lost: bool = False
    """Whether more pods were away than may be at any moment after the first rollout."""
    begun: bool = False
    current: Mapping[str, Any] = field(default_factory=dict)
    """The template of the last rollout that was complete."""

    def roll(self, stateful_set: Manifest, now: datetime) -> Manifest:
        """One look; the answer is the StatefulSet's new status."""
        spec = stateful_set["spec"]
        wanted, least = int(spec.get("replicas", 1)), int(spec.get("minReadySeconds") or 0)
        template = spec["template"]
        self.current = self.current or template
        rolling = (spec.get("updateStrategy") or {}).get("rollingUpdate") or {}
        most = int(rolling.get("maxUnavailable") or 1)
        waits = spec.get("podManagementPolicy") != "Parallel"
        while self._step(template, wanted, least, now, most=most, waits=waits):
            pass
        update = fingerprint(template["spec"])
        mine = self.kubelet.governed
        new = [pod for pod in mine if pod.template == update]
        available = [pod for pod in mine if self.kubelet.is_ready(pod, now, least)]
        complete = len(new) == len(mine) == len(available) == wanted
        if complete:
            self.current = template
        serving = len([pod for pod in mine if self.kubelet.is_ready(pod, now)])
        self.lost |= self.begun and serving < wanted - most
        self.begun |= complete
        return {
            "observedGeneration": stateful_set["metadata"]["generation"],
            "replicas": len(mine),
            "updatedReplicas": len(new),
            "availableReplicas": len(available),
            "currentRevision": fingerprint(self.current["spec"]),
            "updateRevision": update,
        }

    def _step(
        self,
        template: Mapping[str, Any],
        wanted: int,
        least: int,
        now: datetime,
        *,
        most: int,
        waits: bool,
    ) -> bool:
        """The first thing to do in ordinal order; nothing while as many as may be are not available."""
        mine = {pod.name: pod for pod in self.kubelet.governed}
        away = 0
        for ordinal in range(wanted):
            pod = mine.get(f"ledger-{ordinal}")
            if pod is None:
                self._start(ordinal, template, now)
                return True
            if not self.kubelet.is_ready(pod, now, least):
                away += 1
                if waits:
                    return False
        if away >= most:
            return False
        for ordinal in reversed(range(len(mine))):
            pod = mine[f"ledger-{ordinal}"]
            if ordinal >= wanted or pod.template != fingerprint(template["spec"]):
                self.kubelet.pods.remove(pod)
                return True
        return False

    def _start(self, ordinal: int, template: Mapping[str, Any], now: datetime) -> SimPod:
        spec, labels = template["spec"], template["metadata"]["labels"]
        return self.kubelet.start(
            spec, labels, now, name=f"ledger-{ordinal}", template=fingerprint(template["spec"])
        )
