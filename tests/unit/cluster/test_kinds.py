"""An API server that is away at the start is waited for; one that does not know our kinds is not."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from addon_updater.cluster import paths
from addon_updater.cluster.kinds import await_our_kinds
from addon_updater.errors import ApiError, ForbiddenError, NotFoundError, TransientError

AT_ONCE = timedelta(0)


class Server:
    """Answers each list as told, then well."""

    def __init__(self, *answers: ApiError) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    async def list(self, path: str) -> list[object]:
        self.asked.append(path)
        if self.answers:
            raise self.answers.pop(0)
        return []


async def test_both_kinds_are_asked_for() -> None:
    server = Server()
    await await_our_kinds(server, asyncio.Event(), retry=AT_ONCE)
    assert server.asked == [paths.releases(), paths.CATALOGS]


async def test_no_answer_is_asked_for_again() -> None:
    server = Server(TransientError("away"), TransientError("away"))
    await await_our_kinds(server, asyncio.Event(), retry=AT_ONCE)
    assert server.asked == [paths.releases()] * 3 + [paths.CATALOGS]


@pytest.mark.parametrize("error", [NotFoundError("no such kind"), ForbiddenError("not allowed")])
async def test_what_no_repetition_improves_ends_the_process(error: ApiError) -> None:
    with pytest.raises(type(error)):
        await await_our_kinds(Server(error), asyncio.Event(), retry=AT_ONCE)


async def test_who_is_told_to_stop_waits_no_longer() -> None:
    stopping, server = asyncio.Event(), Server(*[TransientError("away")] * 9)
    waiting = asyncio.create_task(await_our_kinds(server, stopping, retry=timedelta(hours=1)))
    await asyncio.sleep(0)
    stopping.set()
    await asyncio.wait_for(waiting, 5)
    assert server.asked == [paths.releases()]
