"""Measures everything side by side, in turns, and prints medians and ratios. It asserts nothing: machines differ."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Mapping

from addon_updater.api.versions import Version, VersionRange
from bench.contestants import Contestant, masterminds, python_specifiers, timed
from bench.loading import load_size, load_time
from bench.synthetic import PYTHON_RANGES, RANGE, SHOWN, addon, choose, version_texts
from localcluster.build import build, program
from localcluster.errors import LocalClusterError
from localcluster.groups import select_groups
from localcluster.settings import current_settings

ADDONS = 3
ROUNDS = 15
BEST_OF = 5
"""Passes of one round; the fastest counts, so that what else the machine does weighs less."""

CHOOSE = "resolve and show"
ONE_BY_ONE = "our range, version by version"
GO = "Masterminds/semver"
PYTHON = "packaging"


def main() -> int:
    """Run the benchmark."""
    settings = current_settings()
    try:
        build(settings, select_groups(["semver-ranges"]), lambda _: None)
    except LocalClusterError as error:
        print(error, file=sys.stderr)
        return 1
    entries = [addon() for _ in range(ADDONS)]
    texts = version_texts() * ADDONS
    versions, wanted = list(map(Version.parse, texts)), VersionRange.parse(RANGE)
    with masterminds(program(settings, "semver-ranges", "semver-ranges"), RANGE, texts) as go:
        medians = measure(
            {
                CHOOSE: timed(lambda: [choose(entry) for entry in entries]),
                GO: go,
                PYTHON: python_specifiers(PYTHON_RANGES, texts),
                ONE_BY_ONE: timed(lambda: sum(version in wanted for version in versions)),
            }
        )
    report(medians, len(texts))
    elapsed, used = map(statistics.median, zip(*(load_time() for _ in range(ROUNDS)), strict=True))
    print(
        f"\nembedded catalog: {used * 1e3:.0f} ms of the processor to load in a new interpreter, "
        f"{elapsed * 1e3:.0f} ms by the clock, {load_size():.1f} MiB"
    )
    return 0


def measure(contestants: Mapping[str, Contestant]) -> dict[str, float]:
    """The median seconds of each, all of them taking turns; a first turn warms up and does not count."""
    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    for turn in range(ROUNDS + 1):
        for name, once in contestants.items():
            best = min(once() for _ in range(BEST_OF if name != PYTHON else 1))
            if turn:
                seconds[name].append(best)
    return {name: statistics.median(taken) for name, taken in seconds.items()}


def report(medians: Mapping[str, float], count: int) -> None:
    """Print one line for each contestant."""
    ours = medians[CHOOSE]
    print(f"{ADDONS} addons x {count // ADDONS} versions, range {RANGE!r}, median of {ROUNDS} turns")
    print(f"  {ours * 1e3:9.3f} ms  {CHOOSE}: target, hops and {SHOWN} verdicts of each addon")
    for name, what in (
        (GO, "Constraints.Check on every version"),
        (PYTHON, "SpecifierSet.contains on every version"),
        (ONE_BY_ONE, "what resolving would cost without the sorted catalog"),
    ):
        taken = medians[name]
        print(f"  {taken * 1e3:9.3f} ms  {name}: {taken / ours:.1f} times as long, {what}")


if __name__ == "__main__":
    raise SystemExit(main())
