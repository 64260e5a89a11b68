"""How a broken catalog file is refused: one error that names the file, the place and what helps."""

from __future__ import annotations

import pytest

from addon_updater.catalog import read_addon
from addon_updater.catalog.stack import CatalogReason, CatalogStack
from addon_updater.errors import CatalogError
from unit.catalog import entries

BOMB = "a: &a [x, x]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join([f'*{chr(97 + n)}'] * 9)}]\n" for n in range(9)
)
MERGE_BOMB = "a: &a {x: 1}\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} {{<<: [{', '.join([f'*{chr(97 + n)}'] * 9)}]}}\n" for n in range(9)
)
LONG = "x" * 100_000


@pytest.mark.parametrize(
    "text, complaint",
    [
        ("name: [", "my.yaml: correct the YAML: line [12], column "),
        ("name: ]", "my.yaml: correct the YAML: line 1, column 7: "),
        ("name: web\n\trisk: Shared", "my.yaml: correct the YAML: line 2, column 1: "),
        ("name: web\n---\nname: web", "my.yaml: correct the YAML: "),
        (
            "name: web\nname: web",
            "my.yaml: correct the YAML: line 2, column 1: key 'name' is written twice; keep one",
        ),
        ("name: !!python/object:os.system {}", "my.yaml: correct the YAML: line 1, column 7: "),
        ("name: 'a\0b'", "my.yaml: correct the YAML: "),
        ('name: "\\ud800"', "my.yaml: (correct the YAML|name): "),
        ("x" * 2_000_001, "my.yaml: longer than 2000000 characters; split it by addon"),
        ("[" * 1200, "my.yaml: (nested too deeply|correct the YAML: .*exceeded maximum nesting)"),
        ("{<<: " * 990 + "{}" + "}" * 990, "my.yaml: nested too deeply for a catalog; see the fields"),
        (BOMB, "my.yaml: line 2, column 8: an anchor uses another anchor; write the value out"),
        (MERGE_BOMB, "my.yaml: line 2, column 13: an anchor uses another anchor; write the value out"),
        ("name: &a [*a]", "my.yaml: line 1, column 11: an anchor uses another anchor; write the value out"),
        (f"name: web\nx: {'9' * 5000}", "my.yaml: correct the YAML, or put the text in quotes: "),
        (
            "name: web\nreleases: [{version: 1.0.0, released: 2026-02-30}]",
            "my.yaml: correct the YAML, or put ",
        ),
    ],
)
def test_what_is_no_usable_yaml_is_refused_with_its_place_and_remedy(text, complaint):
    with pytest.raises(CatalogError, match=f"^{complaint}"):
        read_addon(text, where="my.yaml")


@pytest.mark.parametrize(
    "text, path, remedy",
    [
        ("- 1", "document", "docs/catalog.md"),
        ("", "document", "docs/catalog.md"),
        ("1e400", "document", "docs/catalog.md"),
        ("name: Web", "name", "write lower-case letters, digits and dashes"),
        ("name: wéb", "name", "write lower-case letters, digits and dashes"),
        (f"name: {LONG}", "name", "shorten it"),
        (f"name: web\n? {LONG}\n: 1", f"{LONG[:61]}...", "correct its spelling, or remove it"),
        ("name: web\n\u202egnp: 1", "?gnp", "correct its spelling, or remove it"),
        ("name: web\nrisks: Shared", "risks", "correct its spelling, or remove it"),
        ("name: web\nrisk: None", "risk", "choose one of them"),
        ("name: web\n1: 2", "1", "put the key in quotes"),
        ("name: web\nkubernetes: [{minor: 1.34}]", "kubernetes[0].minor", "put it in quotes"),
        ("name: web\nkubernetes: [{minor: '1.34.0'}]", "kubernetes[1.34.0].minor", "as in '1.34'"),
        ("name: web\nreleases: [{version: v1}]", "releases[v1].version", "as in 1.12.1"),
        ("name: web\nreleases: [{version: 1e400}]", "releases[1e400].version", "as in 1.12.1"),
        ("name: web\nreleases: [{version: 1.0e+400}]", "releases[0].version", "put it in quotes"),
        ("name: web\nreleases: [{version: \u0661.0.0}]", "releases[\u0661.0.0].version", "as in 1.12.1"),
        (
            "name: web\nreleases: [{version: 99999999999999999999.0.0}]",
            "releases[99999999999999999999.0.0].version",
            "as in 1.12.1",
        ),
        (
            "name: web\nreleases: [{version: 1.0.0, image: {digest: sha256:12}}]",
            "releases[1.0.0].image.digest",
            "64 hexadecimal digits",
        ),
        (
            "name: web\nreleases: [{version: 1.0.0, evidence: [{kubernetes: '1.34', level: Tested}]}]",
            "releases[1.0.0].evidence[0].source",
            "add it",
        ),
        (
            "name: web\nreleases: [{version: 1.0.0, evidence: [{kubernetes: '1.34', level: Sure, source: a}]}]",
            "releases[1.0.0].evidence[0].level",
            "choose one of them",
        ),
        ("name: web\nsources: {us: {title: Us, url: http://us}}", "sources.us.url", "begins with https://"),
        (f"name: web\nstops: [{{id: two, at: {LONG}}}]", "stops[two].at", "shorten it"),
    ],
)
def test_what_has_not_the_shape_of_a_catalog_is_refused_with_path_and_remedy(text, path, remedy):
    with pytest.raises(CatalogError) as refused:
        read_addon(text, where="my.yaml")

    assert str(refused.value).startswith(f"my.yaml: {path}: ")
    assert remedy in str(refused.value)
    assert len(str(refused.value)) < 400


def test_of_many_mistakes_the_first_is_told_and_how_many_follow():
    with pytest.raises(CatalogError, match=r"^my.yaml: risk: .*; choose one of them \(and 1 more\)$"):
        read_addon("name: web\nrisk: None\nevidenceFloor: Sure", where="my.yaml")


def test_a_day_may_be_written_without_quotes():
    entry = read_addon("name: web\nreleases: [{version: 1.0.0, released: 2026-03-06}]", where="my.yaml")

    assert entry.releases[0].released == "2026-03-06"


def test_an_anchor_may_save_writing_a_remark_twice():
    text = "name: web\nreleases: [{version: 1.1.0, denied: &why {reason: r, source: s}}, {version: 1.0.0, denied: *why}]"

    assert read_addon(text, where="my.yaml").releases[1].denied.reason == "r"


HUGE = "99999999999999999999.0.0"
GOOD = entries.wire()
OLD = GOOD["releases"][1]


@pytest.mark.parametrize(
    "reason, changes, path",
    [
        (
            CatalogReason.UNREADABLE,
            {"releases": [{"version": HUGE}]},
            f"spec.addons[web].releases[{HUGE}].version",
        ),
        (
            CatalogReason.UNREADABLE,
            {"releases": [{"version": 1e400}]},
            "spec.addons[web].releases[0].version",
        ),
        (CatalogReason.UNREADABLE, {"risk": LONG}, "spec.addons[web].risk"),
        (CatalogReason.UNREADABLE, {"name": "wéb"}, "spec.addons[wéb].name"),
        (CatalogReason.UNREADABLE, {"évil": 1}, "spec.addons[web].évil"),
        (CatalogReason.UNREADABLE, {"sources": None}, "spec.addons[web].sources"),
        (
            CatalogReason.UNREADABLE,
            {"releases": [OLD | {"evidence": [{"kubernetes": "1.34", "level": "Tested"}]}]},
            "spec.addons[web].releases[2.0.0].evidence[0].source",
        ),
        (CatalogReason.UNFIT, {"releases": [OLD, OLD]}, "addons[web].releases"),
        (
            CatalogReason.UNFIT,
            {"releases": [OLD | {"evidence": [entries.TESTED_134 | {"kubernetes": ">1.35 <1.34"}]}]},
            "addons[web].releases[2.0.0].evidence[0].kubernetes",
        ),
        (
            CatalogReason.UNFIT,
            {"releases": [OLD | {"evidence": [entries.TESTED_134 | {"kubernetes": "1.99"}]}]},
            "addons[web].releases[2.0.0].evidence[0].kubernetes",
        ),
        (
            CatalogReason.UNFIT,
            {"stops": [{"id": "s", "at": "7.x", "when": "Now", "because": "b", "source": "us"}]},
            "addons[web].stops[s].at",
        ),
    ],
)
def test_a_broken_object_names_object_path_and_remedy_and_the_catalog_before_it_stays(reason, changes, path):
    stack = CatalogStack()
    stack.put("team", {"metadata": {"uid": "1"}, "spec": {"mode": "Extend", "serial": 1, "addons": [GOOD]}})
    before = stack.catalog

    broken = {"mode": "Extend", "serial": 2, "addons": [GOOD | changes]}
    stack.put("team", {"metadata": {"uid": "1"}, "spec": broken})

    refusal = stack.refusals["team"]
    assert stack.catalog.digest == before.digest
    assert refusal.reason is reason
    assert refusal.message.startswith(f"AddonCatalog team: {path}: ")
    assert ";" in refusal.message
    assert len(refusal.message) < 1024
