"""What becomes of Prometheus when the cluster moves: the embedded catalog, by name and number."""

from __future__ import annotations

import pytest

from addon_updater.api.release import Channel, MinEvidence
from addon_updater.api.versions import Minor, Version
from addon_updater.catalog import Standing, load_embedded
from addon_updater.resolve import Reason, Verdict
from unit.resolve.situations import path, run

PROMETHEUS = load_embedded().addon("prometheus")
LATEST = {"channel": Channel.LATEST}
LTS = {"channel": Channel.LTS}
SUPPORTED = [Minor(1, number) for number in range(30, 38)]


@pytest.mark.parametrize(
    "case, minors, installed, wish, hops",
    [
        ("from 2.x over the stop to what is tested", "1.34", "2.45.6", {}, ["2.55.1", "3.13.2"]),
        ("from 2.x over the stop to the newest", "1.34", "2.45.6", LATEST, ["2.55.1", "3.16.0"]),
        ("from the oldest of the catalog", "1.34", "2.37.0", {}, ["2.55.1", "3.13.2"]),
        ("2.53.5 reads the index of 3.x but makes the stop too", "1.34", "2.53.5", {}, ["2.55.1", "3.13.2"]),
        ("the denied 2.55.0 is a stop that was made", "1.34", "2.55.0", {}, ["3.13.2"]),
        ("from the stop", "1.34", "2.55.1", {}, ["3.13.2"]),
        ("inside 3.x one hop is enough", "1.36", "3.5.5", {}, ["3.13.2"]),
        ("nobody tests 1.37, so the newest counts", "1.37", "3.13.2", {}, ["3.16.0"]),
        ("1.33 was tested with 3.12 last", "1.33", "3.5.5", {}, ["3.12.0"]),
        ("1.31 was tested with 3.5 last", "1.31", "2.55.1", {}, ["3.5.0"]),
        ("1.30 was tested with 2.54 last", "1.30", "2.45.6", {}, ["2.54.1"]),
        ("both minors of a half upgraded cluster", "1.34 1.35", "2.55.1", {}, ["3.13.2"]),
        ("newer than what is tested is kept", "1.34", "3.14.0", {}, []),
        ("a range below the border needs no stop", "1.34", "2.45.6", {"range": "<2.54"}, ["2.53.5"]),
        ("the newest patch of the line with long-term support", "1.34", "3.5.5", LTS, ["3.13.5"]),
        ("the stop needs no long-term support", "1.34", "2.45.6", LTS, ["2.55.1", "3.13.5"]),
        ("a line that has ended is left", "1.37", "3.5.5", LTS, ["3.13.5"]),
        ("only tested pairs", "1.34", "3.5.0", LATEST | {"min_evidence": MinEvidence.TESTED}, ["3.13.2"]),
    ],
)
def test_the_way_follows_from_minors_wish_and_what_runs(case, minors, installed, wish, hops):
    assert path(run(PROMETHEUS, *minors.split(), installed=installed, **wish)) == hops, case


def test_without_a_usable_stop_nothing_crosses_the_border():
    resolution = run(PROMETHEUS, "1.34", installed="2.45.6", skip=["2.55.1"])

    # The stop cannot be made, so the newest release on this side of the border is taken.
    assert path(resolution) == ["2.54.1"]
    refused = {str(one.version) for one in resolution.candidates if one.reason is Reason.STOP_UNAVAILABLE}
    assert "3.13.2" in refused


@pytest.mark.parametrize("minor", SUPPORTED, ids=str)
@pytest.mark.parametrize("channel", list(Channel))
def test_denied_releases_are_never_chosen(minor, channel):
    resolution = run(PROMETHEUS, str(minor), installed="2.45.6", channel=channel)
    denied = {one.version for one in PROMETHEUS.releases if one.data.denied}
    chosen = {one.version for one in resolution.candidates if one.verdict is not Verdict.REJECTED}

    assert not denied & (chosen | {hop.to for hop in resolution.hops})


def test_going_back_from_3_x_ends_at_the_stop():
    below = run(PROMETHEUS, "1.34", installed="3.13.2", range="<2.55", approved_downgrade=True)
    to_the_stop = run(PROMETHEUS, "1.34", installed="3.13.2", range="2.55.1", approved_downgrade=True)

    assert (below.target, below.reason) == (None, Reason.BELOW_ROLLBACK_FLOOR)
    assert path(to_the_stop) == ["2.55.1"]


def test_only_the_hop_over_the_border_breaks():
    first, second = run(PROMETHEUS, "1.34", installed="2.45.6").hops

    assert first.breaking == ()
    assert [str(one.version) for one in second.breaking] == [
        "3.0.0",
        "3.5.0",
        "3.9.0",
        "3.10.0",
        "3.12.0",
        "3.13.0",
    ]


@pytest.mark.parametrize("installed, to", [("3.13.1", "3.13.2"), ("3.5.0", "3.5.5"), ("2.53.4", "2.53.5")])
def test_a_patch_of_the_same_line_breaks_nothing(installed, to):
    (hop,) = run(PROMETHEUS, "1.34", installed=installed, range=to).hops

    assert hop.breaking == ()


def test_no_release_stands_unknown_or_refused_on_the_supported_minors():
    assert all(
        PROMETHEUS.evidence(release.version, minor).standing >= Standing.ASSUMED
        for release in PROMETHEUS.releases
        for minor in SUPPORTED
    )


@pytest.mark.parametrize(
    "version, minor, standing, source",
    [
        ("3.13.2", "1.36", Standing.TESTED, "kube-prometheus"),
        ("3.13.5", "1.36", Standing.ASSUMED, "kubernetes-sd"),
        ("3.16.0", "1.37", Standing.ASSUMED, "kubernetes-sd"),
        ("2.54.1", "1.31", Standing.TESTED, "kube-prometheus"),
        ("2.54.1", "1.34", Standing.ASSUMED, "kubernetes-sd"),
        ("3.0.1", "1.20", Standing.REFUSED, "kubernetes-sd"),
        ("3.16.0", "1.38", Standing.UNKNOWN, ""),
        ("2.52.1", "1.34", Standing.UNKNOWN, ""),
    ],
)
def test_a_pair_stands_as_the_sources_say(version, minor, standing, source):
    judgement = PROMETHEUS.evidence(Version.parse(version), Minor.parse(minor))

    assert (judgement.standing, judgement.source) == (standing, source)


def test_every_release_of_3_x_names_the_stop_as_its_floor():
    floors = {one.data.rollback_floor for one in PROMETHEUS.releases if one.version.major == 3}

    assert floors == {"2.55.0"}
    assert not any(one.data.rollback_floor for one in PROMETHEUS.releases if one.version.major == 2)
