"""Which plans run beside each other."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from faults.api import runner
from faults.api.plan import Plan
from faults.api.play import Result


def plan(name: str, *, alone: bool = False) -> Plan:
    return Plan(name=name, row="crash", story="coredns-hop", says="It is played.", alone=alone)


def test_a_plan_that_must_be_alone_starts_when_all_others_have_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    both = threading.Barrier(2, timeout=30)

    def play(_lane: Any, plan: Plan, _references: Any) -> Result:
        told.append(f"{plan.name} starts")
        if not plan.alone:
            both.wait()
        told.append(f"{plan.name} ends")
        return Result(plan.name, plan.row, [])

    monkeypatch.setattr(runner, "play", play)
    plans = [plan("first", alone=True), plan("second"), plan("third"), plan("fourth", alone=True)]
    lanes: list[Any] = ["one", "two"]
    results = runner.play_all(lanes, plans, lambda _: None)

    assert sorted(told[:4]) == ["second ends", "second starts", "third ends", "third starts"]
    assert told[4:] == ["first starts", "first ends", "fourth starts", "fourth ends"]
    assert [result.name for result in results] == ["second", "third", "first", "fourth"]
