"""The API server as one operator process sees it, with faults: plain HTTP on loopback in, HTTPS out.

One proxy per replica and for the whole plan: it outlives restarts of the process behind it. The token of the
operator passes through. It runs in a thread with an event loop of its own; public methods may be called from
any thread.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from itertools import cycle
from pathlib import Path
from time import monotonic
from typing import Any

import aiohttp
from aiohttp import web
from yarl import URL

from faults.api.exchange import Checkpoint, Exchange
from faults.api.plan import Fault, Match
from faults.api.requests import Armed, Asked, Rulebook, read_request
from faults.api.streams import CutError, disturb
from faults.api.wire import refusal, reset, server_of

LINE_LIMIT = 1 << 22
"""Bytes of one watch event that are read at once."""
HELD_S = 90.0
"""How long a reply waits for what has to happen before it."""
_HOP_BY_HOP = frozenset({"host", "connection", "accept-encoding", "content-length", "transfer-encoding"})


class Proxy:
    """What stands between one replica and the API server; `crash` kills the process behind it."""

    def __init__(
        self, kubeconfig: Path, name: str, faults: Sequence[Fault], crash: Callable[[], None]
    ) -> None:
        self.exchanges: list[Exchange] = []
        self.rules = Rulebook(faults)
        self.blackhole = False
        """Whether nothing goes through any more, open watches included."""
        self.port = 0
        self._name = name
        self._crash = crash
        self._upstream, self._tls = server_of(kubeconfig)
        self._checkpoints: list[Checkpoint] = []
        self._canned: dict[str, Iterator[dict[str, Any]]] = {}
        self._recorded: dict[str, tuple[int, bytes]] = {}
        self._open: set[asyncio.Transport] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name=f"proxy-{name}", daemon=True)

    @property
    def url(self) -> str:
        """Where the operator shall send its requests."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Listen on a free port of loopback."""
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._serve(), self._loop).result(timeout=10)

    def stop(self) -> None:
        """Break every connection and end."""
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(timeout=20)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=10)
        self._loop.close()

    def add(self, fault: Fault) -> None:
        """Arm one more fault."""
        self.rules.add(fault)

    def checkpoint(self, match: Match, *, hold: bool) -> Checkpoint:
        """Be told of a write that the API server has done."""
        self._checkpoints.append(Checkpoint(match, hold))
        return self._checkpoints[-1]

    def answer(self, path: str, document: dict[str, Any] | None) -> None:
        """Answer GETs of a path with a document of our own; None: ask the server again."""
        self.answer_in_turn(path, [] if document is None else [document])

    def answer_in_turn(self, path: str, documents: Sequence[dict[str, Any]]) -> None:
        """Answer GETs of a path with one document after the other, as servers do behind one address."""
        if documents:
            self._canned[path] = cycle(documents)
        else:
            self._canned.pop(path, None)

    def send_to(self, kubeconfig: Path) -> None:
        """Ask another API server from now on."""
        self._upstream, self._tls = server_of(kubeconfig)

    def cut(self) -> None:
        """Break every open connection."""
        self._loop.call_soon_threadsafe(lambda: [reset(one) for one in tuple(self._open)])

    async def _serve(self) -> None:
        application = web.Application(client_max_size=1 << 24)
        application.router.add_route("*", "/{path:.*}", self._handle)
        quiet = logging.getLogger("faults.proxy")
        quiet.setLevel(logging.CRITICAL)
        self._runner = web.AppRunner(
            application, access_log=None, handler_cancellation=True, shutdown_timeout=0.1, logger=quiet
        )
        await self._runner.setup()
        self._session = aiohttp.ClientSession(
            auto_decompress=False,
            read_bufsize=LINE_LIMIT,
            connector=aiohttp.TCPConnector(limit=0),
            timeout=aiohttp.ClientTimeout(total=None),
        )
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def _close(self) -> None:
        for transport in tuple(self._open):
            reset(transport)
        await self._session.close()
        await self._runner.cleanup()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        asked, body = read_request(request.method, request.path_qs), await request.read()
        exchange = Exchange(monotonic(), asked)
        self.exchanges.append(exchange)
        if request.transport is not None:
            self._open.add(request.transport)
        try:
            answer = await self._answer(request, asked, body, exchange)
        except CutError:
            exchange.code = 0
            reset(request.transport)
            return web.Response(status=502)
        except aiohttp.ClientError as error:
            exchange.fault = exchange.fault or f"{type(error).__name__}"
            reset(request.transport)
            return web.Response(status=502)
        finally:
            if request.transport is not None:
                self._open.discard(request.transport)
        exchange.code = answer.status
        return answer

    async def _answer(
        self, request: web.Request, asked: Asked, body: bytes, exchange: Exchange
    ) -> web.StreamResponse:
        if self.blackhole:
            exchange.fault = "blackhole"
            await _silence()
        armed = self.rules.hit(asked, body)
        if armed is not None:
            exchange.fault = armed.fault.do
            if armed.fault.do.startswith("watch-"):
                return await self._watch(request, exchange, armed)
            armed.fired += 1
            if (early := await self._before(armed.fault, asked)) is not None:
                return early
        if request.method == "GET" and request.path in self._canned:
            return web.json_response(next(self._canned[request.path]))
        if asked.verb == "watch":
            return await self._watch(request, exchange, None)
        status, content, kind = await self._forward(request, body)
        if asked.is_write and status < 400:
            await self._stop_at_checkpoints(asked)
        if armed is not None and armed.fault.do in ("drop-after", "crash-after"):
            if armed.fault.do == "crash-after":
                self._crash()
            raise CutError
        return web.Response(status=status, body=content, headers={"Content-Type": kind})

    async def _before(self, fault: Fault, asked: Asked) -> web.Response | None:
        """What a fault does before the API server hears of the request; None: it may hear of it."""
        match fault.do:
            case "status":
                return refusal(fault.code or 500, asked, fault.retry_after)
            case "deny-twice":
                return refusal(403, asked, None, 'admission webhook "twice.example.com" denied the request')
            case "timeout":
                await _silence()
            case "reset" | "drop-before":
                raise CutError
            case "crash-before":
                self._crash()
                raise CutError
            case "delay":
                await asyncio.sleep(fault.seconds or 0)
            case "stale" if asked.path in self._recorded:
                status, content = self._recorded[asked.path]
                return web.Response(status=status, body=content, content_type="application/json")
        return None

    async def _forward(self, request: web.Request, body: bytes) -> tuple[int, bytes, str]:
        async with self._session.request(
            request.method,
            URL(self._upstream + request.raw_path, encoded=True),
            data=body or None,
            headers=self._headers(request),
            ssl=self._tls,
            allow_redirects=False,
        ) as response:
            content = await response.read()
            if request.method == "GET":
                self._recorded.setdefault(request.path_qs, (response.status, content))
            return response.status, content, response.headers.get("Content-Type", "application/json")

    async def _stop_at_checkpoints(self, asked: Asked) -> None:
        for point in self._checkpoints:
            if point.is_reached_by(asked):
                point.reached.set()
                deadline = monotonic() + HELD_S
                # Another thread passes it: an asyncio event could not be set from there without knowing the loop.
                while point.hold and not point.passed.is_set() and monotonic() < deadline:  # noqa: ASYNC110
                    await asyncio.sleep(0.02)

    async def _watch(
        self, request: web.Request, exchange: Exchange, armed: Armed | None
    ) -> web.StreamResponse:
        async with self._session.get(
            URL(self._upstream + request.raw_path, encoded=True),
            headers=self._headers(request),
            ssl=self._tls,
        ) as upstream:
            if upstream.status != 200:
                return web.Response(status=upstream.status, body=await upstream.read())
            exchange.code = 200
            answer = web.StreamResponse(headers={"Content-Type": "application/json"})
            answer.enable_chunked_encoding()
            await answer.prepare(request)
            lines = self._lines(upstream, exchange)
            async for line in disturb(armed, lines) if armed is not None else lines:
                while self.blackhole:  # noqa: ASYNC110 - a flag that another thread sets
                    await asyncio.sleep(0.1)
                await answer.write(line)
            await answer.write_eof()
            return answer

    @staticmethod
    async def _lines(upstream: aiohttp.ClientResponse, exchange: Exchange) -> AsyncIterator[bytes]:
        while line := await upstream.content.readline():
            exchange.events.append(line[9:20].partition(b'"')[0].decode())
            yield line

    def _headers(self, request: web.Request) -> dict[str, str]:
        """Those of the operator; its name in the audit log tells which replica it is."""
        kept = {name: value for name, value in request.headers.items() if name.lower() not in _HOP_BY_HOP}
        return {**kept, "User-Agent": f"addon-updater/{self._name}", "Accept-Encoding": "identity"}


async def _silence() -> None:
    """Say nothing until the one who asks gives up, which cancels this."""
    await asyncio.Event().wait()
