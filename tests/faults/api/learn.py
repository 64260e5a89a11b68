"""From what an undisturbed run asks of the API server to the plans that disturb each of it.

A story is run twice, and only what both runs have asked gets a plan. Pruned as Sieve does (OSDI'22, section 4):
a read changes nothing, so reads are disturbed together, one plan per kind of fault; a write is disturbed alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from queue import SimpleQueue

from faults.api.audit import NO_CHANGE, REPORTS, TELLING
from faults.api.lane import Lane
from faults.api.plan import PLANS, Expect, Fault, Kind, Match, Plan, read_plan, write_plan
from faults.api.play import learn_reference
from faults.api.proxy import Exchange
from faults.api.stories import Story

CODES = (409, 429, 500, 503, 504)
SILENT_S = 120.0
"""Patience with plans in which requests get no answer: the operator gives each 15 s."""
_LEARNED = ("crash", "http-errors", "reply-lost", "denied-twice", "stale", "watch-errors", "watch-events")
_MARK = "# Learned: python -m faults.api learn\n"
_STALE_READS = frozenset({"deployments", "controllerrevisions", "configmaps", "pods", "jobs"})

Kinds = Counter[tuple[str, str]]
"""Verb and resource -> how often both runs asked it."""


@dataclass(frozen=True)
class Learned:
    """What a story asks for when nobody disturbs it."""

    story: Story
    asked: Kinds
    watched: dict[str, tuple[str, ...]]
    """Resource -> the types of the events that its first watch has brought."""

    @property
    def writes(self) -> Kinds:
        """Everything that changes or tells, as often as it happens for certain."""
        return Counter(
            {
                kind: number
                for kind, number in self.asked.items()
                if kind[0] in ("create", "update", "patch", "delete") and kind[1] not in NO_CHANGE | REPORTS
            }
        )

    @property
    def reads(self) -> list[tuple[str, str]]:
        """Everything that only asks."""
        return [
            kind for kind in self.asked if kind[0] in ("get", "list") or kind[1] in NO_CHANGE - {"leases"}
        ]


def learn(stories: Sequence[Story], lanes: int) -> None:
    """Run the stories and write their plans anew; plans that people wrote stay."""
    from faults.api.runner import open_lanes  # noqa: PLC0415 - the runner plays what this module writes

    free: SimpleQueue[Lane] = SimpleQueue()

    def run(story: Story) -> Learned:
        lane = free.get()
        try:
            return combine(story, *(learn_reference(lane, story).exchanges for _ in range(2)))
        finally:
            free.put(lane)

    with open_lanes(lanes) as opened, ThreadPoolExecutor(lanes) as pool:
        for lane in opened:
            free.put(lane)
        learned = list(pool.map(run, stories))
    rewrite(list(plans_of(learned)), {story.name for story in stories})


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


def plans_of(learned: Sequence[Learned]) -> Iterator[Plan]:
    """Every plan that follows from what was learned."""
    seen: set[tuple[str, str]] = set()
    for one in learned:
        yield from _crashes(one)
        new = [kind for kind in one.writes if kind not in seen]
        seen.update(new)
        for kind in new:
            yield from _refused(one, kind)
            yield from _lost(one, kind)
            yield _denied(one, kind)
        yield from _stale(one)
    first = learned[0]
    yield from _reads_refused(first)
    for one in (first, *(other for other in learned if other.story.name == "coredns-rollback")):
        yield from _watches(one)


def rewrite(plans: Sequence[Plan], stories: set[str]) -> None:
    """Replace the learned plans of these stories."""
    for row in _LEARNED:
        for path in (PLANS / row).glob("*.yaml"):
            if path.read_text().startswith(_MARK) and read_plan(path).story in stories:
                path.unlink()
    for plan in plans:
        path = write_plan(plan)
        path.write_text(_MARK + path.read_text())


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
    sides: tuple[tuple[Kind, str, str], ...] = (
        ("crash-before", "before", "before the API server hears of it"),
        ("crash-after", "after", "when it is done and before the operator knows"),
    )
    for (verb, resource), number in one.writes.items():
        for nth in range(1, number + 1):
            for kind, side, when in sides:
                yield _plan(
                    one,
                    "crash",
                    f"{side}-{_called(verb, resource)}-{nth}",
                    f"SIGKILL at {verb} {resource} number {nth}, {when}.",
                    Fault(request=Match(verb=verb, resource=resource, nth=nth), do=kind),
                )


def _refused(one: Learned, kind: tuple[str, str]) -> Iterator[Plan]:
    """Every answer that is none, once and three times in a row."""
    verb, resource = kind
    for times, often in ((1, "once"), (3, "thrice")):
        on = Match(verb=verb, resource=resource, times=times)
        for fault in _failures(on):
            word = str(fault.code or fault.do)
            yield _plan(
                one,
                "http-errors",
                f"{_called(verb, resource)}-{word}-{often}",
                f"{verb} {resource} is answered with {word}, {often}.",
                fault,
                within=SILENT_S if fault.do == "timeout" else 60.0,
            )


def _failures(on: Match) -> Iterator[Fault]:
    for code in CODES:
        yield Fault(request=on, do="status", code=code, retry_after=1 if code == 429 else None)
    yield Fault(request=on, do="timeout")
    yield Fault(request=on, do="reset")


def _reads_refused(one: Learned) -> Iterator[Plan]:
    for times, often in ((1, "once"), (3, "thrice")):
        every = [
            list(_failures(Match(verb=verb, resource=resource, times=times))) for verb, resource in one.reads
        ]
        for faults in zip(*every, strict=True):
            word = str(faults[0].code or faults[0].do)
            yield _plan(
                one,
                "http-errors",
                f"reads-{word}-{often}",
                f"Every kind of read is answered with {word}, {often}.",
                *faults,
                within=SILENT_S if faults[0].do == "timeout" else 90.0,
            )


def _lost(one: Learned, kind: tuple[str, str]) -> Iterator[Plan]:
    verb, resource = kind
    for nth in range(1, min(one.writes[kind], 2) + 1):
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
    on = Match(verb="watch", resource=resource, times=0)
    for type_ in ("ADDED", "MODIFIED", "DELETED"):
        if type_ in events:
            yield _garble(
                one, resource, f"drop-{type_.lower()}", Fault(request=on, do="watch-drop", type=type_)
            )
    enough: tuple[tuple[int, str, Callable[[], Fault]], ...] = (
        (1, "dup", lambda: Fault(request=on, do="watch-dup")),
        (1, "delay", lambda: Fault(request=on, do="watch-delay", seconds=2.0)),
        (4, "reorder", lambda: Fault(request=on, do="watch-reorder")),
        (2, "stale", lambda: Fault(request=on, do="watch-stale")),
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


__all__ = ["TELLING", "Learned", "combine", "learn", "plans_of"]
