import asyncio
import functools
import os
import signal
from datetime import timedelta

import pytest

from addon_updater import operator
from addon_updater.cluster import paths
from addon_updater.cluster.lease import NAME
from addon_updater.cluster.queue import Key
from addon_updater.cluster.watch import Watch
from addon_updater.errors import TransientError
from addon_updater.operator import STOP_WITHIN_S, Operator
from addon_updater.settings import Settings
from unit.cluster.faketime import START, in_fake_time
from unit.cluster.memory_api import MemoryApi
from unit.cluster.releases import release

LEASE = f"{paths.leases('addon-updater')}/{NAME}"
KOPF_ENDS_AFTER_S = 5.0


class _Api(MemoryApi):
    async def close(self) -> None:
        self.requests.append(("close", ""))


class _Server:
    async def cleanup(self) -> None:
        """Nothing was opened."""


class Process:
    """One operator process around a watch that takes Kopf's time to end, and passes that take as long as told."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, passes_take: float = 0.0) -> None:
        self.api = _Api()
        self.api.put(paths.VERSION_INFO, {"major": "1", "minor": "34"})
        self.log: list[str] = []
        self.watch_fails: Exception | None = None
        self.passes_take = passes_take
        monkeypatch.setattr(operator.web, "serve", self._serve)
        # A method of this object would not be bound to the watch that it stands for.
        monkeypatch.setattr(Watch, "run", functools.partialmethod(_watch, self))
        settings = Settings(
            kubeconfig=None,
            namespace="addon-updater",
            pod="a",
            settle_time=timedelta(minutes=10),
            minor_poll=timedelta(minutes=1),
            resync=timedelta(minutes=10),
            workers=2,
            tools_image=None,
            credentials=None,
            port=1,
            log_level="info",
        )
        self.operator = Operator(settings, self.api)
        monkeypatch.setattr(self.operator, "_reconcile", self)
        monkeypatch.setattr(self.operator, "_teller", self)
        self.memories: dict[Key, object] = {Key("x", "y"): "from an earlier term"}
        self.moving = {Key("x", "y")}
        self.moved_at = {Key("x", "y"): START}
        self.looked_at = {Key("x", "y")}
        self.pass_fails: Exception | None = None
        self.telling_fails: Exception | None = None

    async def confess(self, key: Key, error: Exception) -> None:
        self.log.append(f"{key.name} failed: {error}")
        if self.telling_fails is not None:
            raise self.telling_fails

    async def __call__(self, key: Key) -> None:
        self.log.append(f"begin {key.name}")
        if self.pass_fails is not None:
            raise self.pass_fails
        await asyncio.sleep(self.passes_take)
        self.log.append(f"end {key.name}")

    async def _serve(self, *_: object, **__: object) -> _Server:
        return _Server()

    @property
    def holder(self) -> str:
        return self.api.objects[LEASE]["spec"]["holderIdentity"]


async def _watch(watch: Watch, process: Process, stop: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stop.set)  # as Kopf does
    await watch._release(event={"type": None, "object": release()})
    watch.is_ready.set()
    if process.watch_fails is not None:
        await asyncio.sleep(1)
        raise process.watch_fails
    await stop.wait()
    process.log.append("Kopf is told")
    await asyncio.sleep(KOPF_ENDS_AFTER_S)


async def terminate() -> None:
    os.kill(os.getpid(), signal.SIGTERM)
    await asyncio.sleep(0.1)


@in_fake_time
async def test_told_to_stop_it_lets_the_lease_go_at_once_and_kopf_ends_last(monkeypatch):
    process = Process(monkeypatch)
    running = asyncio.create_task(process.operator.run())
    await asyncio.sleep(1)
    assert process.holder == "a"
    assert process.log == ["begin dns", "end dns"]
    await terminate()
    assert process.holder == ""
    assert process.log[-1] == "Kopf is told"
    await running
    assert process.api.requests[-1] == ("close", "")


@pytest.mark.parametrize(("takes", "finished"), [(4.0, True), (STOP_WITHIN_S * 2.0, False)])
@in_fake_time
async def test_a_running_pass_is_finished_before_the_lease_goes_but_not_waited_for_forever(
    monkeypatch, takes, finished
):
    process = Process(monkeypatch, passes_take=takes)
    running = asyncio.create_task(process.operator.run())
    await asyncio.sleep(1)
    await terminate()
    assert process.holder == "a"
    begin = asyncio.get_running_loop().time()
    await running
    assert asyncio.get_running_loop().time() - begin <= STOP_WITHIN_S + KOPF_ENDS_AFTER_S + 1
    assert process.holder == ""
    assert ("end dns" in process.log) is finished


@pytest.mark.parametrize("telling_fails", [None, TransientError("no answer")])
@in_fake_time
async def test_a_pass_that_meets_a_defect_is_told_and_tried_again(monkeypatch, telling_fails):
    process = Process(monkeypatch)
    process.pass_fails, process.telling_fails = KeyError("spec"), telling_fails
    running = asyncio.create_task(process.operator.run())
    await asyncio.sleep(5)
    assert process.log[:3] == ["begin dns", "dns failed: 'spec'", "begin dns"]
    process.pass_fails = None
    await asyncio.sleep(30)
    assert process.log[-1] == "end dns"
    await terminate()
    await running


@in_fake_time
async def test_the_end_of_the_watch_ends_the_process_with_its_error_and_the_lease_goes(monkeypatch):
    process = Process(monkeypatch)
    process.watch_fails = RuntimeError("watch error 500")
    with pytest.raises(RuntimeError, match="watch error 500"):
        await process.operator.run()
    assert process.holder == ""


@in_fake_time
async def test_a_new_leader_forgets_what_it_saw_before_and_looks_at_everybody(monkeypatch):
    process = Process(monkeypatch)
    running = asyncio.create_task(process.operator.run())
    await asyncio.sleep(1)
    assert process.memories == {}
    assert process.moving == set()
    assert process.moved_at == {}
    assert process.looked_at == set()
    process.api.put(LEASE, {"metadata": {"name": NAME}, "spec": {"holderIdentity": "b"}})
    await asyncio.sleep(5)
    assert not process.operator._elector.leading.is_set()
    process.log.clear()
    await asyncio.sleep(30)
    assert process.operator._elector.leading.is_set()
    assert process.log == ["begin dns", "end dns"]
    await terminate()
    await running


async def test_a_task_that_takes_a_cancellation_for_a_timeout_is_cancelled_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(operator, "CANCEL_AGAIN_S", 0.0)
    swallowed: list[str] = []

    async def goes_on() -> None:
        while True:
            try:
                await asyncio.sleep(3600)
            except asyncio.CancelledError:
                if swallowed:
                    raise
                swallowed.append("the first")

    tasks = [asyncio.create_task(goes_on()), asyncio.create_task(asyncio.sleep(3600))]
    await asyncio.sleep(0)
    await asyncio.wait_for(operator.end_all(tasks), 5)
    assert [task.cancelled() for task in tasks] == [True, True]
    assert swallowed == ["the first"]
