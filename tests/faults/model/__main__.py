"""`python -m faults.model --interleavings 100000`: the pure engine in that many random runs, each to its very end.

An interleaving is one run from its beginning to its end: an addon is found in some state, between 4 and 20 steps are
drawn by weight from the rules of faults/model/rules.py, each with a random choice, then the faults stop and the
operator must come to rest. Run N is drawn from seed N, so `--seed N` replays it alone, makes it as short as it
still fails, and prints what is left step by step.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from faults.model.script import draw, shorten, violation_of
from faults.model.search import Tally, search
from unit.rollout.remembering import remembered_answers

PROGRESS_EVERY = 2000
"""Interleavings."""
RESULT = Path(__file__).parents[3] / "build" / "model.json"


def main(argv: Sequence[str] | None = None) -> int:
    """Run as many as asked, or replay one; the exit code tells whether all properties held."""
    parser = argparse.ArgumentParser(prog="python -m faults.model", description=__doc__)
    parser.add_argument("--interleavings", type=int, default=2000, help="how many runs (2000)")
    parser.add_argument("--first", type=int, default=0, help="the seed of the first run (0)")
    parser.add_argument("--processes", type=int, default=2, help="how many run side by side (2)")
    parser.add_argument("--seed", type=int, help="replay the run of this seed alone")
    parser.add_argument("--result", type=Path, default=RESULT, help="where the figures go (build/model.json)")
    asked = parser.parse_args(argv)
    if asked.seed is not None:
        return replay(asked.seed)
    started = time.monotonic()

    def progress(tally: Tally) -> None:
        if tally.interleavings % PROGRESS_EVERY == 0:
            say(
                f"{tally.interleavings} so far, {time.monotonic() - started:.0f} s, {len(tally.violations)} violations"
            )
            for seed, what in tally.violations:
                say(f"seed {seed}: {what}")

    tally = search(range(asked.first, asked.first + asked.interleavings), asked.processes, progress)
    seconds = round(time.monotonic() - started, 1)
    asked.result.parent.mkdir(exist_ok=True)
    asked.result.write_text(json.dumps(asdict(tally) | {"seconds": seconds}, indent=2) + "\n")
    say(
        f"{tally.interleavings} interleavings, {tally.steps} steps, {tally.passes} passes of the operator, "
        f"{seconds} s, {len(tally.violations)} violations"
    )
    for seed, what in tally.violations:
        say(f"seed {seed}: {what}")
    return 1 if tally.violations else 0


def replay(seed: int) -> int:
    """Show the run of a seed and, if it violates a property, the shortest one that still does."""
    script = draw(seed)
    with remembered_answers():
        what = violation_of(script)
        say(f"seed {seed}\n{script}")
        if what is None:
            say("all properties hold")
            return 0
        say(f"violated: {what}\nwith as few steps as it takes:")
        short = shorten(script)
        say(f"{short}\nviolated: {violation_of(short)}")
    return 1


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
