"""Faults of a watch: what reaches the operator of the lines that the API server sends, and when."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import suppress

from faults.api.requests import Armed

Lines = AsyncIterator[bytes]
PATIENCE_S = 3.0
"""How long an event is kept back for the one that shall overtake it."""


class CutError(ConnectionError):
    """The connection breaks here, in the middle of a line."""


def disturb(armed: Armed, lines: Lines) -> Lines:
    """The stream as the fault leaves it."""
    return _DISTURBANCES[armed.fault.do](armed, lines)


def error_event(code: int) -> bytes:
    """An ERROR event as an API server sends it; source: k8s.io/apimachinery pkg/api/errors NewResourceExpired."""
    reason = {410: "Expired", 500: "InternalError"}[code]
    message = {410: "too old resource version: 1 (2)", 500: "etcdserver: a fault was injected"}[code]
    status = {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Failure",
        "message": message,
        "reason": reason,
        "code": code,
    }
    return json.dumps({"type": "ERROR", "object": status}).encode() + b"\n"


def _then(end: Callable[[Armed], Lines]) -> Callable[[Armed, Lines], Lines]:
    """The lines before the one at which the fault begins, then its own end."""

    async def play(armed: Armed, lines: Lines) -> Lines:
        for _ in range(armed.fault.line - 1):
            try:
                yield await anext(lines)
            except StopAsyncIteration:
                return
        armed.fired += 1
        async for line in end(armed):
            yield line

    return play


async def _expire(_: Armed) -> Lines:
    yield error_event(410)


async def _fail(_: Armed) -> Lines:
    yield error_event(500)


async def _hang(_: Armed) -> Lines:
    await asyncio.Event().wait()
    yield b""


async def _cut(_: Armed) -> Lines:
    yield b'{"type":"MODIFIED","object":{"metadata":{"na'
    raise CutError


async def _drop(armed: Armed, lines: Lines) -> Lines:
    mark = f'{{"type":"{armed.fault.type}"'.encode()
    async for line in lines:
        if line.startswith(mark):
            armed.fired += 1
        else:
            yield line


async def _dup(armed: Armed, lines: Lines) -> Lines:
    async for line in lines:
        armed.fired += 1
        yield line
        yield line


async def _delay(armed: Armed, lines: Lines) -> Lines:
    async for line in lines:
        armed.fired += 1
        await asyncio.sleep(armed.fault.seconds or 0)
        yield line


async def _reorder(armed: Armed, lines: Lines) -> Lines:
    """Every two events that come close together change places."""
    async for first in lines:
        following = asyncio.ensure_future(anext(lines))
        is_close = bool((await asyncio.wait({following}, timeout=PATIENCE_S))[0])
        if not is_close:
            yield first
        with suppress(StopAsyncIteration):
            yield await following
        if is_close:
            armed.fired += 1
            yield first


async def _stale(armed: Armed, lines: Lines) -> Lines:
    """From some event on, everything before it comes once more: the watch goes back in time."""
    past: list[bytes] = []
    async for line in lines:
        yield line
        past.append(line)
        if len(past) > 1:
            armed.fired += 1
            for old in past[:-1]:
                yield old


_DISTURBANCES: dict[str, Callable[[Armed, Lines], Lines]] = {
    "watch-410": _then(_expire),
    "watch-500": _then(_fail),
    "watch-hang": _then(_hang),
    "watch-cut": _then(_cut),
    "watch-drop": _drop,
    "watch-dup": _dup,
    "watch-reorder": _reorder,
    "watch-delay": _delay,
    "watch-stale": _stale,
}
