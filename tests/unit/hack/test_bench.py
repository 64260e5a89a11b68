"""The benchmark takes turns, reports medians, and measures a choice that is the right one."""

from __future__ import annotations

from itertools import cycle

from packaging.specifiers import SpecifierSet

from addon_updater.api.versions import Version, VersionRange
from bench.__main__ import BEST_OF, GO, ONE_BY_ONE, PYTHON, ROUNDS, measure, report
from bench.__main__ import CHOOSE as OURS
from bench.synthetic import PYTHON_RANGES, RANGE


def test_all_take_turns_the_fastest_pass_of_a_turn_counts_and_the_first_turn_does_not():
    calls = []

    def contestant(name, seconds):
        answers = cycle(seconds)

        def once():
            calls.append(name)
            return 99.0 if calls.count(name) <= BEST_OF else next(answers)

        return once

    medians = measure({OURS: contestant(OURS, [3.0] * (BEST_OF - 1) + [1.0]), GO: contestant(GO, [2.0])})

    assert medians == {OURS: 1.0, GO: 2.0}
    assert calls == ([OURS] * BEST_OF + [GO] * BEST_OF) * (ROUNDS + 1)


def test_the_report_says_how_many_times_as_long_each_takes(capsys):
    report({OURS: 0.001, GO: 0.003, PYTHON: 0.05, ONE_BY_ONE: 0.02}, 30000)

    said = " ".join(capsys.readouterr().out.split())
    assert "3 addons x 10000 versions" in said
    assert "3.000 ms Masterminds/semver: 3.0 times as long" in said
    assert "50.000 ms packaging: 50.0 times as long" in said


def test_the_range_of_the_other_library_holds_the_same_versions():
    ours, theirs = VersionRange.parse(RANGE), [SpecifierSet(text) for text in PYTHON_RANGES]
    for text in ("2.2.9", "2.3.0", "8.1.2", "8.1.3", "9.4.9", "9.5.0", "10.1.9", "10.2.0", "10.3.0"):
        assert (Version.parse(text) in ours) == any(one.contains(text) for one in theirs), text
