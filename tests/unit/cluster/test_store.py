import copy

import pytest

from addon_updater import metrics
from addon_updater.api.release import AddonReleaseSpec
from addon_updater.cluster.queue import Key
from addon_updater.cluster.store import Store
from addon_updater.rollout.observed import WorkloadRef
from unit.catalog import entries
from unit.cluster.releases import release
from unit.metrics.standings import stands

DNS = Key("kube-system", "dns")
GOOD = {"spec": entries.spec(entries.wire()).to_wire()}
NO_SHAPE = {"spec": {"mode": "Extend", "serial": 1, "addons": [{"name": "web", "risk": 7}]}}
NO_SENSE = {"spec": {"mode": "Extend", "serial": 1, "addons": [entries.wire(sources={})]}}


@pytest.mark.parametrize(
    ("change", "wakes"),
    [
        pytest.param({}, False, id="nothing"),
        pytest.param({"metadata": {"resourceVersion": "2", "managedFields": [{}]}}, False, id="bookkeeping"),
        pytest.param({"status": {"observedGeneration": 1}}, False, id="our own status"),
        pytest.param({"metadata": {"generation": 2}}, True, id="generation"),
        pytest.param(
            {"metadata": {"annotations": {"addon-updater.dev/approve": "x"}}}, True, id="annotation"
        ),
        pytest.param({"metadata": {"uid": "other"}}, True, id="another object of the name"),
        pytest.param({"spec": {"addon": "coredns", "version": "1.12.1"}}, True, id="spec"),
        pytest.param({"spec": {"addon": "coredns", "unknown": 1}}, True, id="spec that cannot be read"),
    ],
)
def test_a_release_wakes_only_for_what_a_decision_depends_on(change, wakes):
    store = Store()
    assert store.put_release(release())
    assert store.put_release(release(**copy.deepcopy(change))) is wakes


def test_what_is_seen_of_the_status_is_the_newest_although_it_wakes_nobody():
    store = Store()
    store.put_release(release())
    store.put_release(release(status={"observedGeneration": 7}))
    assert store.releases[DNS].status == {"observedGeneration": 7}


@pytest.mark.parametrize(
    ("manifest", "problem"),
    [
        (release(spec={"addon": "coredns", "verison": "1"}), "spec.verison: "),
        (release(spec={"addon": 7}), "spec.addon: "),
        (release(spec="all"), "spec: "),
        ({key: value for key, value in release().items() if key != "spec"}, "spec: "),
    ],
    ids=["unknown field", "wrong type", "no object", "absent"],
)
def test_a_spec_that_cannot_be_read_is_kept_as_a_problem_that_names_the_field(manifest, problem):
    store = Store()
    store.put_release(manifest)
    kept = store.releases[DNS]
    assert kept.release is None
    assert kept.problem is not None
    assert kept.problem.startswith(problem)
    assert isinstance(kept.identity.spec, AddonReleaseSpec)


def test_conditions_that_cannot_be_read_count_as_none():
    store = Store()
    store.put_release(release(status={"conditions": [{"type": "Ready", "colour": "green"}]}))
    assert store.releases[DNS].conditions == ()


def test_of_several_releases_for_one_workload_the_older_ones_are_told_oldest_first():
    store = Store()
    other_place = {"name": "far", "namespace": "other", "uid": "far"}
    for manifest in (
        release("third", created=3),
        release("first", created=1),
        release("second", created=2),
        release("same-age", created=3),
        release("elsewhere", created=0, spec={"addon": "coredns", "targetRef": {"name": "own-dns"}}),
        release("broken", created=0, spec={"addon": "coredns", "x": 1}),
        release(created=0, metadata=other_place),
    ):
        store.put_release(manifest)

    def older(name: str) -> tuple[str, ...]:
        kept = store.releases[Key("kube-system", name)].release
        assert kept is not None
        return store.older_claims(kept, WorkloadRef("Deployment", "coredns"))

    assert older("first") == ()
    assert older("second") == ("first",)
    assert older("third") == ("first", "second", "same-age")
    assert older("same-age") == ("first", "second")


def test_a_deleted_release_claims_nothing_and_leaves_no_metric():
    store = Store()
    store.put_release(release("old", created=0))
    store.put_release(release("new", created=1))
    metrics.show_release(stands("old"))
    store.drop_release("kube-system", "old")
    store.drop_release("kube-system", "never-seen")
    kept = store.releases[Key("kube-system", "new")].release
    assert kept is not None
    assert store.older_claims(kept, WorkloadRef("Deployment", "coredns")) == ()
    assert b'name="old"' not in metrics.exposition()


@pytest.mark.parametrize(
    ("broken", "where"),
    [
        (NO_SHAPE, "AddonCatalog more: spec.addons["),
        (NO_SENSE, "AddonCatalog more"),
        ({"spec": None}, "AddonCatalog more: spec: "),
        ({}, "AddonCatalog more: spec: "),
    ],
    ids=["shape", "sense", "null", "absent"],
)
def test_a_broken_catalog_never_replaces_a_good_one_and_is_told_until_it_is_mended(broken, where):
    store = Store()
    store.put_catalog("more", GOOD)
    assert store.catalog.addon("web") is not None
    store.put_catalog("more", broken)
    assert store.catalog.addon("web") is not None
    assert store.catalog.addon("coredns") is not None
    assert (store.catalog_problem or "").startswith(where)
    store.put_catalog("more", GOOD)
    assert store.catalog_problem is None


@pytest.mark.parametrize("broken", [NO_SHAPE, NO_SENSE], ids=["shape", "sense"])
def test_a_broken_catalog_that_is_deleted_is_told_no_more_and_the_others_stay(broken):
    store = Store()
    store.put_catalog("good", GOOD)
    store.put_catalog("bad", broken)
    assert store.catalog_problem is not None
    store.drop_catalog("bad")
    assert store.catalog_problem is None
    assert store.catalog.addon("web") is not None
    store.drop_catalog("good")
    assert store.catalog.addon("web") is None


def test_only_a_catalog_that_changes_something_is_news():
    store = Store()
    assert store.put_catalog("more", GOOD)
    assert not store.put_catalog("more", {**GOOD, "status": {"acceptedSerial": 1}})
    assert store.put_catalog("more", NO_SENSE)
    assert not store.put_catalog("more", NO_SENSE)
    assert store.drop_catalog("more")


NEEDS_BASE = {
    "spec": {
        "mode": "Extend",
        "serial": 1,
        "addons": [{"name": "web", "image": {"repository": "mirror.example/web", "tag": "v{version}"}}],
    }
}


@pytest.mark.parametrize("order", [("base", "more"), ("more", "base")])
def test_a_catalog_that_extends_another_is_taken_in_either_order(order):
    store = Store()
    for name in order:
        store.put_catalog(name, GOOD if name == "base" else NEEDS_BASE)
    assert store.catalog_problem is None
    web = store.catalog.addon("web")
    assert web is not None
    assert web.entry.image is not None
    assert web.entry.image.repository == "mirror.example/web"


def test_a_catalog_whose_base_is_deleted_is_told_until_the_base_is_back():
    store = Store()
    store.put_catalog("base", GOOD)
    store.put_catalog("more", NEEDS_BASE)
    store.drop_catalog("base")
    assert (store.catalog_problem or "").startswith("AddonCatalog more")
    assert store.catalog.addon("web") is None
    store.put_catalog("base", GOOD)
    assert store.catalog_problem is None
    store.drop_catalog("base")
    store.drop_catalog("more")
    assert store.catalog_problem is None


def test_a_status_of_ours_is_known_before_the_watch_tells_it():
    store = Store()
    store.put_release(release())
    store.keep_status(release(status={"observedGeneration": 7}))
    assert store.releases[DNS].status == {"observedGeneration": 7}


def test_a_status_of_ours_is_of_the_release_that_it_was_written_for():
    store = Store()
    store.put_release(release(status={"observedGeneration": 1}))
    before = release(status={"observedGeneration": 7})
    before["metadata"] = {**before["metadata"], "uid": "the one before"}
    store.keep_status(before)
    assert store.releases[DNS].status == {"observedGeneration": 1}


def test_a_status_for_a_release_that_is_gone_is_not_kept():
    store = Store()
    store.keep_status(release(status={"observedGeneration": 7}))
    assert store.releases == {}


def generation(store: Store) -> int:
    return store.releases[DNS].identity.generation


def of_generation(number: int) -> dict:
    manifest = release()
    return {**manifest, "metadata": {**manifest["metadata"], "generation": number}}


def test_a_list_tells_what_the_watch_has_lost():
    store = Store()
    store.put_release(of_generation(1))
    assert store.relist(dict(store.releases), [of_generation(2)]) == ()
    assert generation(store) == 2


def test_a_list_knows_less_than_a_watch_that_has_told_something_meanwhile():
    store = Store()
    store.put_release(of_generation(1))
    before = dict(store.releases)
    store.put_release(of_generation(3))
    assert store.relist(before, [of_generation(2)]) == ()
    assert generation(store) == 3


def test_a_release_that_is_not_listed_is_gone_unless_it_came_meanwhile():
    store = Store()
    store.put_release(of_generation(1))
    assert store.relist(dict(store.releases), []) == (DNS,)
    before = dict(store.releases)
    store.put_release(of_generation(1))
    assert store.relist(before, []) == ()
    assert DNS in store.releases
