"""How single versions are read, written and ordered."""

from __future__ import annotations

import pytest

from addon_updater.api.versions import Version
from addon_updater.errors import VersionError


@pytest.mark.parametrize(
    "text, base, build, written",
    [
        ("1.12.1", "1.12.1", None, "1.12.1"),
        ("v1.12.1", "1.12.1", None, "1.12.1"),
        (" v1.12.1\n", "1.12.1", None, "1.12.1"),
        ("v1.11.3-eksbuild.1", "1.11.3", "eksbuild.1", "1.11.3+eksbuild.1"),
        ("v1.9.3_vmware.8", "1.9.3", "vmware.8", "1.9.3+vmware.8"),
        ("v1.12.1-14", "1.12.1", "14", "1.12.1+14"),
        ("1.33.6+k3s1", "1.33.6", "k3s1", "1.33.6+k3s1"),
        ("v1.29.3-eks-adc7111", "1.29.3", "eks-adc7111", "1.29.3+eks-adc7111"),
        ("3.13.1-distroless", "3.13.1", "distroless", "3.13.1+distroless"),
        ("13.0.1-security-01", "13.0.1", "security-01", "13.0.1+security-01"),
        ("1.13.0-rc.1", "1.13.0-rc.1", None, "1.13.0-rc.1"),
        ("v1.36.0-alpha.1.23+abc", "1.36.0-alpha.1.23", "abc", "1.36.0-alpha.1.23+abc"),
        ("1.2.3-rcfoo", "1.2.3", "rcfoo", "1.2.3+rcfoo"),
        ("999999999.0.0", "999999999.0.0", None, "999999999.0.0"),
    ],
)
def test_a_version_is_read_with_what_vendors_put_around_it(text, base, build, written):
    version = Version.parse(text)

    assert (version.base, version.build, str(version)) == (base, build, written)
    assert Version.parse(str(version)) == version


def test_versions_order_by_meaning_and_vendors_suffixes_do_not_order():
    ascending = [
        "1.9.4",
        "1.11.3-alpha.1",
        "1.11.3-alpha.beta",
        "1.11.3-beta.2",
        "1.11.3-beta.11",
        "1.11.3-rc.1",
        "1.11.3",
        "1.11.4",
        "1.12.0",
        "13.0.1",
        "13.0.1+security-01",
        "13.0.1-security-02",
        "13.0.2",
    ]

    assert [str(v) for v in sorted(map(Version.parse, reversed(ascending)))] == [
        str(Version.parse(text)) for text in ascending
    ]
    assert len(set(map(Version.parse, ascending))) == len(ascending)


@pytest.mark.parametrize(
    "build, base",
    [
        ("v1.11.3-eksbuild.21", "1.11.3"),
        ("v1.12.1-14", "1.12.1"),
        ("1.9.3_vmware.8", "v1.9.3"),
        ("13.0.1-security-01", "13.0.1+security-01"),
    ],
)
def test_a_rebuild_equals_its_base_and_is_found_under_it(build, base):
    one, other = Version.parse(build), Version.parse(base)

    assert one == other
    assert {other: "known"}[one] == "known"
    assert not one < other
    assert not other < one


@pytest.mark.parametrize(
    "text, rebuild", [("1.11.3", False), ("1.11.3-eksbuild.1", True), ("13.0.1-security-01", False)]
)
def test_only_a_vendors_own_build_is_a_rebuild(text, rebuild):
    assert Version.parse(text).is_rebuild is rebuild


@pytest.mark.parametrize(
    "text, upstream",
    [
        ("v1.11.3-eksbuild.1", "1.11.3"),
        ("3.13.1-distroless", "3.13.1"),
        ("1.13.0-rc.1", "1.13.0-rc.1"),
        ("13.0.1-security-01", "13.0.1+security-01"),
        ("13.0.1-security-01-ubuntu", "13.0.1+security-01"),
        ("13.0.1-ubuntu", "13.0.1"),
    ],
)
def test_upstreams_version_is_without_the_vendors_suffix_but_with_the_security_number(text, upstream):
    version = Version.parse(text)

    assert version.upstream == upstream
    assert Version.parse(upstream) == version


@pytest.mark.parametrize(
    "text, position",
    [
        ("", 1),
        ("latest", 1),
        ("1.13", 5),
        ("1.a.2", 2),
        ("1.12.x", 5),
        ("1.12.1.4", 7),
        ("1.12.1-", 7),
        ("1.12.1 beta", 7),
        ("1.2.9999999999", 14),
        ("1.01.2", 1),
        ("1.13.0-rc.01", 1),
        ("1.٣.2", 2),
        ("9" * 300, 257),
    ],
)
def test_an_unreadable_version_is_refused_with_place_and_remedy(text, position):
    with pytest.raises(VersionError, match=rf"at character {position}: \w+"):
        Version.parse(text)


def test_an_error_never_repeats_a_long_text():
    with pytest.raises(VersionError) as refused:
        Version.parse("1.2." + "3" * 200)

    assert len(str(refused.value)) < 200


def test_a_version_differs_from_other_things_and_cannot_change():
    version = Version.parse("1.12.1")

    assert version != "1.12.1"
    with pytest.raises(AttributeError):
        version.major = 2
