import asyncio
import contextlib
from datetime import timedelta
from typing import Self

import pytest

from addon_updater import metrics
from addon_updater.api.operator_settings import OperatorSettings
from addon_updater.cluster import clock, paths
from addon_updater.cluster.operator_settings import AGAIN_S, BELIEVED_AFTER_S, GONE_AFTER_S, SettingsWatch
from addon_updater.errors import ForbiddenError, TransientError
from unit.cluster.faketime import in_fake_time
from unit.cluster.memory_api import MemoryApi

NAME = "addon-updater-settings"
PATH = paths.config_map("addon-updater", NAME)
WHERE = f"ConfigMap addon-updater/{NAME}"


class Following:
    """A watch that runs, and how often it has told of a change."""

    def __init__(self, text: str | None = None, **more: str) -> None:
        self.server = MemoryApi()
        self.put(text, **more)
        self.changes = 0
        self.watch = SettingsWatch(self.server, namespace="addon-updater", changed=self._count)

    def _count(self) -> None:
        self.changes += 1

    async def __aenter__(self) -> Self:
        self.task = asyncio.create_task(self.watch.run())
        await asyncio.sleep(1)
        return self

    async def __aexit__(self, *_: object) -> None:
        self.task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self.task

    def put(self, text: str | None, *, key: str = "settings.yaml") -> None:
        if text is None:
            self.server.drop(PATH)
        else:
            self.server.put(PATH, {"data": {key: text}})

    async def write(self, text: str | None, **more: str) -> None:
        self.put(text, **more)
        await asyncio.sleep(1)

    @property
    def frozen(self) -> str | None:
        return self.watch.settings.frozen_at(clock.now())


def fresh() -> float | None:
    return metrics.REGISTRY.get_sample_value("addon_updater_settings_fresh")


def frozen_metric() -> float | None:
    return metrics.REGISTRY.get_sample_value("addon_updater_frozen")


@in_fake_time
async def test_before_the_settings_are_read_nothing_may_start():
    assert Following().frozen == "the settings have not been read yet"


@in_fake_time
async def test_without_a_configmap_nothing_is_limited():
    async with Following() as following:
        assert following.watch.settings == OperatorSettings()
        assert following.watch.problem is None
        assert following.changes == 1


@in_fake_time
async def test_a_change_is_in_force_at_once_and_told_once():
    async with Following("settleTime: 5m") as following:
        assert following.watch.settings.settle_time == "5m"
        await following.write("settleTime: 7m")
        assert following.watch.settings.settle_time == "7m"
        assert following.changes == 2
        await following.write("settleTime:    7m")
        assert following.changes == 2


@in_fake_time
async def test_a_change_between_two_watches_is_seen():
    async with Following("settleTime: 5m") as following:
        await asyncio.sleep(290)
        following.put("settleTime: 6m")
        await asyncio.sleep(AGAIN_S)
        assert following.watch.settings.settle_time == "6m"


@pytest.mark.parametrize(
    ("broken", "problem"),
    [
        ({"text": "settleTime: soon"}, f"{WHERE}: settings.yaml: settleTime: write a duration"),
        ({"text": "", "key": "setings.yaml"}, f"{WHERE}: write the settings under the key settings.yaml"),
    ],
)
@in_fake_time
async def test_broken_content_never_replaces_good_one_and_is_told_until_it_is_mended(broken, problem):
    async with Following("freeze: {reason: audit}") as following:
        await following.write(**broken)
        assert following.frozen == "audit"
        assert (following.watch.problem or "").startswith(problem)
        assert (following.watch.problem or "").endswith("; the last good settings stay in force")
        assert fresh() == 0
        await following.write("settleTime: 5m")
        assert following.frozen is None
        assert following.watch.problem is None
        assert fresh() == 1
        assert following.changes == 3


@in_fake_time
async def test_broken_content_that_never_was_good_lets_nothing_start():
    async with Following("freeze: [audit]") as following:
        assert following.frozen == f"{WHERE} cannot be read"
        assert (following.watch.problem or "").endswith("; no update starts before it is corrected")
        await following.write("")
        assert following.frozen is None


@in_fake_time
async def test_a_deleted_configmap_limits_nothing():
    async with Following("freeze: {reason: audit}") as following:
        await following.write(None)
        await asyncio.sleep(GONE_AFTER_S)
        assert following.watch.settings == OperatorSettings()


@in_fake_time
async def test_a_configmap_that_is_deleted_and_created_again_does_not_lift_a_freeze_in_between():
    async with Following("freeze: {reason: audit}") as following:
        await following.write(None)
        assert following.frozen == "audit"
        await following.write("freeze: {reason: audit, until: 2027-01-01T00:00:00Z}")
        await asyncio.sleep(GONE_AFTER_S)
        assert following.frozen is not None
        assert following.changes == 2


@in_fake_time
async def test_the_end_of_a_freeze_is_told():
    until = (clock.now() + timedelta(hours=30)).isoformat()
    async with Following(f"freeze: {{reason: audit, until: {until}}}") as following:
        assert frozen_metric() == 1
        await asyncio.sleep(29 * 3600)
        assert following.frozen is not None
        assert following.changes == 1
        await asyncio.sleep(3600)
        assert following.frozen is None
        assert following.changes == 2
        assert frozen_metric() == 0


@pytest.mark.parametrize("failure", [ForbiddenError("no", status=403), TransientError("no answer")])
@in_fake_time
async def test_a_read_that_fails_for_long_is_told_and_what_was_good_stays(failure):
    async with Following("freeze: {reason: audit}") as following:
        await asyncio.sleep(290)
        following.server.fault = lambda _verb, _path: failure
        await asyncio.sleep(BELIEVED_AFTER_S)
        assert following.watch.problem is None
        await asyncio.sleep(AGAIN_S * 2)
        assert (following.watch.problem or "").startswith(f"{WHERE}: cannot be read: no")
        assert following.frozen == "audit"
        following.server.fault = lambda _verb, _path: None
        await asyncio.sleep(AGAIN_S)
        assert following.watch.problem is None


@in_fake_time
async def test_settings_that_may_not_be_read_at_the_start_let_nothing_start_until_they_may():
    following = Following("settleTime: 5m")
    following.server.fault = lambda _verb, _path: ForbiddenError("no", status=403)
    async with following:
        await asyncio.sleep(BELIEVED_AFTER_S + AGAIN_S)
        assert following.frozen == f"{WHERE} cannot be read"
        following.server.fault = lambda _verb, _path: None
        await asyncio.sleep(AGAIN_S)
        assert following.frozen is None
        assert following.watch.settings.settle_time == "5m"
