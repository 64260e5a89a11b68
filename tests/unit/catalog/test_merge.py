"""What AddonCatalog objects add, replace and cannot break."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from addon_updater.api.versions import Minor, Version
from addon_updater.catalog import Catalog, Standing, load_embedded, merge
from addon_updater.catalog.catalog import build
from addon_updater.errors import CatalogError
from unit.catalog.entries import REMARK, SOURCE, TESTED_134, entry, spec, wire

BASE = build({"web": entry()}, where="base")
NEW, OLD = wire()["releases"]


def extension(**fields):
    return {"name": "web", **fields}


def test_an_extension_adds_a_release_and_moves_a_default():
    added = extension(
        kubernetes=[
            {"minor": "1.35", "defaults": [{"vendor": "kubeadm", "version": "2.2.0", "source": "us"}]}
        ],
        releases=[
            {"version": "2.2.0", "evidence": [{"kubernetes": "1.35", "level": "Tested", "source": "us"}]}
        ],
    )

    web = merge(BASE, {"mine": spec(added)}).addon("web")

    assert [str(release.version) for release in web.releases] == ["2.2.0", "2.1.0", "2.0.0"]
    assert str(web.default_for(Minor(1, 35)).version) == "2.2.0"
    assert str(web.default_for(Minor(1, 34)).version) == "2.0.0"
    assert web.evidence(Version.parse("2.2.0"), Minor(1, 35)).standing is Standing.TESTED


def test_an_extension_changes_a_release_without_losing_what_was_known():
    changed = extension(
        releases=[
            {
                "version": "2.0.0",
                "denied": REMARK,
                "evidence": [{"kubernetes": "1.35", "level": "Declared", "source": "us"}],
            }
        ],
        kubernetes=[
            {"minor": "1.34", "defaults": [{"vendor": "kubeadm", "version": "2.1.0", "source": "us"}]}
        ],
    )

    release = merge(BASE, {"mine": spec(changed)}).addon("web").release(Version.parse("2.0.0"))

    assert release.data.denied.reason == "it is broken"
    assert [one.kubernetes for one in release.data.evidence] == ["1.34", "1.35"]


def test_an_extension_knows_a_new_minor():
    added = extension(
        kubernetes=[{"minor": "1.36"}],
        releases=[
            {"version": "2.1.0", "evidence": [{"kubernetes": "1.36", "level": "Declared", "source": "us"}]}
        ],
    )

    web = merge(BASE, {"mine": spec(added)}).addon("web")

    assert web.evidence(Version.parse("2.1.0"), Minor(1, 36)).standing is Standing.DECLARED
    assert BASE.addon("web").evidence(Version.parse("2.1.0"), Minor(1, 36)).standing is Standing.UNKNOWN


def test_an_extension_adds_a_line_with_long_term_support_and_moves_its_last_day():
    line = {"versions": "2.0.x", "until": "2026-12-31", "source": "us"}
    base = build({"web": entry(lts=[line])}, where="base")
    added = extension(
        lts=[line | {"until": "2027-12-31"}, {"versions": "2.1.x", "until": "2028-12-31", "source": "us"}]
    )

    web = merge(base, {"mine": spec(added)}).addon("web")

    assert [(str(one.versions), one.until.year) for one in web.lts] == [("2.0.x", 2027), ("2.1.x", 2028)]


def test_an_unknown_addon_comes_by_data_alone():
    merged = merge(load_embedded(), {"mine": spec(wire())})

    assert sorted(merged.addons) == sorted([*load_embedded().addons, "web"])


def test_replace_leaves_nothing_but_its_own_entry_of_that_addon():
    only = wire(
        releases=[OLD],
        kubernetes=[
            {"minor": "1.34", "defaults": [{"vendor": "kubeadm", "version": "2.0.0", "source": "us"}]}
        ],
    )

    merged = merge(load_embedded(), {"base": spec(wire(), priority=-1), "mine": spec(only, mode="Replace")})

    assert [str(one.version) for one in merged.addon("web").releases] == ["2.0.0"]
    assert merged.addon("coredns") == load_embedded().addon("coredns")


@pytest.mark.parametrize(
    "priorities, winner",
    [
        ({"a": 1, "b": 2}, "b"),
        ({"a": 2, "b": 1}, "a"),
        ({"a": None, "b": None}, "b"),
        ({"a": None, "b": -1}, "a"),
    ],
)
def test_the_last_word_has_the_highest_priority_then_the_last_name(priorities, winner):
    extensions = {
        name: spec(extension(releases=[{"version": "2.0.0", "note": name}]), priority=priority)
        for name, priority in priorities.items()
    }

    release = merge(BASE, extensions).addon("web").release(Version.parse("2.0.0"))

    assert release.data.note == winner


@pytest.mark.parametrize(
    "addon, complaint",
    [
        (
            extension(stops=[{"id": "x", "at": "9.x", "when": "Now", "because": "so", "source": "us"}]),
            "no release is in",
        ),
        (
            extension(releases=[{"version": "2.2.0", "denied": REMARK | {"source": "me"}}]),
            "there is no source 'me'",
        ),
        (extension(releases=[{"version": "2.2.0"}, {"version": "2.2.0"}]), "2.2.0 is stated 2 times"),
        (
            extension(
                lts=[
                    {"versions": "2.x", "until": "2027-01-01", "source": "us"},
                    {"versions": "2.1.x", "until": "2027-01-01", "source": "us"},
                ]
            ),
            "overlaps '2.x'",
        ),
        (
            {"name": "other", "sources": SOURCE},
            r"addons\[other\]: .*; add risk, evidenceFloor, target, image",
        ),
    ],
)
def test_a_broken_extension_is_refused_by_name_and_the_good_catalog_stays_as_it_was(addon, complaint):
    before = BASE.digest

    with pytest.raises(CatalogError, match=rf"^AddonCatalog broken: .*{complaint}"):
        merge(BASE, {"broken": spec(addon)})

    assert BASE.digest == before


def test_a_version_may_be_denied_although_a_vendor_installs_it():
    merged = merge(BASE, {"mine": spec(extension(releases=[{"version": "2.1.0", "denied": REMARK}]))})

    assert merged.addon("web").release(Version.parse("2.1.0")).data.denied is not None
    assert str(merged.addon("web").default_for(Minor.parse("1.35")).version) == "2.1.0"


def test_merging_nothing_changes_nothing():
    assert merge(BASE, {}) is BASE


def test_the_digest_follows_the_content():
    changed = merge(
        BASE, {"mine": spec(extension(releases=[OLD | {"evidence": [TESTED_134], "note": "new"}]))}
    )
    same = merge(BASE, {"mine": spec(extension(releases=[OLD]))})

    assert changed.digest != BASE.digest
    assert same.digest == BASE.digest
    assert Catalog({}).digest != BASE.digest


@given(st.permutations(["a", "b", "c", "d"]))
def test_the_order_in_which_objects_arrive_does_not_matter(names):
    specs = {
        name: spec(extension(releases=[{"version": "2.0.0", "note": name}]), priority=number % 2)
        for number, name in enumerate("abcd")
    }

    assert merge(BASE, {name: specs[name] for name in names}).digest == merge(BASE, specs).digest
