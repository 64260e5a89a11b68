"""Where the installed version is newer than the channel, or may not stay: forward where there is a way at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from addon_updater.api.catalog import Remark
from addon_updater.api.release import Channel, MinEvidence
from addon_updater.api.versions import Version
from addon_updater.catalog.index import index_addon
from addon_updater.resolve import Reason, Verdict
from unit.catalog.entries import REMARK, TESTED_134
from unit.resolve.situations import NOW, coredns, path, run, web

PAGE = (Path(__file__).parents[3] / "docs" / "versions.md").read_text(encoding="utf-8")
DEFAULT_2_0_0 = [
    {"minor": "1.35"},
    {"minor": "1.34", "defaults": [{"vendor": "kubeadm", "version": "2.0.0", "source": "us"}]},
]


def addon(*versions, denied=(), stops=(), weak=(), lts=()):
    """All of them tested on 1.34, whose default is 2.0.0."""
    return web(
        kubernetes=DEFAULT_2_0_0,
        stops=list(stops),
        lts=list(lts),
        releases=[
            {
                "version": one,
                "evidence": [] if one in weak else [TESTED_134],
                "denied": REMARK if one in denied else None,
            }
            for one in versions
        ],
    )


SEVERAL = ("3.1.0", "3.0.0", "2.1.2", "2.1.1", "2.1.0", "2.0.1", "2.0.0", "1.9.0")


@pytest.mark.parametrize(
    "case, installed, denied, target, reason",
    [
        ("the vendor's default is followed exactly", "1.9.0", (), "2.0.0", Reason.UPDATE_FOUND),
        ("and stayed at, whatever patches there are", "2.0.0", (), "2.0.0", Reason.UP_TO_DATE),
        ("beyond it, patches of the own line are taken", "2.1.0", (), "2.1.2", Reason.UPDATE_FOUND),
        ("the last of which stays", "2.1.2", (), "2.1.2", Reason.UP_TO_DATE),
        ("a denied one goes forward in its line", "2.1.0", ("2.1.0",), "2.1.2", Reason.UPDATE_FOUND),
        ("past another denied one", "2.1.0", ("2.1.0", "2.1.2"), "2.1.1", Reason.UPDATE_FOUND),
        ("else to the nearest newer one", "2.1.2", ("2.1.2",), "3.0.0", Reason.UPDATE_FOUND),
        ("past a denied one again", "2.1.2", ("2.1.2", "3.0.0"), "3.1.0", Reason.UPDATE_FOUND),
        ("the default itself may be denied", "2.0.0", ("2.0.0",), "2.0.1", Reason.UPDATE_FOUND),
        ("back only without any way forward", "3.1.0", ("3.1.0",), None, Reason.DOWNGRADE_NEEDS_APPROVAL),
        ("and never from one that fits", "3.1.0", (), "3.1.0", Reason.UP_TO_DATE),
    ],
)
def test_channel_default_leads_forward_where_there_is_a_way(case, installed, denied, target, reason):
    resolution = run(addon(*SEVERAL, denied=denied), "1.34", installed=installed)

    told = str(resolution.target) if resolution.target else None
    assert (told, resolution.reason) == (target, reason), case


def test_a_version_that_the_catalog_does_not_know_goes_forward_too():
    resolution = run(addon(*SEVERAL), "1.34", installed="2.2.7")

    assert (str(resolution.target), resolution.downgrade) == ("3.0.0", None)


def test_a_way_forward_passes_every_other_filter():
    several = addon(*SEVERAL, denied=["2.1.2"], weak=["3.0.0"])
    skipped = run(several, "1.34", installed="2.1.2", range="<=3.1.0", skip=["3.1.0"])
    narrow = run(several, "1.34", installed="2.1.2", range="<3")
    held = run(several, "1.34", installed="2.1.2", quarantined={"3.1.0": "it failed"})

    for resolution in (skipped, narrow, held):
        assert resolution.target is None
        assert resolution.reason is Reason.DOWNGRADE_NEEDS_APPROVAL
        assert str(resolution.downgrade) == "2.0.0"


def test_a_way_forward_makes_the_stops():
    stop = {"id": "three", "at": "3.0.x", "when": "Now", "because": "it migrates", "source": "us"}
    several = addon("3.1.0", "3.0.0", "2.1.0", "2.0.0", denied=["2.1.0"], stops=[stop])

    assert path(run(several, "1.34", installed="2.1.0", skip=["3.0.0"])) == []
    assert path(run(several, "1.34", installed="2.1.0")) == ["3.0.0"]


def test_channel_lts_leads_forward_as_well_rather_than_back():
    line = {"versions": "2.0.x", "until": f"{NOW:%Y-%m-%d}", "source": "us"}
    several = addon(*SEVERAL, denied=["2.1.2"], lts=[line])

    resolution = run(several, "1.34", installed="2.1.2", channel=Channel.LTS)

    assert str(resolution.target) == "3.0.0"
    assert "spec.channel LTS has none" in resolution.message


def test_the_verdicts_say_why_the_channel_was_left_and_what_stays_outside():
    resolution = run(addon(*SEVERAL, denied=["2.1.2"]), "1.34", installed="2.1.2")

    target = resolution.candidates.find(Version.parse("3.0.0"))
    assert (target.verdict, target.reason, target.remedy) == (Verdict.TARGET, Reason.WAY_FORWARD, "")
    assert target.message.endswith("it is taken all the same, because 2.1.2 runs and is denied: it is broken")
    further = resolution.candidates.find(Version.parse("3.1.0"))
    assert (further.verdict, further.reason) == (Verdict.REJECTED, Reason.BEYOND_CHANNEL)
    assert "no later patch of the installed 2.1.2" in further.message
    assert further.remedy == "set spec.channel to Latest, which considers it"
    assert target in resolution.candidates.worth_telling(7)


@pytest.mark.parametrize(
    "wish, version, remedy",
    [
        ({"range": "<3"}, "3.1.0", "widen spec.version so that it holds this version"),
        ({}, "3.1.0", "set spec.channel to Latest, which considers it"),
        ({"channel": Channel.LATEST, "skip": ["3.1.0"]}, "3.1.0", "take it out of spec.policy.skipVersions"),
        (
            {"channel": Channel.LATEST, "quarantined": {"3.1.0": "it failed"}},
            "3.1.0",
            "remove the cause of the failure",
        ),
        ({}, "1.8.0", "nothing but an AddonCatalog with mode Replace lifts a denial"),
        ({}, "1.9.0", "pin it in spec.version, and approve the plan to go back"),
        ({"channel": Channel.LATEST}, "2.0.1", "pin it in spec.version"),
        ({"channel": Channel.LATEST}, "1.7.0", "or set spec.policy.minEvidence to None"),
        ({"channel": Channel.LATEST}, "3.1.0", ""),
    ],
)
def test_every_verdict_says_what_a_person_can_do_to_have_that_version(wish, version, remedy):
    several = addon(*SEVERAL, "1.8.0", "1.7.0", denied=["1.8.0"], weak=["1.7.0"])
    found = run(several, "1.34", installed="2.0.0", **wish).candidates.find(Version.parse(version))

    assert remedy in found.remedy
    assert bool(found.remedy) is (found.verdict not in (Verdict.TARGET, Verdict.INSTALLED))


def test_the_page_about_versions_says_what_is_planned():
    below = PAGE.split("\n| What runs | Planned | Because |\n", 1)[1].split("\n\n")[0]
    rows = [line.strip("| ").split(" | ") for line in below.splitlines()[1:]]
    assert len(rows) == 6
    for runs, planned, _ in rows:
        installed = runs.partition(",")[0]
        entry = coredns().entry
        releases = [
            one.model_copy(update={"denied": Remark(reason="no", source="notes")})
            if "AddonCatalog" in runs and one.version == installed
            else one
            for one in entry.releases
        ]
        index = index_addon(entry.model_copy(update={"releases": tuple(releases)}), where="test")
        found = run(index, "1.36", installed=installed, min_evidence=MinEvidence.ASSUMED)
        back = f"{found.downgrade}, after approval" if found.downgrade else None
        assert planned == (back or (str(found.target) if found.hops else "nothing")), runs
