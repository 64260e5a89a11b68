"""The words that a person can give: what each writes, what it says, and when there is nothing to say."""

from __future__ import annotations

from typing import Any

import pytest

from addon_updater.cli.approve import approval
from addon_updater.cli.preview import Preview, preview
from addon_updater.cli.retry import retry
from addon_updater.cli.rollback import rollback
from addon_updater.cli.words import Word, confirm
from addon_updater.errors import RefusedError, UsageError
from addon_updater.rollout.revision import Result
from addon_updater.rollout.situation import APPROVE_ANNOTATION, RESET_ANNOTATION, ROLLBACK_ANNOTATION
from unit.cli import examples, recorded
from unit.cli.recorded import adopted, cluster, ended, running

MANUAL = {"channel": "Latest", "policy": {"updates": "Manual", "minEvidence": "Assumed"}}
DEFAULT = {"policy": {"updates": "Manual"}}
CLOSED = {"windows": [{"kind": "Allow", "schedule": "0 2 1 1 *", "duration": "1h", "timeZone": "UTC"}]}
FROZEN = "freeze: {reason: holidays}"


async def look(reader: examples.FakeReader) -> Preview:
    return await preview(reader, "kube-system", "coredns")


def policy(**fields: str) -> dict[str, Any]:
    return {"channel": "Latest", "policy": {"minEvidence": "Assumed", **fields}}


BREAKING = {**policy(), "version": ">=1.13"}


@pytest.mark.parametrize(
    "spec, settings, said",
    [
        pytest.param(MANUAL, None, "the operator starts it with its next pass", id="nothing else holds it"),
        pytest.param({**MANUAL, **CLOSED}, None, "it waits: WaitingForWindow: ", id="the window is closed"),
        pytest.param(MANUAL, FROZEN, "it waits: Frozen: ", id="the settings freeze"),
        pytest.param({**MANUAL, "suspend": True}, None, "it waits: Suspended", id="the release is suspended"),
        pytest.param(BREAKING, None, "the operator starts it", id="breaking, before the next minor"),
        pytest.param(
            {**policy(breakingChanges="Deny"), "version": ">=1.13"},
            None,
            "the operator starts it",
            id="breaking and denied",
        ),
    ],
)
async def test_an_approval_says_what_it_starts_and_what_that_still_waits_for(spec, settings, said):
    seen = await look(cluster(adopted(), spec=spec, settings=settings))
    word = approval(seen, seen.plan_hash)
    assert (word.annotation, word.value) == (APPROVE_ANNOTATION, seen.plan_hash)
    assert word.said[0].startswith(f"approved plan {seen.plan_hash} of kube-system/coredns, 1.11.3 -> ")
    assert word.said[1].startswith(said)


@pytest.mark.parametrize(
    "spec, given, message",
    [
        pytest.param(
            MANUAL, "0" * 16, "000 is not the present plan of kube-system/coredns: that is", id="hash"
        ),
        pytest.param(policy(updates="PlanOnly"), None, "never starts", id="a policy that only plans"),
        pytest.param(
            {**MANUAL, "delivery": "Observe"}, None, "never starts", id="a delivery that only observes"
        ),
        pytest.param(
            {"policy": {"updates": "Auto"}, "version": "1.11.3", **CLOSED},
            None,
            "nothing of kube-system/coredns waits for approval: ",
            id="no plan",
        ),
        pytest.param(
            {**policy(updates="Auto"), "version": "~1.11", **CLOSED},
            None,
            "waits for no approval: WaitingForWindow",
            id="a plan that the policy lets start",
        ),
        pytest.param({**MANUAL, "addon": "nobody"}, None, "UnknownAddon", id="an unknown addon"),
    ],
)
async def test_an_approval_that_nothing_waits_for_is_refused(spec, given, message):
    seen = await look(cluster(adopted(), spec=spec))
    with pytest.raises(RefusedError, match=message):
        approval(seen, given)


async def test_a_plan_that_is_approved_already_is_not_written_again():
    plan_hash = (await look(cluster(adopted(), spec=MANUAL))).plan_hash
    for where in (
        {"spec": {**MANUAL, "approvedPlans": [plan_hash]}},
        {"annotations": {APPROVE_ANNOTATION: plan_hash}},
    ):
        seen = await look(cluster(adopted(), **({"spec": MANUAL} | where)))
        word = approval(seen, plan_hash)
        assert (word.annotation, word.said[0].endswith("approved already; nothing was written")) == (
            None,
            True,
        )


@pytest.mark.parametrize(
    "to, accepted",
    [
        pytest.param(None, True, id="the same way: the operator knows more than can be seen here"),
        pytest.param("1.12.0", False, id="another way: it is out of date"),
    ],
)
async def test_the_hash_that_the_operator_shows_counts_for_the_same_way(to, accepted):
    way = (await look(cluster(adopted(), spec=MANUAL))).view.status.plan.hops
    hop = {
        "from": way[0].from_,
        "to": to or way[0].to,
        "when": "Now",
        "breaking": True,
        "reversible": True,
        "reason": "",
    }
    plan = {"hash": examples.HASH, "hops": [hop], "findings": []}
    seen = await look(cluster(adopted(), spec=MANUAL, plan=plan))
    if accepted:
        assert approval(seen, examples.HASH).value == examples.HASH
    else:
        with pytest.raises(RefusedError, match="is not the present plan"):
            approval(seen, examples.HASH)


def told(reason: str | None = None, gate: str = "Pass") -> dict[str, Any]:
    """The operator's last word on the running attempt."""
    stalled = [examples.condition("Stalled", "True", reason, "gate dns has no answer")] if reason else []
    return {
        "attempt": {
            "id": recorded.ATTEMPT,
            "hop": "a to b",
            "step": "Soaking",
            "startedAt": examples.SOME_TIME_AGO,
        },
        "conditions": stalled,
        "gates": [{"name": "dns", "outcome": gate, "message": "no answer"}],
    }


@pytest.mark.parametrize(
    "status, doubt",
    [
        pytest.param(told("GateUnknown"), "gate dns has no answer", id="a stalled attempt"),
        pytest.param(told("RestoreNeeded"), "gate dns has no answer", id="one that no way leads back from"),
        pytest.param(told(gate="Unknown"), "dns has no answer: no answer", id="a gate without an answer"),
    ],
)
async def test_an_attempt_without_an_answer_is_kept_by_its_id_and_told_what_that_means(status, doubt):
    seen = await look(cluster(adopted(), running(), on="1.12.1", switched=True, **status))
    word = approval(seen, recorded.ATTEMPT)
    assert (word.annotation, word.value) == (APPROVE_ANNOTATION, recorded.ATTEMPT)
    assert word.said[1] == f"the operator keeps 1.12.1 although: {doubt}"
    assert word.said[2].startswith("nothing has proven that it serves")


@pytest.mark.parametrize(
    "given, switched, status, message",
    [
        pytest.param(None, True, told(), "waits for no word", id="all gates pass"),
        pytest.param(
            "f" * 16, True, told("GateUnknown"), "is not what runs: that is attempt", id="another id"
        ),
        pytest.param(
            None, False, told("GateUnknown"), "has not switched the workload yet", id="not switched"
        ),
    ],
)
async def test_an_attempt_that_waits_for_no_word_is_left_alone(given, switched, status, message):
    version = "1.12.1" if switched else "1.11.3"
    seen = await look(cluster(adopted(), running(), on=version, switched=switched, **status))
    with pytest.raises(RefusedError, match=message):
        approval(seen, given)


async def test_a_way_back_without_an_answer_is_ended_by_a_word_of_its_own():
    attempt = running(goes_back="dns: SERVFAIL")
    seen = await look(cluster(adopted(), attempt, on="1.11.3", switched=True, **told("GateUnknown")))
    word = approval(seen, None)
    assert (word.annotation, word.value) == (APPROVE_ANNOTATION, f"{recorded.ATTEMPT}-back")
    assert word.said[1] == "the operator takes 1.11.3 to serve although: gate dns has no answer"
    assert approval(seen, f"{recorded.ATTEMPT}-back").value == word.value


async def test_a_way_back_that_waits_for_no_word_is_left_alone():
    attempt = running(goes_back="dns: SERVFAIL")
    seen = await look(cluster(adopted(), attempt, on="1.11.3", switched=True, **told()))
    with pytest.raises(RefusedError, match="is on its way back: GateFailed: dns: SERVFAIL"):
        approval(seen, None)


async def test_the_plan_that_is_being_carried_out_needs_no_second_approval():
    seen = await look(cluster(adopted(), running(), on="1.12.1", switched=True))
    assert approval(seen, recorded.PLAN).annotation is None


@pytest.mark.parametrize(
    "failure, cleared",
    [
        pytest.param(
            ended(Result.ROLLED_BACK, quarantined=True),
            "cleared: the quarantine of 1.12.1 (Crashed, 2026-02-01 01:00 UTC)",
            id="a quarantine",
        ),
        pytest.param(
            ended(Result.ROLLBACK_FAILED, reason="RollbackFailed"),
            "cleared: the stall after the failed rollback (2026-02-01 01:00 UTC)",
            id="a failed rollback",
        ),
        pytest.param(
            ended(Result.FAILED, reason="BackupFailed"),
            "cleared: the pause after the failed backup (2026-02-01 01:00 UTC)",
            id="a failed backup",
        ),
        pytest.param(
            ended(Result.FAILED, reason="CheckFailed"),
            "cleared: the pause after the check without a verdict (2026-02-01 01:00 UTC)",
            id="a check that was ended",
        ),
        pytest.param(
            ended(Result.FAILED, reason="RehearsalFailed"),
            "cleared: the pause after the rehearsal without a verdict (2026-02-01 01:00 UTC)",
            id="a rehearsal that was cut off",
        ),
        pytest.param(
            ended(Result.FAILED, reason="RehearsalFailed", quarantined=True),
            "cleared: the quarantine of 1.12.1 (RehearsalFailed, 2026-02-01 01:00 UTC)",
            id="a rehearsal that failed",
        ),
    ],
)
async def test_a_retry_says_which_failures_it_clears_and_what_follows(failure, cleared):
    seen = await look(cluster(adopted(), failure, spec=DEFAULT))
    word = retry(seen)
    assert word.annotation == RESET_ANNOTATION
    assert word.value == seen.now.isoformat()
    assert word.said[1] == cleared
    assert word.said[-1].startswith("next is the update to 1.12.1: it waits: WaitingForApproval")


async def test_a_retry_clears_a_failure_that_a_slow_clock_here_has_yet_to_reach():
    later = examples.NOW.replace(year=2100)
    seen = await look(cluster(adopted(), ended(Result.ROLLED_BACK, quarantined=True, at=later), spec=DEFAULT))
    assert retry(seen).value == later.isoformat()


@pytest.mark.parametrize(
    "revisions, annotations",
    [
        pytest.param([adopted()], {}, id="nothing has failed"),
        pytest.param([adopted(), ended(Result.FAILED, reason="WishChanged")], {}, id="nothing is held back"),
        pytest.param(
            [adopted(), ended(Result.ROLLED_BACK, quarantined=True)],
            {RESET_ANNOTATION: "2026-02-02T00:00:00Z"},
            id="it was cleared before",
        ),
    ],
)
async def test_a_retry_of_nothing_writes_nothing(revisions, annotations):
    word = retry(await look(cluster(*revisions, spec=DEFAULT, annotations=annotations)))
    assert word == Word(("nothing of kube-system/coredns is held back by a failure; nothing was written",))


async def test_a_word_that_starts_an_update_withdraws_an_old_one_that_would_take_it_back():
    back = {ROLLBACK_ANNOTATION: adopted()["metadata"]["name"]}
    failed = ended(Result.ROLLED_BACK, reason="RollbackRequested", quarantined=True)
    seen = await look(cluster(adopted(), failed, spec=DEFAULT, annotations=back))
    assert retry(seen).withdraws == ROLLBACK_ANNOTATION
    seen = await look(cluster(adopted(), spec=MANUAL, annotations=back))
    assert approval(seen, None).withdraws == ROLLBACK_ANNOTATION


@pytest.mark.parametrize("to", [None, "0", adopted()["metadata"]["name"]])
async def test_a_rollback_names_the_revision_before_the_running_update(to):
    seen = await look(cluster(adopted(), running(), on="1.12.1", switched=True))
    word = rollback(seen, to)
    previous = adopted()["metadata"]["name"]
    assert (word.annotation, word.value) == (ROLLBACK_ANNOTATION, recorded.ATTEMPT)
    assert (
        word.said[0] == f"kube-system/coredns: the update from 1.11.3 to 1.12.1 is taken back to {previous}"
    )
    assert word.warning is None


@pytest.mark.parametrize(
    "one_way, switched, warned, said",
    [
        (True, True, "restore it first", "the operator puts image and configuration of 1.11.3 back"),
        (True, False, None, "the workload is not switched yet"),
        (False, False, None, "the workload is not switched yet"),
    ],
)
async def test_a_rollback_asks_first_where_the_data_cannot_be_read_any_more(one_way, switched, warned, said):
    target = running(one_way=one_way)
    seen = await look(cluster(adopted(), target, on="1.12.1" if switched else "1.11.3", switched=switched))
    word = rollback(seen, None)
    assert (word.warning is not None) == (warned is not None)
    assert warned is None or warned in word.warning
    assert word.said[1].startswith(said)


@pytest.mark.parametrize(
    "revisions, on, to, message",
    [
        pytest.param([adopted()], "1.11.3", None, "has no running update to take back", id="none runs"),
        pytest.param(
            [adopted(), ended(Result.PROMOTED, reason="Promoted")],
            "1.12.1",
            None,
            "a finished one is not",
            id="over",
        ),
        pytest.param(
            [adopted(), running()], "1.12.1", "7", "can only go back to revision 0", id="another revision"
        ),
    ],
)
async def test_a_rollback_that_is_none_is_refused_plainly(revisions, on, to, message):
    seen = await look(cluster(*revisions, on=on, switched=len(revisions) > 1))
    with pytest.raises(RefusedError, match=message):
        rollback(seen, to)


async def test_a_rollback_that_is_asked_for_already_is_not_written_again():
    back = {ROLLBACK_ANNOTATION: recorded.ATTEMPT}
    seen = await look(cluster(adopted(), running(), on="1.12.1", switched=True, annotations=back))
    assert rollback(seen, None).annotation is None


class Keyboard:
    def __init__(self, typed: str, *, terminal: bool = True) -> None:
        self.typed, self.terminal = typed, terminal

    def isatty(self) -> bool:
        return self.terminal

    def readline(self) -> str:
        return f"{self.typed}\n"


@pytest.mark.parametrize(
    "typed, terminal, refusal",
    [
        pytest.param("0123456789abcdef", True, None, id="the hash"),
        pytest.param("y", True, RefusedError, id="a bare yes"),
        pytest.param("", True, RefusedError, id="nothing"),
        pytest.param("0123456789abcdef", False, UsageError, id="a pipe"),
    ],
)
def test_a_confirmation_is_the_value_itself_typed_at_a_terminal(
    typed, terminal, refusal, monkeypatch, capsys
):
    monkeypatch.setattr("sys.stdin", Keyboard(typed, terminal=terminal))
    if refusal is None:
        confirm("it is so", examples.HASH)
        assert capsys.readouterr().err == f"it is so\ntype {examples.HASH} to go on: "
    else:
        with pytest.raises(refusal):
            confirm("it is so", examples.HASH)
