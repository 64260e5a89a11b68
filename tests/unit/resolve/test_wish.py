"""What a spec asks for on one minor: overrides, ages, minors to prepare for, and the field behind each word."""

from __future__ import annotations

from datetime import timedelta

import pytest

from addon_updater.api.release import AddonReleaseSpec, Channel, MinEvidence
from addon_updater.api.versions import Minor, Version
from addon_updater.errors import VersionError
from addon_updater.resolve import ClusterMinors, Wish, minors_of, override_in_force, wish_of

FLEET = [
    {"kubernetes": "1.35", "version": "1.13.x"},
    {"kubernetes": ">=1.35", "channel": "Latest"},
    {"kubernetes": "<1.30", "version": "1.11.3", "channel": "LTS"},
]


def spec(**fields):
    return AddonReleaseSpec.model_validate({"addon": "coredns", **fields})


def minor(text):
    return Minor.parse(text) if text else None


def test_an_empty_spec_wishes_for_nothing_in_particular():
    assert wish_of(spec(), Minor(1, 34)) == Wish()


def test_every_field_that_chooses_arrives_in_the_wish():
    policy = {"minEvidence": "Assumed", "minReleaseAge": "7d", "skipVersions": ["v1.12.0", "1.12.1"]}

    wish = wish_of(spec(version="~1.12", channel="LTS", policy=policy), None)

    assert (str(wish.range), wish.channel, wish.min_evidence) == ("~1.12", Channel.LTS, MinEvidence.ASSUMED)
    assert wish.skip == {Version.parse("1.12.0"), Version.parse("1.12.1")}
    assert wish.min_release_age == timedelta(days=7)
    assert not wish.approved_downgrade


@pytest.mark.parametrize(
    "settled, position, wanted, channel",
    [
        ("1.34", None, ("<1.15", "spec.version"), ("Default", "spec.channel")),
        ("1.35", 0, ("1.13.x", "spec.overrides[0].version"), ("Default", "spec.channel")),
        ("1.36", 1, ("<1.15", "spec.version"), ("Latest", "spec.overrides[1].channel")),
        ("1.29", 2, ("1.11.3", "spec.overrides[2].version"), ("LTS", "spec.overrides[2].channel")),
        (None, None, ("<1.15", "spec.version"), ("Default", "spec.channel")),
    ],
    ids=["no override holds", "the first wins", "the channel alone", "both", "no minor is settled"],
)
def test_the_first_override_for_the_settled_minor_counts(settled, position, wanted, channel):
    fleet = spec(version="<1.15", overrides=FLEET)

    wish = wish_of(fleet, minor(settled))

    assert override_in_force(fleet, minor(settled)) == position
    assert (str(wish.range), wish.range_field) == wanted
    assert (wish.channel, wish.channel_field) == channel


@pytest.mark.parametrize(
    "fields, field",
    [
        ({"version": ">2 <1"}, "spec.version"),
        ({"overrides": [{"kubernetes": ">2 <1", "version": "*"}]}, "spec.overrides[0].kubernetes"),
        ({"overrides": [{"kubernetes": "*", "version": ">2 <1"}]}, "spec.overrides[0].version"),
        ({"policy": {"skipVersions": ["1.12.1", "1.02.1"]}}, "spec.policy.skipVersions[1]"),
    ],
)
def test_a_text_that_cannot_be_read_is_named_by_its_field(fields, field):
    with pytest.raises(VersionError) as refused:
        wish_of(spec(**fields), Minor(1, 34))

    assert str(refused.value).startswith(f"{field}: version")


@pytest.mark.parametrize(
    "prepare, settled, required",
    [
        (None, "1.34", {"1.34"}),
        ("1.35", "1.34", {"1.34", "1.35"}),
        ("1.36", "1.34", {"1.34", "1.36"}),
        ("1.34", "1.34", {"1.34"}),
        ("1.33", "1.34", {"1.34"}),
        ("1.35", None, {"1.34", "1.35"}),
    ],
    ids=["nothing", "the next", "the one after", "reached", "left behind", "none is settled"],
)
def test_the_minor_that_is_prepared_for_counts_until_the_cluster_is_there(prepare, settled, required):
    observed = ClusterMinors(frozenset([Minor(1, 34)]), minor(settled))

    prepared = minors_of(spec(prepareFor=prepare), observed)

    assert {str(one) for one in prepared.required} == required
    assert prepared.is_settled == observed.is_settled
