import contextlib
from collections.abc import AsyncIterator

import aiohttp
import pytest

from addon_updater import metrics, web


@contextlib.asynccontextmanager
async def served(problem: str | None, unready: str | None) -> AsyncIterator[str]:
    """The address of a server that says so."""
    runner = await web.serve(0, problem=lambda: problem, unready=lambda: unready)
    try:
        # Port 0 is another number for each of IPv4 and IPv6; an address of IPv4 has two parts.
        port = next(address[1] for address in runner.addresses if len(address) == 2)
        yield f"http://127.0.0.1:{port}"
    finally:
        await runner.cleanup()


@pytest.mark.parametrize(
    ("path", "problem", "unready", "status", "text"),
    [
        ("/livez", None, None, 200, "ok"),
        ("/livez", None, "the watches are not established", 200, "ok"),
        ("/livez", "the pass over a/b is stuck", None, 503, "the pass over a/b is stuck"),
        ("/readyz", None, None, 200, "ok"),
        ("/readyz", "the pass over a/b is stuck", None, 200, "ok"),
        ("/readyz", None, "the watches are not established", 503, "the watches are not established"),
        ("/", None, None, 404, "404: Not Found"),
    ],
)
async def test_a_check_fails_for_its_own_reason_only_and_says_it(path, problem, unready, status, text):
    async with (
        served(problem, unready) as address,
        aiohttp.ClientSession() as session,
        session.get(address + path) as answer,
    ):
        assert (answer.status, await answer.text()) == (status, text)


async def test_metrics_are_served_as_prometheus_reads_them_whatever_the_checks_say():
    async with (
        served("stuck", "not ready") as address,
        aiohttp.ClientSession() as session,
        session.get(f"{address}/metrics") as answer,
    ):
        assert answer.status == 200
        assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
        assert _ours(await answer.read()) == _ours(metrics.exposition())


def _ours(text: bytes) -> list[bytes]:
    """Without what a process tells of itself, which moves between two questions."""
    return [line for line in text.splitlines() if b"process_" not in line]
