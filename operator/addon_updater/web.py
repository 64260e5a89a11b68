"""/livez, /readyz and /metrics on one port."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from aiohttp import web

from addon_updater import metrics

_PLAIN = "text/plain; version=0.0.4; charset=utf-8"


async def serve(
    port: int, *, problem: Callable[[], str | None], unready: Callable[[], str | None]
) -> web.AppRunner:
    """Start the server. `problem` says why the process should be restarted, `unready` why it cannot work yet."""
    app = web.Application()
    app.add_routes(
        [
            web.get("/livez", _check(problem)),
            web.get("/readyz", _check(unready)),
            web.get("/metrics", _metrics),
        ]
    )
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, port=port).start()
    return runner


def _check(complaint: Callable[[], str | None]) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def handler(_request: web.Request) -> web.Response:
        text = complaint()
        return web.Response(status=200 if text is None else 503, text=text or "ok")

    return handler


async def _metrics(_request: web.Request) -> web.Response:
    # With a thousand releases the text takes half a second, which the passes and the Lease do not wait for.
    text = await asyncio.to_thread(metrics.exposition)
    return web.Response(body=text, headers={"Content-Type": _PLAIN})
