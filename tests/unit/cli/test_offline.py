"""`plan --offline`: the operator's own decision about a cluster that is made up from flags."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
import yaml

from addon_updater.catalog import load_embedded
from addon_updater.cli.arguments import read_arguments
from addon_updater.cli.offline.answer import Answer, answer
from addon_updater.cli.offline.document import offline_document
from addon_updater.cli.offline.question import read_question
from addon_updater.cli.plan import run
from addon_updater.cli.render.offline import offline_proposal
from addon_updater.errors import CatalogError, UsageError
from addon_updater.rollout.status import project
from unit.cli import examples
from unit.rollout.world import World

CATALOG = load_embedded()
COREDNS = ("--addon", "coredns", "--kubernetes", "1.34", "--current", "1.11.3")
KEYS = [
    "addon",
    "kubernetes",
    "vendor",
    "baseline",
    "catalogs",
    "current",
    "target",
    "reason",
    "because",
    "security",
    "downgrade",
    "blocked",
    "hops",
    "meanwhile",
    "candidates",
    "sources",
    "notLookedAt",
]


def asked(*words: str) -> Answer:
    arguments = read_arguments(["plan", "--offline", *words])
    return answer(read_question(arguments.offline), CATALOG, examples.NOW)


def document(*words: str) -> dict[str, Any]:
    return offline_document(asked(*words), ())


def way(*words: str) -> list[tuple[str, bool, str | None]]:
    return [(hop["to"], hop["admitted"], hop["waitsFor"]) for hop in document(*words)["hops"]]


MINOR = "the next Kubernetes minor of the cluster, or approval"
DENIED = "approval: breaking changes are denied"


@pytest.mark.parametrize(
    "flags, hops",
    [
        ([], [("1.12.1", True, None)]),
        (["--channel", "Latest"], [("1.12.4", False, MINOR)]),
        (["--channel", "Latest", "--baseline", "1.33"], [("1.12.4", True, None)]),
        (["--channel", "Latest", "--policy", "breakingChanges=Allow"], [("1.12.4", True, None)]),
        (["--channel", "Latest", "--policy", "breakingChanges=Deny"], [("1.12.4", False, DENIED)]),
        (["--policy", "updates=Manual"], [("1.12.1", False, "approval")]),
        (["--policy", "updates=AutoPatch"], [("1.12.1", False, MINOR)]),
        (["--policy", "updates=PlanOnly"], [("1.12.1", False, "another policy: this one only plans")]),
        (["--version", "1.11.3"], []),
        (["--version", "1.12.1"], [("1.12.1", True, None)]),
        (["--version", "~1.10", "--policy", "minEvidence=Assumed"], [("1.10.1", False, "approval")]),
        (["--policy", "skipVersions=1.12.1", "--channel", "Latest"], [("1.12.4", False, MINOR)]),
    ],
)
def test_each_hop_tells_what_the_policy_says_about_it(flags, hops):
    assert way(*COREDNS, *flags) == hops


def test_the_vendor_of_the_cluster_decides_what_channel_default_follows():
    assert document(*COREDNS, "--vendor", "kOps")["target"]["version"] == "1.12.4"
    assert document(*COREDNS)["target"]["version"] == "1.12.1"


def test_while_a_breaking_way_is_held_the_smaller_update_is_told():
    told = document(*COREDNS, "--channel", "Latest")

    assert told["target"] == {"version": "1.12.4", "image": "registry.k8s.io/coredns/coredns:v1.12.4"}
    assert [one["version"] for one in told["hops"][0]["breakingChanges"]] == ["1.12.2", "1.12.4"]
    assert [(hop["to"], hop["admitted"]) for hop in told["meanwhile"]] == [("1.12.1", True)]


def test_the_way_of_grafana_passes_its_stops_and_says_where_no_way_leads_back():
    told = document("--addon", "grafana", "--kubernetes", "1.34", "--current", "10.4.0")

    assert [hop["to"].split(".")[0] for hop in told["hops"]] == ["11", "12", "13"]
    assert not any(hop["reversible"] for hop in told["hops"])


@pytest.mark.parametrize(
    "current, flags, fits, reason, target",
    [
        ("1.12.1", [], True, "UpToDate", "1.12.1"),
        ("1.11.3", ["--version", "1.99.0"], False, "PinDoesNotFit", None),
        ("1.14.5", ["--version", "1.14.5"], False, "PinDoesNotFit", None),
        ("1.12.1-eksbuild.2", ["--channel", "Latest"], True, "UpdateFound", "1.12.4"),
        ("1.99.0", [], None, "DowngradeNeedsApproval", None),
    ],
)
def test_the_current_version_and_the_answer_have_their_reasons(current, flags, fits, reason, target):
    told = document("--addon", "coredns", "--kubernetes", "1.34", "--current", current, *flags)

    assert (told["current"]["fits"], told["reason"]) == (fits, reason)
    assert (told["target"] and told["target"]["version"]) == target


def test_a_vendors_own_build_is_told_as_what_blocks_the_update():
    told = document("--addon", "coredns", "--kubernetes", "1.34", "--current", "1.11.3-eksbuild.1")

    assert "eksbuild" in told["blocked"]
    assert told["target"]["image"] is None


@pytest.mark.parametrize("version", ["1.11.3", "1.12.1", "1.12.4", "1.13.1"])
@pytest.mark.parametrize("minor", ["1.33", "1.34"])
@pytest.mark.parametrize("breaking", ["WithClusterMinor", "Allow", "Deny"])
def test_the_operator_chooses_and_admits_the_same_for_a_cluster_that_is_there(version, minor, breaking):
    world = World(version, minor=minor, breaking=breaking, spec={"channel": "Latest"})
    decision, observed = world.look()
    there = project(world.release(), observed, decision, (), world.now).plan

    policy = ["--policy", f"breakingChanges={breaking}"]
    told = asked(
        "--addon", "coredns", "--kubernetes", minor, "--current", version, "--channel", "Latest", *policy
    )
    assert told.resolution == decision.resolution
    assert (told.meanwhile or told.plan).hops == (there.hops if there is not None else [])


def test_every_key_is_always_there_and_json_and_yaml_say_the_same(capsys):
    read = []
    for form, load in (("json", json.loads), ("yaml", yaml.safe_load)):
        _run("-o", form)
        read.append(load(capsys.readouterr().out))

    assert list(read[0]) == KEYS
    assert read[0] == read[1]
    assert set(read[0]["hops"][0]) == {
        "from",
        "to",
        "when",
        "breaking",
        "reversible",
        "reason",
        "admitted",
        "waitsFor",
        "breakingChanges",
        "rollbackFloor",
        "source",
    }


def _run(*flags: str) -> None:
    asyncio.run(run(read_arguments(["plan", "--offline", *COREDNS, *flags])))


@pytest.mark.parametrize("width", [80, 120])
def test_the_page_says_answer_way_reasons_sources_and_what_nobody_looked_at(width, lines):
    page = lines(offline_proposal(asked(*COREDNS, "--channel", "Latest"), ["team.yaml"]), width)
    text = " ".join(" ".join(page).split())

    assert max(map(len, page)) <= width
    for part in ("Version 1.11.3 -> 1.12.4", "What can break on the way", "In the meantime", "Candidates"):
        assert part in text
    assert "and 17 older ones, which -o json lists" in text
    assert "Catalog team.yaml" in text
    assert "the workload: no configuration, flag or volume is read" in text


@pytest.mark.parametrize(
    "flags, message",
    [
        (["--kubernetes", "new"], "--kubernetes: "),
        (["--current", "latest"], "--current: "),
        (["--baseline", "1"], "--baseline: "),
        (["--vendor", "kop"], "--vendor: nobody here knows 'kop'; write one of kubeadm, kops, "),
        (["--version", ">1 <1"], "--version: "),
        (["--channel", "Stable"], "--channel: "),
        (
            ["--policy", "updates"],
            "--policy updates: write KEY=VALUE, where KEY is one of updates, breakingChanges",
        ),
        (["--policy", "pace=1"], "--policy pace=1: write KEY=VALUE"),
        (["--policy", "updates=Sometimes"], "--policy updates: "),
        (["--policy", "minReleaseAge=soon"], "--policy minReleaseAge: "),
        (["--policy", "skipVersions=1.12"], "--policy skipVersions"),
        (["--policy", "updates=Auto", "--policy", "updates=Auto"], "--policy updates is given twice"),
        (["--addon", "dns"], "--addon: the catalog has no addon 'dns'; it knows coredns, grafana, "),
    ],
)
def test_a_flag_that_cannot_be_read_is_named(flags, message):
    with pytest.raises(UsageError) as refused:
        asked(*COREDNS, *flags)
    assert str(refused.value).startswith(message)


@pytest.mark.parametrize(
    "words, message",
    [
        (["plan", "--offline"], "--offline needs --addon, --kubernetes, --current"),
        (["plan", "dns", "--offline", *COREDNS], "--offline looks at no AddonRelease; leave out dns"),
        (
            ["plan", "dns", "--version", "1.x"],
            "--version describes a cluster that is not there; add --offline",
        ),
        (["plan", "--addon", "coredns"], "--addon describes a cluster that is not there"),
    ],
)
def test_flags_that_contradict_each_other_are_refused(words, message):
    with pytest.raises(UsageError, match=message):
        read_arguments(words)


def test_catalog_files_lie_over_the_embedded_catalog(tmp_path, capsys):
    team = tmp_path / "team.yaml"
    team.write_text(
        """
apiVersion: addon-updater.dev/v1alpha1
kind: AddonCatalog
metadata: {name: team}
spec:
  mode: Extend
  serial: 1
  addons:
    - name: coredns
      releases:
        - {version: 1.12.1, denied: {reason: it loses our zone, source: notes}}
        - {version: 1.12.0, evidence: [{kubernetes: "1.34", level: Tested, source: notes}]}
""",
        encoding="utf-8",
    )
    _run("--catalog", str(team), "-o", "json")
    told = json.loads(capsys.readouterr().out)

    assert told["catalogs"] == [f"{team}, AddonCatalog team (Extend, serial 1)"]
    assert told["target"]["version"] == "1.12.0"


def test_a_catalog_file_that_cannot_be_used_is_named(tmp_path):
    broken = tmp_path / "broken.yaml"
    broken.write_text("name: web\nrisk: Shared\n", encoding="utf-8")

    with pytest.raises(
        CatalogError, match=r"broken.yaml: addons\[web\]: .*; add evidenceFloor, target, image"
    ):
        _run("--catalog", str(broken))
