"""When a plan is played again."""

from __future__ import annotations

from typing import Any

import pytest

from faults.api import play
from faults.api.play import Result

MISSED = "never fired: crash-after on patch addonreleases/status #4"
FOUND = "S1: written twice"


@pytest.mark.parametrize(
    ("found", "mutation", "played", "left"),
    [
        ([[]], "", 1, []),
        ([[MISSED], []], "", 2, []),
        ([[MISSED], [FOUND]], "", 2, [FOUND]),
        ([[MISSED], [MISSED], [MISSED, MISSED]], "", 3, [MISSED, MISSED]),
        ([[FOUND]], "", 1, [FOUND]),
        ([[MISSED, FOUND]], "", 1, [MISSED, FOUND]),
        ([[MISSED]], "forget-the-quarantine", 1, [MISSED]),
    ],
    ids=[
        "all is well",
        "its request comes the second time",
        "the second time shows a flaw",
        "its request never comes",
        "a flaw is found at once",
        "a flaw is found although a request did not come",
        "a broken engine does not ask",
    ],
)
def test_a_plan_is_played_again_only_when_it_has_shown_nothing(
    monkeypatch: pytest.MonkeyPatch, found: list[list[str]], mutation: str, played: int, left: list[str]
) -> None:
    results = [Result("a-plan", "crash", [], problems=problems) for problems in found]
    given: list[Result] = []

    def once(*_: Any) -> Result:
        given.append(results[len(given)])
        return given[-1]

    monkeypatch.setattr(play, "_play_once", once)
    nothing: Any = None
    result = play.play(nothing, nothing, nothing, mutation)
    assert (len(given), result.problems) == (played, left)
