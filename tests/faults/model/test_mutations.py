"""A broken engine is caught by the plan that names its fault, and the engine as it is passes all of them."""

from __future__ import annotations

import pytest

from faults.model.mutations import MUTATIONS, Mutation
from faults.model.script import Script, draw, shorten, violation_of
from faults.model.stories import STORIES


@pytest.mark.parametrize("story", STORIES.values(), ids=STORIES)
def test_the_engine_as_it_is_passes(story):
    story()


@pytest.mark.parametrize("mutation", MUTATIONS, ids=str)
def test_a_broken_engine_is_caught(mutation: Mutation, monkeypatch: pytest.MonkeyPatch):
    mutation.put_in(monkeypatch)
    with pytest.raises(AssertionError):
        STORIES[mutation.caught_by]()


def test_every_plan_catches_something_but_the_one_that_shows_an_ordinary_rollback():
    spare = STORIES.keys() - {mutation.caught_by for mutation in MUTATIONS}
    assert spare <= {"a_version_fails_once_it_serves"}


def first_violation() -> Script | None:
    """The first run out of many that the engine does not survive."""
    return next((one for seed in range(200) if violation_of(one := draw(seed)) is not None), None)


@pytest.mark.parametrize(
    "mutation", [one for one in MUTATIONS if one.name in {"fights a revert", "skips the backup"}], ids=str
)
def test_random_runs_find_a_broken_engine_too_and_show_the_few_steps_that_it_takes(
    mutation: Mutation, monkeypatch: pytest.MonkeyPatch
):
    mutation.put_in(monkeypatch)
    script = first_violation()
    assert script is not None
    short = shorten(script)
    assert violation_of(short) is not None
    assert len(short.steps) <= min(len(script.steps), 6)
    assert str(short).splitlines()[-1].endswith("all faults stop")
