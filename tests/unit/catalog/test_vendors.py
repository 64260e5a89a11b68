"""What is known about an addon in clusters of one vendor."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from addon_updater.api.versions import Minor, Version
from addon_updater.catalog import Standing, in_clusters_of, load_embedded
from addon_updater.resolve import ClusterMinors, Wish, resolve

COREDNS = load_embedded().addon("coredns")
NOW = datetime(2026, 11, 26, tzinfo=UTC)


@pytest.mark.parametrize(
    "vendor, minor, default",
    [
        ("kubeadm", "1.34", "1.12.1"),
        ("unknown", "1.34", "1.12.1"),
        ("k3s", "1.34", "1.12.1"),
        ("kops", "1.34", "1.12.4"),
        ("eks", "1.34", "1.13.2+eksbuild.19"),
        ("kops", "1.37", "1.14.6"),
        ("aks", "1.32", "1.9.4"),
    ],
)
def test_the_vendors_own_default_counts_and_kubeadms_where_it_states_none(vendor, minor, default):
    known = in_clusters_of(vendor, COREDNS).default_for(Minor.parse(minor))

    assert str(known.version) == default


def test_what_a_vendor_installs_is_tested_in_its_own_clusters_and_no_better_known_elsewhere():
    version, minor = Version.parse("1.12.4"), Minor.parse("1.34")

    assert in_clusters_of("kops", COREDNS).evidence(version, minor).standing is Standing.TESTED
    assert in_clusters_of("eks", COREDNS).evidence(version, minor).standing is Standing.DECLARED
    assert COREDNS.evidence(version, minor).standing is Standing.DECLARED


def test_another_vendor_makes_no_other_addon_and_is_worked_out_once():
    assert in_clusters_of("kubeadm", COREDNS) is COREDNS
    assert in_clusters_of("rke2", COREDNS) is COREDNS
    assert in_clusters_of("kops", COREDNS) is in_clusters_of("kops", COREDNS)


@pytest.mark.parametrize(
    "vendor, target", [("unknown", "1.12.1"), ("kubeadm", "1.12.1"), ("kops", "1.12.4"), ("eks", "1.13.2")]
)
def test_channel_default_follows_the_vendor_of_the_cluster(vendor, target):
    minor = Minor.parse("1.34")

    found = resolve(
        addon=in_clusters_of(vendor, COREDNS),
        wish=Wish(),
        minors=ClusterMinors(frozenset({minor}), minor),
        installed=Version.parse("1.11.3"),
        quarantined={},
        now=NOW,
    )

    assert str(found.target) == target
