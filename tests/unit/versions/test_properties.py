"""What holds for every version and every range."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from addon_updater.api.versions import Minor, Version, VersionRange
from addon_updater.errors import VersionError

NUMBERS = st.integers(0, 12)
SUFFIXES = st.sampled_from(
    ["", "-rc.1", "-rc.2", "-alpha.10", "-eksbuild.3", "_vmware.8", "-14", "+security-02"]
)
VERSIONS = st.builds("{}.{}.{}{}".format, NUMBERS, NUMBERS, NUMBERS, SUFFIXES).map(Version.parse)
TERMS = st.builds(
    "{}{}.{}{}".format,
    st.sampled_from(["", "=", "!=", ">", "<", ">=", "<=", "~", "^"]),
    NUMBERS,
    NUMBERS,
    st.sampled_from(["", ".3", ".x", ".0-rc.1", ".1-eksbuild.2"]),
)


def _refusal(kind, text):
    try:
        kind.parse(text)
    except VersionError as error:
        return str(error)
    return None


@given(VERSIONS, VERSIONS, VERSIONS)
def test_versions_are_totally_ordered(one, two, three):
    assert (one < two) + (one == two) + (one > two) == 1
    assert not (one <= two <= three) or one <= three
    assert one != two or hash(one) == hash(two)


MEANINGS = st.tuples(st.tuples(NUMBERS, NUMBERS, NUMBERS), st.integers(-4, 2))
"""Three numbers, and what comes of them: below zero a pre-release, above a security number."""
STAGES = {
    -4: "-alpha.2",
    -3: "-alpha.10",
    -2: "-beta",
    -1: "-rc.1",
    0: "",
    1: "-security-01",
    2: "+security-02",
}


@given(
    MEANINGS, MEANINGS, st.sampled_from(["", "v"]), st.sampled_from(["", "-eksbuild.7", "_vmware.8", "-14"])
)
def test_order_is_by_numbers_then_by_stage_whatever_is_written_around_them(one, other, prefix, rebuild):
    def written(meaning):
        numbers, stage = meaning
        suffix = STAGES[stage] or rebuild
        return Version.parse(f"{prefix}{'.'.join(map(str, numbers))}{suffix}")

    assert (written(one) < written(other)) == (one < other)
    assert (written(one) == written(other)) == (one == other)


@given(VERSIONS)
def test_a_written_version_reads_back_as_the_same(version):
    again = Version.parse(str(version))

    assert (again, again.build, again.prerelease) == (version, version.build, version.prerelease)


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused_and_nothing_else_happens(text):
    for kind in (Version, Minor, VersionRange):
        assert len(_refusal(kind, text) or "") < 400


@given(st.text(alphabet="0123456789.xX*<>=!~^|, -rcv", max_size=40))
def test_texts_that_look_like_ranges_are_read_or_refused(text):
    if refusal := _refusal(VersionRange, text):
        assert "at character" in refusal
    else:
        wanted = VersionRange.parse(text)
        assert wanted == VersionRange.parse(str(wanted))
        assert wanted.pin is None or wanted.pin in wanted


@given(st.lists(TERMS, min_size=1, max_size=3), VERSIONS)
def test_a_comma_is_an_and_and_two_bars_are_an_or(terms, version):
    try:
        each = [version in VersionRange.parse(term) for term in terms]
        both = VersionRange.parse(", ".join(terms))
    except VersionError:
        return
    either = VersionRange.parse(" || ".join(terms))

    assert (version in either) == any(each)
    if version.prerelease is None:
        assert (version in both) == all(each)


@given(st.lists(st.lists(TERMS, min_size=1, max_size=3).map(" ".join), min_size=1, max_size=3), VERSIONS)
def test_the_spans_of_a_range_hold_what_the_range_holds(sides, version):
    try:
        wanted = VersionRange.parse(" || ".join(sides))
    except VersionError:
        return
    spans = wanted.reach.released if version.prerelease is None else wanted.reach.prereleases

    assert any(version.key in span for span in spans) == (version in wanted)
    assert all(one.high < other.low for one, other in pairwise(spans))


@given(st.lists(TERMS, min_size=1, max_size=3).map(" || ".join), VERSIONS)
def test_a_rebuild_is_in_a_range_exactly_when_its_base_is(text, version):
    wanted = VersionRange.parse(text)

    assert (Version.parse(f"{version.base}+eksbuild.9") in wanted) == (Version.parse(version.base) in wanted)
