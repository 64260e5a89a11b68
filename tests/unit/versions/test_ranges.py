"""What version ranges hold, what pins them, and how a broken one is refused."""

from __future__ import annotations

import pytest

from addon_updater.api.versions import Minor, Version, VersionRange
from addon_updater.errors import VersionError

LADDER = [
    "0.0.3",
    "0.0.4",
    "0.2.3",
    "0.3.0",
    "1.0.0",
    "1.10.9",
    "1.11.0-rc.1",
    "1.11.0",
    "1.11.3",
    "1.12.1",
    "1.14.9",
    "1.15.0-rc.1",
    "1.15.0",
    "2.0.0",
]


@pytest.mark.parametrize(
    "text, held",
    [
        ("*", "0.0.3 0.0.4 0.2.3 0.3.0 1.0.0 1.10.9 1.11.0 1.11.3 1.12.1 1.14.9 1.15.0 2.0.0"),
        (">=1.11 <1.15", "1.11.0 1.11.3 1.12.1 1.14.9"),
        (">=1.11, <1.15", "1.11.0 1.11.3 1.12.1 1.14.9"),
        (">=1.11,<1.15", "1.11.0 1.11.3 1.12.1 1.14.9"),
        (">= v1.11 < v1.15", "1.11.0 1.11.3 1.12.1 1.14.9"),
        ("1.11 - 1.14", "1.11.0 1.11.3 1.12.1 1.14.9"),
        ("1.11.3 - 1.12.1", "1.11.3 1.12.1"),
        ("1.11", "1.11.0 1.11.3"),
        ("1.11.x", "1.11.0 1.11.3"),
        ("1.x", "1.0.0 1.10.9 1.11.0 1.11.3 1.12.1 1.14.9 1.15.0"),
        ("=1.11.3", "1.11.3"),
        ("==1.11.3", "1.11.3"),
        ("1.11.3", "1.11.3"),
        ("1.11.3-eksbuild.4", "1.11.3"),
        ("!=1.11 >=1.10", "1.10.9 1.12.1 1.14.9 1.15.0 2.0.0"),
        ("!=1.11.3 1.11", "1.11.0"),
        (">1.11 <2", "1.12.1 1.14.9 1.15.0"),
        ("<=1.11 >=1", "1.0.0 1.10.9 1.11.0 1.11.3"),
        ("<=1.11.0 >1.0.0", "1.10.9 1.11.0"),
        ("~1.11.1", "1.11.3"),
        ("~1.11", "1.11.0 1.11.3"),
        ("~1", "1.0.0 1.10.9 1.11.0 1.11.3 1.12.1 1.14.9 1.15.0"),
        ("^1.11.3", "1.11.3 1.12.1 1.14.9 1.15.0"),
        ("^0.2.3", "0.2.3"),
        ("^0.0.3", "0.0.3"),
        ("^0.0", "0.0.3 0.0.4"),
        ("^0", "0.0.3 0.0.4 0.2.3 0.3.0"),
        ("1.11.x || 2.0.0", "1.11.0 1.11.3 2.0.0"),
        ("<0.0.4||>=2", "0.0.3 2.0.0"),
        (">=1.15.0-rc.1", "1.15.0-rc.1 1.15.0 2.0.0"),
        (">=1.14-0", "1.14.9 1.15.0-rc.1 1.15.0 2.0.0"),
        (">=1.15.0-0 <2", "1.15.0-rc.1 1.15.0"),
        ("1.11-0", "1.11.0-rc.1 1.11.0 1.11.3"),
        ("<=1.11-0 >=1", "1.0.0 1.10.9 1.11.0-rc.1 1.11.0 1.11.3"),
        (">1.11-0 <1.14", "1.12.1"),
        (">=1.11.0-rc.1 <1.15", "1.11.0-rc.1 1.11.0 1.11.3 1.12.1 1.14.9"),
        ("~1.11.0-rc.1", "1.11.0-rc.1 1.11.0 1.11.3"),
    ],
)
def test_a_range_holds_the_versions_it_describes(text, held):
    wanted = VersionRange.parse(text)

    assert [version for version in LADDER if Version.parse(version) in wanted] == held.split()


@pytest.mark.parametrize("suffix", ["-eksbuild.1", "-14", "_vmware.8", "+k3s1"])
def test_a_vendors_suffix_is_no_prerelease_for_a_range(suffix):
    assert Version.parse(f"1.34.6{suffix}") in VersionRange.parse(">=1.29.0 <1.35")


@pytest.mark.parametrize(
    "text, held",
    [
        (">=1.21", ["1.21", "1.34", "1.35"]),
        ("1.34", ["1.34"]),
        ("1.21 - 1.34", ["1.21", "1.34"]),
        (">1.34", ["1.35"]),
        ("<=1.34", ["1.20", "1.21", "1.34"]),
        ("*", ["1.20", "1.21", "1.34", "1.35"]),
    ],
)
def test_a_range_holds_minors_of_kubernetes_too(text, held):
    wanted = VersionRange.parse(text)

    assert [text for text in ("1.20", "1.21", "1.34", "1.35") if Minor.parse(text) in wanted] == held


@pytest.mark.parametrize(
    "text, pin",
    [
        ("1.12.1", "1.12.1"),
        ("=1.12.1", "1.12.1"),
        ("== v1.12.1", "1.12.1"),
        ("v1.12.1-eksbuild.2", "1.12.1+eksbuild.2"),
        ("1.13.0-rc.1", "1.13.0-rc.1"),
        ("1.12", None),
        ("~1.12.1", None),
        ("<0", None),
        ("<0.0.1,!=1.2.3", None),
        ("1.12.1-0", None),
        ("!=1.12.1", None),
        ("1.12.1 || 1.12.2", None),
        (">=1.12.1 <=1.12.1", None),
        ("*", None),
    ],
)
def test_only_one_exact_version_is_a_pin(text, pin):
    found = VersionRange.parse(text).pin

    assert (str(found) if found else None) == pin


@pytest.mark.parametrize(
    "text, position, remedy",
    [
        ("", 1, "write a range"),
        ("   ", 1, "write a range"),
        ("latest", 1, "write an operator and a version"),
        (">>1", 1, "write an operator and a version"),
        (">=", 1, "write an operator and a version"),
        (">=1.11 <one", 8, "write an operator and a version"),
        (">=1.11 ||", 10, "write a range"),
        ("|| 1.11", 1, "write a range"),
        (">=1.11,", 7, "remove the last comma"),
        (">=1.11<1.15", 7, "join two terms with a space"),
        ("1.2.3.4", 6, "at most three numbers"),
        ("9999999999.1", 10, "at most three numbers of nine digits"),
        ("1.x.3", 1, "after a wildcard"),
        ("1.11-rc.1", 5, "write all three numbers before a suffix"),
        ("1.01.1", 1, "leading zeros"),
        (">=1.09", 3, "leading zeros"),
        ("1.1.1-rc.01", 6, "leading zeros"),
        ("1.11 - >1.14", 8, "without an operator"),
        (">=1.15 <1.11", 1, "widen its bounds"),
        ("1.11 || >2 <1", 8, "widen its bounds"),
        (">*", 1, "no version satisfies this"),
        ("!=x", 1, "no version satisfies this"),
        (">=1.11 " * 60, 257, "at most 256 characters"),
    ],
)
def test_a_broken_range_is_refused_with_place_and_remedy(text, position, remedy):
    with pytest.raises(VersionError, match=rf"at character {position}: .*{remedy}"):
        VersionRange.parse(text)


def test_ranges_are_equal_when_they_hold_the_same_however_they_are_written():
    assert VersionRange.parse(">=1.11, <1.15") == VersionRange.parse(" >=1.11  <1.15.x ")
    assert str(VersionRange.parse(" >=1.11 ")) == ">=1.11"
