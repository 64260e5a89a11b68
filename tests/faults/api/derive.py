"""From what was learned of the stories to the plans that disturb each of it. Pure.

Pruned as Sieve does (OSDI'22, section 4): a request that changes nothing is disturbed together with the others of
its sort, one plan per kind of failure; a change is disturbed alone, in the first story that makes it. Two changes of
one kind are two: the first patch of a workload claims it, the second switches it, the third goes back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from faults.api.audit import TELLING
from faults.api.learned import Kinds, Learned
from faults.api.plan import Expect, Fault, Kind, Match, Plan

CODES = (409, 429, 500, 503, 504)
SILENT_S = 120.0
"""Patience with plans in which requests get no answer: the operator gives each 15 s."""
_LAGGING = frozenset({"coredns-hop", "coredns-rollback", "prometheus-hop"})
"""The stories in which an API server lags behind."""
_STALE_READS = frozenset({"deployments", "controllerrevisions", "configmaps", "pods", "jobs"})
_MEANS_ANOTHER = {"coredns-rollback": frozenset({("patch", "controllerrevisions")})}
"""Story -> the kinds of change whose first is another one than that of the stories before: here a decision."""
_SWITCH = ("patch", "deployments", 2)
"""The one change on which an API server may be silent three times: each takes the operator 15 s."""


def plans_of(learned: Sequence[Learned]) -> Iterator[Plan]:
    """Every plan that follows from what was learned."""
    seen: Kinds = Counter()
    for one in learned:
        yield from _crashes(one)
        if one.story.derived == "crashes":
            continue
        if one.story.name in _LAGGING:
            yield from _stale(one)
        for kind in one.telling:
            if kind not in seen:
                yield from _lost(one, kind, range(1, min(one.asked[kind], 2) + 1))
                yield _denied(one, kind)
        for kind, number in one.changes.items():
            known = 0 if kind in _MEANS_ANOTHER.get(one.story.name, ()) else seen[kind]
            yield from _disturbed(one, kind, range(known + 1, number + 1))
        seen |= one.changes + one.telling
    yield from _refused_together(learned[0])
    yield from _watches([one for one in learned if one.story.derived == "all"])


def _plan(one: Learned, row: str, name: str, says: str, *faults: Fault, within: float = 60.0) -> Plan:
    return Plan(
        name=f"{one.story.name}-{name}",
        row=row,
        story=one.story.name,
        says=says,
        faults=list(faults),
        expect=Expect(within=within),
    )


def _called(verb: str, resource: str) -> str:
    return f"{verb}-{resource.replace('/', '-')}"


def _crashes(one: Learned) -> Iterator[Plan]:
    """Before and after every change; what only tells is not worth two plans."""
    sides: tuple[tuple[Kind, str, str], ...] = (
        ("crash-after", "after", "when it is done and before the operator knows"),
        ("crash-before", "before", "before the API server hears of it"),
    )
    for (verb, resource), number in (one.changes + one.telling).items():
        for nth in range(1, number + 1):
            for kind, side, when in sides[: 1 if resource in TELLING else 2]:
                yield _plan(
                    one,
                    "crash",
                    f"{side}-{_called(verb, resource)}-{nth}",
                    f"SIGKILL at {verb} {resource} number {nth}, {when}.",
                    Fault(request=Match(verb=verb, resource=resource, nth=nth), do=kind),
                )


def _disturbed(one: Learned, kind: tuple[str, str], numbers: range) -> Iterator[Plan]:
    """Each of these changes alone."""
    yield from _lost(one, kind, numbers)
    for nth in numbers:
        yield _denied(one, kind, nth)
        yield from _refused(one, kind, nth)


def _refused(one: Learned, kind: tuple[str, str], nth: int) -> Iterator[Plan]:
    """Every answer that is none, once; the most different of them three times in a row."""
    verb, resource = kind
    lasting = {409, 500, "reset"} | ({"timeout"} if (*kind, nth) == _SWITCH else set())
    for times, often in ((1, "once"), (3, "thrice")):
        for fault in _failures(Match(verb=verb, resource=resource, nth=nth, times=times)):
            word = fault.code or fault.do
            if times == 1 or word in lasting:
                yield _plan(
                    one,
                    "http-errors",
                    f"{_called(verb, resource)}{_number(nth)}-{word}-{often}",
                    f"{verb} {resource}{_number(nth, ' number ')} is answered with {word}, {often}.",
                    fault,
                    within=SILENT_S if fault.do == "timeout" else 60.0,
                )


def _number(nth: int, before: str = "-") -> str:
    """The first needs none."""
    return "" if nth == 1 else f"{before}{nth}"


def _refused_together(one: Learned) -> Iterator[Plan]:
    """Every request of a group meets the same failure: what changes nothing, and what changes the cluster."""
    groups = (("reads", one.harmless, (1, 3)), ("changes", list(one.changes), (3,)))
    for group, kinds, numbers in groups:
        for times in numbers:
            requests = [Match(verb=verb, resource=resource, times=times) for verb, resource in kinds]
            for faults in zip(*(_failures(request) for request in requests), strict=True):
                # Fifteen seconds of silence for every kind, three times, would take a quarter of an hour.
                if (times, faults[0].do) != (3, "timeout"):
                    yield _together(one, group, times, [fault for fault in faults if _can_be(fault)])


def _can_be(fault: Fault) -> bool:
    """Whether an API server may answer so: only a write can meet a conflict."""
    return fault.code != 409 or fault.request.verb not in ("get", "list")


def _together(one: Learned, group: str, times: int, faults: Sequence[Fault]) -> Plan:
    word, often = str(faults[0].code or faults[0].do), {1: "once", 3: "thrice"}[times]
    return _plan(
        one,
        "http-errors",
        f"{group}-{word}-{often}",
        f"Each kind of request among the {group} is answered with {word}, {often}.",
        *faults,
        within=2 * SILENT_S,
    )


def _failures(request: Match) -> Iterator[Fault]:
    for code in CODES:
        yield Fault(request=request, do="status", code=code, retry_after=1 if code == 429 else None)
    yield Fault(request=request, do="timeout")
    yield Fault(request=request, do="reset")


def _lost(one: Learned, kind: tuple[str, str], numbers: range) -> Iterator[Plan]:
    verb, resource = kind
    for nth in numbers:
        yield _plan(
            one,
            "reply-lost",
            f"{_called(verb, resource)}-{nth}",
            f"The API server does {verb} {resource} number {nth}, and its reply is lost.",
            Fault(request=Match(verb=verb, resource=resource, nth=nth), do="drop-after"),
        )


def _denied(one: Learned, kind: tuple[str, str], nth: int = 1) -> Plan:
    verb, resource = kind
    return _plan(
        one,
        "denied-twice",
        f"{_called(verb, resource)}{_number(nth, '-from-')}",
        f"Admission denies each {verb} {resource}{_number(nth, ' from number ')} twice and takes the third try.",
        Fault(request=Match(verb=verb, resource=resource, nth=nth), do="deny-twice"),
        within=90.0,
    )


def _stale(one: Learned) -> Iterator[Plan]:
    """An API server that lags behind answers three reads in the middle with what was true at first."""
    for (verb, resource), number in one.asked.items():
        if verb in ("get", "list") and resource in _STALE_READS and number >= 6:
            nth = number // 2
            yield _plan(
                one,
                "stale",
                f"{_called(verb, resource)}",
                f"Three times {verb} {resource} is answered from the past, from number {nth} on.",
                Fault(request=Match(verb=verb, resource=resource, nth=nth, times=3), do="stale"),
            )


def _watches(learned: Sequence[Learned]) -> Iterator[Plan]:
    """Every watch breaks in the first story, and is garbled in the first in which it brings something."""
    seen: set[str] = set()
    for resource, events in learned[0].watched.items():
        yield from _broken(learned[0], resource, events)
    for one in learned:
        for resource, events in one.watched.items():
            if events and resource not in seen:
                seen.add(resource)
                yield from _garbled(one, resource, events)


def _broken(one: Learned, resource: str, events: Sequence[str]) -> Iterator[Plan]:
    """The first watch of a kind ends badly, at once or after its first event."""
    kinds: tuple[Kind, ...] = ("watch-410", "watch-500", "watch-hang", "watch-cut")
    for kind in kinds:
        for line in (1, 2)[: 1 + bool(events)]:
            yield _plan(
                one,
                "watch-errors",
                f"{resource}-{kind.removeprefix('watch-')}-{line}",
                f"The watch of {resource} meets {kind} at its event number {line}.",
                Fault(request=Match(verb="watch", resource=resource), do=kind, line=line),
            )


def _garbled(one: Learned, resource: str, events: Sequence[str]) -> Iterator[Plan]:
    """What a watch brings is lost, doubled, late, in another order or out of the past, all through the story."""
    every = Match(verb="watch", resource=resource, times=0)
    for type_ in ("ADDED", "MODIFIED", "DELETED"):
        if type_ in events:
            yield _garble(
                one, resource, f"drop-{type_.lower()}", Fault(request=every, do="watch-drop", type=type_)
            )
    enough: tuple[tuple[int, str, Callable[[], Fault]], ...] = (
        (1, "dup", lambda: Fault(request=every, do="watch-dup")),
        (1, "delay", lambda: Fault(request=every, do="watch-delay", seconds=2.0)),
        (4, "reorder", lambda: Fault(request=every, do="watch-reorder")),
        (2, "stale", lambda: Fault(request=every, do="watch-stale")),
    )
    for number, word, make in enough:
        if len(events) >= number:
            yield _garble(one, resource, word, make())


def _garble(one: Learned, resource: str, word: str, fault: Fault) -> Plan:
    return _plan(
        one,
        "watch-events",
        f"{resource}-{word}",
        f"Events of {resource} meet {fault.do} all through the story.",
        fault,
    )
