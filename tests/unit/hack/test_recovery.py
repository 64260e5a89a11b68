"""What counts as serving again, and how the figures are told."""

from typing import Any

import pytest

from recovery.cluster_dns import serves
from recovery.figures import Back, Pair, compared, spread

READY = {"conditions": {"ready": True, "serving": True, "terminating": False}}
WAITING = {"conditions": {"ready": False, "serving": False, "terminating": False}}
LEAVING = {"conditions": {"ready": False, "serving": True, "terminating": True}}


def deployment(image: str = "registry.k8s.io/coredns/coredns:v1.11.3", **status: int) -> dict[str, Any]:
    complete = {"observedGeneration": 7, "replicas": 2, "updatedReplicas": 2, "availableReplicas": 2}
    return {
        "metadata": {"generation": 7},
        "spec": {"replicas": 2, "template": {"spec": {"containers": [{"image": image}]}}},
        "status": complete | status,
    }


@pytest.mark.parametrize(
    "found, endpoints, expected",
    [
        (deployment(), [READY, READY], True),
        (deployment(), [READY, LEAVING, READY], True),
        (deployment("registry.k8s.io/coredns/coredns:v1.11.91"), [READY, READY], False),
        (deployment(observedGeneration=6), [READY, READY], False),
        (deployment(replicas=3), [READY, READY], False),
        (deployment(availableReplicas=1), [READY, READY], False),
        (deployment(), [READY, WAITING], False),
        (deployment(), [READY], False),
        (deployment(), [READY, READY, READY], False),
    ],
    ids=[
        "complete",
        "an old pod is leaving",
        "the bad version",
        "not looked at yet",
        "an old pod is left",
        "one is not available",
        "one endpoint is not ready",
        "one endpoint is missing",
        "an old endpoint is left",
    ],
)
def test_a_version_serves_with_all_of_its_pods_and_endpoints_or_not_at_all(
    found: dict[str, Any], endpoints: list[dict[str, Any]], *, expected: bool
) -> None:
    assert serves(found, [{"endpoints": endpoints}, {"endpoints": None}], "1.11.3") is expected


def test_a_spread_is_the_median_between_its_ends() -> None:
    assert spread([3.0, 1.0, 2.5]) == "2.50 s (1.00 to 3.00)"


@pytest.mark.parametrize(
    "pairs, told",
    [
        ([(2.0, 2.0), (2.4, 2.0), (2.6, 2.1)], "ratio of the medians 1.20, within the target of 1.25"),
        ([(2.6, 2.0)], "ratio of the medians 1.30, ABOVE the target of 1.25"),
    ],
)
def test_the_ratio_is_that_of_the_medians_and_is_held_against_its_target(
    pairs: list[tuple[float, float]], told: str
) -> None:
    measured = [Pair(Back(0.2, ours), Back(0.1, theirs)) for ours, theirs in pairs]
    assert compared(measured)[-1] == told


def test_each_way_is_told_with_its_switch_and_its_end() -> None:
    operator, kubectl, _ = compared([Pair(Back(0.2, 2.0), Back(0.1, 1.5))])
    assert operator == "operator: told after 0.20 s (0.20 to 0.20), serves after 2.00 s (2.00 to 2.00)"
    assert kubectl.startswith("kubectl: told after 0.10 s")
