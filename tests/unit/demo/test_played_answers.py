"""What the stand-in of the demo answers is judged by the addons' own gates: good for every good version."""

from __future__ import annotations

import pytest

from addon_updater.addons.coredns import verdict as dns_verdict
from addon_updater.addons.coredns.questions import Expect
from addon_updater.addons.coredns.questions import Question as DnsQuestion
from addon_updater.addons.grafana import verdict as grafana_verdict
from addon_updater.addons.grafana.questions import Question as GrafanaQuestion
from addon_updater.addons.grafana.questions import Topic
from addon_updater.addons.prometheus import verdict as prometheus_verdict
from addon_updater.addons.prometheus.questions import Check
from addon_updater.addons.prometheus.questions import Question as PrometheusQuestion
from addon_updater.rollout.gate import HttpAnswer, HttpQuestion
from demo.objects import BAD_VERSION, COREDNS_FOR_35
from demo.played.answers import BAD_AFTER_S, PlayedPod, answer

HTTP = HttpQuestion(9090, "/asked")


def coredns(version: str, age: float = 1.0) -> PlayedPod:
    return PlayedPod(f"registry.k8s.io/coredns/coredns:v{version}", age)


def dns(name: str, expect: Expect, *addresses: str) -> DnsQuestion:
    return DnsQuestion(f"id/{name}", name, "A", tcp=False, expect=expect, addresses=frozenset(addresses))


KUBERNETES = dns("kubernetes.default.svc.cluster.local.", Expect.ADDRESSES, "10.96.0.1")


@pytest.mark.parametrize(
    "image, version",
    [
        ("quay.io/prometheus/prometheus:v3.13.2", "3.13.2"),
        ("docker.io/grafana/grafana:12.4.9", "12.4.9"),
        ("localhost:5000/coredns:v1.12.1@sha256:00", "1.12.1"),
    ],
)
def test_a_pod_is_of_the_version_in_its_tag(image: str, version: str) -> None:
    assert PlayedPod(image, 0).version == version


@pytest.mark.parametrize(
    "question, rcode, addresses",
    [
        (KUBERNETES, "NOERROR", {"10.96.0.1"}),
        (dns("no_such_service.default.svc.cluster.local.", Expect.NXDOMAIN), "NXDOMAIN", set()),
        (dns("db.corp.example.", Expect.AS_BEFORE), "NOERROR", {"10.30.0.5"}),
        (dns("corp.example.", Expect.AS_BEFORE), "NOERROR", set()),
    ],
)
def test_a_good_coredns_answers_what_is_expected(
    question: DnsQuestion, rcode: str, addresses: set[str]
) -> None:
    said = answer(question, coredns(COREDNS_FOR_35, age=10_000))
    assert isinstance(said, dns_verdict.Answer)
    assert (said.rcode, said.addresses) == (rcode, addresses)
    assert dns_verdict.judge(question, said, said).outcome is dns_verdict.Outcome.PASS


@pytest.mark.parametrize(
    "version, age, outcome",
    [
        (BAD_VERSION, BAD_AFTER_S - 1, "Pass"),
        (BAD_VERSION, BAD_AFTER_S, "Fail"),
        (COREDNS_FOR_35, BAD_AFTER_S, "Pass"),
    ],
)
def test_the_bad_release_answers_well_for_some_seconds_and_then_servfail(
    version: str, age: float, outcome: str
) -> None:
    before, now = (answer(KUBERNETES, pod) for pod in (coredns(COREDNS_FOR_35), coredns(version, age)))
    assert isinstance(before, dns_verdict.Answer)
    assert isinstance(now, dns_verdict.Answer)
    assert dns_verdict.judge(KUBERNETES, now, before).outcome == outcome


@pytest.mark.parametrize("check", Check)
@pytest.mark.parametrize("runs, outcome", [("3.13.2", "Pass"), ("2.55.1", "Fail")])
def test_a_prometheus_passes_every_gate_of_its_own_version(check: Check, runs: str, outcome: str) -> None:
    question = PrometheusQuestion(check, HTTP, "3.13.2")
    before, now = (
        answer(question, PlayedPod(f"quay.io/prometheus/prometheus:v{version}", 1))
        for version in ("2.55.1", runs)
    )
    assert isinstance(before, HttpAnswer)
    assert isinstance(now, HttpAnswer)
    kept = prometheus_verdict.fingerprint(question, before)
    told, _ = prometheus_verdict.judge(question, now, kept, is_baseline=False)
    assert told == (outcome if check is Check.VERSION else "Pass")


@pytest.mark.parametrize(
    "topic, outcome",
    [
        (Topic.HEALTH, "Pass"),
        (Topic.DASHBOARDS, "Pass"),
        (Topic.FOLDERS, "Pass"),
        (Topic.DATA_SOURCES, "Skipped"),
    ],
)
def test_a_grafana_keeps_what_it_holds_and_lets_nobody_see_data_sources(topic: Topic, outcome: str) -> None:
    question = GrafanaQuestion(topic, HTTP, "12.4.9", comes_late=False)
    before, now = (
        answer(question, PlayedPod(f"docker.io/grafana/grafana:{version}", 1))
        for version in ("11.6.16", "12.4.9")
    )
    assert isinstance(before, HttpAnswer)
    assert isinstance(now, HttpAnswer)
    kept = grafana_verdict.fingerprint(question, before)
    assert grafana_verdict.judge(question, now, kept, is_baseline=False)[0] == outcome


@pytest.mark.parametrize(
    "question",
    [
        KUBERNETES,
        PrometheusQuestion(Check.READY, HTTP, "3.13.2"),
        GrafanaQuestion(Topic.HEALTH, HTTP, "12.4.9", comes_late=False),
    ],
)
def test_an_address_that_nobody_has_does_not_answer(question: object) -> None:
    said = answer(question, None)
    assert isinstance(said, (dns_verdict.Answer, HttpAnswer))
    assert said.error == "no ready pod has this address"


def test_a_question_of_an_addon_that_nobody_plays_is_a_mistake() -> None:
    with pytest.raises(TypeError, match="nobody plays an answer to str"):
        answer("who are you?", coredns("1.13.1"))
