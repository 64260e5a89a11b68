"""What nodes tell together, however many there are."""

from __future__ import annotations

import pytest

from addon_updater.api.readiness import ReadinessRule, ReadinessVerdict
from addon_updater.api.versions import Minor
from addon_updater.resolve.findings import summarize
from addon_updater.resolve.nodes import Nodes, read_nodes
from addon_updater.resolve.skew import assess_kubelets, is_too_old
from unit.resolve.situations import NOW
from unit.resolve.some_nodes import AKS, GKE, node

UNREAD = "the nodes cannot be read: forbidden"


def nodes(text: str, *, unreadable: int = 0) -> Nodes:
    """So many nodes of each minor, as in "1.33 1.33 1.34"."""
    read = read_nodes(node(kubelet=f"v{word}.1") for word in text.split())
    return read.joined(Nodes(unreadable=unreadable))


@pytest.mark.parametrize(
    "kubelets, shown",
    [
        (["v1.34.2"], "1.34"),
        (["v1.34.2", "v1.34.0"], "1.34"),
        (["v1.34.2", "v1.31.9-eks-113cf36", "v1.33.6+k3s1"], "1.31 - 1.34"),
        (["v1.9.11", "v1.10.0"], "1.9 - 1.10"),
        (["v1.34.2", "nonsense", ""], "1.34"),
    ],
)
def test_the_oldest_and_the_newest_kubelet_are_told(kubelets, shown):
    assert str(read_nodes(node(kubelet=one) for one in kubelets).kubelets) == shown


@pytest.mark.parametrize("ready", ["False", "Unknown"])
def test_a_node_that_is_not_ready_has_no_kubelet_that_counts(ready):
    seen = read_nodes([node(kubelet="v1.30.0", ready=ready), node(kubelet="v1.34.0")])

    assert (str(seen.kubelets), seen.unreadable) == ("1.34", 0)


def test_a_kubelet_without_a_version_that_can_be_read_is_counted():
    seen = read_nodes([node(kubelet="dev"), node(kubelet=""), node(kubelet="dev", ready="False")])

    assert (seen.kubelets, seen.unreadable) == (None, 2)


def test_pages_tell_together_what_one_list_would():
    every = [node(kubelet=f"v1.{30 + n % 4}.0") for n in range(9)] + [AKS, GKE, node(kubelet="x")]
    pages = [read_nodes(every[start : start + 5]) for start in range(0, len(every), 5)]

    assert pages[0].joined(pages[1]).joined(pages[2]) == read_nodes(every)


@pytest.mark.parametrize(
    "kubelet, coming, too_old",
    [
        ("1.35", "1.35", False),
        ("1.34", "1.35", False),
        ("1.32", "1.35", False),
        ("1.31", "1.35", True),
        ("1.25", "1.28", False),
        ("1.25", "1.29", True),
        ("1.24", "1.26", False),
        ("1.24", "1.27", True),
        ("1.36", "1.35", False),
        ("1.34", "2.0", True),
    ],
)
def test_a_kubelet_may_be_three_minors_older_and_before_1_25_two(kubelet, coming, too_old):
    assert is_too_old(Minor.parse(kubelet), Minor.parse(coming)) is too_old


@pytest.mark.parametrize(
    "seen, coming, found",
    [
        (nodes("1.34 1.33"), "1.35", [("Fits", 1, "kubelets 1.33 - 1.34 may stay")]),
        (
            nodes("1.34 1.31 1.31"),
            "1.35",
            [
                (
                    "KubeletsFirst",
                    2,
                    "kubelets are more than 3 minors older than Kubernetes 1.35: 2 Ready nodes have 1.31",
                )
            ],
        ),
        (
            nodes("1.24 1.23 1.25"),
            "1.27",
            [
                (
                    "KubeletsFirst",
                    2,
                    (
                        "kubelets are more than 2 minors older than Kubernetes 1.27: one Ready node has 1.23, one Ready node "
                        "has 1.24"
                    ),
                )
            ],
        ),
        (
            nodes("1.34", unreadable=1),
            "1.35",
            [("KubeletsNotSeen", 1, "one Ready node has a kubelet whose version cannot be read")],
        ),
        (
            nodes("1.31", unreadable=3),
            "1.35",
            [
                (
                    "KubeletsFirst",
                    1,
                    "kubelets are more than 3 minors older than Kubernetes 1.35: one Ready node has 1.31",
                ),
                ("KubeletsNotSeen", 3, "3 Ready nodes have a kubelet whose version cannot be read"),
            ],
        ),
        (Nodes(), "1.35", [("KubeletsNotSeen", 1, "no node is Ready")]),
        (None, "1.35", [("KubeletsNotSeen", 1, UNREAD)]),
    ],
)
def test_what_nobody_knows_about_kubelets_is_never_fine(seen, coming, found):
    told = list(assess_kubelets(seen, UNREAD, Minor.parse(coming)))

    assert [(one.rule.value, one.count, one.message) for one in told] == found
    assert all(bool(one.remedy) is (one.rule is not ReadinessRule.FITS) for one in told)


@pytest.mark.parametrize(
    "seen, verdict, message",
    [
        (nodes("1.34"), "Unknown", "no AddonRelease exists, so nothing is known; kubelets: Passing"),
        (nodes("1.30"), "Unknown", "no AddonRelease exists, so nothing is known; kubelets: Warning"),
        (None, "Unknown", "no AddonRelease exists, so nothing is known; kubelets: Unknown"),
    ],
)
def test_nodes_alone_make_no_cluster_ready(seen, verdict, message):
    coming = Minor(1, 35)
    status = summarize(assess_kubelets(seen, UNREAD, coming), coming.previous(), coming, NOW)

    assert (status.verdict, status.message) == (verdict, message)
    assert [(one.addon, one.releases) for one in status.addons] == [("kubelet", 0)]
    assert all(one.releases == [] for one in status.findings)
    assert status.verdict is ReadinessVerdict.UNKNOWN
