"""The fast way to a resolution gives what judging every release one by one gives, to the last word."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from addon_updater.api.release import Channel, MinEvidence
from addon_updater.api.versions import Minor, Version, VersionRange
from addon_updater.catalog.index import index_addon
from addon_updater.resolve import ClusterMinors, Reason, Wish, resolve
from unit.catalog.entries import REMARK, entry
from unit.resolve import reference
from unit.resolve.situations import NOW

NUMBERS = st.integers(1, 3)
SUFFIXES = st.sampled_from(["", "", "", "", "-rc.1", "-alpha", "+security-01", "-eksbuild.1"])
VERSIONS = st.builds("{}.{}.{}{}".format, NUMBERS, NUMBERS, NUMBERS, SUFFIXES)
MINORS = st.sampled_from(["1.33", "1.34", "1.35", "1.36"])
RANGES = st.sampled_from(
    [
        *("*", ">=2", "<2.2", "~2.2", "2.1.1", "1.x || 3.x", "!=2.2 >1", "!=2.2.2", ">=2.2-0", "9.9.9"),
        *("2.1.0-rc.1", "=3.1.1-rc.1", "1.2 - 2.3 || >=3.2.0-alpha", "<1.2 || 2.2.x !=2.2.1", "3.3.3"),
    ]
)
RELEASES = st.lists(
    st.fixed_dictionaries(
        {
            "version": VERSIONS,
            "evidence": st.lists(
                st.builds(
                    lambda minor, level: {"kubernetes": minor, "level": level, "source": "us"},
                    st.sampled_from(["1.33", "1.34", "1.35", "1.33 - 1.35"]),
                    st.sampled_from(["Tested", "Declared", "Assumed"]),
                ),
                max_size=2,
            ),
            "denied": st.sampled_from([None, None, None, REMARK]),
            "breaking": st.sampled_from([None, None, REMARK]),
            "released": st.sampled_from([None, "2026-01-01", "2026-11-20"]),
            "rollbackFloor": st.sampled_from([None, None, "1.2.0"]),
        }
    ),
    max_size=14,
    unique_by=lambda release: release["version"],
)
STOPS = st.lists(
    st.builds(
        lambda at: {
            "id": f"at-{at[0]}{at[2]}",
            "at": at,
            "when": "Now",
            "because": "it migrates",
            "source": "us",
        },
        st.sampled_from(["2.2.x", "1.3.x", "3.1.x", "2.x", "1.2 - 2.1"]),
    ),
    max_size=2,
    unique_by=lambda stop: stop["id"],
)
LINES = st.lists(
    st.builds(
        lambda versions, until: {"versions": versions, "until": until, "source": "us"},
        st.sampled_from(["1.3.x", "2.1.x", "2.x", ">=2.2.0-rc.1 <3", "*"]),
        st.sampled_from(["2026-11-24", "2026-11-25"]),
    ),
    max_size=3,
    unique_by=lambda line: line["versions"],
)
BOUNDS = st.lists(
    st.sampled_from(
        [
            {"versions": "<2", "kubernetes": "<1.35", "because": "an old API", "source": "us"},
            {"versions": ">=3", "kubernetes": ">=1.34", "because": "a new API", "source": "us"},
        ]
    ),
    max_size=2,
    unique_by=lambda bound: bound["versions"],
)
DEFAULTS = st.lists(st.just({"vendor": "kubeadm", "version": "2.2.2", "source": "us"}), max_size=1)
KNOWN = st.tuples(DEFAULTS, DEFAULTS).map(
    lambda both: [
        {"minor": "1.35", "defaults": both[0]},
        {"minor": "1.34", "defaults": both[1]},
        {"minor": "1.33"},
    ]
)
ADDONS = st.builds(
    lambda releases, stops, lts, bounds, kubernetes: index_addon(
        entry(releases=releases, stops=stops, lts=lts, bounds=bounds, kubernetes=kubernetes), where="test"
    ),
    *(RELEASES, STOPS, LINES, BOUNDS, KNOWN),
)
PARSED = VERSIONS.map(Version.parse)
WISHES = st.builds(
    Wish,
    range=st.none() | RANGES.map(VersionRange.parse),
    channel=st.sampled_from(list(Channel)),
    min_evidence=st.none() | st.sampled_from(list(MinEvidence)),
    skip=st.frozensets(PARSED, max_size=2),
    min_release_age=st.sampled_from([None, timedelta(0), timedelta(days=7)]),
    approved_downgrade=st.booleans(),
)
SERVERS = st.frozensets(MINORS.map(Minor.parse), min_size=1, max_size=2)
QUARANTINED = st.dictionaries(PARSED, st.just("failed"), max_size=2)


@settings(max_examples=settings().max_examples * 2)
@given(ADDONS, WISHES, SERVERS, st.none() | PARSED, QUARANTINED)
def test_the_fast_way_decides_and_tells_what_the_straightforward_one_does(
    addon, wish, servers, installed, quarantined
):
    case = {
        "addon": addon,
        "wish": wish,
        "minors": ClusterMinors(servers, None),
        "installed": installed,
        "quarantined": quarantined,
        "now": NOW,
    }
    fast, slow = resolve(**case), reference.resolve(**case)

    assert (fast.target, fast.reason, fast.message) == (slow.target, slow.reason, slow.message)
    assert fast.downgrade == slow.downgrade
    assert [
        (str(hop.start), str(hop.to), hop.reason, tuple(str(one.version) for one in hop.breaking))
        for hop in fast.hops
    ] == list(slow.hops)
    assert tuple(fast.candidates) == slow.candidates


@given(ADDONS, WISHES, SERVERS, st.none() | PARSED, st.integers(1, 6))
def test_the_verdicts_worth_telling_are_the_newest_and_last_those_that_only_the_channel_stops(
    addon, wish, servers, installed, limit
):
    resolution = resolve(
        addon=addon,
        wish=wish,
        minors=ClusterMinors(servers, None),
        installed=installed,
        quarantined={},
        now=NOW,
    )
    every = list(enumerate(resolution.candidates))
    ordered = sorted(every, key=lambda one: one[1].reason is Reason.BEYOND_CHANNEL)

    told = resolution.candidates.worth_telling(limit)

    assert told == [one for _, one in sorted(ordered[:limit], key=lambda one: one[0])]


@given(ADDONS, MINORS.map(Minor.parse))
def test_a_pair_stands_as_a_look_at_every_release_finds(addon, minor):
    for release in addon.releases:
        assert addon.evidence(release.version, minor) == reference.evidence(addon, release.version, minor)


@given(ADDONS, WISHES, SERVERS)
def test_a_verdict_is_found_by_its_version_and_none_for_a_version_that_is_not_listed(addon, wish, servers):
    resolution = resolve(
        addon=addon,
        wish=wish,
        minors=ClusterMinors(servers, None),
        installed=None,
        quarantined={},
        now=NOW,
    )
    for release in addon.releases:
        found = resolution.candidates.find(release.version)
        assert found is not None
        assert found.version == release.version
    assert resolution.candidates.find(Version.parse("4.0.0")) is None
