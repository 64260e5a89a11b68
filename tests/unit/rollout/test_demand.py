"""What one pod counts for: containers side by side, init containers one after the other, defaults of the namespace."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from addon_updater.rollout.demand import demand
from addon_updater.rollout.surroundings import read_limits

DEFAULTS = read_limits(
    {
        "metadata": {"name": "defaults"},
        "spec": {
            "limits": [
                {
                    "type": "Container",
                    "default": {"memory": "200Mi"},
                    "defaultRequest": {"memory": "100Mi", "cpu": "50m"},
                },
                {"type": "PersistentVolumeClaim", "max": {"storage": "1Gi"}},
            ]
        },
    }
)


def container(name: str = "main", **resources: dict[str, str]) -> dict[str, Any]:
    return {"name": name, "resources": resources}


def init(cpu: str, **more: str) -> dict[str, Any]:
    return container(f"init-{cpu}", requests={"cpu": cpu}) | more


def pod(*containers: dict[str, Any], first: tuple[dict[str, Any], ...] = (), **spec: Any) -> dict[str, Any]:
    return {"containers": list(containers), "initContainers": list(first), **spec}


ONE = container(requests={"cpu": "100m"})
TWO = container("side", requests={"cpu": "200m"})


@pytest.mark.parametrize(
    "spec, cpu",
    [
        (pod(ONE), "0.1"),
        (pod(ONE, TWO), "0.3"),
        (pod(container()), "0"),
        (pod(container(limits={"cpu": "1"})), "1"),
        (pod(ONE, first=(init("50m"),)), "0.1"),
        (pod(ONE, first=(init("500m"), init("300m"))), "0.5"),
        (pod(ONE, first=(init("50m", restartPolicy="Always"),)), "0.15"),
        (pod(ONE, first=(init("50m", restartPolicy="Always"), init("200m"))), "0.25"),
        (pod(ONE, first=(init("200m"), init("50m", restartPolicy="Always"))), "0.2"),
        (pod(ONE, overhead={"cpu": "20m"}), "0.12"),
        (pod(ONE, TWO, resources={"requests": {"cpu": "150m"}}), "0.15"),
    ],
    ids=[
        "one",
        "side by side",
        "nothing said",
        "a limit is a request",
        "a small init container",
        "the greatest init container",
        "a sidecar stays",
        "a sidecar beside an init container",
        "an init container before the sidecar",
        "overhead",
        "said for the whole pod",
    ],
)
def test_what_a_pod_requests_is_the_most_that_it_needs_at_any_time(spec: dict[str, Any], cpu: str):
    assert demand(spec).of("requests.cpu") == demand(spec).of("cpu") == Decimal(cpu)


@pytest.mark.parametrize(
    "key, amount",
    [
        ("pods", "1"),
        ("count/pods", "1"),
        ("limits.memory", "209715200"),
        ("requests.memory", "104857600"),
        ("requests.nvidia.com/gpu", "0"),
        ("requests.storage", None),
        ("count/jobs.batch", None),
        ("services.loadbalancers", None),
        ("persistentvolumeclaims", None),
    ],
)
def test_a_quota_names_what_it_counts_and_defaults_are_filled_in(key: str, amount: str | None):
    wanted = None if amount is None else Decimal(amount)
    assert demand(pod(container()), DEFAULTS).of(key) == wanted


@pytest.mark.parametrize(
    "spec, key, who",
    [
        (pod(ONE), "requests.cpu", None),
        (pod(ONE), "cpu", None),
        (pod(ONE), "limits.cpu", "main"),
        (pod(ONE), "requests.memory", "main"),
        (pod(ONE, container("side")), "cpu", "side"),
        (pod(ONE, first=(container("before"),)), "cpu", "before"),
        (pod(container(), resources={"requests": {"cpu": "1"}}), "requests.cpu", None),
        (pod(container()), "pods", None),
        (pod(container()), "requests.nvidia.com/gpu", None),
        (pod(container()), "count/cpu", None),
    ],
)
def test_the_container_is_named_that_does_not_say_what_it_needs(spec, key, who):
    assert demand(spec).unstated(key) == who


@pytest.mark.parametrize(
    "spec, is_best_effort",
    [(pod(container()), True), (pod(ONE), False), (pod(container(limits={"memory": "1Gi"})), False)],
)
def test_a_pod_that_asks_for_nothing_is_best_effort(spec, is_best_effort):
    assert demand(spec).is_best_effort is is_best_effort
