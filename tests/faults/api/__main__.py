"""`python -m faults.api`: the fault plans on real control planes; `learn` writes those that follow from a story."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from faults.api.learn import learn
from faults.api.mutated import chosen, run_mutations
from faults.api.mutations import CATCHES
from faults.api.plan import Plan, PlanError, read_plan, read_plans
from faults.api.registry import check
from faults.api.report import PART, WHOLE
from faults.api.runner import LANES, run
from faults.api.sample import sample
from faults.api.stories import LEARNED_FROM, STORIES


def main() -> int:
    """The exit code: 0 when every plan passed, 1 when one failed, 2 when the command line or a plan is wrong."""
    arguments = parse(sys.argv[1:])
    try:
        if arguments.command == "learn":
            learn([STORIES[name] for name in arguments.story or LEARNED_FROM], arguments.lanes)
            return 0
        if arguments.mutations is not None:
            return run_mutations(chosen(arguments.mutations), arguments.lanes)
        plans = _chosen(arguments)
        for plan in plans:
            check(plan)
    except PlanError as error:
        print(error, file=sys.stderr)  # noqa: T201 - this is a command
        return 2
    if arguments.list:
        for plan in plans:
            print(f"{plan.row}/{plan.name}: {plan.says}")  # noqa: T201
        return 0
    return run(plans, report_path(arguments), arguments.lanes)


def report_path(arguments: argparse.Namespace) -> Path:
    """Where the results go: what was chosen must not take the place of all."""
    is_chosen = arguments.plan or arguments.row or arguments.story or arguments.sample
    return PART if is_chosen else WHOLE


def _chosen(arguments: argparse.Namespace) -> Sequence[Plan]:
    if arguments.plan:
        return [read_plan(path.resolve()) for path in arguments.plan]
    plans = read_plans(rows=arguments.row or ())
    if arguments.story:
        plans = [plan for plan in plans if plan.story in arguments.story]
    if not plans:
        raise PlanError("no plan is like that; see --list")
    return sample(plans, arguments.sample) if arguments.sample else plans


def parse(words: Sequence[str]) -> argparse.Namespace:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m faults.api", description=__doc__)
    parser.add_argument("command", nargs="?", choices=("play", "learn"), default="play")
    parser.add_argument("--plan", type=Path, action="append", help="play this file; may be repeated")
    parser.add_argument("--row", action="append", help="play the plans of this row; may be repeated")
    parser.add_argument("--story", action="append", choices=STORIES, help="only what disturbs this story")
    parser.add_argument("--sample", type=int, metavar="N", help="a fixed choice of so many plans")
    parser.add_argument(
        "--lanes", type=int, default=LANES, help=f"control planes at a time (default {LANES})"
    )
    parser.add_argument(
        "--mutations",
        nargs="*",
        metavar="NAME",
        choices=[catch.mutation for catch in CATCHES],
        help="break the engine on purpose, in every way or in these, and play the plan that must notice",
    )
    parser.add_argument("--list", action="store_true", help="tell the plans and play none")
    return parser.parse_args(words)


if __name__ == "__main__":
    sys.exit(main())
