"""What becomes of Grafana: stops on the way, doors that open one way only, security builds; by name and number."""

from __future__ import annotations

import pytest

from addon_updater.api.release import Channel, MinEvidence
from addon_updater.api.versions import Minor, Version
from addon_updater.catalog import Standing, load_embedded
from addon_updater.resolve import Reason
from addon_updater.resolve.images import image_for
from unit.resolve.situations import path, run

GRAFANA = load_embedded().addon("grafana")
LATEST = {"channel": Channel.LATEST}
TO_13 = ["10.4.19+security-01", "11.6.16", "12.4.9", "13.2.0"]


@pytest.mark.parametrize(
    "case, installed, wish, hops",
    [
        ("from an early 9 through every stop", "9.2.20", LATEST, ["9.5.21", *TO_13]),
        ("the last minor of 9 needs no other of it", "9.5.2", LATEST, TO_13),
        ("a database older than 10.2", "10.1.0", LATEST, TO_13),
        ("the last minor of 10", "10.4.3", LATEST, TO_13[1:]),
        ("a security build of a stop is in the stop", "10.4.17-security-01", LATEST, TO_13[1:]),
        ("from 11", "11.2.0", LATEST, TO_13[1:]),
        ("not further than the wish", "11.2.0", {"range": "<13"}, ["11.6.16", "12.4.9"]),
        ("to another minor of the same major", "11.2.0", {"range": "11.4.x"}, ["11.4.8"]),
        ("from 12 by its last minor", "12.3.0", LATEST, ["12.4.9", "13.2.0"]),
        ("from the last minor of 12", "12.4.1", LATEST, ["13.2.0"]),
        ("a security build is newer than its patch", "13.0.1", {"range": "13.0.1"}, []),
        ("and older than the next", "13.0.1-security-01", {"range": "13.0.x"}, ["13.0.7"]),
        ("a security build is a wish like any other", "12.0.6", {"range": "=12.0.6+security-01"}, ["12.0.6+security-01"]),
        ("off the withdrawn release", "13.0.0", {"range": "13.0.x"}, ["13.0.7"]),
        ("a stop's newest patch in quarantine", "12.3.0", {"quarantined": {"12.4.9": "failed"}}, ["12.4.8", "13.2.0"]),
        ("a version the catalog does not know", "9.4.11", LATEST, ["9.5.21", *TO_13]),
    ],
)  # fmt: skip
def test_an_update_of_grafana_makes_every_stop(case, installed, wish, hops):
    assert path(run(GRAFANA, "1.34", installed=installed, **wish)) == hops, case


@pytest.mark.parametrize(
    "start, breaking",
    [
        ("9.5.21", [["10.0.0"], ["11.0.0"], ["12.0.0", "12.4.0"], ["13.0.0"]]),
        ("12.0.0", [["12.4.0"], ["13.0.0"]]),
        ("13.0.1", [[]]),
    ],
)
def test_every_hop_over_a_major_or_a_one_way_door_is_breaking(start, breaking):
    hops = run(GRAFANA, "1.36", installed=start, **LATEST).hops

    assert [[str(one.version) for one in hop.breaking] for hop in hops] == breaking


@pytest.mark.parametrize(
    "installed, wish, reason",
    [
        ("13.1.0", "<13", Reason.BELOW_ROLLBACK_FLOOR),
        ("12.4.3", "<12.4", Reason.BELOW_ROLLBACK_FLOOR),
        ("12.3.1", "<12", Reason.BELOW_ROLLBACK_FLOOR),
        ("11.6.16", "<11", Reason.BELOW_ROLLBACK_FLOOR),
        ("10.4.2", "<10", Reason.BELOW_ROLLBACK_FLOOR),
        ("13.1.0", "13.0.x", Reason.DOWNGRADE_APPROVED),
        ("12.3.1", "12.2.x", Reason.DOWNGRADE_APPROVED),
        ("9.5.3", "9.4.x", Reason.DOWNGRADE_APPROVED),
    ],
)
def test_a_one_way_door_is_not_crossed_back_even_with_approval(installed, wish, reason):
    assert run(GRAFANA, "1.34", installed=installed, range=wish, approved_downgrade=True).reason is reason


@pytest.mark.parametrize("minor", ["1.30", "1.34", "1.37"])
def test_channel_default_follows_the_app_of_the_helm_chart(minor):
    resolution = run(GRAFANA, minor, installed="12.4.1")

    assert path(resolution) == ["13.2.0"]


@pytest.mark.parametrize(
    "installed, hops",
    [("11.2.0", ["11.6.16", "12.4.9"]), ("12.3.1", ["12.4.9"]), ("12.4.9", []), ("13.1.0", [])],
)
def test_channel_lts_follows_the_last_minor_of_a_major_while_it_is_supported(installed, hops):
    assert path(run(GRAFANA, "1.34", installed=installed, channel=Channel.LTS)) == hops


@pytest.mark.parametrize(
    "version, minor, standing, source",
    [
        ("9.5.3", "1.27", Standing.TESTED, "kube-prometheus"),
        ("12.4.1", "1.34", Standing.TESTED, "kube-prometheus"),
        ("13.0.1", "1.36", Standing.TESTED, "grafana-operator"),
        ("13.0.2", "1.37", Standing.ASSUMED, "server"),
        ("13.2.0", "1.37", Standing.DECLARED, "chart"),
        ("11.6.16", "1.37", Standing.ASSUMED, "server"),
        ("9.0.0", "1.20", Standing.ASSUMED, "server"),
        ("13.2.0", "1.38", Standing.UNKNOWN, ""),
    ],
)
def test_a_pair_stands_as_the_sources_say_and_no_minor_refuses_grafana(version, minor, standing, source):
    judgement = GRAFANA.evidence(Version.parse(version), Minor.parse(minor))

    assert (judgement.standing, judgement.source) == (standing, source)


def test_grafana_moves_beside_others_on_assumed_evidence():
    target = GRAFANA.target

    assert (GRAFANA.risk.value, GRAFANA.floor) == ("Isolated", MinEvidence.ASSUMED)
    assert (target.kind, target.name, target.container) == ("Deployment", "grafana", "grafana")


def test_exactly_the_withdrawn_and_the_broken_release_are_denied():
    denied = {str(one.version) for one in GRAFANA.releases if one.data.denied}

    assert denied == {"13.0.0", "12.4.0"}


@pytest.mark.parametrize(
    "version, advisory",
    [
        ("9.5.5", "CVE-2023-3128"),
        ("11.2.2+security-01", "CVE-2024-9264"),
        ("12.0.0+security-01", "CVE-2025-4123"),
        ("12.1.3+security-01", "CVE-2025-41115"),
        ("12.3.1+security-01", "CVE-2026-21720"),
        ("12.4.2", "CVE-2026-27876"),
        ("13.0.1+security-01", "CVE-2026-33377"),
        ("13.0.2", "CVE-2026-42127"),
    ],
)
def test_an_advisory_stands_at_the_first_release_that_fixes_it(version, advisory):
    fixing = [str(one.version) for one in GRAFANA.releases if advisory in one.data.fixes]

    assert version in fixing


@pytest.mark.parametrize(
    "running, version, image",
    [
        ("grafana/grafana:12.4.1", "13.0.1+security-01", "grafana/grafana:13.0.1-security-01"),
        ("docker.io/grafana/grafana:13.0.1-security-01", "13.2.0", "docker.io/grafana/grafana:13.2.0"),
        ("mirror.corp/grafana:11.6.0", "11.6.16", "mirror.corp/grafana:11.6.16"),
    ],
)
def test_the_image_keeps_its_repository_and_a_security_build_is_tagged_with_a_dash(running, version, image):
    assert image_for(GRAFANA, Version.parse(version), running) == image
