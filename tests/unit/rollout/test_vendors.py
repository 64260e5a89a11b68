"""What the vendor of the cluster adds to what is told; it decides nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from addon_updater.api.vendors import Vendor
from addon_updater.api.versions import Minor
from addon_updater.resolve.nodes import ClusterFacts, Kubelets
from addon_updater.resolve.vendor import Recognition
from addon_updater.rollout.observed import Observed
from unit.rollout.scenes import books
from unit.rollout.shelves import release, shelf
from unit.rollout.world import World

KUBELETS = Kubelets(Minor(1, 33), Minor(1, 34))
USUAL = (
    "create it, create this AddonRelease anew with the right spec.targetRef, or set spec.whenMissing: Ignore"
)


def world_of(vendor: Vendor, **more: object) -> World:
    """A world whose cluster that vendor has built, as the operator sees it."""
    world = World(**more)
    facts = ClusterFacts(Recognition(vendor, "a fact says so"), KUBELETS)
    owner = world.scene.catalog.addon(world.scene.name).owner_on(vendor)

    def lens(observed: Observed) -> Observed:
        return replace(observed, cluster=facts, vendor_owner=owner)

    world.lens = lens
    return world


def without_workload(world: World) -> World:
    world.api.delete(world.scene.kind, world.scene.name, "kubectl")
    return world.run()


@pytest.mark.parametrize(
    "vendor, said",
    [
        (
            Vendor.GKE,
            (
                "GKE runs kube-dns or Cloud DNS instead of CoreDNS (a fact says so); set spec.whenMissing: Ignore, or delete "
                "this AddonRelease"
            ),
        ),
        (
            Vendor.RKE2,
            "whose Deployment is rke2-coredns-rke2-coredns (a fact says so); name that Deployment in",
        ),
        (Vendor.AKS, "AKS reconciles CoreDNS and its Corefile"),
        (Vendor.KUBEADM, f"does not exist: {USUAL}"),
        (Vendor.UNKNOWN, f"does not exist: {USUAL}"),
    ],
)
def test_a_missing_workload_is_explained_by_what_the_vendor_has_in_its_place(vendor, said):
    world = without_workload(world_of(vendor))
    assert world.condition("Stalled") == ("True", "WorkloadNotFound")
    assert said in world.decision.stalled.message


def test_before_anybody_has_looked_a_missing_workload_is_just_missing():
    world = without_workload(World())
    assert world.decision.stalled.message == f"Deployment kube-system/coredns does not exist: {USUAL}"


@pytest.mark.parametrize(
    "vendor, said",
    [
        (
            Vendor.GKE,
            "spec.whenMissing ignores that; GKE runs kube-dns or Cloud DNS instead of CoreDNS (a fact says so)",
        ),
        (Vendor.EKS, "spec.whenMissing ignores that"),
        (Vendor.UNKNOWN, "spec.whenMissing ignores that"),
    ],
)
def test_an_ignored_absence_is_explained_as_well(vendor, said):
    world = without_workload(world_of(vendor, spec={"whenMissing": "Ignore"}))
    assert world.condition("Ready") == ("True", "WorkloadAbsent")
    assert world.decision.ready.message.endswith(said)


@pytest.mark.parametrize(
    "vendor, key, value, said",
    [
        (Vendor.EKS, "eks.amazonaws.com/component", "coredns", "aws eks update-addon"),
        (Vendor.AKS, "addonmanager.kubernetes.io/mode", "Reconcile", "az aks upgrade"),
        (Vendor.KOPS, "addon.kops.k8s.io/name", "coredns.addons.k8s.io", "kops update cluster"),
        (Vendor.EKS, "argocd.argoproj.io/instance", "dns", None),
        (Vendor.KUBEADM, "argocd.argoproj.io/instance", "dns", None),
        (Vendor.UNKNOWN, "eks.amazonaws.com/component", "coredns", None),
    ],
)
def test_the_vendors_own_manager_is_told_with_what_to_do_there(vendor, key, value, said):
    world = world_of(vendor)
    world.edit("Deployment", {"metadata": {"labels": {key: value}}})
    world.run()
    assert world.condition("Stalled") == ("True", "ForeignOwner")
    message = world.decision.stalled.message
    assert (said in message) if said else ("fields" in message.rpartition(". ")[2])


def test_a_one_shot_owner_holds_nothing():
    world = world_of(Vendor.KUBEADM).run()
    assert world.running == "1.12.1"


@pytest.mark.parametrize(
    "vendor, owner",
    [
        (Vendor.KUBEADM, "OneShot"),
        (Vendor.GKE, "Absent"),
        (Vendor.EKS, "Continuous"),
        (Vendor.UNKNOWN, None),
    ],
)
def test_the_status_tells_vendor_owner_and_kubelets(vendor, owner):
    told = world_of(vendor).run().told[-1].cluster
    assert (told.vendor, told.because, told.owner, told.kubelets) == (
        vendor.value,
        "a fact says so",
        owner,
        "1.33 - 1.34",
    )
    assert (told.owner_because is not None) is (owner is not None)


def test_the_status_tells_nothing_before_anybody_has_looked():
    assert World().run().told[-1].cluster is None


NEWEST = {"policy": {"breakingChanges": "Allow"}}


def upgraded() -> World:
    """The ledger on Kubernetes 1.35, whose servers then go back."""
    return World("1.0.0", minor="1.35", scene=books(), spec=NEWEST)


def go_back(world: World, *, settled: bool) -> World:
    def lens(observed: Observed) -> Observed:
        minors = replace(
            observed.minors,
            servers=frozenset({Minor(1, 34)}),
            settled=Minor(1, 34) if settled else Minor(1, 35),
            back_from=Minor(1, 35) if settled else None,
        )
        return replace(observed, minors=minors)

    world.lens = lens
    return world.run()


def test_while_a_cluster_goes_back_nothing_starts_and_the_reason_says_so():
    world = go_back(upgraded(), settled=False)
    assert world.running == "1.0.0"
    assert world.condition("UpdateAvailable") == ("True", "WaitingForClusterMinor")
    assert world.decision.update.message.endswith(
        "the cluster goes back from Kubernetes 1.35 to 1.34; the update waits until all API servers have answered the "
        "same minor for the settle time"
    )


def test_an_attempt_that_has_not_switched_ends_when_the_cluster_goes_back():
    world = upgraded()
    world.run(until=lambda w: w.step_is("Rehearsing") or w.step_is("Preparing") or w.step_is("BackingUp"))
    go_back(world, settled=False)
    assert world.running == "1.0.0"
    assert world.told[-1].history[0].message.endswith("the cluster goes back from Kubernetes 1.35 to 1.34")
    assert world.results[-1][1] == "Failed"


def test_once_the_older_minor_has_settled_updates_go_on():
    assert go_back(upgraded(), settled=True).running == "1.1.0"


def test_a_version_that_does_not_run_on_the_older_minor_says_so_and_goes_back_only_after_approval():
    bound = {"kubernetes": ">=1.35", "because": "its API is served there only", "source": "us"}
    catalog = shelf(release("1.1.0", kubernetes=bound), release("1.0.0"))
    world = World("1.1.0", minor="1.35", scene=books(catalog)).run()
    go_back(world, settled=True)
    assert world.condition("Ready") == ("False", "VersionUnfit")
    assert world.decision.ready.message.endswith("the cluster went back from Kubernetes 1.35 to 1.34")
    assert world.condition("UpdateAvailable") == ("True", "WaitingForApproval")
    assert world.running == "1.1.0"


def test_a_version_that_runs_there_as_well_does_not_speak_of_it():
    world = go_back(World("1.1.0", minor="1.35", scene=books()), settled=True)
    assert "went back" not in world.decision.ready.message
