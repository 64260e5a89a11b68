"""Random interleavings of the world, people and faults with the operator's passes; `python -m faults.model` runs more.

Hypothesis draws the steps here, and takes away what a failure does not need. HYPOTHESIS_PROFILE=deep searches longer.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from faults.model.interleaving import Interleaving
from faults.model.rules import Rule
from faults.model.script import LAST_MINORS, PACES, PLAYS, Beginning, act_out, begin, draw, rules, take


class Cluster(RuleBasedStateMachine):
    """One run; its rules are added by the play."""

    run: Interleaving

    def teardown(self) -> None:
        self.run.finish()


def machine(name: str) -> Any:
    """The operator at work on that play while everything else happens in any order."""
    play = PLAYS[name]

    def begins(self: Cluster, **beginning: Any) -> None:
        self.run = begin(play, Beginning(**beginning))

    places = st.integers(0, len(play.texts) - 1)
    namespace: dict[str, Any] = {
        "begins": initialize(
            version=st.sampled_from(play.starts),
            text=places,
            pace=st.sampled_from(PACES),
            step=st.sampled_from(play.steps),
            last_minor=st.sampled_from(sorted(set(LAST_MINORS))),
        )(begins)
    }
    for number, one in enumerate(rules(name).values()):
        namespace[f"rule_{number}"] = rule(choice=st.sampled_from(list(one.choices)))(
            precondition(lambda self, one=one: one.applies(self.run))(_taken(one))
        )
    return type("Cluster", (Cluster,), namespace).TestCase


def _taken(one: Rule) -> Any:
    def step(self: Cluster, choice: str) -> None:
        take(self.run, one, choice)

    step.__name__ = "_".join(one.name.strip(":").split())
    return step


TestDns = machine("cluster DNS")
TestDeployment = machine("a Deployment")
TestStatefulSet = machine("a StatefulSet")
TestCountingOthers = machine("one that counts others")


@pytest.mark.parametrize("seed", range(60))
def test_a_run_that_a_seed_draws_violates_nothing(seed):
    taken, passes = act_out(draw(seed))
    assert 0 < taken <= passes + 30
