"""Required stops on the way to a target."""

from __future__ import annotations

import pytest

from addon_updater.api.catalog import StopTime
from addon_updater.resolve import Reason, Verdict
from unit.catalog.entries import REMARK
from unit.resolve.situations import path, run, web


def release(version, **fields):
    return {
        "version": version,
        "evidence": [{"kubernetes": "1.34", "level": "Tested", "source": "us"}],
        **fields,
    }


def stop(name, at, when="Now"):
    return {"id": name, "at": at, "when": when, "because": f"{name} migrates", "source": "us"}


VERSIONS = ("3.1.0", "3.0.0", "2.55.1", "2.55.0", "2.40.0", "2.10.3", "2.10.0", "2.0.0", "1.0.0")
STOPS = [stop("late", "2.55.x", "BeforeClusterUpgrade"), stop("early", "2.10.x")]


def addon(*, stops=STOPS, **changed):
    releases = [release(version, **changed.get(f"v{version.replace('.', '_')}", {})) for version in VERSIONS]
    return web(kubernetes=[{"minor": "1.34"}], releases=releases, stops=stops)


@pytest.mark.parametrize(
    "installed, wish, hops",
    [
        ("1.0.0", {}, ["2.10.3", "2.55.1", "3.1.0"]),
        ("2.0.0", {}, ["2.10.3", "2.55.1", "3.1.0"]),
        ("2.10.0", {}, ["2.55.1", "3.1.0"]),
        ("2.40.0", {}, ["2.55.1", "3.1.0"]),
        ("2.55.0", {}, ["3.1.0"]),
        ("3.0.0", {}, ["3.1.0"]),
        ("3.1.0", {}, []),
        ("1.0.0", {"range": "<2.55"}, ["2.10.3", "2.40.0"]),
        ("1.0.0", {"range": "2.10.0"}, ["2.10.0"]),
        ("1.0.0", {"range": "2.10.3"}, ["2.10.3"]),
        ("2.40.0", {"range": ">=3"}, ["2.55.1", "3.1.0"]),
        ("2.40.0", {"skip": ["2.55.1"]}, ["2.55.0", "3.1.0"]),
        ("2.40.0", {"quarantined": {"2.55.1": "failed"}}, ["2.55.0", "3.1.0"]),
    ],
)
def test_an_update_passes_every_stop_between_and_rises_strictly(installed, wish, hops):
    assert path(run(addon(), "1.34", installed=installed, **wish)) == hops


def test_a_hop_says_where_from_when_and_why():
    first, second, last = run(addon(), "1.34", installed="1.0.0").hops

    assert (str(first.start), first.when, first.reason) == (
        "1.0.0",
        StopTime.NOW,
        "stop early: early migrates",
    )
    assert (first.to, second.when) == (second.start, StopTime.BEFORE_CLUSTER_UPGRADE)
    assert (last.start, last.when) == (second.to, StopTime.NOW)


def test_breaking_releases_are_named_by_the_hop_that_crosses_them():
    breaking = addon(v1_0_0={"breaking": REMARK}, v2_40_0={"breaking": REMARK}, v3_0_0={"breaking": REMARK})

    hops = run(breaking, "1.34", installed="1.0.0").hops

    assert [[str(one.version) for one in hop.breaking] for hop in hops] == [[], ["2.40.0"], ["3.0.0"]]


def test_a_stop_that_cannot_be_made_ends_the_way_before_it():
    resolution = run(addon(), "1.34", installed="2.40.0", skip=["2.55.0", "2.55.1"])

    assert (str(resolution.target), resolution.hops) == ("2.40.0", ())
    assert resolution.reason is Reason.UP_TO_DATE
    assert (resolution.candidates[0].verdict, resolution.candidates[0].reason) == (
        Verdict.REJECTED,
        Reason.STOP_UNAVAILABLE,
    )


def test_the_best_reachable_version_before_a_closed_stop_is_taken():
    resolution = run(addon(), "1.34", installed="2.0.0", skip=["2.55.0", "2.55.1"])

    assert path(resolution) == ["2.10.3", "2.40.0"]


def test_a_wish_beyond_a_closed_stop_has_no_target():
    resolution = run(addon(), "1.34", installed="2.40.0", range=">=3", skip=["2.55.0", "2.55.1"])

    assert (resolution.target, resolution.reason) == (None, Reason.STOP_UNAVAILABLE)
    assert "needs stop late at '2.55.x'" in resolution.message


@pytest.mark.parametrize(
    "approved, target, reason",
    [(False, None, Reason.DOWNGRADE_NEEDS_APPROVAL), (True, "2.10.3", Reason.DOWNGRADE_APPROVED)],
)
def test_beyond_a_closed_stop_an_approved_downgrade_is_still_a_way(approved, target, reason):
    resolution = run(
        addon(),
        "1.34",
        installed="2.40.0",
        range="!=2.40.0",
        skip=["2.55.0", "2.55.1"],
        approved_downgrade=approved,
    )

    assert (str(resolution.target) if resolution.target else None, resolution.reason) == (target, reason)
