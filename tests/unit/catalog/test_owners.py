"""Who else looks after an addon: what the embedded catalog says, and how objects extend it."""

from __future__ import annotations

import pytest

from addon_updater.api.catalog import Ownership
from addon_updater.api.vendors import Vendor
from addon_updater.catalog import load_embedded, merge
from addon_updater.catalog.catalog import build
from unit.catalog.entries import entry, spec

EKS = {"vendor": "eks", "how": "Continuous", "because": "EKS writes it", "source": "us"}
GKE = {"vendor": "gke", "how": "Absent", "because": "GKE has none", "source": "us"}


@pytest.mark.parametrize(
    "addon, vendor, how, manager",
    [
        ("coredns", Vendor.KUBEADM, Ownership.ONE_SHOT, None),
        ("coredns", Vendor.KOPS, Ownership.CONTINUOUS, "kops"),
        ("coredns", Vendor.EKS, Ownership.CONTINUOUS, "eks"),
        ("coredns", Vendor.GKE, Ownership.ABSENT, None),
        ("coredns", Vendor.AKS, Ownership.CONTINUOUS, "addon-manager"),
        ("coredns", Vendor.K3S, Ownership.CONTINUOUS, "k3s"),
        ("coredns", Vendor.RKE2, Ownership.CONTINUOUS, "helm"),
        ("metrics-server", Vendor.AKS, Ownership.CONTINUOUS, "addon-manager"),
        ("metrics-server", Vendor.K3S, Ownership.CONTINUOUS, "k3s"),
    ],
)
def test_the_embedded_catalog_knows_whose_an_addon_is(addon, vendor, how, manager):
    owner = load_embedded().addon(addon).owner_on(vendor)
    assert (owner.how, owner.manager) == (how, manager)


@pytest.mark.parametrize("addon", ["prometheus", "grafana"])
@pytest.mark.parametrize("vendor", Vendor)
def test_prometheus_and_grafana_belong_to_nobody(addon, vendor):
    assert load_embedded().addon(addon).owner_on(vendor) is None


@pytest.mark.parametrize("addon", sorted(load_embedded().addons))
def test_nobody_knows_whose_an_addon_is_where_the_vendor_is_unknown(addon):
    assert load_embedded().addon(addon).owner_on(Vendor.UNKNOWN) is None


def test_every_owner_but_a_one_shot_writer_says_what_to_do_instead():
    owners = [one for index in load_embedded().addons.values() for one in index.entry.owners]
    assert [one.vendor for one in owners if one.how is not Ownership.ONE_SHOT and one.remedy is None] == []


def test_an_object_adds_an_owner_and_corrects_one():
    base = build({"web": entry(owners=[EKS])}, where="base")
    corrected = EKS | {"how": "OneShot", "because": "EKS writes it once"}

    web = merge(base, {"mine": spec({"name": "web", "owners": [corrected, GKE]})}).addon("web")

    assert [(one.vendor, one.how.value) for one in web.entry.owners] == [
        ("eks", "OneShot"),
        ("gke", "Absent"),
    ]
    assert web.owner_on(Vendor.EKS).because == "EKS writes it once"
