"""HTTP probes against servers on loopback: what goes over the wire, how much is read, and how long a round takes."""

from __future__ import annotations

import asyncio
import gzip
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from aiohttp import web

from addon_updater.probes import http
from addon_updater.probes.run import prober
from addon_updater.rollout.gate import HttpAnswer, HttpQuestion, Probe, Subject, Unasked

LOCAL = "127.0.0.1"
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True)
class Ask:
    """A question of some gate."""

    http: HttpQuestion
    about: str = ""


@asynccontextmanager
async def serving(handle: Handler) -> AsyncIterator[int]:
    """A server on loopback; yields its port."""
    runner = web.ServerRunner(web.Server(handle), shutdown_timeout=0)
    await runner.setup()
    site = web.TCPSite(runner, LOCAL, 0)
    await site.start()
    try:
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


def says(text: str, **more: object) -> Handler:
    async def handle(_: web.Request) -> web.StreamResponse:
        return web.Response(text=text, **more)

    return handle


def probe(port: int, name: str = "health", *, with_token: bool = False) -> Probe:
    return Probe(name, Subject.PODS, LOCAL, Ask(HttpQuestion(port, "/", with_token=with_token), name))


async def test_status_and_body_come_back():
    async with serving(says("fine", status=418)) as port:
        assert await http.get(LOCAL, HttpQuestion(port, "/"), None) == HttpAnswer(418, "fine")


async def test_a_body_is_read_up_to_its_limit_and_no_further():
    async with serving(says("x" * 100_000)) as port:
        answer = await http.get(LOCAL, HttpQuestion(port, "/", limit=10), None)
    assert (answer.body, answer.is_cut) == ("x" * 10, True)


async def test_what_comes_compressed_is_not_unpacked():
    seen: list[str] = []

    async def bomb(request: web.Request) -> web.StreamResponse:
        seen.append(request.headers["Accept-Encoding"])
        packed = gzip.compress(bytes(2_000_000))
        return web.Response(body=packed, headers={"Content-Encoding": "gzip"})

    async with serving(bomb) as port:
        answer = await http.get(LOCAL, HttpQuestion(port, "/", limit=10_000), None)
    assert seen == ["identity"]
    assert len(answer.body) < 10_000


async def test_a_redirect_is_an_answer_and_the_token_goes_nowhere_else():
    asked: list[str] = []

    async def elsewhere(request: web.Request) -> web.StreamResponse:
        asked.append(request.path)
        return web.Response(status=302, headers={"Location": "/stolen"})

    async with serving(elsewhere) as port:
        answer = await http.get(LOCAL, HttpQuestion(port, "/"), "secret")
    assert (answer.status, asked) == (302, ["/"])


@pytest.mark.parametrize("token", ["line\nbreak", "secret"])
async def test_no_error_tells_the_token(token):
    answer = await http.get(LOCAL, HttpQuestion(1, "/"), token)
    assert answer.status is None
    assert answer.error is not None
    assert token not in answer.error


@pytest.mark.parametrize(
    "with_token, sent", [(True, "Bearer secret"), (False, None)], ids=["asked for", "not asked for"]
)
async def test_only_a_question_that_asks_for_the_token_of_its_release_carries_it(
    tmp_path: Path, with_token, sent
):
    (tmp_path / "monitoring.grafana").write_text("secret\n")
    seen: list[str | None] = []

    async def note(request: web.Request) -> web.StreamResponse:
        seen.append(request.headers.get("Authorization"))
        return web.Response()

    async with serving(note) as port:
        await prober(tmp_path)([probe(port, with_token=with_token)], "monitoring.grafana")
    assert seen == [sent]


async def test_two_gates_that_read_the_same_page_of_a_server_share_one_answer():
    asked: list[str] = []

    async def count(request: web.Request) -> web.StreamResponse:
        asked.append(request.path)
        return web.Response(text="one")

    async with serving(count) as port:
        replies = await prober(None)([probe(port, "rules"), probe(port, "count")], "")
    assert asked == ["/"]
    assert [(reply.probe.id, reply.answer) for reply in replies] == [
        ("rules", HttpAnswer(200, "one")),
        ("count", HttpAnswer(200, "one")),
    ]


async def test_silent_servers_cost_a_round_no_more_than_its_time_and_count_as_not_asked():
    over = asyncio.Event()

    async def never(_: web.Request) -> web.StreamResponse:
        await over.wait()
        return web.Response()

    began = time.monotonic()
    async with serving(says("fine")) as good, serving(never) as silent:
        questions = [
            probe(good),
            *(Probe(str(n), Subject.PODS, LOCAL, Ask(HttpQuestion(silent, f"/{n}"))) for n in range(40)),
        ]
        replies = await prober(None, round_s=0.2)(questions, "")
        took = time.monotonic() - began
        over.set()
    assert took < 2
    assert replies[0].answer == HttpAnswer(200, "fine")
    assert all(isinstance(reply.answer, Unasked) for reply in replies[1:])
