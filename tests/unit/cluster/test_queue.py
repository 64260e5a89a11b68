import asyncio
from datetime import timedelta

import pytest

from addon_updater.cluster.queue import BACKOFF_FIRST, BACKOFF_LAST, Key, WorkQueue
from unit.cluster.faketime import in_fake_time

DNS, WEB = Key("kube-system", "dns"), Key("web", "grafana")


def seconds(number: float) -> timedelta:
    return timedelta(seconds=number)


async def taken_within(queue: WorkQueue, limit: float) -> list[Key]:
    """What a single worker gets, one key after the other, until nothing comes for the time."""
    keys = []
    try:
        while True:
            async with asyncio.timeout(limit):
                key = await queue.get()
            keys.append(key)
            queue.done(key)
    except TimeoutError:
        return keys


@in_fake_time
async def test_a_key_that_waits_is_not_added_twice_and_the_first_comes_first():
    queue = WorkQueue()
    for key in (WEB, DNS, WEB, DNS, WEB):
        queue.add(key)
    assert await taken_within(queue, 1) == [WEB, DNS]


@in_fake_time
async def test_a_key_in_work_is_given_to_nobody_else_and_once_more_when_it_is_done():
    queue = WorkQueue()
    queue.add(DNS)
    key = await queue.get()
    for _ in range(3):
        queue.add(DNS)
    assert await taken_within(queue, 600) == []
    queue.done(key)
    assert await taken_within(queue, 600) == [DNS]


@in_fake_time
async def test_four_workers_never_hold_the_same_key_and_lose_no_wish():
    queue, held, passes = WorkQueue(), set(), []

    async def work():
        while True:
            key = await queue.get()
            assert key not in held
            held.add(key)
            await asyncio.sleep(1)
            held.discard(key)
            passes.append(key)
            queue.done(key)

    workers = [asyncio.create_task(work()) for _ in range(4)]
    for _ in range(10):
        queue.add(DNS)
        queue.add(WEB)
        await asyncio.sleep(0.3)
    await asyncio.sleep(5)
    for worker in workers:
        worker.cancel()
    # Three seconds of wishes, one pass a second, and one for the last wish.
    assert [passes.count(key) for key in (DNS, WEB)] == [4, 4]


@pytest.mark.parametrize(
    ("delays", "due"),
    [
        ((5.0,), 5.0),
        ((5.0, 2.0), 2.0),
        ((2.0, 5.0), 2.0),
        ((0.0,), 0.0),
        ((-3.0,), 0.0),
    ],
)
@in_fake_time
async def test_of_several_later_wishes_the_earliest_wins_and_only_one_pass_comes(delays, due):
    queue, loop = WorkQueue(), asyncio.get_running_loop()
    begin = loop.time()
    for delay in delays:
        queue.add_after(DNS, seconds(delay))
    key = await queue.get()
    assert loop.time() - begin == pytest.approx(due, abs=0.01)
    queue.done(key)
    assert await taken_within(queue, 60) == []


@in_fake_time
async def test_a_wish_for_now_takes_the_place_of_one_for_later():
    queue = WorkQueue()
    queue.add_after(DNS, seconds(30))
    queue.add(DNS)
    assert await taken_within(queue, 60) == [DNS]


@in_fake_time
async def test_a_wish_for_later_made_while_in_work_is_kept():
    queue = WorkQueue()
    queue.add(DNS)
    key = await queue.get()
    queue.add_after(DNS, seconds(0))
    queue.done(key)
    assert await taken_within(queue, 1) == [DNS]


@in_fake_time
async def test_a_stopped_queue_fires_no_timer():
    queue = WorkQueue()
    queue.add_after(DNS, seconds(3))
    queue.stop()
    assert await taken_within(queue, 60) == []


def test_the_backoff_doubles_with_jitter_up_to_its_bound_and_a_success_resets_it():
    queue = WorkQueue()
    expected = BACKOFF_FIRST
    for _ in range(40):
        delay = queue.failed(DNS)
        assert expected / 2 <= delay <= expected
        expected = min(expected * 2, BACKOFF_LAST)
    assert queue.failed(WEB) <= BACKOFF_FIRST
    queue.succeeded(DNS)
    assert queue.failed(DNS) <= BACKOFF_FIRST
