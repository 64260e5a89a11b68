"""What one look brings, and which pods are looked at for a workload."""

from typing import Any

import pytest

from addon_updater.addons import addon_named
from addon_updater.api.vendors import Vendor
from addon_updater.cluster.facts import FactsCache
from addon_updater.cluster.gather import Whereabouts, _own, _selector, gather
from addon_updater.cluster.queue import Key
from addon_updater.cluster.store import Store
from addon_updater.resolve.nodes import ClusterFacts
from addon_updater.resolve.vendor import Recognition
from addon_updater.rollout.observed import Memory
from addon_updater.rollout.workload import read_workload
from unit.cluster.memory_api import MemoryApi
from unit.cluster.releases import release
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


@pytest.mark.parametrize(
    ("namespace", "pod", "is_own"),
    [
        ("kube-system", "coredns-7d9f8b6c5d-x2x7k", True),
        ("kube-system", "coredns-0", True),
        ("kube-system", "coredns", False),
        ("kube-system", "addon-updater-7d9f8b6c5d-x2x7k", False),
        ("addon-updater", "coredns-7d9f8b6c5d-x2x7k", False),
    ],
    ids=["a Deployment", "a StatefulSet", "a lone pod of that name", "another workload", "another namespace"],
)
def test_the_workload_of_our_own_pod_is_known_by_its_name(namespace, pod, is_own):
    manifest = deployment("1.11.3")
    manifest["metadata"] |= {"namespace": "kube-system", "uid": "w1", "resourceVersion": "1"}
    own = _own(Whereabouts(namespace, pod), read_workload(manifest))
    assert own == (("kube-system", "coredns") if is_own else None)


@pytest.mark.parametrize(
    ("vendor", "how"),
    [(Vendor.GKE, "Absent"), (Vendor.KUBEADM, "OneShot"), (Vendor.UNKNOWN, None), (None, None)],
)
async def test_a_look_knows_who_else_looks_after_the_addon_on_a_cluster_of_that_vendor(vendor, how):
    api, store = MemoryApi(), Store()
    store.put_release(release())
    cluster = ClusterFacts(Recognition(vendor, "a fact"), None) if vendor is not None else None
    seen = await gather(
        api,
        store,
        FactsCache(api),
        store.releases[Key("kube-system", "dns")].identity,
        addon_named("coredns"),
        minors=None,
        memory=Memory(),
        here=Whereabouts("addon-updater", "a"),
        cluster=cluster,
    )
    assert seen.cluster == cluster
    assert (seen.vendor_owner.how.value if seen.vendor_owner else None) == how
