"""Plays each plan that must catch a broken engine with that engine; the measure of every run is the engine as it is."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from faults.api.lane import Lane
from faults.api.mutations import CATCHES, Catch
from faults.api.plan import PLANS, Plan, read_plan
from faults.api.play import HELD, RELAXED, Result, play
from faults.api.reference import References
from faults.api.report import write_json
from faults.api.runner import open_lanes, spread
from localcluster.settings import REPOSITORY

REPORT = REPOSITORY / "build" / "mutations.json"


@dataclass(frozen=True)
class Verdict:
    """What a plan made of a broken engine."""

    catch: Catch
    result: Result

    @property
    def caught(self) -> dict[str, str]:
        """The awaited properties that were violated, with what was found; empty when the engine came through.

        An engine that dies of its mutation proves nothing: anything would notice.
        """
        if self.result.ends:
            return {}
        return {
            name: found
            for name, found in sorted(self.result.properties.items())
            if name in self.catch.by and found not in (HELD, RELAXED)
        }

    def __str__(self) -> str:
        verdict, found = ("caught", self.caught) if self.caught else ("MISSED", self.result.problems)
        return f"{verdict} {self.result.seconds:5.1f} s  {self.catch} by {self.catch.plan}: {found}"


def run_mutations(catches: Sequence[Catch], lanes: int, report: Path = REPORT) -> int:
    """Play them, tell and report; the exit code: 1 when one was missed."""
    references, began, told = References(), time.monotonic(), list[Verdict]()

    def one(lane: Lane, catch: Catch) -> Verdict:
        return Verdict(catch, play(lane, _hurried(catch), references, catch.mutation))

    def tell(verdict: Verdict) -> None:
        told.append(verdict)
        write_json(report, [_entry(one) for one in told])
        print(verdict, flush=True)  # noqa: T201 - this is a command

    with open_lanes(min(lanes, len(catches))) as opened:
        verdicts = spread(opened, catches, one, tell)
    missed = sum(not verdict.caught for verdict in verdicts)
    seconds = time.monotonic() - began
    print(f"{len(verdicts)} mutations, {len(verdicts) - missed} caught, {missed} missed, in {seconds:.0f} s")  # noqa: T201
    return int(missed > 0)


def plan_of(catch: Catch) -> Plan:
    """The plan that a catch names.

    Raises:
        PlanError: there is none.
    """
    return read_plan(PLANS / f"{catch.plan}.yaml")


def _hurried(catch: Catch) -> Plan:
    """The plan; it waits no longer than its story takes where the end is not what tells."""
    plan = plan_of(catch)
    if "L1" in catch.by:
        return plan
    return plan.model_copy(update={"expect": plan.expect.model_copy(update={"within": 0.0})})


def chosen(names: Sequence[str]) -> list[Catch]:
    """The catches of these mutations, or all of them."""
    return [catch for catch in CATCHES if not names or catch.mutation in names]


def _entry(verdict: Verdict) -> dict[str, Any]:
    return {
        "mutation": verdict.catch.mutation,
        "plan": verdict.catch.plan,
        "awaited": sorted(verdict.catch.by),
        "result": "caught" if verdict.caught else "missed",
        "found": verdict.caught or verdict.result.problems,
        "seconds": verdict.result.seconds,
    }
