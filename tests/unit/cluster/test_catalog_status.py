import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest

from addon_updater import metrics
from addon_updater.catalog.stack import CatalogStack
from addon_updater.cluster import catalog_status, clock, paths
from addon_updater.cluster.catalog_status import AGAIN_S, LOOK_AGAIN_S, CatalogStatusWriter
from addon_updater.errors import TransientError
from unit.catalog import entries
from unit.cluster.faketime import in_fake_time
from unit.cluster.memory_api import MemoryApi

STATUS = f"{paths.CATALOGS}/more/status"


class Scene:
    """A stack with one catalog, and a writer beside it."""

    def __init__(self, **more: Any) -> None:
        self.api = MemoryApi()
        self.stack = CatalogStack()
        self.leading = True
        self.writer = CatalogStatusWriter(self.api, self.stack, may_write=lambda: self.leading)
        self.see(1, **more)

    def see(self, serial: int, *, status: Any = None, **more: Any) -> None:
        spec = {"mode": "Extend", "serial": serial, "addons": [entries.wire()]} | more
        self.stack.put("more", {"metadata": {"uid": "1", "generation": 1}, "spec": spec, "status": status})
        self.writer.wake()

    @property
    def told(self) -> list[dict]:
        return [body for verb, path, body in self.api.bodies if (verb, path) == ("apply", STATUS)]

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self.writer.run())
        await asyncio.sleep(0.1)
        yield
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def fresh() -> float | None:
    return metrics.REGISTRY.get_sample_value("addon_updater_catalog_fresh")


@in_fake_time
async def test_a_catalog_is_told_its_serial_once_under_its_own_uid():
    scene = Scene()
    async with scene.running():
        (body,) = scene.told
        assert body["metadata"] == {"name": "more", "uid": "1"}
        assert body["status"]["acceptedSerial"] == 1
        scene.see(1, status=body["status"])
        await asyncio.sleep(LOOK_AGAIN_S * 3)
        assert len(scene.told) == 1


@in_fake_time
async def test_a_refused_serial_is_told_and_the_accepted_one_is_kept():
    scene = Scene()
    async with scene.running():
        scene.see(7)
        scene.see(3)
        await asyncio.sleep(0.1)
        status = scene.told[-1]["status"]
        assert status["acceptedSerial"] == 7
        assert {one["type"]: one["reason"] for one in status["conditions"]} == {
            "Ready": "SerialWentDown",
            "CatalogFresh": "Outdated",
        }
        assert fresh() == 0


@in_fake_time
async def test_a_standby_writes_nothing_and_catches_up_when_it_leads():
    scene = Scene()
    scene.leading = False
    async with scene.running():
        assert scene.told == []
        assert fresh() == 1
        scene.leading = True
        scene.writer.wake()
        await asyncio.sleep(0.1)
        assert len(scene.told) == 1


@in_fake_time
async def test_a_write_that_fails_is_tried_again():
    scene = Scene()
    scene.api.fault = lambda _verb, _path: TransientError("restarting")
    async with scene.running():
        await asyncio.sleep(AGAIN_S * 2)
        scene.api.fault = lambda _verb, _path: None
        await asyncio.sleep(AGAIN_S)
        assert [verb for verb, _ in scene.api.requests] == ["apply"] * len(scene.api.requests)
        before = len(scene.api.requests)
        assert before >= 2
        scene.see(1, status=scene.told[-1]["status"])
        await asyncio.sleep(AGAIN_S * 5)
        assert len(scene.api.requests) == before


@pytest.mark.parametrize(("hours", "value"), [(1, 1), (48, 0)])
@in_fake_time
async def test_a_catalog_expires_without_an_event(hours, value):
    scene = Scene(expires=clock.now().date().isoformat())
    async with scene.running():
        await asyncio.sleep(hours * 3600)
        assert fresh() == value
        assert {one["type"]: one["status"] for one in scene.told[-1]["status"]["conditions"]} == {
            "Ready": "True",
            "CatalogFresh": "True" if value else "False",
        }


@in_fake_time
async def test_a_defect_in_the_report_ends_neither_it_nor_the_process(monkeypatch):
    scene = Scene()
    with monkeypatch.context() as broken:
        broken.setattr(catalog_status, "catalog_status", lambda *_: 1 / 0)
        async with scene.running():
            await asyncio.sleep(AGAIN_S * 2)
            assert scene.told == []
            broken.undo()
            await asyncio.sleep(AGAIN_S)
            assert len(scene.told) == 1
