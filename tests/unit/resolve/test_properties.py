"""What no resolution may ever do, over catalogs and wishes that nobody would write."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import assume, given, reject
from hypothesis import strategies as st

from addon_updater.api.release import Channel, ImageRewrite, MinEvidence
from addon_updater.api.versions import Version, VersionRange
from addon_updater.catalog import Standing
from addon_updater.catalog.index import index_addon
from addon_updater.errors import CatalogError
from addon_updater.resolve import Reason, Verdict, image_for
from unit.catalog.entries import REMARK, entry
from unit.resolve.situations import run

NUMBERS = st.integers(1, 3)
VERSIONS = st.builds("{}.{}.{}".format, NUMBERS, NUMBERS, NUMBERS)
MINORS = st.lists(st.sampled_from(["1.33", "1.34", "1.35"]), min_size=1, max_size=2, unique=True)
BOUNDS = [
    {"versions": "<2", "kubernetes": "<1.35", "because": "an old API", "source": "us"},
    {"versions": ">=3", "kubernetes": ">=1.34", "because": "a new API", "source": "us"},
]
LINES = [
    {"versions": "1.3.x", "until": "2026-11-24", "source": "us"},
    {"versions": "2.1.x", "until": "2026-11-25", "source": "us"},
]
STOPS = [{"id": "two", "at": "2.2.x", "when": "Now", "because": "it migrates", "source": "us"}]
EVIDENCE = st.builds(
    lambda minor, level: {"kubernetes": minor, "level": level, "source": "us"},
    st.sampled_from(["1.33", "1.34", "1.35", "1.33 - 1.35"]),
    st.sampled_from(["Tested", "Declared", "Assumed"]),
)
RELEASES = st.lists(
    st.builds(
        lambda version, evidence, denied, released, floor: {
            "version": version,
            "evidence": evidence,
            "denied": denied,
            "released": released,
            "rollbackFloor": floor,
        },
        VERSIONS,
        st.lists(EVIDENCE, max_size=2),
        st.sampled_from([None, None, None, REMARK]),
        st.sampled_from([None, "2026-01-01", "2026-11-20"]),
        st.sampled_from([None, "1.2.0", "2.2.0"]),
    ),
    min_size=1,
    max_size=12,
    unique_by=lambda release: release["version"],
)
WISHES = st.fixed_dictionaries(
    {
        "channel": st.sampled_from(list(Channel)),
        "min_evidence": st.sampled_from([None, *MinEvidence]),
        "skip": st.lists(VERSIONS, max_size=2),
        "approved_downgrade": st.booleans(),
        "quarantined": st.dictionaries(VERSIONS, st.just("failed"), max_size=2),
    },
    optional={
        "min_release_age": st.sampled_from([None, timedelta(0), timedelta(days=7)]),
        "range": st.sampled_from([">=2", "<2.2", "~2.2", "2.1.1", "1.x || 3.x", "*"]),
    },
)
CASES = st.tuples(RELEASES, MINORS, st.none() | VERSIONS, WISHES)


def build(releases):
    known = [{"minor": minor} for minor in ("1.35", "1.34", "1.33")]
    return index_addon(
        entry(releases=releases, kubernetes=known, bounds=BOUNDS, stops=STOPS, lts=LINES), where="test"
    )


def solve(case):
    releases, minors, installed, wish = case
    return run(build(releases), *minors, installed=installed, **wish)


@given(CASES)
def test_a_new_version_never_violates_bound_range_denial_skip_quarantine_or_floor(case):
    releases, _, installed, wish = case
    resolution = solve(case)
    if resolution.target is None or not (resolution.hops or installed is None):
        return

    addon = build(releases)
    floor = wish["min_evidence"] or addon.floor
    for version in [resolution.target, *(hop.to for hop in resolution.hops)]:
        release = addon.release(version)
        assert release is not None
        assert release.data.denied is None
        assert str(version) not in wish["skip"]
        assert str(version) not in wish["quarantined"]
        standing = next(one.evidence for one in resolution.candidates if one.version == version)
        assert standing is not Standing.REFUSED
        assert version != resolution.target or standing.meets(floor)
    assert "range" not in wish or resolution.target in VersionRange.parse(wish["range"])


@given(CASES)
def test_a_new_target_is_as_old_and_as_long_supported_as_asked(case):
    releases, _, installed, wish = case
    resolution = solve(case)
    if resolution.target is None or not (resolution.hops or installed is None):
        return

    (release,) = [one for one in releases if one["version"] == str(resolution.target)]
    if wish.get("min_release_age"):
        assert release["released"] == "2026-01-01"
    if wish["channel"] is Channel.LTS and wish.get("range") != "2.1.1":
        assert resolution.target in VersionRange.parse("2.1.x")


@given(CASES)
def test_hops_rise_strictly_pass_every_stop_and_end_at_the_target(case):
    resolution = solve(case)
    points = [resolution.hops[0].start, *(hop.to for hop in resolution.hops)] if resolution.hops else []
    if not points or points[-1] < points[0]:
        assert len(points) in (0, 2)
        return

    assert points[-1] == resolution.target
    assert points == sorted(set(points))
    stop = VersionRange.parse("2.2.x")
    listed = [one.version for one in resolution.candidates if one.version in stop]
    crossed = [version for version in listed if points[0] < version < points[-1]]
    assert not crossed or any(point in stop for point in points)


@given(CASES)
def test_a_version_that_fits_is_never_replaced_by_an_older_one(case):
    installed = case[2]
    resolution = solve(case)

    if resolution.installed_fits:
        assert resolution.target is not None
        assert resolution.target >= Version.parse(installed)


@given(CASES)
def test_back_is_shown_only_where_nothing_newer_passes_every_filter_but_the_channel(case):
    releases, minors, installed, wish = case
    resolution = solve(case)
    if resolution.downgrade is None or installed is None:
        return

    latest = solve((releases, minors, installed, wish | {"channel": Channel.LATEST}))
    newer = [one for one in latest.candidates if one.version > Version.parse(installed)]
    assert [one for one in newer if one.verdict in (Verdict.TARGET, Verdict.ELIGIBLE)] == []


@given(CASES)
def test_the_channel_is_left_only_forward_and_only_from_a_version_that_may_not_stay(case):
    resolution = solve(case)
    chosen = resolution.candidates.find(resolution.target) if resolution.target is not None else None
    if chosen is None or chosen.reason is not Reason.WAY_FORWARD:
        return

    installed = Version.parse(case[2])
    assert not resolution.installed_fits
    assert resolution.target > installed
    held = [one for one in resolution.candidates if one.version > installed and one.version != chosen.version]
    assert all(one.verdict is Verdict.REJECTED for one in held)


@given(CASES)
def test_every_verdict_but_the_chosen_ones_names_a_remedy(case):
    for one in solve(case).candidates:
        assert bool(one.remedy) is (one.verdict not in (Verdict.TARGET, Verdict.INSTALLED))


@given(CASES)
def test_going_back_takes_an_approval(case):
    releases, minors, installed, wish = case
    resolution = solve((releases, minors, installed, wish | {"approved_downgrade": False}))

    assert installed is None or resolution.target is None or resolution.target >= Version.parse(installed)


@given(CASES)
def test_no_way_leads_back_below_what_reads_the_data(case):
    releases, minors, installed, wish = case
    resolution = solve((releases, minors, installed, wish | {"approved_downgrade": True}))
    floor = next((one["rollbackFloor"] for one in releases if one["version"] == installed), None)

    if installed and resolution.target is not None and resolution.target < Version.parse(installed):
        assert floor is None or resolution.target >= Version.parse(floor)


@given(CASES)
def test_a_pin_is_met_or_nothing_is_chosen(case):
    releases, minors, installed, wish = case
    resolution = solve((releases, minors, installed, wish | {"range": "=2.1.1"}))

    assert resolution.target in (None, Version.parse("2.1.1"))


@given(CASES, VERSIONS, st.booleans())
def test_a_worse_candidate_never_changes_the_target(case, version, denied):
    releases, minors, installed, wish = case
    if any(release["version"] == version for release in releases) or installed == version:
        return
    worse = {"version": version, "denied": REMARK} if denied else {"version": version}
    before = solve(case)
    after = solve(([*releases, worse], minors, installed, wish))

    added = next(one for one in after.candidates if one.version == Version.parse(version))
    if added.verdict is Verdict.REJECTED and "2.2." not in version:
        assert (after.target, after.hops) == (before.target, before.hops)


@given(CASES, st.randoms(use_true_random=False))
def test_equal_inputs_give_equal_resolutions_in_whatever_order_they_are_listed(case, random):
    releases, minors, installed, wish = case
    shuffled = random.sample(releases, len(releases)), random.sample(minors, len(minors)), installed, wish
    one, other = solve(case), solve(shuffled)

    assert one == solve(case)
    assert (one.target, one.hops, one.reason) == (other.target, other.hops, other.reason)
    assert [(c.version, c.verdict, c.reason) for c in one.candidates] == [
        (c.version, c.verdict, c.reason) for c in other.candidates
    ]


@given(CASES)
def test_every_release_gets_exactly_one_verdict_with_a_reason_in_words(case):
    resolution = solve(case)

    assert len(resolution.candidates) == len(case[0])
    assert all(one.message for one in resolution.candidates)
    versions = [one.version for one in resolution.candidates]
    assert versions == sorted(versions, reverse=True)
    chosen = [one for one in resolution.candidates if one.verdict in (Verdict.TARGET, Verdict.INSTALLED)]
    assert len(chosen) <= 1
    assert all(one.version == resolution.target for one in chosen)


REGISTRIES = st.sampled_from(["docker.io", "mirror.corp", "mirror:5000", "localhost"])
PARTS = st.lists(st.sampled_from(["library", "web", "a"]), max_size=2)
PREFIXES = st.builds(lambda registry, parts: "/".join([registry, *parts]), REGISTRIES, PARTS)
REWRITES = st.lists(
    st.builds(lambda old, new: ImageRewrite.model_validate({"from": old, "to": new}), PREFIXES, PREFIXES),
    max_size=3,
    unique_by=lambda one: one.from_,
)


def leads_on(one, other):
    """The rule of the CRD that no rewrite may break."""
    near, far = f"{one.to}/", f"{other.from_}/"
    return near.startswith(far) or far.startswith(near)


@given(REWRITES, PREFIXES | PARTS.map("/".join).filter(bool), st.sampled_from(["v2.0.0", "2.0.0"]))
def test_rewriting_twice_is_rewriting_once_and_keeps_the_style_of_the_tag(rules, repository, tag):
    assume(not any(leads_on(one, other) for one in rules for other in rules))
    version = Version.parse("2.1.0")
    addon = index_addon(entry(), where="test")

    try:
        once = image_for(addon, version, f"{repository}/web:{tag}", rewrites=rules)
    except CatalogError:
        reject()

    assert once.endswith(tag.replace("2.0", "2.1"))
    assert image_for(addon, version, once, rewrites=rules) == once
