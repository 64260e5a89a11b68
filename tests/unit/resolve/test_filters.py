"""Filters that CoreDNS's facts do not exercise: age, rollback floor, channels without a default."""

from __future__ import annotations

from datetime import timedelta

import pytest

from addon_updater.api.release import Channel, MinEvidence
from addon_updater.resolve import Reason, Verdict
from unit.catalog.entries import TESTED_134, wire
from unit.resolve.situations import run, web

NEW, OLD = wire()["releases"]
NO_DEFAULTS = [{"minor": "1.35"}, {"minor": "1.34"}]


def on_134(version, level="Tested", **fields):
    return {"version": version, "evidence": [TESTED_134 | {"level": level}], **fields}


@pytest.mark.parametrize(
    "released, days, target",
    [
        ("2026-11-20", 7, "2.0.0"),
        ("2026-11-18", 7, "2.0.1"),
        ("2026-11-20", 0, "2.0.1"),
        ("2026-11-20", None, "2.0.1"),
        (None, 7, "2.0.0"),
        (None, None, "2.0.1"),
    ],
)
def test_a_release_waits_for_its_age_and_an_unknown_age_is_never_enough(released, days, target):
    addon = web(
        kubernetes=NO_DEFAULTS,
        releases=[on_134("2.0.1", released=released), on_134("2.0.0", released="2026-01-01")],
    )

    resolution = run(
        addon,
        "1.34",
        installed="1.9.0",
        min_release_age=None if days is None else timedelta(days=days),
    )

    assert str(resolution.target) == target
    if target == "2.0.0":
        assert resolution.candidates[0].reason is Reason.TOO_YOUNG


@pytest.mark.parametrize(
    "case, releases, floor, target",
    [
        (
            "the newest Declared is the limit",
            [on_134("2.2.0", "Assumed"), on_134("2.1.0", "Declared")],
            "ASSUMED",
            "2.1.0",
        ),
        (
            "nobody declares, so the floor decides",
            [on_134("2.2.0", "Assumed"), on_134("2.1.0", "Assumed")],
            "ASSUMED",
            "2.2.0",
        ),
        ("nobody declares, and the floor asks", [on_134("2.2.0", "Assumed")], "DECLARED", None),
        ("Tested asked, Declared there", [on_134("2.2.0", "Declared"), on_134("2.1.0")], "TESTED", "2.1.0"),
    ],
)
def test_channel_default_without_a_default_goes_to_the_newest_declared(case, releases, floor, target):
    resolution = run(
        web(kubernetes=NO_DEFAULTS, releases=releases),
        "1.34",
        installed="1.0.0",
        min_evidence=MinEvidence[floor],
    )

    assert (str(resolution.target) if resolution.target else None) == target, case


@pytest.mark.parametrize(
    "floor, target, reason",
    [
        ("2.1.0", None, Reason.BELOW_ROLLBACK_FLOOR),
        ("2.0.0", "2.0.0", Reason.DOWNGRADE_APPROVED),
        (None, "2.0.0", Reason.DOWNGRADE_APPROVED),
    ],
)
def test_an_approved_downgrade_stops_at_the_rollback_floor(floor, target, reason):
    addon = web(kubernetes=NO_DEFAULTS, releases=[on_134("2.1.0", rollbackFloor=floor), on_134("2.0.0")])

    resolution = run(addon, "1.34", installed="2.1.0", range="<2.1", approved_downgrade=True)

    assert (str(resolution.target) if resolution.target else None, resolution.reason) == (target, reason)
    assert str(resolution.downgrade or target) == "2.0.0"


def test_a_version_must_fit_the_minor_that_is_prepared_for():
    addon = web(
        kubernetes=NO_DEFAULTS,
        releases=[NEW, OLD | {"evidence": [TESTED_134 | {"kubernetes": "1.34 - 1.35"}]}],
    )

    assert str(run(addon, "1.34", installed="1.0.0").target) == "2.0.0"
    assert str(run(addon, "1.35", installed="1.0.0").target) == "2.1.0"
    assert str(run(addon, "1.35", "1.34", installed="1.0.0").target) == "2.0.0"


LINES = [
    {"versions": "2.0.x", "until": "2026-11-25", "source": "us"},
    {"versions": "1.9.x", "until": "2026-11-24", "source": "us"},
]
LONG_TERM = web(
    kubernetes=NO_DEFAULTS, lts=LINES, releases=[on_134(v) for v in ("2.1.0", "2.0.1", "2.0.0", "1.9.5")]
)


@pytest.mark.parametrize(
    "case, installed, wish, target",
    [
        ("up to the last day, that day included", "1.9.0", {}, "2.0.1"),
        ("newer than the line stays", "2.1.0", {}, "2.1.0"),
        ("a pin leaves nothing to choose", "2.0.0", {"range": "2.1.0"}, "2.1.0"),
        ("the range counts as well", "1.9.0", {"range": "<2.0.1"}, "2.0.0"),
        ("only an ended line is in the range", "1.8.0", {"range": "1.9.x"}, None),
    ],
)
def test_channel_lts_chooses_from_lines_whose_support_has_not_ended(case, installed, wish, target):
    resolution = run(LONG_TERM, "1.34", installed=installed, channel=Channel.LTS, **wish)

    assert (str(resolution.target) if resolution.target else None) == target, case


@pytest.mark.parametrize(
    "addon, version, source, message",
    [
        (
            LONG_TERM,
            "2.1.0",
            "spec.channel",
            "2.1.0 has no long-term support, which spec.channel LTS wants (2.0.x until 2026-11-25)",
        ),
        (
            LONG_TERM,
            "1.9.5",
            "us",
            "the long-term support of 1.9.5 ended on 2026-11-24; spec.channel LTS wants a line that has it",
        ),
        (
            web(kubernetes=NO_DEFAULTS, releases=[on_134("2.0.0")]),
            "2.0.0",
            "spec.channel",
            "wants (the catalog knows none, so choose Default or Latest)",
        ),
    ],
)
def test_channel_lts_says_which_lines_it_could_choose_from(addon, version, source, message):
    resolution = run(addon, "1.34", installed="1.0.0", channel=Channel.LTS)

    (found,) = [one for one in resolution.candidates if str(one.version) == version]
    assert (found.verdict, found.reason) == (Verdict.REJECTED, Reason.BEYOND_CHANNEL)
    assert found.source == source
    assert found.message.endswith(message)


@pytest.mark.parametrize(
    "releases, wish, field",
    [
        ([on_134("2.0.0")], {"range": ">=3", "range_field": "spec.overrides[2].version"}, None),
        ([on_134("2.0.0")], {"range": ">=3"}, "spec.version"),
        ([on_134("2.0.0")], {"skip": ["2.0.0"]}, "spec.policy.skipVersions"),
        ([on_134("2.0.0")], {"min_release_age": timedelta(days=7)}, "spec.policy.minReleaseAge"),
        (
            [on_134("2.0.0", released="2026-11-24")],
            {"min_release_age": timedelta(days=7)},
            "spec.policy.minReleaseAge",
        ),
        (
            [on_134("2.0.0", "Assumed")],
            {"min_evidence": MinEvidence.TESTED},
            "spec.policy.minEvidence asks for at least Tested",
        ),
        ([on_134("2.0.0", "Assumed")], {}, "the catalog's floor asks for at least Declared"),
        ([on_134("2.1.0", "Assumed"), on_134("2.0.0")], {}, "set spec.channel to Latest, which considers it"),
        (
            [on_134("2.1.0", "Assumed"), on_134("2.0.0")],
            {"channel_field": "spec.overrides[0].channel"},
            "set spec.overrides[0].channel to Latest, which considers it",
        ),
    ],
)
def test_a_rejected_candidate_names_the_field_that_could_let_it_in(releases, wish, field):
    candidate = run(
        web(kubernetes=NO_DEFAULTS, releases=releases), "1.34", installed="1.0.0", **wish
    ).candidates[0]

    assert candidate.verdict is Verdict.REJECTED
    assert (field or wish["range_field"]) in f"{candidate.message}; {candidate.remedy}"
