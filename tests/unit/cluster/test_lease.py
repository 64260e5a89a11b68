import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from addon_updater.cluster import paths
from addon_updater.cluster.lease import (
    DURATION_S,
    GIVE_UP_AFTER_S,
    LOOK_EVERY_S,
    NAME,
    RENEW_EVERY_S,
    Elector,
)
from addon_updater.errors import TransientError
from unit.cluster.faketime import in_fake_time
from unit.cluster.memory_api import MemoryApi

LEASES = paths.leases("addon-updater")
LEASE = f"{LEASES}/{NAME}"


def elector(api: MemoryApi, identity: str = "a", **hooks) -> Elector:
    return Elector(api, namespace="addon-updater", identity=identity, **hooks)


@contextlib.asynccontextmanager
async def running(*electors: Elector) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(one.run()) for one in electors]
    await asyncio.sleep(0.1)
    yield
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def waited_for(elector: Elector) -> float:
    """Seconds until that replica leads."""
    begin = asyncio.get_running_loop().time()
    await elector.leading.wait()
    return asyncio.get_running_loop().time() - begin


def held_by(identity: str, **metadata) -> dict:
    return {
        "metadata": {"name": NAME, **metadata},
        "spec": {"holderIdentity": identity, "leaseDurationSeconds": 15},
    }


@pytest.mark.parametrize(
    "found",
    [
        pytest.param(None, id="there is none"),
        pytest.param(held_by(""), id="it was released"),
        pytest.param(held_by("a"), id="it is ours from before a restart"),
        pytest.param({"metadata": {"name": NAME}}, id="it was made by hand and says nothing"),
    ],
)
@in_fake_time
async def test_a_lease_that_nobody_else_holds_is_taken_at_once(found):
    api = MemoryApi()
    if found is not None:
        api.put(LEASE, found)
    one = elector(api)
    async with running(one):
        assert one.leading.is_set()
        assert one.may_write
        assert api.objects[LEASE]["spec"]["holderIdentity"] == "a"


@in_fake_time
async def test_a_leader_renews_before_its_lease_ends_and_leads_all_the_time():
    api = MemoryApi()
    one, other = elector(api), elector(api, "b")
    async with running(one, other):
        for _ in range(60):
            assert one.may_write
            assert not other.leading.is_set()
            await asyncio.sleep(1)
    renewals = [request for request in api.writes() if request[0] == "replace"]
    assert 60 / RENEW_EVERY_S - 1 <= len(renewals) <= 60 / RENEW_EVERY_S + 1


@pytest.mark.parametrize("claimed", ["2020-01-01T00:00:00.000000Z", "2126-01-01T00:00:00.000000Z", None])
@in_fake_time
async def test_a_standby_waits_for_the_whole_duration_whatever_time_the_lease_claims(claimed):
    api = MemoryApi()
    lease = held_by("gone")
    lease["spec"]["renewTime"] = claimed
    api.put(LEASE, lease)
    one = elector(api)
    async with running(one):
        waited = await waited_for(one)
    assert DURATION_S - 0.2 <= waited <= DURATION_S + 0.2
    assert api.objects[LEASE]["spec"]["leaseTransitions"] == 1


@pytest.mark.parametrize("age", [0.0, 0.3, 1.0, 1.9, 2.5, 3.9])
@in_fake_time
async def test_a_standby_leads_within_the_duration_of_the_last_renewal(age):
    """However long before it the Lease was looked at, and yet long after the holder has stopped writing."""
    api = MemoryApi()
    api.put(LEASE, held_by("gone"))
    one = elector(api)
    async with running(one):
        await asyncio.sleep(4 + age)
        api.put(LEASE, held_by("gone"))
        waited = await waited_for(one)
    assert GIVE_UP_AFTER_S + 1 < DURATION_S - LOOK_EVERY_S - 0.2 <= waited <= DURATION_S


@in_fake_time
async def test_a_standby_that_slept_counts_a_change_from_now():
    api = MemoryApi()
    api.put(LEASE, held_by("other"))
    one = elector(api)
    async with running(one):
        asyncio.get_running_loop()._jumps.skipped += 60
        api.put(LEASE, held_by("other"))
        assert await waited_for(one) >= DURATION_S - LOOK_EVERY_S - 0.2


@in_fake_time
async def test_every_change_of_the_lease_starts_the_wait_of_the_standby_anew():
    api = MemoryApi()
    api.put(LEASE, held_by("other"))
    one = elector(api)
    async with running(one):
        for _ in range(10):
            await asyncio.sleep(DURATION_S - 3)
            api.put(LEASE, held_by("other"))
            assert not one.leading.is_set()


@in_fake_time
async def test_a_released_lease_lets_the_other_in_at_its_next_look():
    api = MemoryApi()
    one, other = elector(api), elector(api, "b")
    async with running(one), running(other):
        assert one.leading.is_set()
        assert not other.leading.is_set()
    async with running(other):
        await one.release()
        assert not one.leading.is_set()
        assert await waited_for(other) <= LOOK_EVERY_S


@in_fake_time
async def test_a_standby_that_stops_leaves_the_lease_alone():
    api = MemoryApi()
    api.put(LEASE, held_by("other"))
    one = elector(api)
    async with running(one):
        pass
    await one.release()
    assert api.writes() == []


@in_fake_time
async def test_two_that_take_at_the_same_moment_never_both_lead():
    api = MemoryApi()
    api.delay = 0.01
    both = [elector(api), elector(api, "b")]
    async with running(*both):
        await asyncio.sleep(60)
        assert [one.leading.is_set() for one in both].count(True) == 1


@pytest.mark.parametrize(
    ("broken", "delay"),
    [
        pytest.param(TransientError("no answer"), 0.0, id="refused"),
        pytest.param(None, 14.0, id="hanging"),
    ],
)
@in_fake_time
async def test_a_leader_that_cannot_renew_stops_writing_before_a_standby_may_take_over(broken, delay):
    api, loop = MemoryApi(), asyncio.get_running_loop()
    lost = []
    one = elector(api, lost=lambda: lost.append(loop.time()))
    async with running(one):
        renewed = loop.time()
        api.fault, api.delay = (lambda _verb, _path: broken), delay
        await asyncio.sleep(GIVE_UP_AFTER_S)
        assert not one.may_write
        await asyncio.sleep(RENEW_EVERY_S)
        assert len(lost) == 1
        assert lost[0] - renewed < DURATION_S
        api.fault, api.delay = (lambda _verb, _path: None), 0.0
        await asyncio.sleep(20)
        assert one.may_write


@in_fake_time
async def test_a_single_failed_renewal_costs_nothing():
    api = MemoryApi()
    lost = []
    one = elector(api, lost=lambda: lost.append(1))
    async with running(one):
        failures = iter([TransientError("once")])
        api.fault = lambda _verb, _path: next(failures, None)
        await asyncio.sleep(30)
        assert one.may_write
    assert lost == []


@in_fake_time
async def test_a_process_that_was_paused_may_not_write_although_it_still_believes_to_lead():
    api = MemoryApi()
    one = elector(api)
    async with running(one):
        asyncio.get_running_loop()._jumps.skipped += DURATION_S
        assert one.leading.is_set()
        assert not one.may_write


@in_fake_time
async def test_a_leader_whose_lease_somebody_else_took_lets_it_go():
    api = MemoryApi()
    events = []
    one = elector(api, taken=lambda: events.append("taken"), lost=lambda: events.append("lost"))
    async with running(one):
        api.put(LEASE, held_by("thief"))
        await asyncio.sleep(RENEW_EVERY_S + 0.1)
        assert not one.leading.is_set()
    assert events == ["taken", "lost"]


@in_fake_time
async def test_annotations_of_others_survive_and_ours_are_written_at_once():
    api = MemoryApi()
    api.put(LEASE, held_by("", annotations={"team": "dns", "state": "old"}))
    one = elector(api)
    async with running(one):
        assert await one.read_annotations() == {"team": "dns", "state": "old"}
        one.remember("state", "new")
        await asyncio.sleep(0.1)
        assert api.objects[LEASE]["metadata"]["annotations"] == {"team": "dns", "state": "new"}
        writes = len(api.writes())
        one.remember("state", "new")
        await asyncio.sleep(0.1)
        assert len(api.writes()) == writes
    await one.release()
    assert api.objects[LEASE]["metadata"]["annotations"] == {"team": "dns", "state": "new"}
