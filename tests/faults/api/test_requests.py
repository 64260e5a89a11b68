"""Requests are read as the audit log names them, and rules meet exactly the ones that they are for."""

from __future__ import annotations

import json

import pytest

from faults.api.plan import Fault, Match
from faults.api.requests import Rulebook, read_request

RELEASES = "/apis/addon-updater.dev/v1alpha1"


@pytest.mark.parametrize(
    ("method", "path", "told"),
    [
        ("GET", "/version", "get /version"),
        ("GET", f"{RELEASES}/addonreleases?limit=200", "list addonreleases"),
        ("GET", f"{RELEASES}/addonreleases?watch=true", "watch addonreleases"),
        ("GET", "/api/v1/namespaces/x/configmaps/coredns", "get configmaps coredns"),
        ("GET", "/api/v1/namespaces/x/configmaps?watch=1", "watch configmaps"),
        (
            "POST",
            "/apis/apps/v1/namespaces/x/controllerrevisions?fieldManager=a",
            "create controllerrevisions",
        ),
        ("PATCH", "/apis/apps/v1/namespaces/x/deployments/coredns", "patch deployments coredns"),
        (
            "PATCH",
            f"{RELEASES}/namespaces/x/addonreleases/coredns/status",
            "patch addonreleases/status coredns",
        ),
        ("PUT", "/apis/coordination.k8s.io/v1/namespaces/x/leases/a", "update leases a"),
        ("DELETE", "/api/v1/namespaces/x/pods/p", "delete pods p"),
        ("DELETE", "/api/v1/namespaces/x/pods", "deletecollection pods"),
        ("GET", "/api/v1/namespaces/x", "get namespaces x"),
    ],
)
def test_a_request_is_called_as_in_the_audit_log(method: str, path: str, told: str) -> None:
    assert str(read_request(method, path)) == told


def hits(fault: Fault, number: int, body: bytes = b"") -> list[bool]:
    rules, asked = Rulebook([fault]), read_request("POST", "/api/v1/namespaces/x/pods")
    return [rules.hit(asked, body) is not None for _ in range(number)]


@pytest.mark.parametrize(
    ("match", "expected"),
    [
        (Match(verb="create"), "x..."),
        (Match(verb="create", nth=2), ".x.."),
        (Match(verb="create", nth=2, times=2), ".xx."),
        (Match(resource="pods", nth=3, times=0), "..xx"),
        (Match(path="/pods$"), "x..."),
        (Match(verb="delete"), "...."),
        (Match(resource="jobs"), "...."),
        (Match(name="p"), "...."),
    ],
)
def test_a_fault_hits_the_numbers_that_it_names(match: Match, expected: str) -> None:
    assert hits(Fault(request=match, do="reset"), 4) == [letter == "x" for letter in expected]


def test_the_same_difference_is_denied_twice_whatever_its_attempt_is_called() -> None:
    rules = Rulebook([Fault(request=Match(verb="create"), do="deny-twice")])
    asked = read_request("POST", "/apis/apps/v1/namespaces/x/controllerrevisions")

    def denied(name: str, attempt: str) -> bool:
        body = {"metadata": {"name": name, "annotations": {"attempt": attempt}}}
        return rules.hit(asked, json.dumps(body).encode()) is not None

    assert [denied("a", "1"), denied("a", "2"), denied("b", "3"), denied("a", "4"), denied("a", "5")] == [
        True,
        True,
        True,
        False,
        False,
    ]


def test_a_denial_that_begins_later_lets_pass_what_comes_before() -> None:
    late = Fault(request=Match(verb="create", nth=3), do="deny-twice")
    assert hits(late, 6) == [False, False, True, True, False, False]


def test_the_first_fault_that_is_due_is_done_and_all_of_them_count() -> None:
    first = Fault(request=Match(verb="create"), do="reset")
    second = Fault(request=Match(verb="create", nth=2), do="timeout")
    rules, asked = Rulebook([first, second]), read_request("POST", "/api/v1/namespaces/x/pods")
    done = [rules.hit(asked) for _ in range(3)]
    assert [armed and armed.fault for armed in done] == [first, second, None]
