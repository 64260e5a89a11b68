"""Many runs, side by side in several processes, and what they came to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

from faults.model.script import act_out, draw, words
from unit.rollout.remembering import remembered_answers

BATCH = 200
BATCHES_OF_A_PROCESS = 10
"""Then a new one takes over, so that what is remembered does not add up over hours."""
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


def search(seeds: Sequence[int], processes: int) -> Tally:
    """Act out the runs of these seeds."""
    tally = Tally()
    with ProcessPoolExecutor(processes, max_tasks_per_child=BATCHES_OF_A_PROCESS) as pool:
        running = [pool.submit(act_out_all, batch) for batch in batches(seeds)]
        for batch in running:
            tally += batch.result()
            if len(tally.violations) >= MOST_VIOLATIONS:
                pool.shutdown(cancel_futures=True)
                break
    return tally


def batches(seeds: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(seeds), BATCH):
        yield seeds[start : start + BATCH]


def act_out_all(seeds: Sequence[int]) -> Tally:
    """Act out each of them, in this process."""
    tally = Tally()
    with remembered_answers():
        for seed in seeds:
            tally += one(seed)
    return tally


def one(seed: int) -> Tally:
    """Act out one; a violation is counted with its seed."""
    script = draw(seed)
    try:
        return Tally(1, *act_out(script))
    except Exception as error:  # noqa: BLE001 - see violation_of
        return Tally(1, len(script.steps), 0, ((seed, words(error)),))
