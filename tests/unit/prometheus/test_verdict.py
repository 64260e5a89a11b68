"""What Prometheus's answers say about a change."""

from __future__ import annotations

import json

import pytest

from addon_updater.addons.prometheus.addon import Prometheus
from addon_updater.addons.prometheus.arguments import read_arguments
from addon_updater.addons.prometheus.fingerprints import Job, print_jobs, read_jobs
from addon_updater.addons.prometheus.questions import Check, questions
from addon_updater.rollout.addon import NetworkFacts, ServiceAddress
from addon_updater.rollout.gate import HttpAnswer, Outcome, Subject

POD, SERVICE, REHEARSAL = (
    (Subject.PODS, "10.0.0.1"),
    (Subject.SERVICE, "10.96.0.9"),
    (Subject.REHEARSAL, "10.0.0.2"),
)
PROMETHEUS = Prometheus()


def probe(check, version="3.13.2"):
    asked = questions(read_arguments([]), version, NetworkFacts(), [POD], {})
    return next(one for one in asked if one.question.check is check)


def ok(data):
    return HttpAnswer(200, json.dumps({"status": "success", "data": data}))


def targets(**jobs):
    """Each job as a word: u for up, d for down, ? for not scraped yet."""
    health = {"u": "up", "d": "down", "?": "unknown"}
    return ok(
        {
            "activeTargets": [
                {"scrapePool": job, "health": health[letter]} for job, word in jobs.items() for letter in word
            ]
        }
    )


def rules(*states, interval=60):
    """Each rule as (name, health, error)."""
    found = [{"name": name, "health": health, "lastError": error} for name, health, error in states]
    return ok({"groups": [{"name": "g", "interval": interval, "rules": found}]})


GOOD, BAD, NEW = ("a", "ok", ""), ("b", "err", "boom"), ("a", "unknown", "")
BROKEN = '{"status": "error", "errorType": "unavailable", "error": "the storage does not answer"}'
UP, DOWN, WAIT, SKIP = Outcome.PASS, Outcome.FAIL, Outcome.UNKNOWN, Outcome.SKIPPED


def judged(check, answer, before=None):
    """The verdict after a change; `before` is the answer that the baseline was taken from."""
    asked = probe(check)
    kept = {} if before is None else {asked.id: PROMETHEUS.fingerprint(asked, before)}
    return PROMETHEUS.judge(asked, answer, {key: value for key, value in kept.items() if value is not None})


@pytest.mark.parametrize(
    "check, answer, outcome, word",
    [
        (Check.READY, HttpAnswer(200, "Prometheus Server is Ready.\n"), UP, "ready"),
        (Check.READY, HttpAnswer(503, "Service Unavailable"), WAIT, "replays"),
        (Check.READY, HttpAnswer(404), DOWN, "404"),
        (Check.READY, HttpAnswer(None, error="refused"), DOWN, "refused"),
        (Check.REPLAY, ok({"min": 3, "max": 12, "current": 8}), WAIT, "segment 5 of 10"),
        (Check.REPLAY, ok({"min": 3, "max": 12, "current": 12}), UP, "replayed"),
        (Check.REPLAY, ok({"min": 0, "max": 0, "current": 0}), UP, "replayed"),
        (Check.REPLAY, HttpAnswer(404), SKIP, "404"),
        (Check.VERSION, ok({"version": "3.13.2"}), UP, "3.13.2"),
        (Check.VERSION, ok({"version": "2.55.1"}), DOWN, "not 3.13.2"),
        (Check.VERSION, HttpAnswer(503), WAIT, "503"),
        (Check.VERSION, HttpAnswer(503, "Service Unavailable"), WAIT, "503"),
        (Check.VERSION, HttpAnswer(503, BROKEN), DOWN, "503: the storage does not answer"),
        (Check.TARGETS, HttpAnswer(500, BROKEN), DOWN, "500"),
        (Check.RULES, HttpAnswer(422, BROKEN), WAIT, "422"),
        (Check.REPLAY, HttpAnswer(503, BROKEN), SKIP, "503"),
        (Check.VERSION, HttpAnswer(None, error="timeout"), WAIT, "timeout"),
        (Check.VERSION, HttpAnswer(200, "<html>"), WAIT, "not understood"),
        (Check.VERSION, HttpAnswer(200, '{"status":"error","error":"no"}'), WAIT, "no"),
        (Check.RELOAD, ok({"reloadConfigSuccess": True}), UP, "loaded"),
        (Check.RELOAD, ok({"reloadConfigSuccess": False}), DOWN, "would not start"),
        (Check.RELOAD, ok({}), WAIT, "not understood"),
        (Check.TARGETS, HttpAnswer(200, "{", is_cut=True), WAIT, "longer than 16 MiB"),
        (Check.TARGETS, targets(a="u"), WAIT, "not recorded"),
        (Check.RULE_COUNT, rules(GOOD), WAIT, "not counted"),
        (Check.RULES, rules(GOOD), WAIT, "not recorded"),
    ],
)
def test_an_answer_is_judged_alone_where_it_needs_no_baseline(check, answer, outcome, word):
    verdict, message = judged(check, answer)

    assert (verdict, word in message) == (outcome, True), message
    assert message.startswith("10.0.0.1: ")


@pytest.mark.parametrize(
    "case, before, now, outcome, word",
    [
        ("all as before", {"a": "uu", "b": "u"}, {"a": "uu", "b": "u"}, UP, "3 of 3"),
        (
            "a job has no targets",
            {"a": "u" * 40, "b": "u"},
            {"a": "u" * 40},
            DOWN,
            "job b: no target is discovered",
        ),
        ("a job is down", {"a": "uu", "b": "u"}, {"a": "uu", "b": "d"}, DOWN, "job b: 0 of 1"),
        ("a job was down before", {"a": "u", "b": "d"}, {"a": "u", "b": "d"}, UP, "1 of 2"),
        ("a job that was down is gone", {"a": "u" * 40, "b": "d"}, {"a": "u" * 40}, UP, "40 of 40"),
        ("a little worse", {"a": "u" * 100}, {"a": "u" * 98 + "dd"}, UP, "98 of 100"),
        ("too much worse", {"a": "u" * 100}, {"a": "u" * 97 + "ddd"}, DOWN, "97 of 100"),
        ("not scraped yet", {"a": "uu"}, {"a": "u?"}, WAIT, "1 have not been scraped"),
        ("none scraped yet", {"a": "uu"}, {"a": "??"}, WAIT, "2 have not been scraped"),
        ("worse whatever comes", {"a": "uuuu"}, {"a": "ddd?"}, DOWN, "0 of 4"),
        ("enough whatever comes", {"a": "u" * 100}, {"a": "u" * 99 + "?"}, UP, "99 of 100"),
        ("nothing discovered at all", {"a": "uu"}, {}, DOWN, "job a: no target is discovered"),
        ("discovery brings less", {"a": "u" * 50, "b": "d" * 50}, {"a": "u" * 50}, DOWN, "50 targets"),
        ("discovery is not complete", {"a": "uu", "b": "u"}, {"a": "u?"}, WAIT, "job a"),
        ("one of many is not asked yet", {"a": "u" * 40, "b": "u"}, {"a": "u" * 39 + "?"}, DOWN, "job b"),
        ("a new job changes nothing", {"a": "u"}, {"a": "u", "c": "d"}, UP, "1 of 2"),
        ("there were no targets", {}, {}, UP, "0 of 0"),
        ("fewer pods, all up", {"a": "u" * 100}, {"a": "u" * 96}, UP, "96 of 96"),
    ],
)
def test_targets_are_compared_by_job(case, before, now, outcome, word):
    verdict, message = judged(Check.TARGETS, targets(**now), targets(**before))

    assert (verdict, word in message) == (outcome, True), f"{case}: {message}"


@pytest.mark.parametrize(
    "case, check, before, now, outcome",
    [
        ("same number", Check.RULE_COUNT, rules(GOOD), rules(BAD), UP),
        ("one is missing", Check.RULE_COUNT, rules(GOOD, BAD), rules(GOOD), DOWN),
        ("one too many", Check.RULE_COUNT, rules(GOOD), rules(GOOD, BAD), DOWN),
        ("all evaluated", Check.RULES, rules(GOOD), rules(GOOD), UP),
        ("failed before too", Check.RULES, rules(GOOD, BAD), rules(GOOD, BAD), UP),
        ("fails now", Check.RULES, rules(GOOD, ("b", "ok", "")), rules(GOOD, BAD), DOWN),
        ("not evaluated yet", Check.RULES, rules(GOOD), rules(NEW), WAIT),
        ("evaluated too seldom to wait for", Check.RULES, rules(GOOD), rules(NEW, interval=3600), UP),
    ],
)
def test_rules_are_compared_with_those_before(case, check, before, now, outcome):
    assert judged(check, now, before)[0] is outcome, case


@pytest.mark.parametrize(
    "check, answer, outcome",
    [
        (Check.TARGETS, targets(a="uud"), UP),
        (Check.TARGETS, targets(a="u??"), WAIT),
        (Check.TARGETS, targets(), UP),
        (Check.RULES, rules(BAD), UP),
        (Check.RULE_COUNT, rules(), UP),
        (Check.RELOAD, ok({"reloadConfigSuccess": False}), DOWN),
        (Check.READY, HttpAnswer(503), WAIT),
        (Check.VERSION, ok({"version": ""}), SKIP),
        (Check.VERSION, ok({"version": "2.45.0"}), DOWN),
        (Check.TARGETS, HttpAnswer(500), WAIT),
    ],
)
def test_a_baseline_is_wanted_only_from_a_server_that_can_restart(check, answer, outcome):
    assert PROMETHEUS.judge(probe(check), answer, None)[0] is outcome


@pytest.mark.parametrize(
    "before, now, outcome",
    [
        ({"version": ""}, {"version": ""}, SKIP),
        ({"version": ""}, {"version": "3.13.2"}, UP),
        ({"version": "2.55.1"}, {"version": ""}, WAIT),
        ({"version": "2.55.1"}, {"version": "v3.13.2-distroless"}, UP),
    ],
)
def test_a_build_that_tells_no_version_is_not_compared(before, now, outcome):
    assert judged(Check.VERSION, ok(now), ok(before))[0] is outcome


@pytest.mark.parametrize(
    "answer", [HttpAnswer(503), HttpAnswer(200, "{", is_cut=True), HttpAnswer(200, "{}"), ok([])]
)
def test_nothing_is_kept_of_an_answer_that_tells_nothing(answer):
    assert PROMETHEUS.fingerprint(probe(Check.TARGETS), answer) is None
    assert PROMETHEUS.fingerprint(probe(Check.READY), answer) is None


def test_a_fingerprint_keeps_the_largest_jobs_when_there_are_too_many():
    jobs = {f"job-{number:04}-{'x' * 40}": Job(number, number) for number in range(1000)}
    text = print_jobs(jobs)
    total, kept = read_jobs(text)

    assert len(text) <= 16 * 1024
    assert total == Job(499_500, 499_500)
    assert 100 < len(kept) < 1000
    assert f"job-0999-{'x' * 40}" in kept


def test_a_fingerprint_of_failing_rules_has_a_limit():
    answer = rules(*((f"rule {number}", "err", "boom") for number in range(5000)))

    assert len(PROMETHEUS.fingerprint(probe(Check.RULES), answer)) <= 16 * 1024


@pytest.mark.parametrize(
    "words, server, facts, expected",
    [
        (
            [],
            POD,
            NetworkFacts(),
            [
                "ready/replay",
                "ready/http",
                "version/buildinfo",
                "reload/runtimeinfo",
                "targets/active",
                "rules/evaluated",
                "rules/count",
            ],
        ),
        (
            [],
            REHEARSAL,
            NetworkFacts(),
            ["ready/replay", "ready/http", "version/buildinfo", "reload/runtimeinfo", "rules/count"],
        ),
        (
            ["--agent"],
            REHEARSAL,
            NetworkFacts(),
            ["ready/replay", "ready/http", "version/buildinfo", "reload/runtimeinfo"],
        ),
        ([], SERVICE, NetworkFacts((ServiceAddress("p", "10.96.0.9", (80,), (9090,)),)), ["ready/http"]),
        (
            [],
            SERVICE,
            NetworkFacts((ServiceAddress("p", "10.96.0.9", (80, 81), ("web", 81)),)),
            ["ready/http"],
        ),
        ([], SERVICE, NetworkFacts((ServiceAddress("p", "10.96.0.9", (80, 81), (1, 2)),)), []),
        (["--web.config.file=/w.yml"], POD, NetworkFacts(), []),
    ],
)
def test_each_server_is_asked_what_it_can_tell(words, server, facts, expected):
    asked = list(questions(read_arguments(words), "3.13.2", facts, [server], {9090: ["web"]}))

    assert [one.id for one in asked] == expected


def test_the_questions_go_to_port_and_prefix_of_the_flags():
    words = ["--web.listen-address=:9091", "--web.external-url=https://example.com/prom"]
    service = ServiceAddress("p", "10.96.0.9", (80,), (9091,))
    asked = list(questions(read_arguments(words), "3.13.2", NetworkFacts((service,)), [POD, SERVICE], {}))

    ready = [one.question.http for one in asked if one.question.check is Check.READY]
    assert [(http.port, http.path) for http in ready] == [(9091, "/prom/-/ready"), (80, "/prom/-/ready")]
