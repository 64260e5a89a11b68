"""Each command from its words to what a person reads, and the exit code."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable

import pytest

from addon_updater.cli.__main__ import main
from addon_updater.cluster import paths
from addon_updater.rollout.revision import Result
from addon_updater.rollout.situation import APPROVE_ANNOTATION, RESET_ANNOTATION, ROLLBACK_ANNOTATION
from unit.cli import examples, recorded
from unit.cli.recorded import adopted, cluster, ended, running

MANUAL = {"channel": "Latest", "policy": {"updates": "Manual", "minEvidence": "Assumed"}}
Run = Callable[..., int]


@pytest.fixture
def run(monkeypatch) -> Run:
    """Run a command against objects; the answer is its exit code."""

    def start(reader: examples.FakeReader, *words: str) -> int:
        async def connect(*_: object) -> examples.FakeReader:
            return reader

        monkeypatch.setattr("addon_updater.cli.looking.open_reader", connect)
        monkeypatch.setattr("addon_updater.cli.words.open_annotator", connect)
        monkeypatch.setattr("addon_updater.cli.refresh.open_annotator", connect)
        monkeypatch.setattr("addon_updater.cli.reset_breaker.open_annotator", connect)
        monkeypatch.setattr(sys, "argv", ["kubectl-addons", *words])
        with pytest.raises(SystemExit) as end:
            main()
        return int(end.value.code or 0)

    return start


def failed() -> examples.FakeReader:
    return cluster(adopted(), ended(Result.ROLLED_BACK, quarantined=True))


def under_way() -> examples.FakeReader:
    return cluster(adopted(), running(), on="1.12.1", switched=True)


@pytest.mark.parametrize(
    "reader, words, written, said",
    [
        pytest.param(
            failed(), ["why", "coredns"], [], "Quarantined: in quarantine: 1.12.1 crashed", id="why"
        ),
        pytest.param(
            failed(), ["why", "coredns", "1.14.5"], [], "Version 1.14.5\n  Verdict  Rejected", id="why one"
        ),
        pytest.param(failed(), ["history", "coredns"], [], "RolledBack (Crashed)", id="history"),
        pytest.param(
            cluster(adopted(), spec=MANUAL),
            ["approve", "coredns", "--yes"],
            [APPROVE_ANNOTATION],
            "waits for approval",
            id="approve, which shows what it approves",
        ),
        pytest.param(
            failed(),
            ["retry", "coredns"],
            [RESET_ANNOTATION],
            "cleared: the quarantine of 1.12.1",
            id="retry",
        ),
        pytest.param(
            cluster(adopted()), ["retry", "coredns"], [], "nothing was written", id="retry of nothing"
        ),
        pytest.param(
            under_way(), ["rollback", "coredns"], [ROLLBACK_ANNOTATION], "is taken back to", id="rollback"
        ),
    ],
)
def test_a_command_says_what_it_found_or_did(reader, words, written, said, *, run: Run, capsys):
    assert run(reader, *words) == 0
    assert [annotation for annotation, _ in reader.written] == written
    assert said in capsys.readouterr().out


@pytest.mark.parametrize(
    "reader, words, code, message",
    [
        pytest.param(
            cluster(adopted(), spec=MANUAL),
            ["approve", "coredns"],
            2,
            "so pass --yes when it is meant",
            id="no terminal",
        ),
        pytest.param(
            cluster(adopted(), spec=MANUAL),
            ["approve", "coredns", "f" * 16],
            1,
            "is not the present plan",
            id="hash",
        ),
        pytest.param(
            cluster(adopted()), ["rollback", "coredns"], 1, "has no running update", id="nothing to take back"
        ),
        pytest.param(
            cluster(adopted()), ["why", "coredns", "1.12.77"], 1, "the catalog has no coredns", id="unknown"
        ),
        pytest.param(cluster(adopted()), ["history", "x"], 1, "there are: coredns", id="no such release"),
    ],
)
def test_a_refusal_is_one_sentence_and_an_exit_code_and_writes_nothing(
    reader, words, code, message, *, run: Run, capsys
):
    assert run(reader, *words) == code
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
    assert reader.written == []


@pytest.mark.parametrize("command", ["plan", "why", "history"])
def test_a_program_gets_one_document(command, run: Run, capsys):
    assert run(failed(), command, "coredns", "-o", "json") == 0
    assert json.loads(capsys.readouterr().out)["name"] == "coredns"


def test_a_plan_names_what_a_person_may_not_read(run: Run, capsys):
    reader = cluster(adopted(), spec=MANUAL)
    reader.forbidden.add(paths.deployment("addon-updater", "addon-updater"))
    assert run(reader, "plan", "coredns") == 0
    assert "the operator's --tools-image, without which" in capsys.readouterr().out


def test_the_attempt_that_waits_for_a_word_is_shown_before_it_is_kept(run: Run, capsys):
    status = {
        "attempt": {
            "id": recorded.ATTEMPT,
            "hop": "a to b",
            "step": "x",
            "startedAt": examples.SOME_TIME_AGO,
        },
        "conditions": [examples.condition("Stalled", "True", "GateUnknown", "gate dns has had no answer")],
    }
    reader = cluster(adopted(), running(), on="1.12.1", switched=True, **status)
    assert run(reader, "approve", "coredns", "--yes") == 0
    assert reader.written == [(APPROVE_ANNOTATION, recorded.ATTEMPT)]
    shown = capsys.readouterr().out
    assert shown.index("v1.11.3 ->") < shown.index(
        "the operator keeps 1.12.1 although: gate dns has had no answer"
    )
