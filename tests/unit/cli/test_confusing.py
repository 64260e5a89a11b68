"""Situations that confuse who sees the tool for the first time, and what must stand there then."""

from __future__ import annotations

import pytest

from addon_updater.api.release_status import CandidateStatus
from addon_updater.cli.advice import advice
from addon_updater.cli.releases import read_release
from addon_updater.cli.render import parts
from addon_updater.cli.render.detail import detail
from addon_updater.cli.render.overview import overview
from addon_updater.cli.render.reasons import reasons
from unit.cli import examples
from unit.cli.conftest import Lines
from unit.cli.examples import NOW
from unit.cli.recorded import adopted, cluster
from unit.cli.test_past import look

GKE = {"vendor": "gke", "because": "nodes have a label", "owner": "Absent", "ownerBecause": "GKE has none"}
EKS = {"vendor": "eks", "because": "nodes have a label", "owner": "Continuous", "ownerBecause": "EKS writes"}


def _stalled(reason: str, cluster_status: dict[str, str] | None) -> list[str]:
    manifest = examples.stalled(reason)
    if cluster_status is not None:
        manifest["status"]["cluster"] = cluster_status
    return [one.text for one in advice(read_release(manifest))]


@pytest.mark.parametrize(
    "reason, cluster_status, first",
    [
        ("WorkloadNotFound", None, "create the workload, or this AddonRelease anew"),
        ("WorkloadNotFound", EKS, "create the workload, or this AddonRelease anew"),
        ("WorkloadNotFound", GKE, "set spec.whenMissing: Ignore, or delete this AddonRelease"),
        ("ForeignOwner", None, "let that owner deliver the version"),
        ("ForeignOwner", EKS, "where the message names the manager of the vendor, do what it says"),
    ],
)
def test_advice_agrees_with_what_the_vendor_does_with_the_addon(reason, cluster_status, first):
    assert _stalled(reason, cluster_status)[0].startswith(first)


def test_one_release_in_full_tells_the_cluster_as_the_overview_does(lines: Lines):
    manifest = examples.healthy()
    manifest["status"]["cluster"] = EKS | {"kubelets": "1.33 - 1.34"}
    view = read_release(manifest)

    told = "EKS, kubelets 1.33 - 1.34"
    assert f"Cluster: {told}" in "\n".join(lines(overview([view], NOW, 110), 110))
    shown = "\n".join(lines(detail(view, NOW), 110))
    assert told in shown
    assert "EKS writes" in shown


def test_the_overview_says_at_once_why_no_version_is_allowed(lines: Lines):
    manifest = examples.healthy()
    manifest["status"]["conditions"] = [
        examples.condition("Ready", "False", "VersionUnfit", "1.13.1 is not in '1.13.2'"),
        examples.condition("UpdateAvailable", "False", "NoBetterVersion", "1.13.2 is in quarantine"),
    ]

    shown = "\n".join(lines(overview([read_release(manifest)], NOW, 110), 110))
    assert "1.13.2 is in quarantine" in shown


async def test_why_does_not_send_its_reader_to_itself(lines: Lines):
    seen = await look(cluster(adopted(), spec={"version": ">=9"}))

    shown = "\n".join(lines(reasons(seen), 120))
    assert "NoBetterVersion" in shown
    assert "kubectl addons why" not in shown


async def test_a_version_to_go_back_to_is_wanted_and_says_why_it_waits(lines: Lines):
    seen = await look(cluster(adopted(version="1.14.5"), on="1.14.5", spec={}))

    shown = " ".join("\n".join(lines(reasons(seen), 200)).split())
    assert "Wanted 1.12.1, after approval" in shown
    assert "going back never starts by itself: approve plan" in shown


def test_hundreds_of_versions_with_one_verdict_leave_room_for_the_others(lines: Lines):
    minors = range(300, 0, -1)
    candidates = [CandidateStatus.model_validate(examples.candidate(f"1.{minor}.0")) for minor in minors]

    shown = " ".join(" ".join(lines(parts.candidates(candidates), 120)).split())
    assert "1.300.0, 1.299.0" in shown
    assert "1.283.0 and 281 more down to 1.1.0 (-o json lists all)" in shown
