"""What becomes of CoreDNS when the cluster moves: the embedded catalog, by name and number."""

from __future__ import annotations

import pytest

from addon_updater.api.release import Channel, MinEvidence
from addon_updater.api.versions import Version
from addon_updater.catalog import load_embedded, merge
from addon_updater.resolve import Reason, Verdict
from unit.catalog.entries import SOURCE, spec
from unit.resolve.situations import coredns, path, run

PATCH = {
    "name": "coredns",
    "sources": SOURCE,
    "kubernetes": [
        {"minor": "1.35", "defaults": [{"vendor": "kubeadm", "version": "1.13.2", "source": "us"}]}
    ],
    "releases": [
        {"version": "1.13.2", "evidence": [{"kubernetes": "1.35", "level": "Tested", "source": "us"}]}
    ],
}


def candidate(resolution, version):
    return next(one for one in resolution.candidates if one.version == Version.parse(version))


@pytest.mark.parametrize(
    "case, minors, installed, wish, expected",
    [
        ("one hop to kubeadm's default", "1.34", "1.11.3", {}, ("1.12.1", Reason.UPDATE_FOUND)),
        ("the default of the next minor", "1.35", "1.11.3", {}, ("1.13.1", Reason.UPDATE_FOUND)),
        ("after the cluster upgrade", "1.35", "1.12.1", {}, ("1.13.1", Reason.UPDATE_FOUND)),
        ("the newest minor", "1.37", "1.11.3", {}, ("1.14.6", Reason.UPDATE_FOUND)),
        ("what runs is the default", "1.34", "1.12.1", {}, ("1.12.1", Reason.UP_TO_DATE)),
        ("a vendor's rebuild of the default", "1.34", "1.12.1-14", {}, ("1.12.1", Reason.UP_TO_DATE)),
        ("newer than the default is kept", "1.34", "1.13.2", {}, ("1.13.2", Reason.UP_TO_DATE)),
        (
            "both minors of a half upgraded cluster",
            "1.34 1.35",
            "1.11.3",
            {},
            ("1.12.4", Reason.UPDATE_FOUND),
        ),
        (
            "Latest on a Declared floor",
            "1.35",
            "1.12.1",
            {"channel": Channel.LATEST},
            ("1.13.2", Reason.UPDATE_FOUND),
        ),
        (
            "Latest on an Assumed floor",
            "1.35",
            "1.12.1",
            {"channel": Channel.LATEST, "min_evidence": MinEvidence.ASSUMED},
            ("1.15.0", Reason.UPDATE_FOUND),
        ),
        ("the range is the limit", "1.35", "1.11.3", {"range": "<1.13"}, ("1.12.4", Reason.UPDATE_FOUND)),
        ("a pin beyond the channel", "1.34", "1.12.1", {"range": "1.12.4"}, ("1.12.4", Reason.UPDATE_FOUND)),
        ("a pin on weak evidence", "1.34", "1.12.1", {"range": "1.13.1"}, (None, Reason.PIN_DOES_NOT_FIT)),
        ("a pin that does not exist", "1.31", "1.11.1", {"range": "1.11.2"}, (None, Reason.PIN_DOES_NOT_FIT)),
        (
            "a range without a Declared version",
            "1.34",
            "1.12.1",
            {"range": "1.11.x"},
            (None, Reason.NO_CANDIDATE),
        ),
        ("an older range", "1.34", "1.13.1", {"range": "<1.13"}, (None, Reason.DOWNGRADE_NEEDS_APPROVAL)),
        (
            "an older range, approved",
            "1.34",
            "1.13.1",
            {"range": "<1.13", "approved_downgrade": True},
            ("1.12.1", Reason.DOWNGRADE_APPROVED),
        ),
        (
            "approval alone moves nothing",
            "1.34",
            "1.13.1",
            {"approved_downgrade": True},
            ("1.13.1", Reason.UP_TO_DATE),
        ),
        ("a skipped default", "1.35", "1.12.1", {"skip": ["1.13.1"]}, ("1.12.4", Reason.UPDATE_FOUND)),
        ("a minor after the catalog", "1.38", "1.14.6", {}, (None, Reason.EVIDENCE_UNKNOWN)),
        ("half way to a minor after the catalog", "1.37 1.38", "1.14.6", {}, (None, Reason.EVIDENCE_UNKNOWN)),
        ("no server has answered", "", "1.12.1", {}, (None, Reason.MINOR_UNKNOWN)),
        ("nothing is installed", "1.34", None, {}, ("1.12.1", Reason.UPDATE_FOUND)),
        ("older than the catalog", "1.34", "1.7.0", {}, ("1.12.1", Reason.UPDATE_FOUND)),
        ("newer than the catalog", "1.34", "1.16.0", {}, (None, Reason.DOWNGRADE_NEEDS_APPROVAL)),
        ("what runs is denied", "1.36", "1.14.5", {}, (None, Reason.DOWNGRADE_NEEDS_APPROVAL)),
    ],
)
def test_the_target_follows_from_minors_wish_and_what_runs(case, minors, installed, wish, expected):
    target, _ = expected
    resolution = run(coredns(), *minors.split(), installed=installed, **wish)

    assert (resolution.target and resolution.target.base, resolution.reason) == expected, case
    moves = target is not None and installed is not None and Version.parse(target) != Version.parse(installed)
    assert path(resolution) == ([target] if moves else [])


def test_a_catalog_extension_brings_a_patch_and_its_quarantine_keeps_the_old_one():
    addon = merge(load_embedded(), {"patches": spec(PATCH)}).addon("coredns")

    found = run(addon, "1.35", installed="1.13.1")
    failed = run(addon, "1.35", installed="1.13.1", quarantined={"1.13.2": "gate dns failed"})

    assert (str(found.target), path(found)) == ("1.13.2", ["1.13.2"])
    assert (str(failed.target), failed.hops, failed.reason) == ("1.13.1", (), Reason.UP_TO_DATE)
    assert candidate(failed, "1.13.2").verdict is Verdict.REJECTED
    assert candidate(failed, "1.13.2").reason is Reason.QUARANTINED
    assert "gate dns failed" in candidate(failed, "1.13.2").message
    assert candidate(failed, "1.13.1").verdict is Verdict.INSTALLED


@pytest.mark.parametrize(
    "version, verdict, reason, source",
    [
        ("1.15.0", Verdict.REJECTED, Reason.OUT_OF_RANGE, "spec.version"),
        ("1.14.5", Verdict.REJECTED, Reason.BEYOND_CHANNEL, "kubeadm-images"),
        ("1.13.2", Verdict.REJECTED, Reason.BEYOND_CHANNEL, "kubeadm-images"),
        ("1.13.1", Verdict.REJECTED, Reason.SKIPPED, "spec.policy.skipVersions"),
        ("1.13.0", Verdict.REJECTED, Reason.EVIDENCE_TOO_WEAK, "kubernetes-plugin"),
        ("1.12.4", Verdict.TARGET, Reason.BEST_FIT, "kubespray"),
        ("1.12.1", Verdict.REJECTED, Reason.EVIDENCE_TOO_WEAK, "kubernetes-plugin"),
        ("1.8.2", Verdict.REJECTED, Reason.DENIED, "notes"),
    ],
)
def test_every_candidate_has_verdict_reason_and_source(version, verdict, reason, source):
    resolution = run(coredns(), "1.35", installed="1.11.3", range="<1.15", skip=["1.13.1"])
    found = candidate(resolution, version)

    assert (found.verdict, found.reason, found.source) == (verdict, reason, source)
    assert version in found.message


def test_a_pin_that_cannot_be_met_names_why_and_the_nearest_that_can():
    resolution = run(coredns(), "1.34", installed="1.11.3", range="1.13.0")

    assert "1.13.0 is Assumed on Kubernetes 1.34" in resolution.message
    assert "the nearest that fits is 1.12.1" in resolution.message


def test_a_range_out_of_reach_names_the_version_that_came_closest():
    resolution = run(coredns(), "1.34", installed="1.12.1", range=">=1.13")

    assert resolution.reason is Reason.NO_CANDIDATE
    assert (
        "1.15.0 is newer than 1.12.1, which channel Default follows on Kubernetes 1.34" in resolution.message
    )


def test_a_hop_names_the_breaking_releases_it_crosses():
    (hop,) = run(coredns(), "1.35", installed="1.11.3").hops

    assert [str(one.version) for one in hop.breaking] == ["1.12.2", "1.12.4"]
    assert run(coredns(), "1.34", installed="1.11.3").hops[0].breaking == ()


def test_the_downgrade_that_would_help_is_shown():
    resolution = run(coredns(), "1.34", installed="1.13.1", range="<1.13")

    assert str(resolution.downgrade) == "1.12.1"
    assert candidate(resolution, "1.12.1").reason is Reason.DOWNGRADE_NEEDS_APPROVAL


@pytest.mark.parametrize(
    "minor, installed, wish, fits, reason",
    [
        ("1.34", "1.12.1", {}, True, Reason.FITS),
        ("1.35", "1.12.1", {}, True, Reason.FITS_BELOW_FLOOR),
        ("1.20", "1.12.1", {}, False, Reason.OUTSIDE_KUBERNETES_BOUNDS),
        ("1.34", "1.12.1", {"range": ">=1.13"}, False, Reason.OUT_OF_RANGE),
        ("1.36", "1.14.5", {}, False, Reason.DENIED),
        ("1.38", "1.14.6", {}, None, Reason.EVIDENCE_UNKNOWN),
        ("1.38", "1.14.6", {"min_evidence": MinEvidence.NONE}, True, Reason.FITS),
        ("1.34", "1.7.0", {}, None, Reason.NOT_IN_CATALOG),
        ("1.34", None, {}, None, Reason.NOT_INSTALLED),
        ("1.34", "1.12.1", {"skip": ["1.12.1"]}, True, Reason.FITS),
    ],
)
def test_the_installed_version_is_judged_by_minors_and_wish(minor, installed, wish, fits, reason):
    judged = run(coredns(), minor, installed=installed, **wish).installed

    assert (judged.fits, judged.reason) == (fits, reason)
    assert judged.message
