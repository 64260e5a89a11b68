"""The questions of a running attempt: asked, judged against the baseline, waited for."""

from __future__ import annotations

from datetime import timedelta

from addon_updater.reasons import Reason
from addon_updater.rollout.checks import written_checks
from addon_updater.rollout.clearance import restless_other
from addon_updater.rollout.content import Content
from addon_updater.rollout.decision import (
    Decision,
    ProbeRequest,
    stalled,
)
from addon_updater.rollout.gate import Gate, Outcome, Subject, first, worst
from addon_updater.rollout.gates import blaming_nobody, judge
from addon_updater.rollout.observed import Purpose
from addon_updater.rollout.revision import (
    Attempt,
    Revision,
)
from addon_updater.rollout.situation import Situation
from addon_updater.rollout.timing import FAIL_FOR


def ask(
    situation: Situation,
    revision: Revision,
    attempt: Attempt,
    purpose: Purpose,
    servers: list[tuple[Subject, str]],
) -> tuple[Gate, ...] | ProbeRequest:
    """The gates of this round, or the request for the probes that they need.

    Another addon whose pods come and go excuses a failure for spec.rollout.unknownDeadline at most: it may be stuck.
    """
    replies = situation.observed.replies.get(purpose)
    if replies is None:
        probes = situation.addon.probes(
            revision.content,
            situation.observed.facts,
            situation.release.spec.health,
            servers,
            situation.workload,
        )
        written = () if purpose is Purpose.REHEARSAL else written_checks(situation.release.spec.health)
        return ProbeRequest(purpose, (*probes, *written))
    gates = judge(situation.addon, replies, attempt.baseline)
    unanswered = situation.observed.memory.unanswered_for(situation.now)
    if unanswered is not None and unanswered > situation.pace.unknown_deadline:
        return gates
    restless = restless_other(situation)
    return blaming_nobody(gates, situation.addon.gates_on_others, restless.what) if restless else gates


def services(situation: Situation) -> list[tuple[Subject, str]]:
    return [(Subject.SERVICE, service.cluster_ip) for service in situation.observed.facts.services]


def fails_lastingly(situation: Situation, content: Content) -> bool:
    """Whether gates have failed for as long as the addon says that it takes to be sure."""
    failing = situation.observed.memory.failing_for(situation.now)
    return failing is not None and failing >= max(FAIL_FOR, situation.addon.patience(content))


def await_answer(situation: Situation, step: Decision, gates: tuple[Gate, ...]) -> Decision:
    """A gate fails for the first time or cannot answer: look again, and call a person when that lasts."""
    waiting = step.but(gates=gates, requeue_after=FAIL_FOR)
    unanswered = situation.observed.memory.unanswered_for(situation.now)
    if unanswered is None or unanswered <= situation.pace.unknown_deadline:
        return waiting
    gate = first(gates, Outcome.UNKNOWN) if worst(gates) is Outcome.UNKNOWN else gates[0]
    message = f"gate {gate.name} has had no answer that counts for {situation.pace.unknown_deadline}: {gate.message}"
    return waiting.but(stalled=stalled(Reason.GATE_UNKNOWN, message), requeue_after=timedelta(seconds=30))
