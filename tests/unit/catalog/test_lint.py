"""What lint finds, each mistake alone in an entry that is otherwise clean."""

from __future__ import annotations

import pytest

from addon_updater.catalog import lint
from unit.catalog.entries import REMARK, SOURCE, TESTED_134, entry, spec, wire

NEW, OLD = wire()["releases"]
KNOWN_135, KNOWN_134 = wire()["kubernetes"]
STOP = {"id": "two", "at": "2.0.x", "when": "Now", "because": "it migrates", "source": "us"}
LINE = {"versions": "2.1.x", "until": "2027-07-31", "source": "us"}
OWNER = {"vendor": "eks", "how": "Continuous", "because": "EKS writes it", "source": "us"}
BOUND = {"versions": "*", "kubernetes": ">=1.30", "because": "it reads an API", "source": "us"}


def test_the_entry_of_these_tests_is_clean():
    assert lint(entry(), "web.yaml") == ()
    assert lint(spec(wire()), "AddonCatalog mine") == ()


@pytest.mark.parametrize(
    "changes, path, message",
    [
        ({"releases": [NEW, OLD, OLD]}, "releases", "2.0.0 is stated 2 times"),
        (
            {"releases": [{"version": "2.1.0-build.1"}, NEW, OLD]},
            "releases",
            "2.1.0+build.1 and 2.1.0 are the same version",
        ),
        ({"releases": [{"version": "2.01.0"}, NEW, OLD]}, "releases[2.01.0].version", "leading zeros"),
        ({"kubernetes": [KNOWN_135, KNOWN_134, KNOWN_134]}, "kubernetes", "1.34 is stated 2 times"),
        (
            {"kubernetes": [KNOWN_135, KNOWN_134 | {"defaults": KNOWN_134["defaults"] * 2}]},
            "kubernetes[1.34].defaults",
            "kubeadm is stated 2 times",
        ),
        (
            {
                "kubernetes": [
                    KNOWN_135 | {"defaults": [KNOWN_134["defaults"][0] | {"version": "3.0.0"}]},
                    KNOWN_134,
                ]
            },
            "kubernetes[1.35].defaults[kubeadm]",
            "3.0.0 is not a release of the catalog",
        ),
        (
            {"releases": [NEW, OLD | {"evidence": [TESTED_134 | {"source": "me"}]}]},
            "releases[2.0.0].evidence[0]",
            "there is no source 'me'",
        ),
        (
            {"releases": [NEW, OLD | {"cautions": [REMARK | {"source": "me"}]}]},
            "releases[2.0.0].cautions[0]",
            "there is no source 'me'",
        ),
        (
            {"releases": [NEW, OLD | {"breaking": REMARK | {"source": "me"}}]},
            "releases[2.0.0].breaking",
            "there is no source 'me'",
        ),
        (
            {"releases": [NEW, OLD | {"evidence": [TESTED_134 | {"kubernetes": "1.33"}]}]},
            "releases[2.0.0].evidence[0].kubernetes",
            "no listed Kubernetes minor is in '1.33'",
        ),
        (
            {"releases": [NEW, OLD | {"evidence": [TESTED_134 | {"kubernetes": ">1.35 <1.34"}]}]},
            "releases[2.0.0].evidence[0].kubernetes",
            "at character 1",
        ),
        (
            {"releases": [NEW, OLD | {"rollbackFloor": "2.0.1"}]},
            "releases[2.0.0].rollbackFloor",
            "the floor 2.0.1 is newer than the release",
        ),
        ({"stops": [STOP, STOP]}, "stops", "two is stated 2 times"),
        ({"stops": [STOP | {"at": "1.x"}]}, "stops[two].at", "no release is in '1.x' and not denied"),
        (
            {"releases": [NEW, OLD | {"denied": REMARK}], "kubernetes": [KNOWN_135], "stops": [STOP]},
            "stops[two].at",
            "no release is in '2.0.x' and not denied",
        ),
        ({"stops": [STOP | {"at": "later"}]}, "stops[two].at", "at character 1"),
        (
            {"stops": [STOP, STOP | {"id": "again", "at": ">=2"}]},
            "stops[again].at",
            "2.0.0 serves as two too, so their order is open",
        ),
        (
            {"releases": [NEW, OLD | {"released": "2026-02-30"}]},
            "releases[2.0.0].released",
            "'2026-02-30' is no day",
        ),
        ({"lts": [LINE, LINE]}, "lts", "2.1.x is stated 2 times"),
        ({"lts": [LINE | {"versions": "new"}]}, "lts[new].versions", "at character 1"),
        ({"lts": [LINE | {"until": "2027-13-31"}]}, "lts[2.1.x].until", "'2027-13-31' is no day"),
        ({"lts": [LINE | {"source": "me"}]}, "lts[2.1.x]", "there is no source 'me'"),
        (
            {"lts": [LINE, LINE | {"versions": ">=2.1.4 <3"}]},
            "lts[>=2.1.4 <3].versions",
            "overlaps '2.1.x'",
        ),
        ({"bounds": [BOUND | {"source": "me"}]}, "bounds[0]", "there is no source 'me'"),
        ({"owners": [OWNER, OWNER]}, "owners", "eks is stated 2 times"),
        ({"owners": [OWNER | {"source": "me"}]}, "owners[eks]", "there is no source 'me'"),
        ({"bounds": [BOUND | {"kubernetes": "new"}]}, "bounds[0].kubernetes", "at character 1"),
    ],
)
def test_a_mistake_is_found_where_it_is(changes, path, message):
    problems = [problem for problem in lint(entry(**changes), "web.yaml") if problem.fatal]

    assert f"addons[web].{path}" in [problem.path for problem in problems]
    assert any(message in problem.message and problem.remedy for problem in problems)


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"releases": [OLD, NEW]}, "2.1.0 stands below 2.0.0"),
        ({"bounds": [BOUND | {"versions": "3.x"}]}, "no release is in '3.x'"),
        (
            {"owners": [OWNER | {"vendor": "talos"}]},
            "no fact tells a cluster of 'talos', so this is never shown",
        ),
        (
            {"releases": [NEW | {"denied": REMARK}, OLD]},
            "2.1.0 is denied, so channel Default takes what lies below it",
        ),
        (
            {"bounds": [BOUND | {"kubernetes": ">=1.40"}]},
            "no listed Kubernetes minor is in '>=1.40', so these versions run nowhere",
        ),
        (
            {"releases": [NEW, OLD | {"rollbackFloor": "1.9.0"}]},
            "the floor 1.9.0 is not a release of the catalog",
        ),
    ],
)
def test_what_only_reads_badly_is_not_fatal(changes, message):
    (problem,) = lint(entry(**changes), "web.yaml")

    assert (problem.message, problem.fatal) == (message, False)


def test_stops_that_lie_between_each_other_have_one_order():
    between = [STOP | {"id": "outer", "at": "2.0.x"}, STOP | {"id": "inner", "at": "2.1.0"}]

    assert lint(entry(stops=between), "web.yaml") == ()


def test_lines_side_by_side_are_fine():
    lines = [LINE, LINE | {"versions": "2.2.x"}, LINE | {"versions": "1.x || 3.x"}]

    assert lint(entry(lts=lines), "web.yaml") == ()


def test_a_problem_names_place_matter_and_remedy_in_one_line():
    (problem,) = lint(entry(stops=[STOP | {"source": "me"}]), "web.yaml")

    assert str(problem) == (
        "web.yaml: addons[web].stops[two]: there is no source 'me'; add it to sources, or name one of them"
    )
    assert lint(entry(stops=[STOP], sources=SOURCE), "web.yaml") == ()
