"""The page of the preflight has a row for every rule, and none that is no rule."""

from __future__ import annotations

import re
from pathlib import Path

from addon_updater.rollout.finding import Severity
from addon_updater.rollout.rules import Rule

PAGE = (Path(__file__).parents[3] / "docs/preflight.md").read_text(encoding="utf-8")


def rows(pattern: str) -> list[tuple[str, ...]]:
    return re.findall(rf"^\| `({pattern})` \| ([^|]+) \| ([^|]+) \|$", PAGE, re.MULTILINE)


def test_every_rule_has_one_row_and_every_row_a_rule():
    assert sorted(rule for rule, *_ in rows("[A-Za-z]+")) == sorted(Rule)


def test_every_row_has_severities_that_there_are():
    told = {word.strip() for _, severities, _ in rows("[A-Za-z]+") for word in severities.split(",")}
    assert told <= set(Severity)


def test_the_page_says_what_follows_from_each_severity():
    assert re.findall(r"^\| `([A-Z][a-z]+)` \| [^|]+ \|$", PAGE, re.MULTILINE) == list(Severity)
