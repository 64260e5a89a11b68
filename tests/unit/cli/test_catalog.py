"""`catalog lint | show | diff`: what people get who write catalogs."""

from __future__ import annotations

import asyncio
from importlib import resources
from pathlib import Path

import pytest

from addon_updater.catalog import load_embedded
from addon_updater.cli.__main__ import _carry_out
from addon_updater.cli.arguments import read_arguments
from addon_updater.cli.catalogs.difference import differences
from addon_updater.cli.catalogs.files import lay_over, read_file
from addon_updater.errors import CatalogError, UsageError

HEAD = "apiVersion: addon-updater.dev/v1alpha1\nkind: AddonCatalog\nmetadata: {name: team}\n"
TEAM = (
    HEAD
    + """\
spec:
  mode: Extend
  serial: 3
  addons:
    - name: coredns
      sources: {team: {title: Our tests, url: https://git.example.com/tests}}
      releases:
        - version: 1.16.0
          released: 2026-11-20
          evidence: [{kubernetes: "1.37", level: Tested, source: team, note: suite 812}]
        - {version: 1.15.0, evidence: [{kubernetes: 1.36 - 1.37, level: Declared, source: team}]}
        - {version: 1.14.4, denied: {reason: it loses our zone, source: team}}
"""
)
BROKEN = (
    HEAD
    + """\
spec:
  mode: Extend
  serial: 3
  addons:
    - name: coredns
      releases: [{version: 1.16.0, evidence: [{kubernetes: "1.39", level: Tested, source: me}]}]
      stops: [{id: s, at: 4.x, when: Now, because: it, source: notes}]
    - {name: other, risk: Shared}
"""
)


@pytest.fixture
def write(tmp_path, monkeypatch):
    """A file of that text in the current directory, and its name."""
    monkeypatch.chdir(tmp_path)

    def made(text: str, name: str = "team.yaml") -> str:
        Path(name).write_text(text, encoding="utf-8")
        return name

    return made


@pytest.fixture
def told(capsys, monkeypatch):
    """What the command prints at that width."""

    def run(*words: str, width: int = 100) -> list[str]:
        monkeypatch.setenv("COLUMNS", str(width))
        asyncio.run(_carry_out(read_arguments(["catalog", *words])))
        return capsys.readouterr().out.splitlines()

    return run


def test_lint_tells_every_problem_with_file_path_and_remedy(write, told, capsys):
    with pytest.raises(CatalogError, match="4 problems in 1 of 2 files; correct what is listed above"):
        told("lint", write(BROKEN, "broken.yaml"), write(TEAM))

    assert capsys.readouterr().out.splitlines() == [
        "broken.yaml: addons[coredns].releases[1.16.0].evidence[0]",
        "  there is no source 'me'",
        "  remedy: add it to sources, or name one of them",
        "broken.yaml: addons[coredns].releases[1.16.0].evidence[0].kubernetes",
        "  no listed Kubernetes minor is in '1.39', so this says nothing",
        "  remedy: list the minor under kubernetes, or correct the range",
        "broken.yaml: addons[coredns].stops[s].at",
        "  no release is in '4.x' and not denied, so nothing can pass this stop",
        "  remedy: add the release, or correct the range",
        "broken.yaml: addons[other]",
        "  an addon is not complete without evidenceFloor, target, image",
        "  remedy: add evidenceFloor, target, image",
        "team.yaml  nothing is wrong",
    ]


def test_every_mistake_of_the_shape_is_told_at_once(write, told, capsys):
    text = HEAD + "spec: {mode: Extend, addons: [{name: Web, risks: 1}]}"
    with pytest.raises(CatalogError, match="3 problems"):
        told("lint", write(text))

    paths = [
        line.removeprefix("team.yaml: ") for line in capsys.readouterr().out.splitlines() if ": spec" in line
    ]
    assert paths == ["spec.serial", "spec.addons[Web].name", "spec.addons[Web].risks"]


@pytest.mark.parametrize(
    "text, path, message",
    [
        ("a: [", "document", "correct the YAML"),
        ("kind: ConfigMap", "apiVersion", "it is None, not addon-updater.dev/v1alpha1"),
        ("apiVersion: addon-updater.dev/v1alpha1\nkind: Secret", "kind", "it is 'Secret', not AddonCatalog"),
        (HEAD.replace("name: team", ""), "metadata.name", "there is no name"),
        (HEAD, "spec", "Input should be"),
        ("mode: Extend\naddons: []", "apiVersion", "it is None"),
    ],
)
def test_a_file_that_is_no_catalog_is_told_so(text, path, message, *, write, told, capsys):
    with pytest.raises(CatalogError, match="one problem in 1 of 1 files"):
        told("lint", write(text))

    out = capsys.readouterr().out
    assert out.startswith(f"team.yaml: {path}\n")
    assert message in out
    assert "\n  remedy: " in out


@pytest.mark.parametrize("name, reason", [("nowhere.yaml", "No such file"), ("binary.yaml", "is no UTF-8")])
def test_a_file_that_cannot_be_read_is_a_problem_of_its_own(name, reason, write, told, capsys):
    write("")
    Path("binary.yaml").write_bytes(b"name: \xff")
    with pytest.raises(CatalogError, match="one problem"):
        told("lint", name)
    assert reason in capsys.readouterr().out


def test_a_note_does_not_fail_the_check(write, told):
    text = TEAM.replace("version: 1.14.4", "version: 1.12.1")

    assert any("note, the file can be used: 1.12.1 is denied" in line for line in told("lint", write(text)))


def test_the_example_of_an_addoncatalog_is_clean(told):
    example = Path(__file__).parents[3] / "deploy" / "examples" / "addoncatalog-house-rules.yaml"

    assert told("lint", str(example), width=300) == [f"{example}  nothing is wrong"]


def test_the_files_of_the_image_are_clean(told):
    folder = resources.files("addon_updater.catalog").joinpath("data")
    files = [str(one) for one in folder.iterdir()]

    assert told("lint", *files, width=300) == [f"{file}  nothing is wrong" for file in files]


@pytest.mark.parametrize("width", [80, 100, 120])
@pytest.mark.parametrize("addon", sorted(load_embedded().addons))
def test_the_page_of_an_addon_fits_and_has_every_release_and_source(addon, width, told):
    entry = load_embedded().addon(addon)
    page = told("show", addon, width=width)

    assert max(map(len, page)) <= width
    assert [
        one for one in entry.releases if not any(line.startswith(f"  {one.version} ") for line in page)
    ] == []
    assert [key for key in entry.sources if not any(line.startswith(f"  {key}: ") for line in page)] == []


def test_a_row_shows_how_a_release_stands_and_what_is_worth_knowing(told):
    (row,) = (line for line in told("show", "coredns") if line.startswith("  1.12.4   20"))

    assert " ".join(row.split()) == "1.12.4 2025-09-08 a a D D a a a breaking, security"


def test_the_page_of_a_release_says_who_vouches_for_it_on_each_minor(told):
    text = "\n".join(told("show", "coredns", "1.12.4"))

    assert "  1.35         Declared  by kubespray" in text
    assert "  1.37 - 1.36  Assumed   the APIs it needs are served" in text
    assert "  kops: The CoreDNS addon of kOps" in text


def test_files_are_shown_as_they_lie_over_the_embedded_catalog(write, told):
    text = "\n".join(told("show", "coredns", "--catalog", write(TEAM), "1.16.0"))

    assert "Tested on 1.37 by team: suite 812" in text


@pytest.mark.parametrize(
    "words, message",
    [
        (
            ["show", "dns"],
            "the catalog has no addon 'dns'; it knows coredns, grafana, metrics-server, prometheus",
        ),
        (["show", "coredns", "1.11.2"], "the catalog has no coredns 1.11.2; near it are 1.11.1, 1.11.3, "),
        (["show", "coredns", "new"], "version"),
        (["show"], "the following arguments are required: ADDON"),
        (["lint"], "the following arguments are required: FILE"),
        (["diff", "a", "b", "c"], "unrecognized arguments: c"),
        ([], "the following arguments are required: VERB"),
    ],
)
def test_what_is_not_known_is_told_with_what_is(words, message, told):
    with pytest.raises(UsageError, match=message):
        told(*words)


def test_diff_tells_what_a_file_changes_and_what_follows(write, told):
    assert told("diff", write(TEAM)) == [
        "- the embedded catalog",
        "+ team.yaml, AddonCatalog team (Extend, serial 3)",
        "",
        "coredns  changed",
        "",
        "Releases",
        "  ~  1.15.0  + evidence: Declared on 1.36 - 1.37 by team",
        "  ~  1.14.4  + denied: it loses our zone (team)",
        "  +  1.16.0  evidence: Tested on 1.37 by team: suite 812",
        "             released: 2026-11-20",
        "",
        "Sources",
        "  +  team  source: Our tests, https://git.example.com/tests",
        "",
        "How versions then stand on a minor",
        "  1.16.0  Unknown -> Tested    on 1.37",
        "  1.16.0  Unknown -> Assumed   on 1.36 - 1.21",
        "  1.15.0  Assumed -> Declared  on 1.37 - 1.36",
    ]


def test_two_files_are_compared_with_each_other(write, told):
    newer = TEAM.replace("serial: 3", "serial: 4").replace("level: Declared", "level: Tested")
    page = told("diff", write(TEAM), write(newer, "newer.yaml"))

    assert page[:2] == [
        "- team.yaml, AddonCatalog team (Extend, serial 3)",
        "+ newer.yaml, AddonCatalog team (Extend, serial 4)",
    ]
    assert "  ~  1.15.0  - evidence: Declared on 1.36 - 1.37 by team" in page
    assert "             + evidence: Tested on 1.36 - 1.37 by team" in page


def test_a_catalog_that_says_nothing_new_differs_in_nothing(write, told):
    text = HEAD + "spec: {mode: Extend, serial: 1, addons: [{name: coredns, risk: Shared}]}"

    assert told("diff", write(text))[-1] == "Nothing differs."


def test_an_addon_that_is_replaced_loses_what_the_file_does_not_say(write):
    entry = load_embedded().addon("metrics-server").entry.to_wire()
    text = (
        f"{HEAD}spec: {{mode: Replace, serial: 1, addons: [{entry | {'releases': entry['releases'][:1]}}]}}"
    )
    (found,) = differences(load_embedded(), lay_over(load_embedded(), [read_file(write(text))]))

    assert {one.subject.item for one in found.changes if one.is_gone} == {
        str(one.version) for one in load_embedded().addon("metrics-server").releases[1:]
    }


def test_two_files_of_one_object_are_refused(write, told):
    with pytest.raises(CatalogError, match=r"team.yaml is AddonCatalog team too; name one of the two"):
        told("show", "coredns", "--catalog", write(TEAM), "--catalog", write(TEAM, "twin.yaml"))


def test_the_page_of_an_addon_says_whose_it_is_by_vendor(told):
    text = "\n".join(told("show", "coredns", width=200))

    assert (
        "Who owns it, by the vendor of the cluster\n  kubeadm  OneShot kubeadm upgrade apply writes" in text
    )
    assert "  gke      Absent GKE runs kube-dns or Cloud DNS instead of CoreDNS; set spec.whenMissing" in text


def test_diff_tells_an_owner_that_a_file_adds(write, told):
    owner = "{vendor: gke, how: Absent, because: GKE has none, source: coredns-6731}"
    text = f"{HEAD}spec: {{mode: Extend, serial: 1, addons: [{{name: coredns, owners: [{owner}]}}]}}"

    page = told("diff", write(text), width=200)

    assert "  ~  gke  - Absent: GKE runs kube-dns or Cloud DNS" in "\n".join(page)
    assert "          + Absent: GKE has none (coredns-6731)" in page
