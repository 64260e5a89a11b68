"""Our ranges against Masterminds/semver, the Go library with which Helm and Flux read them."""

from __future__ import annotations

import json
import random
import subprocess

import pytest

from addon_updater.api.versions import Version, VersionRange
from addon_updater.errors import VersionError
from localcluster.build import build, program
from localcluster.groups import select_groups
from localcluster.settings import current_settings
from oracle.differences import DIFFERENCES, HOLDS, OUT, REFUSED, Answer
from oracle.pairs import pairs

GENERATED = 8000
LEAST_COMPARED, LEAST_HELD = 4000, 1000

TABLE = [
    ("*", "0.0.0"),
    ("*", "1.2.0-rc.1"),
    ("1", "1.9.9"),
    ("1.2", "1.2.9"),
    ("1.2.x", "1.3.0"),
    ("1.x.x", "1.9.0"),
    ("=1.2.3", "1.2.3"),
    ("!=1.2.3", "1.2.3"),
    ("!=1.2", "1.2.3"),
    (">1.2", "1.2.9"),
    (">1.2", "1.3.0"),
    ("<1.2", "1.1.9"),
    ("<=1.2", "1.2.9"),
    ("=<1.2", "1.3.0"),
    ("=>1.2", "1.2.0"),
    ("~1.2.3", "1.2.9"),
    ("~1.2.3", "1.3.0"),
    ("~>1", "1.9.0"),
    ("^1.2.3", "1.9.0"),
    ("^0.2.3", "0.3.0"),
    ("^0.0.3", "0.0.4"),
    ("^0.0", "0.0.9"),
    ("^0", "0.9.0"),
    ("1.2 - 1.4", "1.4.9"),
    ("1.2.3 - 1.4.5, !=1.3.0", "1.3.0"),
    (">=1.2, <1.4", "1.3.0"),
    (">= 1.2 < 1.4", "1.4.0"),
    ("<1 || >=2", "1.5.0"),
    (">=1.2.0-rc.1", "1.3.0-alpha.1"),
    (">=1.2.0", "1.3.0-alpha.1"),
    (">=1.2-0", "1.2.0-alpha.1"),
    ("1.2-0", "1.2.3"),
    ("<=1.2-0", "1.2.3"),
    ("~1.2.0-0", "1.3.0-rc.1"),
    ("^1.2.0-beta.2", "1.2.0-beta.11"),
    (">=1.2.0-rc.1 || 2.x", "2.1.0-rc.1"),
    ("=1.2.3+abc", "1.2.3"),
    ("V1.2", "1.2.3"),
    (">=", "1.2.3"),
    ("", "1.2.3"),
    ("1.2,", "1.2.3"),
    ("1.2 ||", "1.2.3"),
    ("1.2.3.4", "1.2.3"),
    (">>1", "1.2.3"),
    ("latest", "1.2.3"),
    (">=1.2<1.4", "1.3.0"),
    ("1.2 - >1.4", "1.3.0"),
]
"""Pairs about which both must agree, whatever the generator draws."""


def ours(wanted: str, version: str) -> Answer:
    try:
        holds = Version.parse(version) in VersionRange.parse(wanted)
    except VersionError as error:
        return Answer(REFUSED, str(error))
    return Answer(HOLDS if holds else OUT)


@pytest.fixture(scope="module")
def theirs():
    """Asks the real library about all pairs at once."""
    build(current_settings(), select_groups(["semver-ranges"]), lambda _: None)
    judge = program(current_settings(), "semver-ranges", "semver-ranges")

    def ask(asked):
        lines = "".join(json.dumps({"range": wanted, "version": version}) + "\n" for wanted, version in asked)
        run = subprocess.run([judge, "check"], input=lines, capture_output=True, text=True, check=True)
        answers = map(json.loads, run.stdout.splitlines())
        return [REFUSED if "refused" in one else HOLDS if one["holds"] else OUT for one in answers]

    return ask


def test_we_agree_on_a_table_of_pairs(theirs):
    assert [ours(*pair).verdict for pair in TABLE] == theirs(TABLE)


def test_every_listed_difference_is_one_and_no_row_explains_what_another_does(theirs):
    for row, answer in zip(
        DIFFERENCES, theirs([(one.range, one.version) for one in DIFFERENCES]), strict=True
    ):
        mine = ours(row.range, row.version)
        assert (mine.verdict, answer) == (row.ours, row.theirs), row.reason
        assert [one.range for one in DIFFERENCES if one.explains(row.range, row.version, mine, answer)] == [
            row.range
        ]


def test_we_agree_on_generated_pairs_but_for_the_listed_differences(theirs):
    asked = pairs(random.Random(20261125), GENERATED)
    compared = held = 0
    for (wanted, version), answer in zip(asked, theirs(asked), strict=True):
        mine = ours(wanted, version)
        if any(one.explains(wanted, version, mine, answer) for one in DIFFERENCES):
            continue
        assert mine.verdict == answer, (wanted, version, mine.why)
        compared += 1
        held += answer == HOLDS

    assert compared >= LEAST_COMPARED
    assert held >= LEAST_HELD
