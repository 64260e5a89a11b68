"""Many runs, side by side in several processes, and what they came to."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context

from faults.model.script import act_out, draw, words
from unit.rollout.remembering import remembered_answers

BATCH = 200
BATCHES_OF_A_PROCESS = 10
"""Then a new pool takes over, so that what is remembered does not add up over hours. Not by max_tasks_per_child, with
which the pool of Python 3.11 and 3.12 can wait for ever: https://github.com/python/cpython/issues/115634"""
MOST_VIOLATIONS = 5
"""After so many the search is over: they have to be looked at anyway."""


@dataclass
class Tally:
    """What has been run so far."""

    interleavings: int = 0
    steps: int = 0
    passes: int = 0
    violations: tuple[tuple[int, str], ...] = ()
    """Seed and words."""

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.interleavings + other.interleavings,
            self.steps + other.steps,
            self.passes + other.passes,
            (*self.violations, *other.violations),
        )


def search(seeds: Sequence[int], processes: int, tell: Callable[[Tally], None] = lambda _: None) -> Tally:
    """Act out the runs of these seeds; `tell` hears how far it has come, from time to time."""
    tally, size = Tally(), BATCH * BATCHES_OF_A_PROCESS * processes
    for start in range(0, len(seeds), size):
        with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
            for found in pool.map(act_out_all, batches(seeds[start : start + size])):
                tally += found
                tell(tally)
                if len(tally.violations) >= MOST_VIOLATIONS:
                    pool.shutdown(cancel_futures=True)
                    return tally
    return tally


def batches(seeds: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(seeds), BATCH):
        yield seeds[start : start + BATCH]


def act_out_all(seeds: Sequence[int]) -> Tally:
    """Act out each of them, in this process."""
    tally = Tally()
    with remembered_answers(), without_garbage_collection():
        for seed in seeds:
            tally += one(seed)
    return tally


@contextmanager
def without_garbage_collection() -> Iterator[None]:
    """A seventh of the time is saved: what is remembered is looked through again and again, and nothing of it goes."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
        gc.collect()


def one(seed: int) -> Tally:
    """Act out one; a violation is counted with its seed."""
    script = draw(seed)
    try:
        return Tally(1, *act_out(script))
    except Exception as error:  # noqa: BLE001 - see violation_of
        return Tally(1, len(script.steps), 0, ((seed, words(error)),))
