import asyncio
from collections.abc import AsyncIterator

import pytest

from addon_updater.cluster.config_watch import ConfigWatch
from addon_updater.cluster.queue import Key
from addon_updater.errors import ForbiddenError, TransientError
from unit.cluster.faketime import in_fake_time

DNS = Key("kube-system", "dns")


class Versions:
    """A server that tells the present version at once, then every change; `lasts` is the time of one watch."""

    def __init__(self, version: str = "7") -> None:
        self.version = version
        self.changed = asyncio.Event()
        self.lasts = 290.0
        self.failure: Exception | None = None
        self.opened: list[str] = []
        self.open = 0

    def change(self, version: str) -> None:
        self.version = version
        self.changed.set()

    async def versions(self, path: str, name: str) -> AsyncIterator[str]:
        self.opened.append(f"{path}/{name}")
        if self.failure is not None:
            raise self.failure
        self.open += 1
        try:
            async with asyncio.timeout(self.lasts):
                while True:
                    self.changed.clear()
                    yield self.version
                    await self.changed.wait()
        except TimeoutError:
            return
        finally:
            self.open -= 1


def following(server: Versions, **arguments: str) -> tuple[ConfigWatch, list[Key]]:
    woken: list[Key] = []
    watch = ConfigWatch(server, woken.append)
    watch.follow(DNS, "coredns", **arguments)
    return watch, woken


@in_fake_time
async def test_a_change_wakes_the_release_and_the_first_look_does_not():
    server = Versions()
    watch, woken = following(server)
    await asyncio.sleep(1)
    assert woken == []
    server.change("8")
    await asyncio.sleep(1)
    assert woken == [DNS]
    watch.stop()


@pytest.mark.parametrize(("decided_on", "wakes"), [("7", 0), ("6", 1)])
@in_fake_time
async def test_a_change_between_the_look_and_the_watch_is_not_lost(decided_on, wakes):
    watch, woken = following(Versions("7"), version=decided_on)
    await asyncio.sleep(1)
    assert len(woken) == wakes
    watch.stop()


@in_fake_time
async def test_a_change_between_two_watches_is_not_lost_and_an_unchanged_one_wakes_nobody():
    server = Versions()
    server.lasts = 10.0
    watch, woken = following(server)
    await asyncio.sleep(60)
    assert len(server.opened) > 1
    assert woken == []
    server.version = "8"
    await asyncio.sleep(60)
    assert woken == [DNS]
    watch.stop()


@in_fake_time
async def test_to_follow_the_same_again_opens_nothing_another_one_takes_its_place_and_none_ends_it():
    server = Versions()
    watch, _ = following(server)
    await asyncio.sleep(1)
    watch.follow(DNS, "coredns")
    await asyncio.sleep(1)
    assert server.opened == ["/api/v1/namespaces/kube-system/configmaps/coredns"]
    watch.follow(DNS, "other")
    await asyncio.sleep(1)
    assert server.opened[1:] == ["/api/v1/namespaces/kube-system/configmaps/other"]
    assert server.open == 1
    watch.follow(DNS, None)
    await asyncio.sleep(1)
    assert server.open == 0


@pytest.mark.parametrize("failure", [ForbiddenError("no", status=403), TransientError("no answer")])
@in_fake_time
async def test_a_watch_that_is_refused_is_tried_ever_more_seldom_and_works_once_it_may(failure):
    server = Versions()
    server.failure = failure
    watch, woken = following(server, version="6")
    await asyncio.sleep(3600)
    assert 10 <= len(server.opened) <= 20
    server.failure = None
    await asyncio.sleep(301)
    assert woken == [DNS]
    watch.stop()
