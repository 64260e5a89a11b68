"""Which pod of the simulated cluster answers at an address."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from addon_updater.addons.grafana.questions import Question as GrafanaQuestion
from addon_updater.addons.grafana.questions import Topic
from addon_updater.addons.prometheus.questions import Check
from addon_updater.addons.prometheus.questions import Question as PrometheusQuestion
from addon_updater.rollout.gate import HttpQuestion
from demo.played.answers import PlayedPod
from demo.played.world import World

ANY = HttpQuestion(80, "/")
NOW = datetime(2026, 11, 25, 12, 0, 30, tzinfo=UTC)


def pod(ip: str | None, image: str, namespace: str = "kube-system", **more: Any) -> dict[str, Any]:
    ready = [{"type": "Ready", "status": "True" if more.get("ready", True) else "False"}]
    metadata = {"namespace": namespace, "labels": {"app": more.get("app", "dns")}}
    if more.get("deleted"):
        metadata["deletionTimestamp"] = "2026-11-25T12:00:29Z"
    status = {"startTime": "2026-11-25T12:00:10Z", "conditions": ready} | ({"podIP": ip} if ip else {})
    return {"metadata": metadata, "spec": {"containers": [{"image": image}]}, "status": status}


def service(ip: str, selector: dict[str, str] | None) -> dict[str, Any]:
    return {
        "metadata": {"namespace": "kube-system"},
        "spec": {"clusterIP": ip} | ({"selector": selector} if selector else {}),
    }


WORLD = World(
    pods=[
        pod(None, "dns:pending", ready=False),
        pod("10.244.0.1", "dns:not-ready", ready=False),
        pod("10.244.0.2", "dns:going", deleted=True),
        pod("10.244.0.3", "dns:other-namespace", namespace="default"),
        pod("10.244.0.4", "dns:other-labels", app="web"),
        pod("10.244.0.5", "dns:ready"),
    ],
    services=[
        service("10.96.0.1", None),
        service("10.96.0.10", {"app": "dns"}),
        service("None", {"app": "web"}),
    ],
    now=NOW,
)


@pytest.mark.parametrize(
    "address, image",
    [
        ("10.244.0.1", "dns:not-ready"),
        ("10.244.0.4", "dns:other-labels"),
        ("10.96.0.10", "dns:ready"),
        ("10.96.0.1", None),
        ("10.96.0.99", None),
    ],
    ids=["a pod", "another pod", "a Service's ready pod", "a Service without pods", "nobody"],
)
def test_an_address_is_a_pods_own_or_leads_to_a_ready_pod(address: str, image: str | None) -> None:
    assert WORLD.behind(address) == (None if image is None else PlayedPod(image, age_s=20.0))


@pytest.mark.parametrize(
    "question, image",
    [
        (PrometheusQuestion(Check.READY, ANY, "2.55.1"), "quay.io/prometheus/prometheus:v2.55.1"),
        (
            GrafanaQuestion(Topic.HEALTH, ANY, None, comes_late=False),
            "registry.k8s.io/coredns/coredns:v1.11.3",
        ),
        (None, "registry.k8s.io/coredns/coredns:v1.11.3"),
    ],
    ids=["the one that is asked", "the first when none is", "the first for nobody"],
)
def test_of_two_pods_with_one_address_the_question_tells_which_is_meant(question: object, image: str) -> None:
    images = ("registry.k8s.io/coredns/coredns:v1.11.3", "quay.io/prometheus/prometheus:v2.55.1")
    world = World([pod("10.244.0.1", one) for one in images], (), NOW)
    assert world.behind("10.244.0.1", question) == PlayedPod(image, age_s=20.0)
