"""Plays many plans on a small pool of control planes and tells what came of each."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue
from typing import TypeVar

from faults.api.lane import Lane
from faults.api.plan import Plan
from faults.api.play import Result, play
from faults.api.reference import References
from faults.api.report import Report
from localcluster import Level, list_clusters, stop

LANES = 5
_PREFIX = "faults"
T = TypeVar("T")
R = TypeVar("R")


@contextmanager
def open_lanes(number: int) -> Iterator[list[Lane]]:
    """Start control planes; all end with the block."""
    forget_dead_runs()
    lanes = [Lane(f"{_PREFIX}-{os.getpid()}-{count}") for count in range(number)]
    try:
        with ThreadPoolExecutor(number) as pool:
            for started in [pool.submit(lane.start) for lane in lanes]:
                started.result()
        yield lanes
    finally:
        for lane in lanes:
            lane.stop()


def forget_dead_runs() -> None:
    """A killed run leaves its control planes alive; their names carry its process number."""
    for name, level, _ in list_clusters():
        prefix, _, rest = name.partition("-")
        run = rest.partition("-")[0]
        is_of_a_run = level is Level.CONTROL_PLANE and prefix == _PREFIX and run.isdigit()
        if is_of_a_run and not Path(f"/proc/{run}").exists():
            stop(name)


def play_all(lanes: Sequence[Lane], plans: Sequence[Plan], tell: Callable[[Result], None]) -> list[Result]:
    """Play every plan, as many at a time as there are lanes, and then those that must be alone, one by one."""
    references = References()

    def some(lanes: Sequence[Lane], *, alone: bool) -> list[Result]:
        chosen = [plan for plan in plans if plan.alone is alone]
        return spread(lanes, chosen, lambda lane, plan: play(lane, plan, references), tell)

    return [*some(lanes, alone=False), *some(lanes[:1], alone=True)]


def spread(
    lanes: Sequence[Lane], tasks: Sequence[T], do: Callable[[Lane, T], R], tell: Callable[[R], None]
) -> list[R]:
    """Do every task on a lane that is free, tell of each as soon as it is done; the results in the order of tasks."""
    free: SimpleQueue[Lane] = SimpleQueue()
    for lane in lanes:
        free.put(lane)

    def one(task: T) -> R:
        lane = free.get()
        try:
            return do(lane, task)
        finally:
            free.put(lane)

    with ThreadPoolExecutor(max_workers=len(lanes)) as pool:
        running = [pool.submit(one, task) for task in tasks]
        for done in as_completed(running):
            tell(done.result())
    return [future.result() for future in running]


def line(result: Result) -> str:
    """One line about one plan, more when it failed."""
    verdict = "ok    " if result.passed else "FAILED"
    text = f"{verdict} {result.seconds:5.1f} s  {result.row}/{result.name}"
    notes = [f"\n         note: {note}" for note in result.notes]
    return text + "".join(f"\n         {problem}" for problem in result.problems) + "".join(notes)


def summary(results: Sequence[Result], seconds: float) -> str:
    """The last line."""
    failed = sum(not result.passed for result in results)
    return f"{len(results)} plans, {len(results) - failed} passed, {failed} failed, in {seconds:.0f} s"


def run(plans: Sequence[Plan], report: Path, number_of_lanes: int = LANES) -> int:
    """Play plans, tell and report; the exit code."""
    began = time.monotonic()
    written = Report(report, [plan.name for plan in plans])

    def tell(result: Result) -> None:
        written.add(result)
        print(line(result), flush=True)  # noqa: T201 - this is a command

    with open_lanes(min(number_of_lanes, len(plans))) as lanes:
        results = play_all(lanes, plans, tell)
    print(summary(results, time.monotonic() - began), flush=True)  # noqa: T201 - this is a command
    return int(any(not result.passed for result in results))
