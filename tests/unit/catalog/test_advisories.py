"""Known flaws: which versions have one, what of it is refused, and what the embedded catalog states."""

from __future__ import annotations

from pathlib import Path

import pytest

from addon_updater.api.catalog import Advisory, AdvisorySeverity
from addon_updater.api.catalog_advisories import FEATURES
from addon_updater.api.versions import Version
from addon_updater.catalog import lint, load_embedded, merge
from addon_updater.catalog.catalog import build
from addon_updater.catalog.index import index_addon
from addon_updater.cli.catalogs.difference import differences
from addon_updater.cli.catalogs.statements import of_advisory
from addon_updater.errors import CatalogError
from unit.catalog.entries import entry, spec, wire

PAGE = (Path(__file__).parents[3] / "docs" / "catalog.md").read_text(encoding="utf-8")
NEW, OLD = wire()["releases"]
FLAW = {
    "id": "CVE-2026-1",
    "severity": "High",
    "affects": "*",
    "fixed": ["2.1.0"],
    "because": "anybody stops it",
    "source": "us",
}
OPENED = "a server block for quic:// or a server block for grpc://"
FIXING = [NEW | {"fixes": ["CVE-2026-1"]}, OLD]


def web(*advisories, releases=FIXING, **changes):
    return entry(advisories=list(advisories), releases=releases, **changes)


def has(version, **flaw):
    fixing = web(FLAW | flaw, releases=[])
    return index_addon(fixing, where="test").advisories[0].concerns(Version.parse(version))


@pytest.mark.parametrize(
    "affects, fixed, affected, free",
    [
        ("*", ["1.14.2"], "0.9.0 1.11.3 1.13.9 1.14.0 1.14.1 1.14.2-rc.1", "1.14.2 1.14.3 1.15.0 2.0.0"),
        (">=1.11", ["1.12.2"], "1.11.0 1.12.1 1.12.1-eksbuild.3", "1.10.1 1.12.2 1.13.0"),
        ("<=1.9.3", [], "1.8.0 1.9.3", "1.9.4 2.0.0"),
        ("*", [], "1.0.0 9.9.9", ""),
        (">=3", ["3.5.2", "3.11.2"], "3.0.0 3.4.9 3.5.1 3.6.0 3.11.1", "2.55.1 3.5.2 3.5.9 3.11.2 3.12.0"),
        (
            ">=11",
            ["11.1.6+security-01", "11.1.7+security-01", "11.2.2+security-01"],
            "11.0.9 11.1.5 11.1.6 11.1.7 11.2.1 11.2.2",
            "10.4.0 11.1.6+security-01 11.1.7+security-01 11.1.7+security-02 11.1.8 11.2.2+security-01 11.3.0",
        ),
        ("1.1.x || >=1.3", ["1.1.4", "1.4.0"], "1.1.0 1.1.3 1.3.9", "1.0.0 1.1.4 1.2.0 1.4.0"),
    ],
)
def test_a_version_has_a_flaw_from_its_beginning_to_the_fix_of_its_line(affects, fixed, affected, free):
    assert [one for one in affected.split() if not has(one, affects=affects, fixed=fixed)] == []
    assert [one for one in free.split() if has(one, affects=affects, fixed=fixed)] == []


def test_the_gravest_comes_first_and_unknown_right_after_high():
    severities = ["Low", "Unknown", "Critical", "Medium", "High"]
    flaws = [FLAW | {"id": f"CVE-{n}", "severity": one, "fixed": []} for n, one in enumerate(severities)]
    index = index_addon(web(*flaws), where="test")

    assert [one.data.severity.value for one in index.advisories] == [
        "Critical",
        "High",
        "Unknown",
        "Medium",
        "Low",
    ]
    assert AdvisorySeverity.LOW.gravity == 1


def test_an_entry_whose_releases_say_the_same_as_its_advisories_is_clean():
    assert lint(web(FLAW), "web.yaml") == ()
    assert lint(web(FLAW | {"fixed": ["2.1.0", "1.7.3"]}), "web.yaml") == ()
    by_alias = [NEW | {"fixes": ["GHSA-x"]}, OLD]
    assert lint(web(FLAW | {"aliases": ["GHSA-x"]}, releases=by_alias), "web.yaml") == ()


@pytest.mark.parametrize(
    "advisories, releases, path, message, fatal",
    [
        ([FLAW, FLAW], FIXING, "advisories", "CVE-2026-1 is stated 2 times", True),
        (
            [FLAW, FLAW | {"id": "CVE-2026-2", "aliases": ["CVE-2026-1"]}],
            [NEW | {"fixes": ["CVE-2026-1", "CVE-2026-2"]}, OLD],
            "advisories",
            "CVE-2026-1 is stated 2 times",
            True,
        ),
        (
            [FLAW | {"affects": ">2 <1"}],
            FIXING,
            "advisories[CVE-2026-1].affects",
            "no version satisfies",
            True,
        ),
        ([FLAW | {"fixed": ["2.01.0"]}], [OLD], "advisories[CVE-2026-1].fixed", "leading zeros", True),
        (
            [FLAW | {"fixed": ["2.1.0", "2.1.0"]}],
            FIXING,
            "advisories[CVE-2026-1].fixed",
            "2.1.0 is stated twice",
            True,
        ),
        ([FLAW | {"source": "me"}], FIXING, "advisories[CVE-2026-1]", "there is no source 'me'", True),
        (
            [FLAW | {"exposedWhen": ["plugin/etcd"]}],
            FIXING,
            "advisories[CVE-2026-1].exposedWhen",
            "nothing looks for 'plugin/etcd' in web",
            True,
        ),
        (
            [FLAW | {"fixed": []}],
            FIXING,
            "releases[2.1.0].fixes",
            "2.1.0 is to fix CVE-2026-1, and advisories[CVE-2026-1].fixed does not name it",
            True,
        ),
        ([], FIXING, "releases[2.1.0].fixes", "no advisory tells whom CVE-2026-1 concerns", False),
        (
            [FLAW],
            [NEW, OLD],
            "advisories[CVE-2026-1].fixed",
            "release 2.1.0 does not say that it fixes CVE-2026-1",
            False,
        ),
    ],
)
def test_a_mistake_is_named_with_its_place_and_a_remedy(advisories, releases, path, message, fatal):
    (problem,) = lint(web(*advisories, releases=releases), "web.yaml")

    assert (problem.path, problem.fatal) == (f"addons[web].{path}", fatal)
    assert message in problem.message
    assert problem.remedy


def test_a_feature_that_the_code_of_an_addon_does_not_know_is_refused_with_those_that_it_knows():
    coredns = load_embedded().addon("coredns").entry
    (first, *others) = coredns.advisories
    changed = first.model_copy(update={"exposed_when": ("plugin/none",)})
    (problem,) = lint(coredns.model_copy(update={"advisories": (changed, *others)}), "coredns.yaml")

    assert problem.message == "nothing looks for 'plugin/none' in coredns"
    assert "plugin/etcd" in problem.remedy


def test_an_extension_adds_an_advisory_and_its_word_replaces_that_of_the_same_id():
    base = build({"web": web(FLAW)}, where="base")
    graver = FLAW | {"severity": "Critical"}
    other = FLAW | {"id": "CVE-2026-9", "fixed": []}

    merged = merge(base, {"mine": spec({"name": "web", "advisories": [graver, other]})}).addon("web")

    assert [(one.data.id, one.data.severity.value) for one in merged.advisories] == [
        ("CVE-2026-1", "Critical"),
        ("CVE-2026-9", "High"),
    ]


def test_an_extension_that_contradicts_a_release_is_refused():
    base = build({"web": web(FLAW)}, where="base")
    unfixed = FLAW | {"fixed": []}

    with pytest.raises(CatalogError, match=r"2\.1\.0 is to fix CVE-2026-1"):
        merge(base, {"mine": spec({"name": "web", "advisories": [unfixed]})})


def test_a_diff_shows_an_advisory_that_comes():
    before, after = build({"web": entry()}, where="one"), build({"web": web(FLAW)}, where="other")
    (found,) = differences(before, after)

    flaws = [one for one in found.changes if one.subject.part == "known flaws"]
    assert [(one.subject.item, one.is_new) for one in flaws] == [("CVE-2026-1", True)]


@pytest.mark.parametrize(
    "changes, text",
    [
        ({}, "anybody stops it: in *, fixed in 2.1.0 (us)"),
        ({"fixed": []}, "anybody stops it: in *, nobody names a fix (us)"),
        (
            {"exposedWhen": ["server/quic", "server/grpc"], "aliases": ["GHSA-x"]},
            f"anybody stops it: in *, fixed in 2.1.0, needs {OPENED} (also GHSA-x) (us)",
        ),
    ],
)
def test_a_page_says_whom_a_flaw_concerns_and_what_opens_it(changes, text):
    said = of_advisory("coredns", Advisory.model_validate(FLAW | changes))

    assert (said.kind, said.text) == ("High", text)


@pytest.mark.parametrize(
    "addon, version, open_, fixed",
    [
        ("coredns", "1.11.3", "CVE-2026-26018 CVE-2025-58063 CVE-2025-47950", "CVE-2024-0874 CVE-2023-30464"),
        ("coredns", "1.14.2", "CVE-2026-32934 CVE-2026-86003", "CVE-2026-26018 CVE-2026-26017"),
        ("coredns", "1.15.0", "", "CVE-2026-86003 go-2026-10"),
        ("coredns", "1.9.3", "CVE-2022-2835 CVE-2022-2837 CVE-2023-28452", "deps-2022-05"),
        ("coredns", "1.9.4", "CVE-2026-35579", "CVE-2022-2835"),
        ("prometheus", "2.55.1", "CVE-2026-42154 CVE-2026-42151 CVE-2026-44903", "CVE-2026-40179"),
        ("prometheus", "3.5.3", "GHSA-39j6-789q-qxvh CVE-2026-53606", "CVE-2026-42154 prometheus-17683"),
        ("prometheus", "3.11.2", "CVE-2026-42154", "CVE-2026-40179"),
        ("prometheus", "3.14.0", "GO-2026-6348 GO-2026-6303", "GO-2026-5841 CVE-2026-56852"),
        ("prometheus", "3.16.0", "", "GO-2026-6505 prometheus-net-2026-10"),
        ("grafana", "11.2.2", "CVE-2024-9264", ""),
        ("grafana", "11.2.2+security-01", "", "CVE-2024-9264"),
        ("grafana", "12.3.6", "CVE-2026-33376", "CVE-2026-27876"),
        ("grafana", "12.3.7", "CVE-2026-17183", "CVE-2026-33376 CVE-2026-42127"),
        ("grafana", "12.1.10+security-01", "CVE-2026-33376 CVE-2026-33382", "CVE-2026-27876"),
        ("grafana", "13.2.0", "", "CVE-2026-17183 CVE-2026-42127"),
    ],
)
def test_the_embedded_catalog_knows_what_a_release_still_has(addon, version, open_, fixed):
    index = load_embedded().addon(addon)
    found = {one.data.id for one in index.advisories if one.concerns(Version.parse(version))}
    known = {one.data.id for one in index.advisories}

    assert set(open_.split()) <= found
    assert set(fixed.split()) <= known - found


@pytest.mark.parametrize("addon", FEATURES)
def test_every_feature_is_on_the_page_and_opens_some_flaw(addon):
    used = {feature for one in load_embedded().addon(addon).advisories for feature in one.data.exposed_when}

    assert used == FEATURES[addon].keys()
    rows = [f"| `{addon}` | `{feature}` | {words} |" for feature, words in FEATURES[addon].items()]
    assert [row for row in rows if row not in PAGE] == []
