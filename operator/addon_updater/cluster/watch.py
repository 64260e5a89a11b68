"""Kopf as watcher and process frame, nothing else. The only file that imports kopf.

Only `on.event` is used: with it Kopf writes nothing to the cluster, keeps no finalizer and no state. Its stateful
handlers cost two PATCHes per object and change, and lose an edge for ever on one 409.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from typing import Any

import kopf
from kopf._cogs.clients import watching
from kopf._core.engines.peering import Identity

from addon_updater.api.meta import GROUP, VERSION
from addon_updater.cluster.client import Client
from addon_updater.cluster.queue import Key
from addon_updater.cluster.store import Store
from addon_updater.rollout.revision import RELEASE_LABEL

_LOG = logging.getLogger(__name__)

_GONE = 410
"""The one error of a watch after which Kopf lists and watches anew; any other ends its whole process."""
_AFTER_ERROR_S = 1.0
_CHUNK = 200
_IDLE_S = 0.05
_REQUEST_S = 30
_CONNECT_S = 5


class Watch:
    """Fills the store and wakes the queue."""

    def __init__(
        self,
        client: Client,
        store: Store,
        wake: Callable[[Key], None],
        wake_all: Callable[[], None],
        told: Callable[[], None] = lambda: None,
    ) -> None:
        self._client = client
        self._store = store
        self._wake = wake
        self._wake_all = wake_all
        self._told = told
        """Called after every event of our own kinds, whether it wakes anybody or not."""
        self.is_ready = asyncio.Event()

    async def run(self, stop: asyncio.Event) -> None:
        """Watch until told to stop; an end of its own is an error that ends the process."""
        settings = _settings()
        watching.watch_objs = survive_errors(_KOPF_WATCHES)
        await kopf.operator(
            registry=self._registry(),
            settings=settings,
            clusterwide=True,
            standalone=True,
            # Unused without peering, but left out Kopf asks for the user's name, which uid 65532 does not have.
            identity=Identity("addon-updater"),
            stop_flag=stop,
            ready_flag=self.is_ready,
        )

    def _registry(self) -> kopf.OperatorRegistry:
        registry = kopf.OperatorRegistry()
        kopf.on.login(registry=registry)(self._login)
        kopf.on.event(GROUP, VERSION, "addonreleases", registry=registry)(self._release)
        kopf.on.event(GROUP, VERSION, "addoncatalogs", registry=registry)(self._catalog)
        kopf.on.event("apps", "v1", "deployments", registry=registry)(self._workload)
        kopf.on.event("apps", "v1", "statefulsets", registry=registry)(self._workload)
        return registry

    async def _login(self, **_: Any) -> kopf.ConnectionInfo:  # noqa: ANN401 - Kopf's calling convention
        configuration = self._client.configuration
        auth = (await configuration.auth_settings()).get("BearerToken")
        scheme, _space, token = (auth["value"] or "").partition(" ") if auth is not None else ("", "", "")
        return kopf.ConnectionInfo(
            server=configuration.host,
            ca_path=configuration.ssl_ca_cert,
            scheme=scheme.capitalize() or None,
            token=token or None,
            certificate_path=configuration.cert_file,
            private_key_path=configuration.key_file,
        )

    async def _release(self, event: Any, **_: Any) -> None:  # noqa: ANN401
        manifest = event["object"]
        namespace, name = manifest["metadata"]["namespace"], manifest["metadata"]["name"]
        if event["type"] == "DELETED":
            self._store.drop_release(namespace, name)
            # Its own pass lets go of what is kept for it; the others may have waited for its workload.
            self._wake(Key(namespace, name))
            self._wake_all()
        elif self._store.put_release(manifest):
            self._wake(Key(namespace, name))
        self._told()

    async def _catalog(self, event: Any, **_: Any) -> None:  # noqa: ANN401
        manifest = event["object"]
        name = manifest["metadata"]["name"]
        if event["type"] == "DELETED":
            changed = self._store.drop_catalog(name)
        else:
            changed = self._store.put_catalog(name, manifest)
        self._told()
        if changed:
            self._wake_all()

    async def _workload(self, event: Any, **_: Any) -> None:  # noqa: ANN401
        metadata = event["object"]["metadata"]
        release = (metadata.get("labels") or {}).get(RELEASE_LABEL)
        if release is not None:
            self._wake(Key(metadata["namespace"], release))


_Watching = Callable[..., AsyncIterator[Any]]
_KOPF_WATCHES: _Watching = watching.watch_objs


def survive_errors(watch: _Watching) -> _Watching:
    """Watch so that an error in the stream means to list and watch anew, whatever its code.

    An API server sends 500 when etcd fails it for a moment, 429 or 504 when it is overloaded. Kopf takes those for
    the end of the process (watching.py: "Other watch errors should be fatal"), which also ends running passes.
    """

    async def forgiving(**arguments: Any) -> AsyncIterator[Any]:  # noqa: ANN401 - as Kopf's own
        async for event in watch(**arguments):
            status = event["object"]
            if event["type"] == "ERROR" and status.get("code") != _GONE:
                _LOG.warning(
                    "a watch ended with an error and begins anew: %s", status.get("message") or status
                )
                await asyncio.sleep(_AFTER_ERROR_S)
                yield {**event, "object": {**status, "code": _GONE}}
            else:
                yield event

    return forgiving


def _settings() -> kopf.OperatorSettings:
    settings = kopf.OperatorSettings()
    settings.posting.enabled = False
    settings.peering.standalone = True
    settings.scanning.disabled = True
    settings.watching.chunk_size = _CHUNK
    settings.watching.label_selectors["deployments"] = RELEASE_LABEL
    settings.watching.label_selectors["statefulsets"] = RELEASE_LABEL
    settings.queueing.idle_timeout = _IDLE_S
    settings.networking.request_timeout = _REQUEST_S
    settings.networking.connect_timeout = _CONNECT_S
    settings.networking.error_backoffs = (0.5, 1, 2, 3, 5, 5, 5, 5, 5, 5, 5, 5)
    return settings
