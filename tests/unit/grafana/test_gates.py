"""What Grafana is asked before and after a change, and what its answers say."""

from __future__ import annotations

import json

import pytest

from addon_updater.addons.grafana.inventory import MAX_FINGERPRINT, Inventory, read_inventory
from addon_updater.addons.grafana.questions import Topic
from addon_updater.rollout.addon import NetworkFacts, ServiceAddress
from addon_updater.rollout.gate import HttpAnswer, HttpQuestion, Outcome, Probe, Subject
from unit.grafana.workloads import BY_ITEMS, GRAFANA, contents, workload

PASS, FAIL, UNKNOWN, SKIPPED = Outcome.PASS, Outcome.FAIL, Outcome.UNKNOWN, Outcome.SKIPPED
FACTS = NetworkFacts(services=(ServiceAddress("grafana", "10.96.0.9", (80,), ("web",)),))
PODS = [(Subject.PODS, "10.1.0.5"), (Subject.PODS, "10.1.0.6")]
SERVICE = (Subject.SERVICE, "10.96.0.9")
SIDECAR = {"sidecars": [{"name": "dashboards", "image": "quay.io/kiwigrid/k8s-sidecar:2.5.0"}]}
HEALTHY = {"database": "ok", "version": "12.4.9", "commit": "abc"}


def probes(servers, *, ini=None, pod=None, facts=FACTS):
    live = workload("12.4.1", config=BY_ITEMS if ini else None, pod=pod)
    _, desired = contents(live, "12.4.9", ini)
    return GRAFANA.probes(desired, facts, None, servers, live)


def probe(topic, *, pod=None, server=PODS[0]) -> Probe:
    return next(one for one in probes([server], pod=pod) if one.id == topic)


def answer(body, status=200, **fields):
    return HttpAnswer(status, body if isinstance(body, str) else json.dumps(body), **fields)


def dashboards(**folders):
    """A search result: folder name to the uids in it; "root" is no folder."""
    return answer(
        [
            {"uid": uid} | ({} if folder == "root" else {"folderUid": folder})
            for folder, uids in folders.items()
            for uid in uids
        ]
    )


def many(count, prefix="d"):
    return [f"{prefix}{number}" for number in range(count)]


def verdict(topic, said, before=None, *, pod=None):
    """The judgment after a change, with the baseline of that earlier answer."""
    asked = probe(topic, pod=pod)
    kept = GRAFANA.fingerprint(asked, before) if before is not None else None
    return GRAFANA.judge(asked, said, {} if kept is None else {asked.id: kept})


def test_every_server_is_asked_for_its_health_and_the_service_for_what_all_share():
    asked = [(one.id, one.subject, one.server) for one in probes([*PODS, SERVICE])]

    assert asked == [
        ("health", Subject.PODS, "10.1.0.5"),
        ("health", Subject.PODS, "10.1.0.6"),
        ("health", Subject.SERVICE, "10.96.0.9"),
        ("dashboards", Subject.SERVICE, "10.96.0.9"),
        ("folders", Subject.SERVICE, "10.96.0.9"),
        ("datasources", Subject.SERVICE, "10.96.0.9"),
    ]


def test_without_a_service_one_pod_is_asked_for_what_all_share():
    assert [(one.id, one.server) for one in probes(PODS)][2:] == [
        ("dashboards", "10.1.0.5"),
        ("folders", "10.1.0.5"),
        ("datasources", "10.1.0.5"),
    ]


def test_a_rehearsal_has_no_data_and_is_asked_for_its_health_alone():
    assert [one.id for one in probes([(Subject.REHEARSAL, "10.1.0.7")])] == ["health"]


def test_a_service_that_leads_elsewhere_is_not_asked():
    elsewhere = NetworkFacts(services=(ServiceAddress("sidecar", "10.96.0.9", (8080,), (8080,)),))

    assert probes([SERVICE], facts=elsewhere) == ()


def test_a_question_knows_port_path_and_whether_it_needs_a_token():
    health, search, folders, sources = (one.question.http for one in probes([PODS[0]]))

    assert health == HttpQuestion(3000, "/api/health", limit=65536)
    assert (search.path, search.with_token) == ("/api/search?type=dash-db&limit=5000", True)
    assert (folders.path, sources.path) == ("/api/search?type=dash-folder&limit=5000", "/api/datasources")


def test_a_question_follows_scheme_port_and_path_of_grafana_ini():
    ini = (
        "[server]\nprotocol = https\nhttp_port = 3443\nroot_url = https://x/g/\nserve_from_sub_path = true\n"
    )

    http = probes([PODS[0]], ini=ini)[0].question.http

    assert (http.scheme, http.port, http.path) == ("https", 3443, "/g/api/health")


@pytest.mark.parametrize(
    "case, said, outcome, message",
    [
        ("as it should", answer(HEALTHY), PASS, "the database answers, version 12.4.9"),
        ("version hidden", answer({"database": "ok"}), PASS, "version not told"),
        ("a security build", answer(HEALTHY | {"version": "12.4.9+security-01"}), PASS, "version 12.4.9+security-01"),
        ("the old version", answer(HEALTHY | {"version": "12.4.1"}), FAIL, "12.4.1 answers instead of 12.4.9"),
        ("another spelling", answer(HEALTHY | {"version": "v12.4.9"}), PASS, "v12.4.9"),
        ("database down", answer({"database": "failing"}, 503), FAIL, "HTTP 503, database failing"),
        ("no JSON", answer("<html>", 200), UNKNOWN, "says nothing about the health"),
        ("no object", answer([1], 200), UNKNOWN, "says nothing about the health"),
        ("a redirect", answer("", 302), UNKNOWN, "HTTP 302"),
        ("migrating", HttpAnswer(None, error="connection refused"), UNKNOWN, "listens when its migrations are done"),
    ],
)  # fmt: skip
def test_health(case, said, outcome, message):
    judged = verdict("health", said)

    assert judged[0] is outcome, case
    assert message in judged[1]


def test_behind_the_service_an_old_pod_may_answer_until_the_update_has_rolled_out():
    asked = probe("health", server=SERVICE)
    judged = GRAFANA.judge(asked, answer(HEALTHY | {"version": "12.4.1"}), {})

    assert judged == (PASS, "10.96.0.9: the database answers, version 12.4.1")
    assert GRAFANA.judge(asked, answer({"database": "failing"}, 503), {})[0] is FAIL


def test_before_the_change_any_version_may_answer():
    asked = probe("health")

    assert GRAFANA.judge(asked, answer(HEALTHY | {"version": "12.4.1"}), None)[0] is PASS


@pytest.mark.parametrize(
    "case, before, now, outcome, message",
    [
        ("all there", {"a": many(5)}, {"a": many(5)}, PASS, "5 dashboards, all of the 5 from before"),
        ("new ones", {"a": many(5)}, {"a": many(5), "b": ["new"]}, PASS, "6 dashboards, all of the 5"),
        ("none, and none before", {}, {}, PASS, "0 dashboards"),
        ("moved to another folder", {"a": ["x"], "b": many(5)}, {"b": ["x", *many(5)]}, PASS, "all of the 6"),
        ("a tenth is gone", {"a": many(20)}, {"a": many(18)}, PASS, "2 of 20 dashboards are gone; that few"),
        ("more than a tenth", {"a": many(20)}, {"a": many(17)}, FAIL, "3 of 20 dashboards are gone"),
        (
            "a whole folder",
            {"a": many(40), "b": ["x"]},
            {"a": many(40)},
            FAIL,
            "1 of 41 dashboards are gone, and with them all of 1 folder",
        ),
        ("everything", {"root": many(3), "b": ["x"]}, {}, FAIL, "4 of 4 dashboards are gone, and with them all of 2 folders"),
        ("as many, but others", {"a": many(9)}, {"a": many(9, "other")}, FAIL, "9 of 9 dashboards are gone"),
    ],
)  # fmt: skip
def test_only_a_whole_folder_or_more_than_a_tenth_is_a_loss(case, before, now, outcome, message):
    judged = verdict("dashboards", dashboards(**now), dashboards(**before))

    assert judged[0] is outcome, case
    assert message in judged[1]


def test_what_a_sidecar_may_still_bring_is_not_lost_yet():
    judged = verdict("dashboards", dashboards(), dashboards(a=many(9)), pod=SIDECAR)

    assert (judged[0], "the sidecar may still bring them" in judged[1]) == (UNKNOWN, True)


@pytest.mark.parametrize("topic, noun", [("folders", "folders"), ("datasources", "data sources")])
@pytest.mark.parametrize("left, outcome", [(20, PASS), (18, PASS), (17, FAIL)])
def test_folders_and_data_sources_are_compared_as_one_group(topic, noun, left, outcome):
    judged = verdict(topic, dashboards(root=many(left)), dashboards(root=many(20)))

    assert judged[0] is outcome
    assert noun in judged[1]


@pytest.mark.parametrize(
    "case, said, before, outcome, message",
    [
        ("no token", answer("", 401), None, SKIPPED, "a file named <namespace>.<release>"),
        ("a token that may not", answer("", 403), None, SKIPPED, "HTTP 403: data sources are not compared"),
        ("a token that could before", answer("", 401), dashboards(root=["x"]), UNKNOWN, "readable before"),
        ("longer than is read", answer("[", is_cut=True), None, SKIPPED, "longer than is read"),
        ("an error of a server that could not before", answer("", 500), None, UNKNOWN, "HTTP 500"),
        ("an error of what stands before it", answer("", 503), dashboards(root=["x"]), UNKNOWN, "HTTP 503"),
        ("an error of the server", answer("", 500), dashboards(root=["x"]), FAIL, "HTTP 500"),
        ("no list", answer({}), dashboards(root=["x"]), UNKNOWN, "no list of objects"),
        ("no uid", answer([{"id": 1}]), dashboards(root=["x"]), UNKNOWN, "no list of objects"),
        ("nothing before", dashboards(root=["x"]), None, SKIPPED, "none recorded before the change"),
        ("migrating", HttpAnswer(None, error="refused"), dashboards(root=["x"]), UNKNOWN, "no answer (refused)"),
    ],
)  # fmt: skip
def test_what_cannot_be_compared_is_said_and_never_fine(case, said, before, outcome, message):
    judged = verdict("datasources", said, before)

    assert judged[0] is outcome, case
    assert message in judged[1]


@pytest.mark.parametrize(
    "topic, said, outcome",
    [
        ("dashboards", dashboards(a=["x"]), PASS),
        ("dashboards", answer("", 401), SKIPPED),
        ("dashboards", HttpAnswer(None, error="refused"), UNKNOWN),
        ("health", answer({"database": "failing"}, 503), FAIL),
    ],
)
def test_the_baseline_itself_is_judged_too(topic, said, outcome):
    assert GRAFANA.judge(probe(topic), said, None)[0] is outcome


@pytest.mark.parametrize(
    "topic, said",
    [
        ("health", answer(HEALTHY)),
        ("dashboards", answer("", 401)),
        ("dashboards", answer("[]", is_cut=True)),
        ("dashboards", answer("{}")),
    ],
)
def test_what_says_nothing_is_not_kept(topic, said):
    assert GRAFANA.fingerprint(probe(topic), said) is None


@pytest.mark.parametrize(
    "folders", [{}, {"root": ["x"]}, {"a": many(300), "b": many(20, "e"), "root": many(3, "f")}]
)
def test_a_fingerprint_is_read_back_as_it_was(folders):
    inventory = read_inventory(dashboards(**folders).body)

    assert Inventory.from_text(inventory.to_text()) == inventory


def test_a_fingerprint_keeps_no_uid_and_only_the_number_when_it_would_be_too_long():
    asked = probe("dashboards")
    short = GRAFANA.fingerprint(asked, dashboards(a=many(3000)))
    long = GRAFANA.fingerprint(asked, dashboards(a=many(4000)))

    assert (len(short) <= MAX_FINGERPRINT, "d2999" in short) == (True, False)
    assert long == "4000"


@pytest.mark.parametrize("left, outcome", [(4000, PASS), (3700, PASS), (3500, FAIL)])
def test_numbers_alone_are_compared_as_numbers(left, outcome):
    judged = verdict("dashboards", dashboards(a=many(left)), dashboards(a=many(4000)))

    assert judged[0] is outcome


def test_a_question_of_another_addon_is_a_mistake_of_the_caller():
    with pytest.raises(TypeError, match="not a question and answer of Grafana's HTTP API"):
        GRAFANA.judge(probe("health"), "an answer", None)


def test_the_gates_are_named_for_their_topics():
    assert [topic.value for topic in Topic] == ["health", "dashboards", "folders", "datasources"]


def test_a_gate_must_fail_for_longer_than_a_writer_holds_the_database():
    _, desired = contents(workload("12.4.1"), "12.4.9")

    assert GRAFANA.patience(desired).total_seconds() == 10
