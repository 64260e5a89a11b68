"""Pods that behave by a table."""

from __future__ import annotations

import copy
import functools
import itertools
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from addon_updater.addons.coredns.corefile import CorefileError
from addon_updater.addons.coredns.parser import parse
from addon_updater.addons.coredns.refusals import refusals
from addon_updater.addons.image import running_version
from addon_updater.api.versions import Version
from addon_updater.rollout.addon import UnreadableAddonError

Manifest = dict[str, Any]
RELOADED_AFTER = timedelta(seconds=100)


@dataclass(frozen=True)
class Behavior:
    """What an image does. Times in seconds after the pod was created."""

    ready_after: float | None = 2
    """None: it runs and never becomes ready."""
    crashes: bool = False
    pullable: bool = True
    servfail_after: float | None = None
    """Seconds after it became ready from which it answers SERVFAIL."""
    wrong_answers: bool = False
    knows_new_endpoints: bool = True
    """False: endpoints that the API server got after the start are not found."""
    silent: bool = False
    """It answers nothing and does not refuse either, as a pod that is cut off."""
    deaf_over_udp: bool = False
    """It answers over TCP alone."""


GOOD = Behavior()
SLOW = Behavior(ready_after=15)
NEVER_READY = Behavior(ready_after=None)
CRASHES = Behavior(crashes=True)
NO_IMAGE = Behavior(pullable=False)
TURNS_BAD = Behavior(servfail_after=6)
WRONG = Behavior(wrong_answers=True)


@dataclass
class SimPod:
    """A pod: what it was made from, and when."""

    name: str
    uid: str
    ip: str
    template: str
    labels: dict[str, str]
    spec: Manifest
    created_at: datetime
    text: str | None = None
    """The Corefile it started with, once its volume could be mounted."""
    mounted_at: datetime | None = None
    stale_since: datetime | None = None
    """Since when its key says something else than what it runs."""
    deleted_at: datetime | None = None
    evicted: bool = False
    stumbled_at: datetime | None = None
    """Since when it is not ready, although it was."""

    @property
    def image(self) -> str:
        return str(self.spec["containers"][0]["image"])

    @property
    def key(self) -> str:
        return str(self.spec["volumes"][0]["configMap"]["items"][0]["key"])


@functools.lru_cache(maxsize=512)
def loads(image: str, text: str) -> bool:
    """Whether that CoreDNS starts with that Corefile; other addons start with any text."""
    if "coredns" not in image:
        return True
    try:
        return not refusals(parse(text), Version.parse(running_version(image)))
    except CorefileError:
        return False
    except UnreadableAddonError:
        return True


@dataclass
class Kubelet:
    """All pods of the namespace, the ones of the workload and the rehearsals."""

    behaviors: dict[str, Behavior] = field(default_factory=dict)
    pods: list[SimPod] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)
    """Corefiles that load, and answer SERVFAIL."""
    away: set[tuple[str, str]] = field(default_factory=set)
    """Name and image of pods whose node does not reach the registry."""
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def start(
        self,
        spec: Mapping[str, Any],
        labels: Mapping[str, str],
        now: datetime,
        *,
        name: str = "",
        template: str = "",
    ) -> SimPod:
        """A new pod; one without a template is of no workload."""
        number = next(self._numbers)
        pod = SimPod(
            name=name or f"{spec['containers'][0]['name']}-{number}",
            uid=f"pod-{number}",
            ip=f"10.244.{number // 250}.{number % 250 + 1}",
            template=template,
            labels=dict(labels),
            spec=copy.deepcopy(dict(spec)),
            created_at=now,
        )
        self.pods.append(pod)
        return pod

    def mount(self, data: Mapping[str, str], now: datetime) -> None:
        """What kubelet and the reload plugin do with the keys of the ConfigMap."""
        for pod in self.pods:
            text = data.get(pod.key)
            if text is None:
                continue
            if pod.mounted_at is None:
                pod.text, pod.mounted_at = text, now
            elif text == pod.text or "reload" not in (pod.text or "") or not loads(pod.image, text):
                pod.stale_since = None
            elif pod.stale_since is None:
                pod.stale_since = now
            elif now - pod.stale_since >= RELOADED_AFTER:
                pod.text, pod.stale_since = text, None

    def behavior(self, pod: SimPod) -> Behavior:
        """What its image does with its Corefile."""
        behavior = self.behaviors.get(pod.image, GOOD)
        if (pod.name, pod.image) in self.away:
            return NO_IMAGE
        if pod.text is not None and not loads(pod.image, pod.text):
            return CRASHES
        return behavior

    def ready_at(self, pod: SimPod) -> datetime | None:
        """When it became or becomes ready; None for never."""
        behavior = self.behavior(pod)
        if (
            pod.mounted_at is None
            or behavior.crashes
            or not behavior.pullable
            or behavior.ready_after is None
        ):
            return None
        return max(pod.created_at + timedelta(seconds=behavior.ready_after), pod.mounted_at)

    def is_ready(self, pod: SimPod, now: datetime, min_ready: int = 0) -> bool:
        """Whether it has been ready for that many seconds."""
        at = self.ready_at(pod)
        if pod.stumbled_at is not None:
            return False
        return at is not None and not self._ended(pod, now) and at + timedelta(seconds=min_ready) <= now

    def manifest(self, pod: SimPod, now: datetime) -> Manifest:
        """The pod as the API shows it."""
        behavior, ready = self.behavior(pod), self.is_ready(pod, now)
        once = pod.spec.get("restartPolicy") == "Never"
        state: Manifest = {"running": {}}
        restarts, phase = 0, "Running"
        if not behavior.pullable:
            state, phase = {"waiting": {"reason": "ErrImagePull", "message": "not found"}}, "Pending"
        elif pod.mounted_at is None:
            state, phase = {"waiting": {"reason": "ContainerCreating"}}, "Pending"
        elif pod.evicted:
            phase = "Failed"
        elif self._ended(pod, now):
            state, phase = {"terminated": {"reason": "Error"}}, "Failed"
        elif behavior.crashes and once:
            state, phase = {"terminated": {"reason": "Error", "message": "exit 1"}}, "Failed"
        elif behavior.crashes:
            state, restarts = {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off"}}, 1
        metadata: Manifest = {
            "name": pod.name,
            "uid": pod.uid,
            "labels": pod.labels,
            "creationTimestamp": pod.created_at.isoformat(),
        }
        if pod.deleted_at is not None:
            metadata["deletionTimestamp"] = pod.deleted_at.isoformat()
        container = {
            "name": pod.spec["containers"][0]["name"],
            "state": state,
            "restartCount": restarts,
            "ready": ready,
        }
        return {
            "metadata": metadata,
            "spec": pod.spec,
            "status": {
                "phase": phase,
                "reason": self._reason(pod, now),
                "podIP": pod.ip,
                "conditions": [
                    {
                        "type": "Ready",
                        "status": "True" if ready else "False",
                        "lastTransitionTime": self._turned_at(pod, now).isoformat(),
                    }
                ],
                "containerStatuses": [container],
            },
        }

    def serving(self, server: str, now: datetime) -> SimPod | None:
        """The ready pod at that address, or any ready one behind the Service."""
        ready = [pod for pod in self.pods if pod.deleted_at is None and self.is_ready(pod, now)]
        if server == SERVICE_IP:
            return next((pod for pod in ready if pod.template), None)
        return next((pod for pod in ready if pod.ip == server), None)

    def has_turned(self, pod: SimPod, now: datetime) -> bool:
        """Whether it served well for a while and does not any more."""
        after, since = self.behavior(pod).servfail_after, self.ready_at(pod)
        return after is not None and since is not None and now >= since + timedelta(seconds=after)

    @property
    def governed(self) -> list[SimPod]:
        """The pods of the workload, without rehearsals."""
        return [pod for pod in self.pods if pod.template]

    def _reason(self, pod: SimPod, now: datetime) -> str | None:
        """Why the whole pod is over, when its node or its deadline ended it."""
        if pod.evicted:
            return "Evicted"
        return "DeadlineExceeded" if self._ended(pod, now) else None

    def _turned_at(self, pod: SimPod, now: datetime) -> datetime:
        """When its Ready condition last changed."""
        at, deadline = self.ready_at(pod), pod.spec.get("activeDeadlineSeconds")
        if pod.stumbled_at is not None:
            return pod.stumbled_at
        if at is None or at > now:
            return pod.created_at
        if self._ended(pod, now) and deadline is not None:
            return pod.created_at + timedelta(seconds=deadline)
        return at

    def _ended(self, pod: SimPod, now: datetime) -> bool:
        deadline = pod.spec.get("activeDeadlineSeconds")
        if pod.evicted:
            return True
        return deadline is not None and now > pod.created_at + timedelta(seconds=deadline)


SERVICE_IP = "10.96.0.10"


def fingerprint(spec: Mapping[str, Any]) -> str:
    """Which template a pod is of. Nobody changes a template in place, so the last ones are remembered as objects."""
    known = _FINGERPRINTS.get(id(spec))
    if known is None or known[0] is not spec:
        if len(_FINGERPRINTS) > 256:
            _FINGERPRINTS.clear()
        known = _FINGERPRINTS[id(spec)] = (spec, json.dumps(spec, sort_keys=True))
    return known[1]


_FINGERPRINTS: dict[int, tuple[Mapping[str, Any], str]] = {}
"""Kept with the template itself, so that no other one gets the same id."""
