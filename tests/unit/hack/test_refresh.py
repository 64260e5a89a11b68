"""New releases come into the catalog's text where a person would write them, and nothing else changes."""

from __future__ import annotations

import difflib
import re
from importlib import resources

import pytest

from addon_updater.api.versions import Minor, Version
from addon_updater.catalog import Standing, read_addon
from addon_updater.catalog.index import index_addon
from refresh import __main__ as command
from refresh.errors import RefreshError
from refresh.insertion import missing, with_releases
from refresh.upstream import Upstream, grafana_releases, minors_in, plain_module, prometheus_module

ADDONS = ["coredns", "prometheus", "grafana"]
HEAD = """\
# A file that people edit.
name: web
risk: Shared
evidenceFloor: Declared
target: {apiVersion: apps/v1, kind: Deployment, name: web, container: web}
image: {repository: registry.example/web, tag: "v{version}"}
sources: {us: {title: Us, url: https://example.com}}
bounds:
  - {versions: "*", kubernetes: ">=1.21", because: it needs what 1.21 serves, source: us}
kubernetes:
  - minor: "1.34"
"""
PLAIN = f"""{HEAD}
releases:

  # --- 2.1: the newest
  - version: 2.1.1   # kept as it is
    evidence:
      - {{kubernetes: "1.34", level: Tested, source: us}}

  # --- 2.0
  - version: 2.0.3
    rollbackFloor: 2.0.0
  - version: 2.0.1
    rollbackFloor: 2.0.0
"""
FLOW = f"""{HEAD}
releases:
  - {{version: 2.1.1, rollbackFloor: 2.1.0}}
  - {{version: 2.0.3+security-01}}
"""


def new(text, day="2026-11-20"):
    return Upstream(Version.parse(text), day)


def added(before, after):
    """The added lines, each below the line that stands before it; fails when a line is gone."""
    compared = list(difflib.ndiff(before.splitlines(), after.splitlines()))
    assert not [line for line in compared if line.startswith("- ")]
    return [line[2:] for line in compared if line.startswith("+ ")]


@pytest.mark.parametrize(
    "text, version, below, lines",
    [
        (PLAIN, "2.1.2", "  # --- 2.1: the newest", ["  - version: 2.1.2", "    released: 2026-11-20"]),
        (
            PLAIN,
            "2.0.2",
            "    rollbackFloor: 2.0.0",
            ["  - version: 2.0.2", "    released: 2026-11-20", "    rollbackFloor: 2.0.0"],
        ),
        (
            PLAIN,
            "2.0.4",
            "  # --- 2.0",
            ["  - version: 2.0.4", "    released: 2026-11-20", "    rollbackFloor: 2.0.0"],
        ),
        (
            PLAIN,
            "2.1.0",
            '      - {kubernetes: "1.34", level: Tested, source: us}',
            ["  - version: 2.1.0", "    released: 2026-11-20"],
        ),
        (PLAIN, "2.2.0", "", ["  # --- 2.2", "  - version: 2.2.0", "    released: 2026-11-20", ""]),
        (FLOW, "2.1.2", "releases:", ["  - {version: 2.1.2, released: 2026-11-20, rollbackFloor: 2.1.0}"]),
        (FLOW, "3.0.0", "releases:", ["  - {version: 3.0.0, released: 2026-11-20, rollbackFloor: 3.0.0}"]),
        (
            FLOW,
            "2.0.3-security-02",
            "  - {version: 2.1.1, rollbackFloor: 2.1.0}",
            ["  - {version: 2.0.3+security-02, released: 2026-11-20}"],
        ),
    ],
    ids=[
        "a patch below the heading of its line",
        "a patch between two, with the floor of its line",
        "the newest patch of an older line",
        "an older patch below the last of its line",
        "a line of its own, with a heading",
        "a patch in the short form",
        "a new line names itself as the floor",
        "a security build above the one before",
    ],
)
def test_a_release_stands_where_a_person_would_write_it(text, version, below, lines):
    result = with_releases(text, [new(version)], where="web.yaml")

    first = result.splitlines().index(lines[0])
    assert added(text, result) == lines
    assert result.splitlines()[first - 1] == below


def test_a_day_that_nobody_knows_is_left_out():
    assert added(FLOW, with_releases(FLOW, [new("2.0.4", None)], where="web.yaml")) == [
        "  - {version: 2.0.4}"
    ]


def block_of(text, version):
    """The lines of one release, in either form."""
    named = re.escape(version)
    return re.search(rf"(?m)^  - (version: {named}\n(    .*\n)*|\{{version: {named}[,}}].*\n)", text)[0]


@pytest.mark.parametrize("name", ADDONS)
def test_releases_that_are_taken_out_of_the_catalog_come_back_to_their_place(name):
    whole = (resources.files("addon_updater.catalog") / "data" / f"{name}.yaml").read_text(encoding="utf-8")
    entry = read_addon(whole, where=name)
    blocks = {one: block_of(whole, one.version) for one in entry.releases[::5]}
    out = [one for one, block in blocks.items() if "- &" not in block]
    text = whole
    for one in out:
        text = text.replace(blocks[one], "", 1)

    result = with_releases(text, [new(one.version, one.released) for one in out], where=name)

    assert len(read_addon(text, where=name).releases) == len(entry.releases) - len(out)
    assert [one.version for one in read_addon(result, where=name).releases] == [
        one.version for one in entry.releases
    ]
    assert added(text, result)


def test_a_new_release_is_assumed_inside_the_bounds_and_unknown_beyond_the_listed_minors():
    result = index_addon(
        read_addon(with_releases(PLAIN, [new("2.2.0")], where="web"), where="web"), where="web"
    )
    stands = {
        minor: result.evidence(Version.parse("2.2.0"), Minor.parse(minor)).standing
        for minor in ("1.34", "1.35")
    }

    assert stands == {"1.34": Standing.ASSUMED, "1.35": Standing.UNKNOWN}
    assert result.release(Version.parse("2.2.0")).data.evidence == ()


def test_only_what_is_newer_than_the_oldest_release_is_missing_and_only_once():
    listed = [new("2.0.0"), new("2.0.2"), new("2.1.1"), new("2.2.0"), new("2.2.0")]

    assert [str(one.version) for one in missing(read_addon(PLAIN, where="web"), listed)] == ["2.2.0", "2.0.2"]


@pytest.mark.parametrize(
    "text, complaint",
    [
        (HEAD, "no line 'releases:'"),
        (f"{HEAD}releases:\n", "no release below"),
        (PLAIN.replace("2.0.3", "2.0.0"), "not newest first"),
    ],
)
def test_a_file_that_cannot_be_extended_is_refused_by_its_name(text, complaint):
    with pytest.raises(RefreshError, match=rf"^web\.yaml: .*{complaint}.*[;?]"):
        with_releases(text, [new("2.2.0")], where="web.yaml")


@pytest.mark.parametrize(
    "tag, version",
    [
        ("v0.316.0", "3.16.0"),
        ("v0.300.1", "3.0.1"),
        ("v0.55.1", "2.55.1"),
        ("v0.314.0-rc.0", None),
        ("v1.8.2+incompatible", None),
        ("v2.5.0+incompatible", None),
    ],
)
def test_the_module_of_prometheus_numbers_its_tags_in_its_own_way(tag, version):
    assert prometheus_module(tag) == (Version.parse(version) if version else None)


@pytest.mark.parametrize(
    "tag, version", [("v1.15.0", "1.15.0"), ("v1.15.0-rc.1", None), ("master", None), ("v011", None)]
)
def test_other_modules_are_tagged_by_version_and_announced_ones_do_not_count(tag, version):
    assert plain_module(tag) == (Version.parse(version) if version else None)


def test_the_minors_of_kubernetes_are_those_with_a_final_release():
    assert minors_in(["v1.36.3", "v1.37.2", "v1.38.0-rc.0", "v1.37.0", "v0.1.0"]) == [
        Minor(1, 37),
        Minor(1, 36),
    ]


@pytest.mark.parametrize(
    "text",
    [
        '{"releases": {"13.2.0": {"date": "2026-08-18"}, "13.0.1+security-01": {"name": "x"}, "14.0.0-rc.1": {}}}',
        '{"v13.2.0": "2026-08-18", "v13.0.1+security-01": "soon", "nightly": "2026-08-18"}',
        """[{"tag_name": "v13.2.0", "published_at": "2026-08-18T09:00:00Z"}, {"tag_name": "v13.0.1+security-01"},
            {"tag_name": "v13.3.0", "draft": true}, {"tag_name": "v13.4.0", "prerelease": true}]""",
    ],
    ids=["release-data", "its older form", "GitHub"],
)
def test_grafanas_releases_are_read_in_every_form(text):
    assert grafana_releases(text, where="x") == [new("13.2.0", "2026-08-18"), new("13.0.1+security-01", None)]


@pytest.mark.parametrize("text", ["", "[1]", "3", '[{"name": "v13.2.0"}]', '{"releases": []}', "[" * 100_000])
def test_another_file_is_refused_by_its_name(text):
    with pytest.raises(RefreshError, match=r"^grafana\.json: no list of releases .*; write"):
        grafana_releases(text, where="grafana.json")


TAGS = {
    "github.com/coredns/coredns": ["v1.7.1", "v2.0.4", "v2.1.1", "v2.2.0-rc.1"],
    "github.com/prometheus/prometheus": ["v0.301.1", "v1.8.2+incompatible"],
    "k8s.io/kubernetes": ["v1.34.4", "v1.35.0", "v1.36.0-rc.0"],
}


@pytest.fixture
def data(tmp_path, monkeypatch):
    """A catalog of three small files, and a proxy that answers what was recorded."""
    monkeypatch.setattr(command, "tags_of", TAGS.__getitem__)
    monkeypatch.setattr(command, "days_of", lambda _, tags: dict.fromkeys(tags, "2026-11-20"))
    for name in ADDONS:
        (tmp_path / f"{name}.yaml").write_text(PLAIN.replace("name: web", f"name: {name}", 1))
    (tmp_path / "grafana.json").write_text('{"2.2.0": "2026-11-20"}')
    return tmp_path


def test_the_command_prints_a_diff_and_what_people_have_to_find_out(data, capsys):
    before = {file.name: file.read_text() for file in data.iterdir()}

    code = command.main(["--data", str(data), "--grafana-releases", str(data / "grafana.json")])

    said = capsys.readouterr()
    plus = [line for line in said.out.splitlines() if line.startswith("+ ")]
    assert code == 0
    assert plus[:3] == ["+  - version: 2.0.4", "+    released: 2026-11-20", "+    rollbackFloor: 2.0.0"]
    assert [line for line in plus if "version" in line] == [
        "+  - version: 2.0.4",
        "+  - version: 3.1.1",
        "+  - version: 2.2.0",
    ]
    assert "prometheus 3.1.1 begins a line" in said.err
    assert "coredns: Kubernetes 1.35 is out" in said.err
    assert before == {file.name: file.read_text() for file in data.iterdir()}


def test_what_no_list_says_is_asked_of_a_person():
    careful = PLAIN.replace(
        "  - version: 2.0.3\n", "  - version: 2.0.3\n    cautions: [{reason: it leaks, source: us}]\n"
    )
    entry = read_addon(careful, where="web")

    assert command.remarks(
        "web", entry, [new("2.0.4"), new("2.1.2"), new("3.0.0", None)], [Minor(1, 34)]
    ) == [
        "web 3.0.0 begins a line: read its notes for breaking, stops, lts, rollbackFloor",
        "web 3.0.0: its list has no day; add released",
        "web 2.0.4: its line has cautions; repeat those that it does not fix",
    ]


def test_written_once_there_is_nothing_left_to_propose(data, capsys):
    command.main(["--data", str(data), "--write"])
    capsys.readouterr()

    assert command.main(["--data", str(data)]) == 0
    assert capsys.readouterr().out == ""
    assert "  - version: 2.0.4\n" in (data / "coredns.yaml").read_text()


def test_a_list_that_cannot_be_read_ends_the_command_before_anything_is_written(data, capsys):
    (data / "grafana.json").write_text("{")
    before = (data / "coredns.yaml").read_text()

    assert (
        command.main(["--data", str(data), "--write", "--grafana-releases", str(data / "grafana.json")]) == 1
    )
    assert "grafana.json: no list of releases" in capsys.readouterr().err
    assert (data / "coredns.yaml").read_text() == before
