"""What a disturbed watch brings to whom watches."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from faults.api.plan import Fault, Match
from faults.api.requests import Armed
from faults.api.streams import CutError, disturb, error_event


def event(type_: str, number: int) -> bytes:
    return f'{{"type":"{type_}","object":{number}}}\n'.encode()


EVENTS = [event("ADDED", 1), event("MODIFIED", 2), event("MODIFIED", 3), event("DELETED", 4)]


async def upstream() -> AsyncIterator[bytes]:
    for line in EVENTS:
        yield line


def armed(do: str, **fields: Any) -> Armed:
    return Armed(Fault.model_validate({"request": Match(verb="watch"), "do": do, **fields}))


@pytest.mark.parametrize(
    ("do", "fields", "numbers"),
    [
        ("watch-drop", {"type": "MODIFIED"}, [1, 4]),
        ("watch-dup", {}, [1, 1, 2, 2, 3, 3, 4, 4]),
        ("watch-reorder", {}, [2, 1, 4, 3]),
        ("watch-delay", {"seconds": 0.0}, [1, 2, 3, 4]),
        ("watch-stale", {}, [1, 2, 1, 3, 1, 2, 4, 1, 2, 3]),
    ],
)
async def test_events_are_lost_doubled_late_disordered_or_old(
    do: str, fields: Any, numbers: list[int]
) -> None:
    rule = armed(do, **fields)
    assert [line async for line in disturb(rule, upstream())] == [EVENTS[number - 1] for number in numbers]
    assert rule.fired > 0


@pytest.mark.parametrize(("do", "code"), [("watch-410", 410), ("watch-500", 500)])
async def test_an_error_ends_a_watch_after_the_events_before_it(do: str, code: int) -> None:
    rule = armed(do, line=3)
    assert [line async for line in disturb(rule, upstream())] == [*EVENTS[:2], error_event(code)]
    assert rule.fired == 1


async def test_a_cut_leaves_half_a_line() -> None:
    lines = disturb(armed("watch-cut", line=2), upstream())
    assert await anext(lines) == EVENTS[0]
    assert not (await anext(lines)).endswith(b"\n")
    with pytest.raises(CutError):
        await anext(lines)


async def test_an_error_after_more_events_than_there_are_never_comes() -> None:
    rule = armed("watch-410", line=9)
    assert [line async for line in disturb(rule, upstream())] == EVENTS
    assert rule.fired == 0
