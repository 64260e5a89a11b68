"""What servers say to the questions of the gates."""

from __future__ import annotations

from datetime import datetime

from addon_updater.addons.coredns.questions import Expect, Question
from addon_updater.addons.coredns.verdict import Answer
from addon_updater.rollout.gate import HttpAnswer
from unit.rollout.kubelet import Kubelet

SILENCE = Answer(None, error="timed out")
NO_PAGE = HttpAnswer(None, error="timed out")


def lookup(kubelet: Kubelet, server: str, question: Question, now: datetime, known: frozenset[str]) -> Answer:
    """What CoreDNS answers; `known` are the addresses that it has heard of in any case."""
    pod = kubelet.serving(server, now)
    if pod is None:
        return SILENCE
    behavior = kubelet.behavior(pod)
    if behavior.silent or (behavior.deaf_over_udp and not question.tcp):
        return SILENCE
    if pod.text in kubelet.broken or kubelet.has_turned(pod, now):
        return Answer("SERVFAIL")
    if question.expect is Expect.NXDOMAIN:
        return Answer("NXDOMAIN")
    if behavior.wrong_answers:
        return Answer("NOERROR", frozenset({"192.0.2.66"}))
    if question.expect is Expect.AS_BEFORE:
        zone = question.name.rstrip(".")
        return Answer("NOERROR") if zone in (pod.text or "") else Answer("NXDOMAIN")
    if question.addresses <= known or behavior.knows_new_endpoints:
        return Answer("NOERROR", question.addresses)
    return Answer("SERVFAIL")


def page(kubelet: Kubelet, server: str, now: datetime) -> HttpAnswer:
    """What the ledger answers to a GET."""
    pod = kubelet.serving(server, now)
    if pod is None or kubelet.behavior(pod).silent:
        return NO_PAGE
    if kubelet.behavior(pod).wrong_answers or kubelet.has_turned(pod, now):
        return HttpAnswer(503, "out of order")
    return HttpAnswer(200, "fine")
