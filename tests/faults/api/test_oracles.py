"""Every property is broken once here, and its oracle says so; a good history passes them all."""

from __future__ import annotations

import copy
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from addon_updater.rollout.content import ConfigContent, ConfigItem, Content
from addon_updater.rollout.revision import (
    ATTEMPT_ANNOTATION,
    OUTCOME_ANNOTATION,
    QUARANTINE_ANNOTATION,
    REVISION_ANNOTATION,
    revision_manifest,
)
from faults.api.audit import Write, count_changes, count_telling
from faults.api.history import History
from faults.api.oracles import SAFETY, bounded_writes
from faults.api.reference import Reference
from faults.api.stories import STORIES
from faults.api.world import MinorChange
from localcluster.coredns import DEFAULT_COREFILE
from node.operator_under_test import ACCOUNT

STORY = STORIES["coredns-hop"]
START = datetime(2026, 1, 1, tzinfo=UTC)
IMAGE = "registry.k8s.io/coredns/coredns:v"
OLD, NEW = "1.11.3", "1.12.1"

Change = Callable[[list[Write]], list[Write]]


def content(version: str) -> Content:
    config = ConfigContent(
        config_map="coredns",
        volume="config-volume",
        items=(ConfigItem("Corefile", "Corefile"),),
        key="Corefile",
        text=DEFAULT_COREFILE,
        input_key="Corefile",
        input_hash="0" * 12,
    )
    return Content(version, "coredns", IMAGE + version, ("-conf", "/etc/coredns/Corefile"), 1, config)


def workload(version: str, revision: str = "", attempt: str = "") -> dict[str, Any]:
    found = copy.deepcopy(next(one for one in STORY.found() if one["kind"] == "Deployment"))
    found["spec"]["template"]["spec"]["containers"][0]["image"] = IMAGE + version
    marks = {REVISION_ANNOTATION: revision, ATTEMPT_ANNOTATION: attempt}
    found["metadata"]["annotations"] = {key: text for key, text in marks.items() if text}
    return found


def write(second: float, verb: str, resource: str, name: str, **fields: Any) -> Write:
    usual = Write(
        at=START + timedelta(seconds=second),
        user=ACCOUNT,
        replica="replica-a",
        verb=verb,
        resource=resource,
        namespace="kube-system",
        name=name,
        code=200,
        sent={},
        result={},
    )
    return replace(usual, **fields)


def recorded(second: float, number: int, version: str, attempt: str = "") -> Write:
    data = {
        "id": attempt,
        "previous": "",
        "plan": "p",
        "minor": "1.34",
        "startedAt": START.isoformat(),
        "baseline": {},
    }
    marks = {ATTEMPT_ANNOTATION: json.dumps(data)} if attempt else {OUTCOME_ANNOTATION: "{}"}
    result = revision_manifest(
        release="coredns",
        addon="coredns",
        namespace="kube-system",
        number=number,
        content=content(version),
        annotations=marks,
    )
    result["metadata"]["resourceVersion"] = str(number)
    return write(second, "create", "controllerrevisions", result["metadata"]["name"], result=result)


def annotated(second: float, of: Write, **marks: str) -> Write:
    result = copy.deepcopy(of.result)
    result["metadata"]["annotations"] |= marks
    return write(second, "patch", "controllerrevisions", of.name, result=result)


def switched(second: float, version: str, to: Write, attempt: str) -> Write:
    return write(second, "patch", "deployments", "coredns", result=workload(version, to.name, attempt))


def lease(second: float, holder: str) -> Write:
    spec = {"spec": {"holderIdentity": holder}}
    return write(second, "update", "leases", "addon-updater", namespace="addon-updater", result=spec)


FIRST, SECOND, THIRD = recorded(1, 0, OLD), recorded(2, 1, NEW, "a1"), recorded(6, 2, NEW, "a2")
GOOD = [
    lease(0, "replica-a"),
    FIRST,
    SECOND,
    switched(3, NEW, SECOND, "a1"),
    annotated(4, SECOND, **{OUTCOME_ANNOTATION: "{}"}),
]
QUARANTINE = {QUARANTINE_ANNOTATION: json.dumps({"image": IMAGE + NEW}), OUTCOME_ANNOTATION: "{}"}
BACK = [*GOOD[:4], switched(4, OLD, FIRST, "a1"), annotated(5, SECOND, **QUARANTINE)]


def history(writes: list[Write], **fields: Any) -> History:
    usual = History(STORY, workload(OLD), writes, (MinorChange(START - timedelta(seconds=60), "1.34"),))
    return replace(usual, **fields)


@pytest.mark.parametrize("writes", [GOOD, BACK, []], ids=["there", "there and back", "nothing"])
def test_a_good_history_has_every_property(writes: list[Write]) -> None:
    for check in SAFETY.values():
        check(history(writes))


def config_map(second: float, data: dict[str, str]) -> Write:
    return write(second, "patch", "configmaps", "coredns", result={"data": data})


def status(second: float, available: int) -> Write:
    user = "system:kube-controller-manager"
    result = {"status": {"availableReplicas": available}}
    return write(second, "update", "deployments/status", "coredns", user=user, replica="", result=result)


BROKEN: dict[str, tuple[str, History, str]] = {
    "tried twice": (
        "S1",
        history([*BACK, THIRD, switched(7, NEW, THIRD, "a2")]),
        "tried twice without a new input",
    ),
    "back twice": (
        "S1",
        history([*BACK, switched(6, NEW, SECOND, "a1"), switched(7, OLD, FIRST, "a1")]),
        "switched forward twice",
    ),
    "while the minor settles": (
        "S2",
        history(
            GOOD, minors=(MinorChange(START, "1.34"), MinorChange(START + timedelta(seconds=1.5), "1.35"))
        ),
        "was not settled",
    ),
    "to what nobody vouches for": (
        "S2",
        history(GOOD, minors=(MinorChange(START - timedelta(hours=1), "1.99"),)),
        "on 1.99",
    ),
    "downward": (
        "S3",
        history(
            [
                FIRST,
                recorded(2, 1, "1.10.1", "a1"),
                switched(3, "1.10.1", recorded(2, 1, "1.10.1", "a1"), "a1"),
            ]
        ),
        "downgrade from 1.11.3 to 1.10.1",
    ),
    "the text is lost": ("S4", history([config_map(1, {})]), "lost ['Corefile']"),
    "the text is emptied": ("S4", history([config_map(1, {"Corefile": ""})]), "emptied ['Corefile']"),
    "the text is replaced": ("S4", history([config_map(1, {"Corefile": "new"})]), "replaced ['Corefile']"),
    "nothing is saved": ("S4", history([SECOND, GOOD[3]]), "replaced before it was recorded"),
    "another holds the Lease": (
        "S5",
        history([lease(0, "replica-b"), FIRST]),
        "while replica-b held the Lease",
    ),
    "two at the same time": ("S5", history([FIRST, SECOND, THIRD]), "was recorded while"),
    "too few serve": ("S6", history([status(1, 2), status(2, 0)]), "0 of 2 pods available"),
    "out of quarantine": (
        "S7",
        history([*BACK, THIRD, switched(7, NEW, THIRD, "a2")]),
        "was tried again in quarantine",
    ),
    "another object": ("S8", history([write(1, "patch", "deployments", "payroll")]), "nobody allowed"),
    "another kind": ("S8", history([write(1, "create", "secrets", "coredns")]), "nobody allowed"),
    "another namespace": (
        "S8",
        history([write(1, "patch", "deployments", "coredns", namespace="other")]),
        "nobody allowed other",
    ),
    "from the status": (
        "S9",
        history([FIRST, SECOND, switched(3, "1.12.4", SECOND, "a1")]),
        "says registry.k8s.io/coredns/coredns:v1.12.1",
    ),
    "before it was recorded": (
        "S9",
        history([FIRST, switched(2, NEW, SECOND, "a1"), replace(SECOND, at=START + timedelta(seconds=3))]),
        "was written before it was recorded",
    ),
    "from nowhere": (
        "S9",
        history([write(1, "patch", "deployments", "coredns", result=workload(NEW))]),
        "stands in no revision",
    ),
}


@pytest.mark.parametrize(("name", "broken", "told"), BROKEN.values(), ids=BROKEN)
def test_a_broken_property_is_seen(name: str, broken: History, told: str) -> None:
    with pytest.raises(AssertionError) as caught:
        SAFETY[name](broken)
    assert told in str(caught.value)


def test_a_text_that_has_served_under_a_key_of_its_own_may_take_the_place_of_the_old_one() -> None:
    own = "Corefile-0123456789ab"
    first = config_map(1, {"Corefile": DEFAULT_COREFILE, own: "new"})
    SAFETY["S4"](history([first, config_map(2, {"Corefile": "new", own: "new"})]))


def test_an_input_of_a_person_allows_another_try() -> None:
    person = write(5.5, "patch", "addonreleases", "coredns", user="local-admin", replica="")
    again = history([*BACK, person, THIRD, switched(7, NEW, THIRD, "a2")])
    for name in ("S1", "S7"):
        SAFETY[name](again)


REFERENCE = Reference("", count_changes(GOOD), Counter({"create events": 1}), (), ())


def test_as_many_changes_as_without_a_fault_are_right() -> None:
    bounded_writes(history(GOOD), REFERENCE, troubles=0)


def test_one_change_more_is_seen() -> None:
    with pytest.raises(AssertionError, match="more changes than in the fault-free run"):
        bounded_writes(history([*GOOD, annotated(5, SECOND)]), REFERENCE, troubles=9)


BARRED = write(3, "patch", "deployments", "coredns", result=workload(OLD, FIRST.name, "a1"))
ENDED = annotated(4, SECOND, **{OUTCOME_ANNOTATION: "{}"})


def test_who_ends_the_attempt_of_another_process_may_bar_its_way_once() -> None:
    bounded_writes(history([FIRST, SECOND, BARRED, ENDED]), REFERENCE, troubles=1)


@pytest.mark.parametrize(
    ("writes", "troubles", "told"),
    [
        ([FIRST, SECOND, BARRED, GOOD[3]], 1, "although it was switched"),
        (
            [FIRST, SECOND, BARRED, replace(BARRED, at=START), replace(BARRED, result=workload(OLD))],
            1,
            "more changes",
        ),
        ([*GOOD, THIRD, replace(BARRED, result=workload(NEW, SECOND.name, "a2"))], 0, "more changes"),
    ],
    ids=["and then switch", "and not be repeated", "where nothing went wrong"],
)
def test_it_may_not(writes: list[Write], troubles: int, told: str) -> None:
    with pytest.raises(AssertionError, match=told):
        bounded_writes(history(writes), REFERENCE, troubles)


def test_what_tells_may_be_repeated_as_often_as_something_broke() -> None:
    events = [write(number, "create", "events", "e") for number in range(9)]
    assert count_telling(events) == Counter({"create events": 9})
    bounded_writes(history(events), REFERENCE, troubles=2)
    with pytest.raises(AssertionError, match="9 x create events"):
        bounded_writes(history(events), REFERENCE, troubles=1)


def test_each_word_of_others_in_a_status_may_be_taken_out() -> None:
    status = {"resource": "addonreleases/status", "name": "coredns"}
    noise = [write(one, "patch", user="local-admin", replica="", **status) for one in range(4)]
    ours = [write(one + 0.5, "patch", **status) for one in range(12)]
    bounded_writes(history([*noise, *ours]), REFERENCE, troubles=0)
    with pytest.raises(AssertionError, match="12 x patch addonreleases/status"):
        bounded_writes(history(ours), REFERENCE, troubles=0)
