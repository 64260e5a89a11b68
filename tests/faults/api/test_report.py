"""The report is whole after every plan, and a run of some plans leaves the one of all of them alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from faults.api.__main__ import parse, report_path
from faults.api.play import Result
from faults.api.report import PART, WHOLE, Report


def test_every_result_is_there_as_soon_as_it_is_added_and_in_the_order_of_the_plans(tmp_path: Path) -> None:
    report = Report(tmp_path / "build" / "faults.json", ["one", "two"])
    report.add(Result("two", "crash", ["kill"], problems=["S1: twice", "L1: never"]))
    assert [one["name"] for one in json.loads((tmp_path / "build" / "faults.json").read_text())] == [
        "crash/two"
    ]
    report.add(Result("one", "crash", [], properties={"S1": "held"}, seconds=1.5))
    first, second = json.loads((tmp_path / "build" / "faults.json").read_text())
    assert first == {
        "name": "crash/one",
        "faults": [],
        "properties": {"S1": "held"},
        "result": "passed",
        "seconds": 1.5,
    }
    assert second["result"] == "failed: S1: twice; L1: never"


@pytest.mark.parametrize(
    ("command", "path"),
    [
        ([], WHOLE),
        (["--lanes", "2"], WHOLE),
        (["--plan", "a.yaml"], PART),
        (["--row", "crash"], PART),
        (["--story", "coredns-hop"], PART),
        (["--sample", "3"], PART),
    ],
)
def test_only_a_run_of_all_plans_writes_the_report_of_all(command: list[str], path: Path) -> None:
    assert report_path(parse(command)) == path
