from __future__ import annotations

import pytest

from addon_updater.rollout.ownership import Writer, workload_paths, writer_of, written_by_others_since
from unit.rollout.kubelet import WRONG
from unit.rollout.manifests import image
from unit.rollout.properties import assert_safe
from unit.rollout.scenes import books
from unit.rollout.stage import START
from unit.rollout.world import World

MARKS = [
    ("labels", "app.kubernetes.io/managed-by", "Helm", "helm"),
    ("annotations", "meta.helm.sh/release-name", "coredns", "helm"),
    ("labels", "argocd.argoproj.io/instance", "dns", "argocd-controller"),
    ("annotations", "argocd.argoproj.io/tracking-id", "dns:apps/Deployment", "argocd-controller"),
    ("labels", "kustomize.toolkit.fluxcd.io/name", "infra", "kustomize-controller"),
    ("labels", "helm.toolkit.fluxcd.io/name", "coredns", "helm-controller"),
    ("labels", "addonmanager.kubernetes.io/mode", "Reconcile", "addon-manager"),
    ("labels", "eks.amazonaws.com/component", "coredns", "eks"),
    ("labels", "addon.kops.k8s.io/name", "coredns.addons.k8s.io", "kops"),
    ("annotations", "objectset.rio.cattle.io/id", "", "k3s"),
]
MANAGERS = ["argocd-controller", "kustomize-controller", "helm", "eks", "Terraform", "an unknown one"]


def stalls_without_a_write(world: World, owner: str) -> None:
    world.run()
    assert world.writes == []
    assert world.condition("Stalled") == ("True", "ForeignOwner")
    assert world.told[-1].owners == [owner]


@pytest.mark.parametrize("place, key, value, owner", MARKS, ids=[f"{mark[1]}" for mark in MARKS])
def test_what_bears_the_mark_of_a_continuous_owner_is_not_written(place, key, value, owner):
    world = World()
    world.edit("Deployment", {"metadata": {place: {key: value}}})
    stalls_without_a_write(world, owner)


@pytest.mark.parametrize("manager", MANAGERS)
def test_what_a_continuous_owner_manages_is_not_written(manager):
    stalls_without_a_write(World(manager=manager), manager)


@pytest.mark.parametrize(
    "patch",
    [
        {"spec": {"minReadySeconds": 7}},
        {
            "spec": {
                "template": {
                    "spec": {
                        "containers": [{"name": "coredns", "args": ["-conf", "/etc/coredns/Corefile", "-q"]}]
                    }
                }
            }
        },
    ],
    ids=["pace", "args"],
)
def test_one_field_of_a_continuous_owner_is_enough(patch):
    world = World()
    world.api.overlay("Deployment", "coredns", patch, "rancher")
    world.tick(30)
    stalls_without_a_write(world, "rancher")


@pytest.mark.parametrize(
    "released, ends_at", [([], "1.0.0"), (["rancher"], "1.1.0")], ids=["kept", "released"]
)
def test_a_strategy_that_has_to_change_belongs_to_what_is_asked_for(released, ends_at):
    world = World("1.0.0", scene=books(), spec={"releasedBy": released} if released else {})
    rolling = {"spec": {"strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 3}}}}
    world.api.overlay("Deployment", "ledger", rolling, "rancher")
    world.tick(30)
    world.run()
    assert world.running == ends_at
    assert ("SetRecreate" in world.did) is bool(released)


def test_a_strategy_that_is_right_already_may_be_anybodys():
    world = World("1.0.0", scene=books())
    recreate = {"spec": {"strategy": {"type": "Recreate", "rollingUpdate": None}}}
    world.api.overlay("Deployment", "ledger", recreate, "rancher")
    world.tick(30)
    assert world.run().running == "1.1.0"


@pytest.mark.parametrize(
    "manager", ["kubectl-client-side-apply", "kubectl-edit", "kubeadm", "before-first-apply"]
)
def test_what_a_one_shot_writer_made_is_adopted(manager):
    assert World(manager=manager).run().running == "1.12.1"


def test_a_continuous_owner_that_has_released_the_fields_is_named_in_the_spec():
    world = World(manager="argocd-controller", spec={"releasedBy": ["argocd-controller"]}).run()
    assert world.running == "1.12.1"


@pytest.mark.parametrize("step", ["Progressing", None], ids=["in the middle", "after the promotion"])
@pytest.mark.parametrize("pace", [0, 2], ids=["all of it", "all but the pace"])
def test_what_a_continuous_owner_takes_back_is_never_written_again(step, pace):
    world = World(spec={"rollout": {"soak": "8s", "minReadySeconds": pace}})
    world.run(until=None if step is None else lambda w: w.step_is(step))
    world.apply_original(manager="argocd-controller")
    world.run()
    written = [write for write in world.writes if write.kind == "Deployment"]
    for _ in range(3):
        world.crash()
        world.tick(600)
        world.run()
    assert [write for write in world.writes if write.kind == "Deployment"] == written
    assert world.running == "1.11.3"
    assert world.condition("Stalled") == ("True", "RevertedByOther")
    assert world.condition("UpdateAvailable") in {("True", "Blocked"), ("False", "UpToDate")}
    assert world.told[-1].owners == ["argocd-controller"]
    assert_safe(world)


def reverted() -> World:
    """Argo CD has undone what was promoted."""
    world = World(spec={"rollout": {"soak": "8s"}}).run()
    world.apply_original(manager="argocd-controller")
    world.run(until=lambda w: w.condition("Stalled") == ("True", "RevertedByOther"))
    return world


def observes(world: World) -> None:
    world.change_spec(delivery="Observe")


def retries(world: World) -> None:
    world.tick(30)
    world.annotate(resetAt=world.now.isoformat())


def releases_the_fields(world: World) -> None:
    world.change_spec(releasedBy=["argocd-controller"])


def is_made_anew(world: World) -> None:
    world.delete_release()
    world.recreate_release()


@pytest.mark.parametrize(
    "way_out, stalled, update, runs",
    [
        (observes, None, "Observing", "1.11.3"),
        (retries, "ForeignOwner", "Blocked", "1.11.3"),
        (is_made_anew, "ForeignOwner", "Blocked", "1.11.3"),
        (lambda world: (releases_the_fields(world), retries(world)), None, "UpToDate", "1.12.1"),
    ],
    ids=["observe it", "retry", "make the release anew", "release the fields and retry"],
)
def test_who_was_reverted_has_a_way_out(way_out, stalled, update, runs):
    world = reverted()
    way_out(world)
    world.run()
    assert world.running == runs
    assert world.condition("UpdateAvailable")[1] == update
    told = {one.type: one.reason for one in world.told[-1].conditions}
    assert told.get("Stalled") == stalled
    assert_safe(world)


def test_a_continuous_owner_that_shares_the_update_is_not_written_over_on_the_way_back():
    """Git has caught up with the update during its soak: a way back would be fought."""
    world = World()
    world.run(until=lambda w: w.step_is("Soaking"))
    container = {"name": "coredns", "image": image("1.12.1")}
    patch = {"spec": {"template": {"spec": {"containers": [container]}}}}
    world.api.apply("Deployment", "coredns", patch, "argocd-controller")
    world.behave("1.12.1", WRONG)
    world.run(until=lambda w: w.condition("Stalled") == ("True", "ForeignOwner"))
    assert world.running == "1.12.1"
    assert world.told[-1].owners == ["argocd-controller"]
    world.apply_original(manager="argocd-controller")
    world.run()
    assert world.running == "1.11.3"
    assert world.results[-1] == ("1.12.1", "Superseded")
    assert world.revisions()[-1].quarantine.version == "1.12.1"
    assert_safe(world)


def test_a_continuous_owner_that_comes_during_the_rehearsal_ends_the_attempt_before_the_switch():
    world = World()
    world.run(until=lambda w: w.step_is("Rehearsing"))
    world.edit("Deployment", {"metadata": {"labels": {"argocd.argoproj.io/instance": "dns"}}})
    world.run()
    assert world.running == "1.11.3"
    assert world.results[-1] == ("1.12.1", "Failed")
    assert world.condition("Stalled") == ("True", "ForeignOwner")


def test_fields_of_others_stay_as_they_are():
    world = World()
    env = {"name": "coredns", "env": [{"name": "GOMEMLIMIT", "value": "100MiB"}]}
    world.api.overlay("Deployment", "coredns", {"spec": {"template": {"spec": {"containers": [env]}}}}, "vpa")
    world.tick(30)
    world.run()
    container = world.workload["spec"]["template"]["spec"]["containers"][0]
    assert container["env"] == env["env"]
    assert container["image"] == image("1.12.1")
    assert_safe(world)


@pytest.mark.parametrize(
    "manager, writer",
    [
        ("addon-updater", Writer.OURS),
        ("kubectl", Writer.ONE_SHOT),
        ("kubectl-edit", Writer.ONE_SHOT),
        ("kubeadm", Writer.ONE_SHOT),
        ("before-first-apply", Writer.ONE_SHOT),
        ("argocd-controller", Writer.CONTINUOUS),
        ("addon-updater-cli", Writer.CONTINUOUS),
        ("", Writer.CONTINUOUS),
    ],
)
def test_a_manager_that_is_not_known_counts_as_continuous(manager, writer):
    assert writer_of(manager) is writer


@pytest.mark.parametrize(
    "entry, expected",
    [
        ({"manager": "kubectl", "time": "2026-01-05T12:00:01Z"}, True),
        ({"manager": "kubectl", "time": "2026-01-05T11:59:59Z"}, False),
        ({"manager": "kubectl"}, True),
        ({"manager": "addon-updater", "time": "2026-01-05T12:00:01Z"}, False),
    ],
    ids=["later", "before", "nobody knows when", "us"],
)
def test_who_wrote_a_field_since(entry, expected):
    path = workload_paths("coredns", None)[-1]
    fields = {"fieldsV1": {"f:spec": {"f:minReadySeconds": {}}}}
    assert written_by_others_since([entry | fields], path, START) is expected
    assert written_by_others_since([entry | {"fieldsV1": {}}], path, START) is False
