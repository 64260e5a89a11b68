"""The facts inside the image: CoreDNS by name, number and source."""

from __future__ import annotations

from importlib import resources

import pytest

from addon_updater.api.release import MinEvidence
from addon_updater.api.versions import Minor, Version
from addon_updater.catalog import Standing, lint, load_embedded, read_addon

COREDNS = load_embedded().addon("coredns")
RELEASES = """
1.8.0 1.8.1 1.8.2 1.8.3 1.8.4 1.8.5 1.8.6 1.8.7 1.9.0 1.9.1 1.9.2 1.9.3 1.9.4 1.10.0 1.10.1 1.11.0 1.11.1 1.11.3
1.11.4 1.12.0 1.12.1 1.12.2 1.12.3 1.12.4 1.13.0 1.13.1 1.13.2 1.14.0 1.14.1 1.14.2 1.14.3 1.14.4 1.14.5 1.14.6
1.14.7 1.15.0
"""


def test_every_file_of_the_image_is_clean_and_named_for_its_addon():
    files = list(resources.files("addon_updater.catalog").joinpath("data").iterdir())

    assert files
    for file in files:
        entry = read_addon(file.read_text(encoding="utf-8"), where=file.name)
        assert file.name == f"{entry.name}.yaml"
        assert lint(entry, file.name) == ()
        assert load_embedded().addon(entry.name).entry == entry


def test_coredns_lists_every_release_since_1_8_0_newest_first():
    assert [str(release.version) for release in reversed(COREDNS.releases)] == RELEASES.split()


def test_1_11_2_was_never_tagged_and_is_no_release():
    assert COREDNS.release(Version.parse("1.11.2")) is None


def test_coredns_moves_alone_and_wants_declared_evidence():
    assert (COREDNS.risk.value, COREDNS.floor) == ("Shared", MinEvidence.DECLARED)
    assert (COREDNS.target.kind, COREDNS.target.name, COREDNS.target.container) == (
        "Deployment",
        "coredns",
        "coredns",
    )


@pytest.mark.parametrize(
    "minor, version",
    [
        ("1.30", "1.11.3"),
        ("1.31", "1.11.3"),
        ("1.32", "1.11.3"),
        ("1.33", "1.12.0"),
        ("1.34", "1.12.1"),
        ("1.35", "1.13.1"),
        ("1.36", "1.14.2"),
        ("1.37", "1.14.6"),
    ],
)
def test_kubeadms_default_is_known_and_tested(minor, version):
    default = COREDNS.default_for(Minor.parse(minor))

    assert str(default.version) == version
    assert COREDNS.evidence(default.version, Minor.parse(minor)).standing is Standing.TESTED


@pytest.mark.parametrize(
    "version, minor, standing, source",
    [
        ("1.11.1", "1.30", Standing.TESTED, "kubeadm-images"),
        ("1.12.4", "1.34", Standing.DECLARED, "kops"),
        ("1.12.4", "1.35", Standing.DECLARED, "kubespray"),
        ("1.13.2", "1.35", Standing.DECLARED, "kops"),
        ("1.13.2", "1.34", Standing.ASSUMED, "eks"),
        ("1.9.4", "1.32", Standing.ASSUMED, "aks"),
        ("1.15.0", "1.37", Standing.ASSUMED, "kubernetes-plugin"),
        ("1.11.3", "1.37", Standing.ASSUMED, "kubernetes-plugin"),
        ("1.14.6", "1.37", Standing.TESTED, "kubeadm-1.37"),
        ("1.14.6", "1.38", Standing.UNKNOWN, ""),
        ("1.11.0", "1.20", Standing.REFUSED, "kubernetes-plugin"),
        ("1.10.1", "1.20", Standing.ASSUMED, "kubernetes-plugin"),
        ("1.16.0", "1.37", Standing.UNKNOWN, ""),
    ],
)
def test_a_pair_stands_as_the_sources_say(version, minor, standing, source):
    judgement = COREDNS.evidence(Version.parse(version), Minor.parse(minor))

    assert (judgement.standing, judgement.source) == (standing, source)


def test_no_release_stands_unknown_or_refused_on_the_supported_minors():
    minors = [Minor(1, number) for number in range(30, 38)]

    assert all(
        COREDNS.evidence(release.version, minor).standing >= Standing.ASSUMED
        for release in COREDNS.releases
        for minor in minors
    )


def test_exactly_the_releases_without_a_usable_image_are_denied():
    denied = {str(one.version) for one in COREDNS.releases if one.data.denied}

    assert denied == {"1.8.1", "1.8.2", "1.14.5"}


@pytest.mark.parametrize("version", ["1.11.4", "1.12.0"])
def test_the_ptr_defect_is_a_caution(version):
    cautions = COREDNS.release(Version.parse(version)).data.cautions

    assert any("PTR" in caution.reason for caution in cautions)


def test_releases_that_never_reached_the_kubernetes_registry_say_where_they_are():
    elsewhere = {
        str(one.version): one.data.image.repository
        for one in COREDNS.releases
        if one.data.image and one.data.image.repository
    }

    assert elsewhere == dict.fromkeys(("1.8.7", "1.9.0", "1.9.1", "1.9.2"), "docker.io/coredns/coredns")
