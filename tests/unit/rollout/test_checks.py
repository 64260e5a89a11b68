"""The checks of spec.health: what an answer means, and when they are asked."""

from __future__ import annotations

import json
from typing import Any

import pytest

from addon_updater.api.release import Health
from addon_updater.rollout.checks import judge_written, written_checks
from addon_updater.rollout.gate import HttpAnswer, HttpQuestion, Outcome, Probe, Subject
from addon_updater.rollout.observed import Purpose
from unit.rollout.looking import FINE
from unit.rollout.scenes import books
from unit.rollout.world import World

PAGE = {"name": "front", "url": "http://ledger.books.svc:8080/ready?full=1"}
QUERY = {"name": "up", "url": "http://prometheus.monitoring.svc:9090/prefix/", "query": 'up{job="a b"} == 1'}
REFUSED = HttpAnswer(None, error="connection refused")
OUT_OF_ORDER = HttpAnswer(503, "out of order")
EMPTY = HttpAnswer(200, '{"status": "success", "data": {"result": []}}')


def probes(**health: Any) -> tuple[Probe, ...]:
    return written_checks(Health.model_validate(health))


def success(data: object) -> HttpAnswer:
    return HttpAnswer(200, json.dumps({"status": "success", "data": data}))


@pytest.mark.parametrize(
    "check, question, server",
    [
        (PAGE, HttpQuestion(8080, "/ready?full=1"), "ledger.books.svc"),
        (PAGE | {"url": "http://ledger.books.svc"}, HttpQuestion(80, "/"), "ledger.books.svc"),
        (
            PAGE | {"url": "https://ledger.books.svc/a"},
            HttpQuestion(443, "/a", "https"),
            "ledger.books.svc",
        ),
    ],
)
def test_a_page_is_asked_for_as_it_is_written(check, question, server):
    (probe,) = probes(http=[check])
    assert probe == Probe("http/front", Subject.SERVICE, server, probe.question)
    assert probe.question.http == question


def test_a_query_is_quoted_behind_the_prefix_of_its_prometheus():
    (probe,) = probes(promql=[QUERY])
    path = "/prefix/api/v1/query?query=up%7Bjob%3D%22a%20b%22%7D%20%3D%3D%201"
    assert probe.id == "promql/up"
    assert probe.question.http == HttpQuestion(9090, path)


def test_without_checks_nothing_is_asked():
    assert written_checks(None) == ()
    assert probes() == ()


@pytest.mark.parametrize(
    "status, answer, outcome",
    [
        (None, HttpAnswer(200), Outcome.PASS),
        (None, HttpAnswer(204), Outcome.FAIL),
        (None, OUT_OF_ORDER, Outcome.FAIL),
        (None, REFUSED, Outcome.UNKNOWN),
        (204, HttpAnswer(204), Outcome.PASS),
        (204, HttpAnswer(200), Outcome.FAIL),
        (503, OUT_OF_ORDER, Outcome.PASS),
    ],
)
def test_a_page_passes_with_its_status_fails_with_another_and_is_unknown_without_one(status, answer, outcome):
    (probe,) = probes(http=[PAGE | ({"status": status} if status else {})])
    found, message = judge_written(probe, answer)
    assert found is outcome
    assert message.startswith("http/front: ")
    assert PAGE["url"] in message


@pytest.mark.parametrize(
    "answer, outcome, says",
    [
        (success({"resultType": "vector", "result": [{"metric": {}, "value": [0, "1"]}]}), Outcome.PASS, "1"),
        (success({"resultType": "scalar", "result": [0, "1"]}), Outcome.PASS, "returns"),
        (success({"resultType": "vector", "result": []}), Outcome.FAIL, "returns no sample"),
        (success({}), Outcome.UNKNOWN, "no result"),
        (success(None), Outcome.UNKNOWN, "no result"),
        (success([1, 2]), Outcome.UNKNOWN, "no result"),
        (success("x"), Outcome.UNKNOWN, "no result"),
        (success({"result": "x"}), Outcome.UNKNOWN, "no result"),
        (success({"result": {"a": 1}}), Outcome.UNKNOWN, "no result"),
        (HttpAnswer(400, '{"status": "error", "error": "parse error"}'), Outcome.UNKNOWN, "parse error"),
        (HttpAnswer(200, '{"status": "error", "error": "timeout"}'), Outcome.UNKNOWN, "timeout"),
        (HttpAnswer(503, FINE.body), Outcome.UNKNOWN, "503"),
        (HttpAnswer(200, "<html>"), Outcome.UNKNOWN, "no result"),
        (HttpAnswer(200, ""), Outcome.UNKNOWN, "no result"),
        (HttpAnswer(200, "[]"), Outcome.UNKNOWN, "no result"),
        (HttpAnswer(200, "[" * 100_000), Outcome.UNKNOWN, "no result"),
        (HttpAnswer(200, FINE.body[:-9], is_cut=True), Outcome.UNKNOWN, "longer than"),
        (REFUSED, Outcome.UNKNOWN, "connection refused"),
    ],
)
def test_a_query_passes_with_a_sample_fails_without_one_and_everything_else_is_unknown(answer, outcome, says):
    (probe,) = probes(promql=[QUERY])
    found, message = judge_written(probe, answer)
    assert found is outcome
    assert message.startswith("promql/up: ")
    assert says in message


def test_a_probe_of_the_addon_is_left_to_the_addon():
    assert judge_written(Probe("page/health", Subject.PODS, "10.0.0.1", object()), FINE) is None


def test_an_answer_of_another_prober_is_a_mistake_of_ours():
    (probe,) = probes(http=[PAGE])
    with pytest.raises(TypeError, match="not an answer of the HTTP prober"):
        judge_written(probe, "NOERROR")


def shop(**pages: HttpAnswer) -> World:
    """A ledger with one page and one query; both are fine unless said otherwise."""
    world = World("1.0.0", scene=books(), spec={"health": {"http": [PAGE], "promql": [QUERY]}})
    urls = {"page": PAGE["url"], "query": QUERY["url"]}
    world.pages |= {urls[name]: answer for name, answer in pages.items()}
    return world


def test_they_are_asked_before_the_start_and_after_the_switch_and_not_in_the_rehearsal():
    world = shop()
    world.run()
    rounds = [
        (purpose, {reply.probe.id for reply in replies})
        for deed in world.deeds
        for purpose, replies in deed.observed.replies.items()
    ]
    written = {"http/front", "promql/up"}
    assert {purpose for purpose, _ in rounds} == set(Purpose)
    for purpose, ids in rounds:
        assert (written <= ids) is (purpose is not Purpose.REHEARSAL)
        assert written.isdisjoint(ids) is (purpose is Purpose.REHEARSAL)


def test_each_of_them_is_a_gate_of_its_own():
    world = shop().run(until=lambda w: w.step_is("Soaking"))
    assert [gate.name for gate in world.told[-1].gates] == [
        "http/front",
        "page/pods",
        "page/service",
        "promql/up",
    ]


@pytest.mark.parametrize(
    "answers",
    [{"page": OUT_OF_ORDER}, {"page": REFUSED}, {"query": EMPTY}, {"query": REFUSED}],
    ids=["page fails", "page silent", "query fails", "query silent"],
)
def test_what_does_not_pass_before_the_start_holds_it_and_is_named(answers):
    world = shop(**answers).run()
    assert world.running == "1.0.0"
    assert world.condition("UpdateAvailable") == ("True", "WaitingForWorkload")
    name = "http/front" if "page" in answers else "promql/up"
    assert f"gate {name} is " in world.decision.update.message
    world.pages.clear()
    world.run()
    assert world.running == "1.1.0"


@pytest.mark.parametrize(
    "answers, result",
    [
        ({"page": OUT_OF_ORDER}, "RolledBack"),
        ({"query": EMPTY}, "RolledBack"),
    ],
    ids=["page", "query"],
)
def test_what_fails_after_the_switch_goes_back_and_must_pass_again(answers, result):
    world = shop().run(until=lambda w: w.running == "1.1.0")
    world.pages |= shop(**answers).pages
    world.run(until=lambda w: w.running == "1.0.0")
    world.pages.clear()
    world.run()
    assert world.results[-1] == ("1.1.0", result)
    assert world.revisions()[1].quarantine.reason == "GateFailed"


@pytest.mark.parametrize("name", ["page", "query"])
def test_what_is_silent_after_the_switch_calls_a_person_and_never_goes_back(name):
    world = shop().run(until=lambda w: w.running == "1.1.0")
    world.pages |= shop(**{name: REFUSED}).pages
    world.run(until=lambda w: w.condition("Stalled") == ("True", "GateUnknown"))
    assert "connection refused" in world.decision.stalled.message
    assert world.running == "1.1.0"
    world.pages.clear()
    world.run()
    assert world.results[-1] == ("1.1.0", "Promoted")


def test_what_does_not_answer_is_no_part_of_the_kept_baseline():
    world = shop().run()
    assert set(world.revisions()[1].attempt.baseline) == {"page/health"}
