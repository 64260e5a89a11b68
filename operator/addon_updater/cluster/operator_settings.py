"""Keeps the operator's settings as their ConfigMap has them, without a restart.

Broken content never replaces good one. Until something was read that can be used, nothing may start: settings that
nobody can read may well be a freeze.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import timedelta

from addon_updater import metrics
from addon_updater.api.operator_settings import KEY, NAME, Freeze, OperatorSettings, read_operator_settings
from addon_updater.cluster import clock, paths
from addon_updater.cluster.client import Client, Manifest
from addon_updater.errors import ApiError, SettingsError

_LOG = logging.getLogger(__name__)
AGAIN_S = 5.0
"""Between two watches, and before the next try after a failure."""
BELIEVED_AFTER_S = 30.0
"""A failing read is told as a problem only when it lasts: an API server that restarts refuses everybody."""
GONE_AFTER_S = 3.0
"""Tools replace an object by deleting and creating it; in between nothing must start that a freeze holds."""


class SettingsWatch:
    """The settings in force, and what is wrong with those that are written."""

    def __init__(self, client: Client, *, namespace: str, changed: Callable[[], None]) -> None:
        self._client = client
        self._collection = paths.config_maps(namespace)
        self._path = paths.config_map(namespace, NAME)
        self._where = f"ConfigMap {namespace}/{NAME}"
        self._changed = changed
        self._is_known = False
        self._exists = False
        self._failing_since: float | None = None
        self._thaw: asyncio.TimerHandle | None = None
        self.settings = _hold_everything("the settings have not been read yet")
        self.problem: str | None = None
        """One sentence with the remedy; None while the settings are in force as written."""

    async def run(self) -> None:
        """Read and watch until cancelled."""
        try:
            while True:
                try:
                    await self._read()
                    async for _ in self._client.versions(self._collection, NAME):
                        await self._read()
                except ApiError as error:
                    self._fail(error)
                await asyncio.sleep(AGAIN_S)
        finally:
            self._set_timer(None)

    async def _read(self) -> None:
        manifest = await self._client.get(self._path)
        if manifest is None and self._exists:
            await asyncio.sleep(GONE_AFTER_S)
            manifest = await self._client.get(self._path)
        self._failing_since = None
        self._exists = manifest is not None
        try:
            settings = (
                OperatorSettings() if manifest is None else read_operator_settings(self._text(manifest))
            )
        except SettingsError as error:
            self._refuse(str(error))
        else:
            self._is_known = True
            self._take(settings, None)

    def _text(self, manifest: Manifest) -> str:
        text = (manifest.get("data") or {}).get(KEY)
        if text is None:
            raise SettingsError(f"write the settings under the key {KEY}, or delete the ConfigMap")
        return str(text)

    def _refuse(self, why: str) -> None:
        if self._is_known:
            self._take(self.settings, f"{self._where}: {why}; the last good settings stay in force")
        else:
            problem = f"{self._where}: {why}; no update starts before it is corrected"
            self._take(_hold_everything(f"{self._where} cannot be read"), problem)

    def _fail(self, error: ApiError) -> None:
        now = asyncio.get_running_loop().time()
        _LOG.info("%s cannot be read now: %s", self._where, error)
        self._failing_since = self._failing_since or now
        if now - self._failing_since >= BELIEVED_AFTER_S:
            self._refuse(f"cannot be read: {error}")

    def _take(self, settings: OperatorSettings, problem: str | None) -> None:
        is_news = (settings, problem) != (self.settings, self.problem)
        if problem is not None and problem != self.problem:
            _LOG.error("%s", problem)
        self.settings, self.problem = settings, problem
        metrics.SETTINGS_FRESH.set(int(problem is None))
        self._watch_freeze()
        if is_news:
            _LOG.info("settings in force: %s", settings.to_wire())
            self._changed()

    def _watch_freeze(self) -> None:
        """Tell how the freeze stands, and wake everybody when its time is over."""
        freeze, now = self.settings.freeze, clock.now()
        holds = freeze is not None and freeze.holds(now)
        metrics.FROZEN.set(int(holds))
        self._set_timer(freeze.until - now if freeze is not None and holds and freeze.until else None)

    def _set_timer(self, left: timedelta | None) -> None:
        if self._thaw is not None:
            self._thaw.cancel()
        loop = asyncio.get_running_loop()
        self._thaw = loop.call_later(left.total_seconds(), self._end_freeze) if left is not None else None

    def _end_freeze(self) -> None:
        self._watch_freeze()
        self._changed()


def _hold_everything(reason: str) -> OperatorSettings:
    return OperatorSettings(freeze=Freeze(reason=reason))
