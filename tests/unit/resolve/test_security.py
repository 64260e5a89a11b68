"""Which known flaws are open, which versions end them, and how much they hurry."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from addon_updater.api.versions import Version
from addon_updater.catalog import load_embedded
from addon_updater.resolve import threats
from addon_updater.resolve.security import closed, remedy, urgency
from unit.resolve.situations import coredns, run, web

FLAW = {"id": "CVE-1", "severity": "High", "affects": "*", "because": "it stops", "source": "us"}
QUIC = {"server/quic": "Corefile line 7: quic://.:853"}


def flawed(*advisories, releases=("2.1.0", "2.0.0", "1.9.0")):
    return web(advisories=list(advisories), kubernetes=[], releases=[{"version": one} for one in releases])


@pytest.mark.parametrize(
    "installed, exposures, ids",
    [
        ("1.14.2", {}, []),
        ("1.14.2", QUIC, ["CVE-2026-86003", "CVE-2026-82399", "CVE-2026-32934"]),
        ("1.14.1", {"plugin/loop": "line 3"}, ["CVE-2026-26018"]),
        ("1.14.3", {"plugin/loop": "line 3"}, []),
        ("1.10.1", {"plugin/forward": "line 4"}, ["CVE-2023-28452", "CVE-2023-30464"]),
        ("0.9.0", {}, ["CVE-2017-15133"]),
        (None, QUIC, []),
    ],
)
def test_a_flaw_is_open_where_version_and_configuration_meet(installed, exposures, ids):
    version = Version.parse(installed) if installed else None

    assert [one.id for one in threats(coredns(), version, exposures)] == ids


def test_what_opens_a_flaw_is_told_and_nothing_is_where_every_configuration_does():
    found = threats(coredns(), Version.parse("1.14.2"), QUIC)
    always = threats(flawed(FLAW), Version.parse("2.0.0"), {})

    assert {one.opened_by for one in found} == {"Corefile line 7: quic://.:853"}
    assert [one.opened_by for one in always] == [""]


@pytest.mark.parametrize(
    "fixed, way, ends",
    [
        (["2.1.0"], ["2.1.0"], "2.1.0"),
        (["2.0.5"], ["2.0.5", "2.1.0"], "2.0.5"),
        (["2.1.0"], ["2.0.5"], None),
        (["2.1.0"], [], None),
        ([], ["2.1.0"], None),
        (["1.9.3", "2.1.0"], ["1.9.3", "2.0.0", "2.1.0"], "2.1.0"),
        (["1.9.3", "2.1.0"], ["1.9.3", "2.0.0"], None),
    ],
)
def test_a_way_ends_a_flaw_with_the_version_after_which_none_has_it(fixed, way, ends):
    (found,) = threats(flawed(FLAW | {"fixed": fixed}), Version.parse("1.9.0"), {})
    versions = [Version.parse(one) for one in way]

    assert found.closed_on(versions) == (Version.parse(ends) if ends else None)
    assert closed([found], versions) == ((found,) if ends else ())


def test_urgency_is_that_of_the_gravest():
    lesser, graver = FLAW | {"id": "CVE-2", "severity": "Low"}, FLAW
    found = threats(flawed(lesser, graver), Version.parse("2.0.0"), {})

    assert urgency(()) == 0
    assert 0 < urgency(found[1:]) < urgency(found)


@pytest.mark.parametrize(
    "fixed, denied, first",
    [(["2.0.0"], (), "2.0.0"), (["2.0.0"], ("2.0.0",), "2.1.0"), (["2.2.0"], (), None), ([], (), None)],
)
def test_the_first_release_without_the_flaw_is_found_whatever_is_wished(fixed, denied, first):
    releases = [
        {"version": one, "denied": {"reason": "no", "source": "us"} if one in denied else None}
        for one in ("2.1.0", "2.0.0", "1.9.0")
    ]
    addon = web(advisories=[FLAW | {"fixed": fixed}], kubernetes=[], releases=releases)
    (found,) = threats(addon, Version.parse("1.9.0"), {})

    assert remedy(found, addon, Version.parse("1.9.0")) == (Version.parse(first) if first else None)


@given(st.sampled_from([str(one.version) for one in coredns().releases]))
def test_flaws_choose_no_version(installed):
    addon = coredns()
    unknown = replace(addon, advisories=())

    with_flaws, plain = (run(one, "1.36", installed=installed) for one in (addon, unknown))

    assert (with_flaws.target, with_flaws.hops, with_flaws.message) == (
        plain.target,
        plain.hops,
        plain.message,
    )


@pytest.mark.parametrize("name", ["coredns", "prometheus", "grafana"])
def test_fewer_features_in_use_never_open_more_flaws(name):
    addon = load_embedded().addon(name)
    features = {feature: "here" for one in addon.advisories for feature in one.data.exposed_when}
    for release in addon.releases:
        everything = {one.id for one in threats(addon, release.version, features)}
        nothing = {one.id for one in threats(addon, release.version, {})}
        assert nothing <= everything
