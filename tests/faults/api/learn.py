"""Runs the stories undisturbed, notes what they ask of the API server, and writes the plans that follow from it.

A story is run twice, and only what both runs have asked counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue

from faults.api.derive import plans_of
from faults.api.lane import Lane
from faults.api.learned import MARK, combine, read_learned
from faults.api.plan import PLANS, write_plan
from faults.api.play import learn_reference
from faults.api.runner import open_lanes
from faults.api.stories import LEARNED_FROM, Story

ROWS = ("crash", "http-errors", "reply-lost", "denied-twice", "stale", "watch-errors", "watch-events")
"""The rows that hold learned plans; people may add their own."""


def learn(stories: Sequence[Story], lanes: int) -> None:
    """Run stories, and write the plans of all anew; plans that people wrote stay."""
    free: SimpleQueue[Lane] = SimpleQueue()

    def run(story: Story) -> None:
        lane = free.get()
        try:
            combine(story, *(learn_reference(lane, story).exchanges for _ in range(2))).write()
        finally:
            free.put(lane)

    with open_lanes(lanes) as opened, ThreadPoolExecutor(lanes) as pool:
        for lane in opened:
            free.put(lane)
        list(pool.map(run, stories))
    rewrite()


def rewrite() -> None:
    """Replace all learned plans by those that follow from what was learned last."""
    for row in ROWS:
        for path in (PLANS / row).glob("*.yaml"):
            if path.read_text().startswith(MARK):
                path.unlink()
    for plan in plans_of([read_learned(story) for story in LEARNED_FROM.values()]):
        path = write_plan(plan)
        path.write_text(MARK + path.read_text())
