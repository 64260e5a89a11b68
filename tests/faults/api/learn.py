"""From what an undisturbed run asks of the API server to the plans that disturb each of it.

A story is run twice, and only what both runs have asked gets a plan. Pruned as Sieve does (OSDI'22, section 4):
a read changes nothing, so reads are disturbed together, one plan per kind of fault; a write is disturbed alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue

import yaml

from faults.api.audit import NO_CHANGE, REPORTS, TELLING
from faults.api.lane import Lane
from faults.api.plan import PLANS, Expect, Fault, Kind, Match, Plan, PlanError, write_plan
from faults.api.play import learn_reference
from faults.api.proxy import Exchange
from faults.api.stories import STORIES, Story

CODES = (409, 429, 500, 503, 504)
SILENT_S = 120.0
"""Patience with plans in which requests get no answer: the operator gives each 15 s."""
LEARNED = Path(__file__).parent / "learned"
_WRITES = frozenset({"create", "update", "patch", "delete"})
_LAGGING = frozenset({"coredns-hop", "coredns-rollback", "prometheus-hop"})
"""The stories in which an API server lags behind."""
_ROWS = ("crash", "http-errors", "reply-lost", "denied-twice", "stale", "watch-errors", "watch-events")
_MARK = "# Learned: python -m faults.api learn\n"
_STALE_READS = frozenset({"deployments", "controllerrevisions", "configmaps", "pods", "jobs"})

Kinds = Counter[tuple[str, str]]
"""Verb and resource -> how often both runs asked it."""


@dataclass(frozen=True)
class Learned:
    """What a story asks for when nobody disturbs it; kept as a file beside the plans."""

    story: Story
    asked: Kinds
    watched: dict[str, tuple[str, ...]]
    """Resource -> the types of the events that its first watch has brought."""

    @property
    def changes(self) -> Kinds:
        """Every write that changes the cluster, as often as it is done for certain."""
        told = TELLING | REPORTS | NO_CHANGE
        return Counter(
            {kind: n for kind, n in self.asked.items() if kind[0] in _WRITES and kind[1] not in told}
        )

    @property
    def telling(self) -> Kinds:
        """Every write that only tells."""
        return Counter(
            {kind: n for kind, n in self.asked.items() if kind[0] in _WRITES and kind[1] in TELLING}
        )

    @property
    def harmless(self) -> list[tuple[str, str]]:
        """Everything that changes nothing: reads, reviews, the Lease, and what tells."""
        return [
            kind
            for kind in self.asked
            if kind[1] not in REPORTS
            and (kind[0] in ("get", "list") or kind[1] in NO_CHANGE or kind in self.telling)
        ]

    def write(self) -> None:
        """Keep it."""
        document = {
            "asked": {" ".join(kind): number for kind, number in sorted(self.asked.items())},
            "watched": {resource: list(types) for resource, types in sorted(self.watched.items())},
        }
        LEARNED.mkdir(exist_ok=True)
        asked = yaml.safe_dump({"asked": document["asked"]}, sort_keys=False)
        watched = yaml.safe_dump({"watched": document["watched"]}, default_flow_style=None, width=110)
        (LEARNED / f"{self.story.name}.yaml").write_text(_MARK + asked + watched)


def read_learned(story: Story) -> Learned:
    """What was learned last of a story.

    Raises:
        PlanError: it was never run.
    """
    try:
        document = yaml.safe_load((LEARNED / f"{story.name}.yaml").read_text())
    except OSError as error:
        raise PlanError(
            f"{story.name}: was never run: python -m faults.api learn --story {story.name}"
        ) from error
    asked = {tuple(text.split(" ")): number for text, number in document["asked"].items()}
    watched = {resource: tuple(types) for resource, types in document["watched"].items()}
    return Learned(story, Counter(asked), watched)


def learn(stories: Sequence[Story], lanes: int) -> None:
    """Run stories, and write the plans of all anew; plans that people wrote stay."""
    from faults.api.runner import open_lanes  # noqa: PLC0415 - the runner plays what this module writes

    free: SimpleQueue[Lane] = SimpleQueue()

    def run(story: Story) -> None:
        lane = free.get()
        try:
            combine(story, *(learn_reference(lane, story).exchanges for _ in range(2))).write()
        finally:
            free.put(lane)

    with open_lanes(lanes) as opened, ThreadPoolExecutor(lanes) as pool:
        for lane in opened:
            free.put(lane)
        list(pool.map(run, stories))
    rewrite()


def combine(story: Story, *runs: Sequence[Exchange]) -> Learned:
    """What all runs have asked."""
    counted = [Counter((one.asked.verb, one.asked.resource) for one in run) for run in runs]
    common = counted[0]
    for other in counted[1:]:
        common &= other
    watched: dict[str, tuple[str, ...]] = {}
    for one in runs[0]:
        if one.asked.verb == "watch":
            watched.setdefault(one.asked.resource, tuple(one.events))
    return Learned(story, common, watched)


def rewrite() -> None:
    """Replace all learned plans by those that follow from what was learned last."""
    for row in _ROWS:
        for path in (PLANS / row).glob("*.yaml"):
            if path.read_text().startswith(_MARK):
                path.unlink()
    for plan in plans_of([read_learned(story) for story in STORIES.values()]):
        path = write_plan(plan)
        path.write_text(_MARK + path.read_text())


def plans_of(learned: Sequence[Learned]) -> Iterator[Plan]:
    """Every plan that follows from what was learned."""
    seen: set[tuple[str, str]] = set()
    for one in learned:
        yield from _crashes(one)
        if one.story.name in _LAGGING:
            yield from _stale(one)
        for kind in [*one.changes, *one.telling]:
            if kind not in seen:
                yield from _lost(one, kind)
                yield _denied(one, kind)
                if kind in one.changes:
                    yield from _refused(one, kind)
        seen.update((*one.changes, *one.telling))
    first = learned[0]
    yield from _refused_together(first)
    yield from _watches(first)


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


def _refused(one: Learned, kind: tuple[str, str]) -> Iterator[Plan]:
    """Every answer that is none, once; the most different of them three times in a row."""
    verb, resource = kind
    for times, often in ((1, "once"), (3, "thrice")):
        for fault in _failures(Match(verb=verb, resource=resource, times=times)):
            if times == 1 or (fault.code or fault.do) in (409, 500, "reset"):
                word = str(fault.code or fault.do)
                yield _plan(
                    one,
                    "http-errors",
                    f"{_called(verb, resource)}-{word}-{often}",
                    f"{verb} {resource} is answered with {word}, {often}.",
                    fault,
                    within=SILENT_S if fault.do == "timeout" else 60.0,
                )


def _refused_together(one: Learned) -> Iterator[Plan]:
    """Every request of a group meets the same failure: what changes nothing, and what changes the cluster."""
    groups = (("reads", one.harmless, (1, 3)), ("changes", list(one.changes), (3,)))
    for group, kinds, numbers in groups:
        for times in numbers:
            requests = [Match(verb=verb, resource=resource, times=times) for verb, resource in kinds]
            for faults in zip(*(_failures(request) for request in requests), strict=True):
                # Fifteen seconds of silence for every kind, three times, would take a quarter of an hour.
                if (times, faults[0].do) != (3, "timeout"):
                    yield _together(one, group, times, faults)


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


def _lost(one: Learned, kind: tuple[str, str]) -> Iterator[Plan]:
    verb, resource = kind
    for nth in range(1, min(one.asked[kind], 2) + 1):
        yield _plan(
            one,
            "reply-lost",
            f"{_called(verb, resource)}-{nth}",
            f"The API server does {verb} {resource} number {nth}, and its reply is lost.",
            Fault(request=Match(verb=verb, resource=resource, nth=nth), do="drop-after"),
        )


def _denied(one: Learned, kind: tuple[str, str]) -> Plan:
    verb, resource = kind
    return _plan(
        one,
        "denied-twice",
        _called(verb, resource),
        f"Admission denies each {verb} {resource} twice and takes the third try.",
        Fault(request=Match(verb=verb, resource=resource), do="deny-twice"),
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


def _watches(one: Learned) -> Iterator[Plan]:
    for resource, events in one.watched.items():
        yield from _broken(one, resource, events)
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
