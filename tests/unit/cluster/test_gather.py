"""Which pods are looked at for a workload."""

from typing import Any

import pytest

from addon_updater.cluster.gather import _selector
from addon_updater.rollout.workload import read_workload
from unit.rollout.manifests import deployment

LABELS = {"k8s-app": "kube-dns"}


@pytest.mark.parametrize(
    ("selector", "asked"),
    [
        ({"matchLabels": LABELS}, "k8s-app=kube-dns"),
        ({"matchLabels": {"b": "2", "a": "1"}}, "a=1,b=2"),
        (
            {
                "matchLabels": LABELS,
                "matchExpressions": [{"key": "tier", "operator": "In", "values": ["a", "b"]}],
            },
            "k8s-app=kube-dns,tier in (a,b)",
        ),
        ({"matchExpressions": [{"key": "tier", "operator": "NotIn", "values": ["a"]}]}, "tier notin (a)"),
        ({"matchExpressions": [{"key": "tier", "operator": "Exists"}]}, "tier"),
        ({"matchExpressions": [{"key": "tier", "operator": "DoesNotExist"}]}, "!tier"),
    ],
    ids=["labels", "in order", "both", "not in", "exists", "does not exist"],
)
def test_the_whole_selector_is_asked_with(selector: dict[str, Any], asked: str):
    manifest = deployment("1.11.3")
    manifest["metadata"] |= {"namespace": "kube-system", "uid": "w1", "resourceVersion": "1"}
    manifest["spec"]["selector"] = selector
    assert _selector(read_workload(manifest)) == asked
