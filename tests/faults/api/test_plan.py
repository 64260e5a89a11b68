"""A plan file says what is wrong with it, and is written as a person would."""

from __future__ import annotations

from pathlib import Path

import pytest

from faults.api.plan import (
    Event,
    Fault,
    Match,
    Plan,
    PlanError,
    StepTrigger,
    read_plan,
    read_plans,
    write_plan,
)
from faults.api.registry import check
from faults.api.sample import sample

GOOD = """\
name: a-plan
row: crash
story: coredns-hop
says: Something breaks.
faults:
- {request: {verb: create, resource: pods}, do: crash-after}
"""


def written(folder: Path, text: str, name: str = "a-plan", row: str = "crash") -> Path:
    path = folder / row / f"{name}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (GOOD.replace("crash-after", "explode"), "faults.0.do"),
        (GOOD.replace("crash-after", "status"), "status needs `code`"),
        (GOOD.replace("crash-after", "delay"), "delay needs `seconds`"),
        (GOOD.replace("verb: create", "verb: invent"), "faults.0.request.verb"),
        (GOOD + "colour: red\n", "colour"),
        (GOOD.replace("says: Something breaks.\n", ""), "says"),
        (GOOD.replace("name: a-plan", "name: another"), "the file is called 'a-plan'"),
        (GOOD.replace("row: crash", "row: other"), "the folder is called 'crash'"),
        ("[", "cannot be read"),
    ],
)
def test_an_error_names_file_and_field(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(PlanError) as caught:
        read_plan(written(tmp_path, text))
    assert told in str(caught.value)
    assert "a-plan.yaml" in str(caught.value)


def test_what_is_written_is_read_as_it_was(tmp_path: Path) -> None:
    plan = Plan(
        name="a-plan",
        row="crash",
        story="coredns-hop",
        says="Something breaks.",
        faults=[
            Fault(request=Match(verb="create", resource="pods", nth=2), do="status", code=429, retry_after=1)
        ],
        events=[Event(do="kill", at=StepTrigger(step="Soaking"), with_={"replica": "replica-a"})],
    )
    path = write_plan(plan, tmp_path)
    assert read_plan(path) == plan
    assert "times" not in path.read_text()
    assert "expect" not in path.read_text()


def test_two_plans_of_one_name_are_refused(tmp_path: Path) -> None:
    written(tmp_path, GOOD)
    written(tmp_path, GOOD.replace("row: crash", "row: edits"), row="edits")
    with pytest.raises(PlanError, match="two plans are called a-plan"):
        read_plans(tmp_path)


@pytest.mark.parametrize(
    ("do", "arguments", "told"),
    [
        ("sing", {}, "'sing' is not known; known are"),
        ("kill", {"number": 9}, "unexpected keyword argument 'number'"),
        ("minor", {}, "missing a required argument: 'minor'"),
    ],
)
def test_a_happening_must_exist_and_take_its_arguments(do: str, arguments: dict[str, int], told: str) -> None:
    event = Event(do=do, at=StepTrigger(step="Soaking"), with_=arguments)
    with pytest.raises(PlanError, match=told):
        check(Plan(name="p", row="r", story="coredns-hop", says="x", events=[event]))


def test_a_story_must_exist() -> None:
    with pytest.raises(PlanError, match="'opera' is not known"):
        check(Plan(name="p", row="r", story="opera", says="x"))


def test_a_sample_has_every_row_before_a_second_of_any() -> None:
    plans = [
        Plan(name=f"{row}-{number}", row=row, story="coredns-hop", says="x")
        for row in ("a", "b", "c")
        for number in range(5)
    ]
    assert [plan.name for plan in sample(plans, 4)] == ["a-2", "b-2", "c-2", "a-1"]
