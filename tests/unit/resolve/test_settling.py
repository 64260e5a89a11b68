"""When a minor is settled, told as what the servers answer over time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from addon_updater.api.versions import Minor
from addon_updater.errors import ParseError, VersionError
from addon_updater.resolve import ClusterMinors, SettlingState, effective_minor, observe

START = datetime(2026, 11, 25, 12, tzinfo=UTC)
SETTLE = timedelta(minutes=10)
ANSWERS = st.sampled_from(["", "34", "35", "34 35", "36"])


def minors(text):
    return frozenset(Minor(1, int(part)) for part in text.split())


def tell(*story, state=None):
    for minute, answer in story:
        state = observe(state, minors(answer), START + timedelta(minutes=minute), SETTLE)
    return state


@pytest.mark.parametrize(
    "case, story, settled",
    [
        ("servers agree at first", [(0, "34")], 34),
        ("servers disagree at first", [(0, "34 35")], None),
        (
            "they agree after a first disagreement: the clock runs",
            [(0, "34 35"), (1, "35"), (10, "35")],
            None,
        ),
        ("and it settles", [(0, "34 35"), (1, "35"), (11, "35")], 35),
        ("nobody answers at first", [(0, ""), (1, "34")], 34),
        ("an upgrade begins", [(0, "34"), (1, "34 35")], 34),
        ("an upgrade has just ended", [(0, "34"), (1, "34 35"), (5, "35"), (14, "35")], 34),
        ("an upgrade ended ten minutes ago", [(0, "34"), (1, "34 35"), (5, "35"), (15, "35")], 35),
        (
            "a setback starts the clock again",
            [(0, "34"), (5, "35"), (9, "34 35"), (10, "35"), (16, "35")],
            34,
        ),
        ("no answer starts the clock again", [(0, "34"), (5, "35"), (9, ""), (10, "35"), (16, "35")], 34),
        ("another minor starts the clock again", [(0, "34"), (5, "35"), (9, "36"), (16, "36")], 34),
        ("a short excursion is forgotten", [(0, "34"), (1, "35"), (2, "34"), (12, "35")], 34),
        ("a rolled back upgrade settles as well", [(0, "35"), (1, "34"), (11, "34")], 34),
        ("a rolled back upgrade waits", [(0, "35"), (1, "34"), (10, "34")], 35),
        ("a clock that goes back starts again", [(0, "34"), (20, "35"), (5, "35"), (15, "35")], 35),
    ],
)
def test_a_minor_settles_when_all_servers_have_agreed_for_the_settle_time(case, story, settled):
    assert tell(*story).settled == (Minor(1, settled) if settled else None), case


@pytest.mark.parametrize(
    "case, story, settled, back_from",
    [
        ("nothing has moved", [(0, "35")], 35, None),
        ("an upgrade is no way back", [(0, "34"), (1, "35"), (11, "35")], 35, None),
        ("it is not over", [(0, "35"), (1, "34"), (10, "34")], 35, None),
        ("it has settled", [(0, "35"), (1, "34"), (11, "34")], 34, 35),
        ("it is remembered", [(0, "35"), (1, "34"), (11, "34"), (99, "34")], 34, 35),
        ("also while servers disagree", [(0, "35"), (1, "34"), (11, "34"), (12, "34 35")], 34, 35),
        ("and while nobody answers", [(0, "35"), (1, "34"), (11, "34"), (12, "")], 34, 35),
        ("and while the next one settles", [(0, "35"), (1, "34"), (11, "34"), (12, "35")], 34, 35),
        (
            "it is forgotten when it is made good",
            [(0, "35"), (1, "34"), (11, "34"), (12, "35"), (22, "35")],
            35,
            None,
        ),
        (
            "and when the cluster goes beyond",
            [(0, "35"), (1, "34"), (11, "34"), (12, "36"), (22, "36")],
            36,
            None,
        ),
        ("the newest one counts", [(0, "36"), (1, "35"), (11, "35"), (12, "34"), (22, "34")], 34, 36),
        (
            "half the way up does not end it",
            [(0, "36"), (1, "34"), (11, "34"), (12, "35"), (22, "35")],
            35,
            36,
        ),
    ],
)
def test_a_cluster_that_went_back_is_remembered_until_it_is_where_it_was(case, story, settled, back_from):
    state = tell(*story)

    assert (state.settled, state.back_from) == (
        Minor(1, settled),
        Minor(1, back_from) if back_from else None,
    ), case


@pytest.mark.parametrize(
    "servers, settled, back_from, way",
    [
        ("34", 34, None, None),
        ("35", 34, None, None),
        ("34 35", 34, None, None),
        ("", 35, 36, None),
        ("34", None, None, None),
        ("34", 35, None, "the cluster goes back from Kubernetes 1.35 to 1.34"),
        ("34 35", 35, None, "the cluster goes back from Kubernetes 1.35 to 1.34"),
        ("34", 34, 35, "the cluster went back from Kubernetes 1.35 to 1.34"),
        ("34 35", 34, 35, "the cluster went back from Kubernetes 1.35 to 1.34"),
        ("33", 34, 35, "the cluster goes back from Kubernetes 1.34 to 1.33"),
    ],
)
def test_the_way_back_is_told_in_words(servers, settled, back_from, way):
    cluster = ClusterMinors(
        minors(servers),
        Minor(1, settled) if settled else None,
        back_from=Minor(1, back_from) if back_from else None,
    )

    assert cluster.way_back == way


def test_no_settle_time_settles_at_once():
    state = observe(SettlingState(Minor(1, 34)), minors("35"), START, timedelta(0))

    assert state == SettlingState(Minor(1, 35))


def test_a_disagreement_that_lasts_changes_no_state():
    assert tell((0, "34"), (1, "34 35")) == tell((0, "34"), (1, "34 35"), (2, "34 35"))


@given(st.lists(st.tuples(st.integers(0, 60), ANSWERS), max_size=8))
def test_a_state_survives_its_json_whatever_happened(story):
    state = tell((0, "34"), *story)

    assert SettlingState.from_json(state.to_json()) == state
    assert len(state.to_json()) < 128


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        '{"settled":35}',
        '{"settled":"new"}',
        '{"candidate":"1.35"}',
        '{"settled":"1.35","backFrom":"new"}',
        '{"settled":"1.35","backFrom":36}',
        '{"candidate":"1.35","since":"2026-11-25T12:00:00"}',
        "[" * 100_000,
    ],
)
def test_a_spoiled_state_is_refused(text):
    with pytest.raises(ParseError, match="no settling state"):
        SettlingState.from_json(text)


@pytest.mark.parametrize(
    "servers, settled, prepare, required, is_settled",
    [
        ("34", 34, None, "34", True),
        ("34 35", 34, None, "34 35", False),
        ("35", 34, None, "34 35", False),
        ("", 34, None, "34", False),
        ("34", None, None, "34", False),
        ("34", 34, 35, "34 35", True),
        ("", None, None, "", False),
    ],
)
def test_a_version_must_fit_every_minor_in_sight(servers, settled, prepare, required, is_settled):
    cluster = ClusterMinors(
        minors(servers), Minor(1, settled) if settled else None, Minor(1, prepare) if prepare else None
    )

    assert (cluster.required, cluster.is_settled) == (minors(required), is_settled)


@pytest.mark.parametrize(
    "answer, minor",
    [
        ({"major": "1", "minor": "34", "gitVersion": "v1.34.2"}, "1.34"),
        ({"major": "1", "minor": "28+", "gitVersion": "v1.28.3-eks-4f4795d"}, "1.28"),
        ({"major": "1", "minor": "36", "emulationMajor": "1", "emulationMinor": "34"}, "1.34"),
        ({"major": "1", "minor": "36", "emulationMajor": "", "emulationMinor": ""}, "1.36"),
        ({"gitVersion": "v1.33.6-eks-adc7111"}, "1.33"),
        ({"major": "", "minor": "", "gitVersion": "v1.33.6+k3s1"}, "1.33"),
    ],
)
def test_the_effective_minor_is_the_one_whose_apis_are_served(answer, minor):
    assert str(effective_minor(answer)) == minor


@pytest.mark.parametrize(
    "answer", [{}, {"major": "1"}, {"gitVersion": "unknown"}, {"minor": "+", "gitVersion": ""}]
)
def test_an_answer_without_a_minor_is_refused(answer):
    with pytest.raises(VersionError):
        effective_minor(answer)
