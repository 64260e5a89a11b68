"""What a pod that does not run would answer, by the question and by its image. Pure, and a part of the demo alone.

Every good release answers well. The bad CoreDNS of the demo does so for some seconds and then says SERVFAIL.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from addon_updater.addons.coredns.questions import Expect
from addon_updater.addons.coredns.questions import Question as DnsQuestion
from addon_updater.addons.coredns.verdict import Answer as DnsAnswer
from addon_updater.addons.grafana.questions import Question as GrafanaQuestion
from addon_updater.addons.grafana.questions import Topic
from addon_updater.addons.prometheus.questions import Check
from addon_updater.addons.prometheus.questions import Question as PrometheusQuestion
from addon_updater.rollout.gate import HttpAnswer
from demo.objects import BAD_VERSION

BAD_AFTER_S: Final = 15.0
"""How long the bad release answers well: longer than its rehearsal, shorter than its rollout and soak."""
NOBODY: Final = "no ready pod has this address"

_NAMES: Final[Mapping[str, frozenset[str]]] = {
    "db.corp.example.": frozenset({"10.30.0.5"}),
    "mainframe.example.": frozenset({"10.20.30.40"}),
}
"""What the upstream of the stub domain and the hosts block of the demo's Corefile say."""
_TARGETS: Final = {"prometheus": 1, "coredns": 2, "addon-updater": 2, "grafana": 1}
_RULES: Final = [{"name": "job:up:sum", "health": "ok", "labels": {}, "type": "recording"}]
_DASHBOARDS: Final = [
    {"uid": "cluster-dns", "title": "Cluster DNS", "folderUid": "platform"},
    {"uid": "prometheus-overview", "title": "Prometheus overview", "folderUid": "platform"},
]


@dataclass(frozen=True, slots=True)
class PlayedPod:
    """A pod that is asked: the image of its first container, and how long ago it started."""

    image: str
    age_s: float

    @property
    def version(self) -> str:
        """The version that the tag names, without a leading v."""
        return self.image.partition("@")[0].rpartition(":")[2].removeprefix("v")


_ASKED: Final = {DnsQuestion: "coredns", PrometheusQuestion: "prometheus", GrafanaQuestion: "grafana"}


def is_for(question: object, image: str) -> bool:
    """Whether it is a question of the addon whose image that is."""
    return _ASKED.get(type(question), image) in image


def answer(question: object, pod: PlayedPod | None) -> object:
    """The answer of a pod, or of an address that nobody has.

    Raises:
        TypeError: a question of no addon of the demo.
    """
    if isinstance(question, DnsQuestion):
        return _dns(question, pod)
    if isinstance(question, PrometheusQuestion):
        return _prometheus(question, pod)
    if isinstance(question, GrafanaQuestion):
        return _grafana(question, pod)
    raise TypeError(f"nobody plays an answer to {type(question).__name__}")


def _dns(question: DnsQuestion, pod: PlayedPod | None) -> DnsAnswer:
    if pod is None:
        return DnsAnswer(None, error=NOBODY)
    if pod.version == BAD_VERSION and pod.age_s >= BAD_AFTER_S:
        return DnsAnswer("SERVFAIL")
    if question.expect is Expect.NXDOMAIN:
        return DnsAnswer("NXDOMAIN")
    return DnsAnswer("NOERROR", question.addresses or _NAMES.get(question.name, frozenset()))


def _prometheus(question: PrometheusQuestion, pod: PlayedPod | None) -> HttpAnswer:
    if pod is None:
        return HttpAnswer(None, error=NOBODY)
    if question.check is Check.READY:
        return HttpAnswer(200, "Prometheus Server is Ready.\n")
    return HttpAnswer(200, json.dumps({"status": "success", "data": _PROMETHEUS[question.check](pod)}))


_PROMETHEUS: Final[Mapping[Check, Callable[[PlayedPod], dict[str, Any]]]] = {
    Check.REPLAY: lambda _: {"min": 0, "max": 0, "current": 0},
    Check.VERSION: lambda pod: {"version": pod.version},
    Check.RELOAD: lambda _: {"reloadConfigSuccess": True},
    Check.TARGETS: lambda _: {
        "activeTargets": [
            {"scrapePool": job, "health": "up"} for job, number in _TARGETS.items() for _ in range(number)
        ]
    },
    Check.RULES: lambda _: {"groups": [{"name": "node", "interval": 2, "rules": _RULES}]},
    Check.RULE_COUNT: lambda _: {"groups": [{"name": "node", "interval": 2, "rules": _RULES}]},
}


def _grafana(question: GrafanaQuestion, pod: PlayedPod | None) -> HttpAnswer:
    if pod is None:
        return HttpAnswer(None, error=NOBODY)
    match question.topic:
        case Topic.HEALTH:
            return HttpAnswer(200, json.dumps({"database": "ok", "version": pod.version}))
        case Topic.DASHBOARDS:
            return HttpAnswer(200, json.dumps(_DASHBOARDS))
        case Topic.FOLDERS:
            return HttpAnswer(200, json.dumps([{"uid": "platform", "title": "Platform"}]))
        case Topic.DATA_SOURCES:
            # An anonymous viewer may not list them, and the operator has no token here.
            return HttpAnswer(401, json.dumps({"message": "Unauthorized"}))
