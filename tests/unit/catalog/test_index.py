"""What the catalog answers about a pair, beyond what somebody states."""

from __future__ import annotations

import pytest

from addon_updater.api.release import MinEvidence
from addon_updater.api.versions import Minor, Version
from addon_updater.catalog import Standing
from addon_updater.catalog.index import index_addon
from addon_updater.errors import CatalogError
from unit.catalog.entries import REMARK, TESTED_134, entry, wire

NEW, OLD = wire()["releases"]
BOUND = {"versions": "*", "kubernetes": ">=1.34", "because": "it reads an API", "source": "us"}


def standing(version, minor, **changes):
    return index_addon(entry(**changes), where="web.yaml").evidence(
        Version.parse(version), Minor.parse(minor)
    )


@pytest.mark.parametrize(
    "case, changes, version, minor, expected",
    [
        ("stated", {}, "2.0.0", "1.34", Standing.TESTED),
        ("nobody says anything", {}, "2.0.0", "1.35", Standing.UNKNOWN),
        ("a release that is not known", {}, "3.0.0", "1.34", Standing.UNKNOWN),
        ("a rebuild of what is stated", {}, "2.0.0-eksbuild.1", "1.34", Standing.TESTED),
        ("inside the bounds", {"bounds": [BOUND]}, "2.0.0", "1.35", Standing.ASSUMED),
        ("outside the bounds", {"bounds": [BOUND]}, "2.0.0", "1.33", Standing.REFUSED),
        (
            "one of two bounds is not met",
            {"bounds": [BOUND, BOUND | {"kubernetes": "<1.35"}]},
            "2.0.0",
            "1.35",
            Standing.REFUSED,
        ),
        (
            "bounds beat statements",
            {"bounds": [BOUND | {"kubernetes": ">=1.35"}]},
            "2.0.0",
            "1.34",
            Standing.REFUSED,
        ),
        (
            "a release's own bound replaces the addon's",
            {"bounds": [BOUND], "releases": [NEW, OLD | {"kubernetes": BOUND | {"kubernetes": ">=1.20"}}]},
            "2.0.0",
            "1.33",
            Standing.ASSUMED,
        ),
        ("newer than the catalog", {"bounds": [BOUND]}, "2.1.0", "1.36", Standing.UNKNOWN),
        (
            "the catalog knows no minor",
            {"kubernetes": [], "bounds": [BOUND]},
            "2.1.0",
            "1.34",
            Standing.UNKNOWN,
        ),
        (
            "a later patch of a tested release",
            {"releases": [NEW, {"version": "2.0.5"}, OLD]},
            "2.0.5",
            "1.34",
            Standing.ASSUMED,
        ),
        (
            "an earlier patch of a tested release",
            {"releases": [NEW, OLD | {"version": "2.0.5"}, {"version": "2.0.0"}]},
            "2.0.0",
            "1.34",
            Standing.UNKNOWN,
        ),
        (
            "the strongest statement counts",
            {"releases": [NEW, OLD | {"evidence": [TESTED_134 | {"level": "Assumed"}, TESTED_134]}]},
            "2.0.0",
            "1.34",
            Standing.TESTED,
        ),
    ],
)
def test_a_pair_stands_by_facts_then_statements_then_inference(case, changes, version, minor, expected):
    releases = {
        "releases": [one | {"kubernetes": _bound_of(one)} for one in changes.get("releases", [NEW, OLD])]
    }

    assert standing(version, minor, **changes | releases).standing is expected, case


def _bound_of(release):
    own = release.get("kubernetes")
    return {key: own[key] for key in ("kubernetes", "because", "source")} if own else None


@pytest.mark.parametrize("field", ["risk", "evidenceFloor", "target", "image"])
def test_an_addon_is_not_complete_without(field):
    with pytest.raises(CatalogError, match=rf"web.yaml: addons\[web\]: add {field};"):
        index_addon(entry(**{field: None}), where="web.yaml")


@pytest.mark.parametrize(
    "floor, enough",
    [
        (MinEvidence.TESTED, {Standing.TESTED}),
        (MinEvidence.DECLARED, {Standing.TESTED, Standing.DECLARED}),
        (MinEvidence.ASSUMED, {Standing.TESTED, Standing.DECLARED, Standing.ASSUMED}),
        (MinEvidence.NONE, set(Standing) - {Standing.REFUSED}),
    ],
)
def test_a_floor_admits_what_stands_as_high_and_never_what_is_refused(floor, enough):
    assert {one for one in Standing if one.meets(floor)} == enough


def test_a_judgement_names_version_minor_and_source():
    noted = OLD | {"evidence": [TESTED_134 | {"note": "one node"}], "cautions": [REMARK]}

    judgement = standing("2.0.0", "1.34", releases=[NEW, noted])

    assert judgement.message == "2.0.0 is Tested on Kubernetes 1.34 by us (one node)"
