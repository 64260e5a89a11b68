"""The composition root: builds everything, owns the tasks, orders start and stop."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Sequence
from datetime import timedelta

from aiohttp import web as aiohttp_web

from addon_updater import metrics, web
from addon_updater.addons import addon_named
from addon_updater.cluster import clock, paths
from addon_updater.cluster.breaker import BreakerKeeper
from addon_updater.cluster.catalog_status import CatalogStatusWriter
from addon_updater.cluster.client import Client, connect
from addon_updater.cluster.config_watch import ConfigWatch
from addon_updater.cluster.facts import FactsCache
from addon_updater.cluster.gather import Whereabouts
from addon_updater.cluster.kinds import await_our_kinds
from addon_updater.cluster.lease import Elector
from addon_updater.cluster.minors import MinorWatch
from addon_updater.cluster.nodes import NodeWatch
from addon_updater.cluster.operator_settings import SettingsWatch
from addon_updater.cluster.queue import Key, WorkQueue
from addon_updater.cluster.readiness import ReadinessKeeper
from addon_updater.cluster.reconcile import Prober, Reconciler
from addon_updater.cluster.store import Store
from addon_updater.cluster.telling import Teller
from addon_updater.cluster.watch import Watch
from addon_updater.errors import ApiError, ConflictError, TransientError
from addon_updater.probes.run import prober
from addon_updater.settings import Settings

_LOG = logging.getLogger(__name__)
# Together less than the 30 s that the kubelet gives a pod by default.
STOP_WITHIN_S = 15
RELEASE_WITHIN_S = 5
CANCEL_AGAIN_S = 1.0
PASS_LIMIT_S = 120
_STEP = timedelta(seconds=1)
"""What a wall clock may be corrected by without a word in the log."""


class Operator:
    """One process of the operator."""

    def __init__(self, settings: Settings, client: Client, probe: Prober | None = None) -> None:
        self._settings = settings
        self._client = client
        self._store = Store()
        self._queue = WorkQueue()
        self._stopping = asyncio.Event()
        self._end_watch = asyncio.Event()
        self._elector = Elector(
            client,
            namespace=settings.namespace,
            identity=settings.pod,
            taken=self._take_over,
            lost=self._hand_over,
        )
        self._minors = MinorWatch(
            client,
            self._elector,
            settle_time=settings.settle_time,
            poll=settings.minor_poll,
            changed=self._wake_all,
        )
        self._nodes = NodeWatch(
            client,
            versions=lambda: self._minors.versions,
            may_look=lambda: self._elector.may_write,
            changed=self._wake_all,
        )
        self._settings_watch = SettingsWatch(
            client, namespace=settings.namespace, changed=self._settings_changed
        )
        self._configs = ConfigWatch(client, self._queue.add)
        self._breaker = BreakerKeeper(
            client,
            self._store,
            settings=lambda: self._settings_watch.settings,
            changed=self._wake_releases,
        )
        self._catalog_status = CatalogStatusWriter(
            client, self._store.catalogs, may_write=lambda: self._elector.may_write
        )
        self._readiness = ReadinessKeeper(
            client,
            self._store,
            minors=lambda: self._minors.minors,
            nodes=lambda: (self._nodes.nodes, self._nodes.problem),
            vendor=lambda: self._nodes.facts.recognized.vendor,
            settings=lambda: self._settings_watch.settings,
            may_write=lambda: self._elector.may_write,
        )
        self._watch = Watch(
            client, self._store, self._queue.add, self._wake_all, told=self._tell_of_our_kinds
        )
        self._teller = Teller(
            client,
            self._store,
            self._settings_watch,
            settings.pod,
            may_write=lambda: self._elector.may_write,
            wake=self._queue.add,
        )
        self._reconcile = Reconciler(
            client=client,
            store=self._store,
            facts=FactsCache(client),
            minors=self._minors,
            addons=addon_named,
            probe=probe or prober(settings.credentials),
            configs=self._configs,
            settings=self._settings_watch,
            here=Whereabouts(settings.namespace, settings.pod, settings.tools_image),
            cluster=lambda: self._nodes.facts,
            breaker=self._breaker,
            teller=self._teller,
            may_write=lambda: self._elector.may_write,
        )
        self._passes: dict[Key, float] = {}

    async def run(self) -> None:
        """Run until told to stop or until a part of it ends, which ends the process."""
        self._hear_signals()
        server = await web.serve(self._settings.port, problem=self._problem, unready=self._unready)
        try:
            await await_our_kinds(self._client, self._stopping)
            if not self._stopping.is_set():
                await self._run_parts(server)
        finally:
            await server.cleanup()

    async def _run_parts(self, server: aiohttp_web.AppRunner) -> None:
        # Kopf cancels on exit every task that is younger than itself, so ours come first.
        parts = [
            asyncio.create_task(self._elector.run(), name="lease"),
            asyncio.create_task(self._settings_watch.run(), name="settings"),
            asyncio.create_task(self._minors.run(), name="minors"),
            asyncio.create_task(self._nodes.run(), name="nodes"),
            asyncio.create_task(self._catalog_status.run(), name="catalog-status"),
            asyncio.create_task(self._readiness.run(), name="readiness"),
            asyncio.create_task(self._resync(), name="resync"),
            asyncio.create_task(self._until_told(), name="signals"),
            *(asyncio.create_task(self._work(), name=f"worker-{n}") for n in range(self._settings.workers)),
        ]
        watch = asyncio.create_task(self._watch.run(self._end_watch), name="watch")
        try:
            done, _ = await asyncio.wait({watch, *parts}, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            await self._shut_down(server, watch, parts)

    def _hear_signals(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, self._stopping.set)

    async def _until_told(self) -> None:
        """Wait for the word to stop. Kopf takes the signals when it starts, and would keep the Lease for seconds."""
        await self._watch.is_ready.wait()
        self._hear_signals()
        await self._stopping.wait()

    async def _shut_down(
        self,
        server: aiohttp_web.AppRunner,
        watch: asyncio.Task[None],
        parts: list[asyncio.Task[None]],
    ) -> None:
        """Finish the running passes, then let the Lease go; Kopf comes last, for it cancels tasks of others."""
        _LOG.info("stopping")
        self._stopping.set()
        self._queue.stop()
        self._configs.stop()
        self._breaker.forget()
        deadline = asyncio.get_running_loop().time() + STOP_WITHIN_S
        # Bounded, and only while stopping: a condition variable would be more code than the wait.
        while self._passes and asyncio.get_running_loop().time() < deadline:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
        await end_all(parts)
        try:
            async with asyncio.timeout(RELEASE_WITHIN_S):
                await self._elector.release()
        except (ApiError, TimeoutError) as error:
            _LOG.warning("the Lease could not be released: %s: %s", type(error).__name__, error)
        await server.cleanup()
        self._end_watch.set()
        await asyncio.gather(watch, return_exceptions=True)
        await self._client.close()

    async def _work(self) -> None:
        while True:
            await self._elector.leading.wait()
            await self._nodes.first_look()
            key = await self._queue.get()
            loop = asyncio.get_running_loop()
            self._passes[key] = loop.time()
            try:
                if self._stopping.is_set() or not self._elector.may_write:
                    self._queue.add_after(key, timedelta(seconds=1))
                else:
                    await self._pass(key)
            finally:
                metrics.PASS_SECONDS.observe(loop.time() - self._passes.pop(key))
                self._queue.done(key)

    async def _pass(self, key: Key) -> None:
        try:
            again = await self._reconcile(key)
        except ConflictError as error:
            metrics.PASSES.labels("conflict").inc()
            _LOG.info("%s/%s: somebody wrote in between: %s", *key, error)
            self._queue.add_after(key, self._queue.failed(key))
        except TransientError as error:
            metrics.PASSES.labels("transient").inc()
            _LOG.warning("%s/%s: %s", *key, error)
            self._queue.add_after(key, self._queue.failed(key))
        except ApiError as error:
            metrics.PASSES.labels("refused").inc()
            _LOG.error("%s/%s: %s", *key, error)
            self._queue.add_after(key, self._queue.failed(key))
        except Exception as error:  # noqa: BLE001 - a defect in one release must not stop the others; it is logged
            metrics.PASSES.labels("failed").inc()
            _LOG.exception("%s/%s: pass failed", *key)
            self._queue.add_after(key, self._queue.failed(key))
            await self._confess(key, error)
        else:
            metrics.PASSES.labels("done").inc()
            self._queue.succeeded(key)
            if again is not None:
                self._queue.add_after(key, again)

    async def _confess(self, key: Key, error: Exception) -> None:
        try:
            await self._teller.confess(key, error)
        except ApiError as refusal:
            _LOG.warning("%s/%s: the status could not tell of the failed pass: %s", *key, refusal)

    async def _resync(self) -> None:
        """A pass for everybody now and then: what an edge lost, the level finds."""
        while True:
            await asyncio.sleep(self._settings.resync.total_seconds())
            self._follow_the_wall_clock()
            await self._relist()
            self._wake_all()

    async def _relist(self) -> None:
        """Read all releases anew: Kopf does so after a 410 only, and a watch that lost a word goes on without it."""
        before = dict(self._store.releases)
        try:
            listed = await self._client.list(paths.releases())
        except ApiError as error:
            _LOG.warning("the AddonReleases could not be listed again: %s", error)
            return
        for key in self._store.relist(before, listed):
            self._queue.add(key)

    def _follow_the_wall_clock(self) -> None:
        """Take over a step of it, but not while an attempt or a new minor has to last for a time."""
        minors = self._minors.minors
        if self._reconcile.moving or minors is None or not minors.is_settled:
            return
        if abs(step := clock.follow()) > _STEP:
            _LOG.warning("the wall clock has jumped by %.0f s", step.total_seconds())

    def _take_over(self) -> None:
        """Another replica may have acted meanwhile: what was seen before counts no more, and everybody is due."""
        self._nodes.wake()
        self._reconcile.memories.clear()
        self._reconcile.moving.clear()
        self._reconcile.moved_at.clear()
        self._breaker.forget()
        self._reconcile.looked_at.clear()
        self._tell_of_our_kinds()
        self._wake_all()

    def _hand_over(self) -> None:
        """What this replica showed, another one shows from now on."""
        metrics.forget_releases()
        self._readiness.forget()
        self._nodes.forget()
        self._breaker.forget()

    def _tell_of_our_kinds(self) -> None:
        self._catalog_status.wake()
        self._readiness.wake()

    def _settings_changed(self) -> None:
        written = self._settings_watch.settings
        self._minors.settle_time = written.settle_time_or(self._settings.settle_time)
        self._wake_all()

    def _wake_all(self) -> None:
        self._readiness.wake()
        self._wake_releases()

    def _wake_releases(self) -> None:
        for key in self._store.releases:
            self._queue.add(key)

    def _problem(self) -> str | None:
        now = asyncio.get_running_loop().time()
        stuck = [key for key, since in self._passes.items() if now - since > PASS_LIMIT_S]
        return f"the pass over {stuck[0].namespace}/{stuck[0].name} is stuck" if stuck else None

    def _unready(self) -> str | None:
        if not self._watch.is_ready.is_set():
            return "the watches are not established"
        return "no API server has told its version" if self._minors.minors is None else None


async def end_all(tasks: Sequence[asyncio.Task[None]]) -> None:
    """Cancel tasks until all have ended.

    Once is not enough: where a cancellation and the timeout of a request meet, aiohttp makes a timeout of both,
    after which a loop would go on for ever. When Kopf fails they do meet, for it ends the senders of requests.
    """
    while pending := [task for task in tasks if not task.done()]:
        for task in pending:
            task.cancel()
        await asyncio.wait(pending, timeout=CANCEL_AGAIN_S)
    await asyncio.gather(*tasks, return_exceptions=True)


async def run(settings: Settings, probe: Prober | None = None) -> None:
    """Run one operator process; addons are asked over the network unless the caller brings a prober of its own.

    Raises:
        ApiError: no API server can be reached, or our kinds are not installed.
    """
    client = await connect(settings.kubeconfig)
    try:
        await Operator(settings, client, probe).run()
    finally:
        await client.close()
