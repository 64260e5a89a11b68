"""Objects in memory behind the client's methods, with what tests need of a server: versions, conflicts, faults."""

import asyncio
import contextlib
import copy
from collections.abc import AsyncIterator, Callable
from typing import Any

from addon_updater.errors import ApiError, ConflictError, NotFoundError

Manifest = dict[str, Any]
Page = list[Manifest]
WATCH_S = 290.0
"""How long a watch lasts."""


class MemoryApi:
    """`fault` sees every request before it is carried out and may raise; `delay` is the time of each answer."""

    def __init__(self) -> None:
        self.objects: dict[str, Manifest] = {}
        self.requests: list[tuple[str, str]] = []
        self.bodies: list[tuple[str, str, Any]] = []
        self.words_of_others: dict[str, Any] = {}
        """What somebody else has written into a status; an apply leaves it there."""
        self.fault: Callable[[str, str], ApiError | None] = lambda _verb, _path: None
        self.delay = 0.0
        self.behind_the_address: list[Manifest] = []
        self.fresh_connections = 0
        self.serial = 0
        self._changed = asyncio.Event()

    def put(self, path: str, manifest: Manifest) -> Manifest:
        """Somebody writes."""
        self.serial += 1
        kept = copy.deepcopy(manifest)
        metadata = kept.setdefault("metadata", {})
        metadata.setdefault("uid", f"uid-{self.serial}")
        metadata["resourceVersion"] = str(self.serial)
        self.objects[path] = kept
        self._tell()
        return copy.deepcopy(kept)

    def drop(self, path: str) -> None:
        """Somebody deletes."""
        if self.objects.pop(path, None) is not None:
            self.serial += 1
            self._tell()

    def _tell(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    def writes(self) -> list[tuple[str, str]]:
        """The requests that were no reads."""
        return [request for request in self.requests if request[0] not in ("get", "list", "watch")]

    async def get(self, path: str) -> Manifest | None:
        await self._asked("get", path)
        return copy.deepcopy(self.objects.get(path))

    async def list(self, path: str, *, labels: str | None = None) -> list[Manifest]:
        await self._asked("list", path)
        wanted = [pair.partition("=") for pair in labels.split(",")] if labels else []
        found = [item for key, item in self.objects.items() if key.rpartition("/")[0] == path]
        return [
            copy.deepcopy(item)
            for item in found
            if all(_has_label(item, key, value if equals else None) for key, equals, value in wanted)
        ]

    async def pages(self, path: str, *, size: int) -> AsyncIterator[Page]:
        found = await self.list(path)
        for start in range(0, max(len(found), 1), size):
            yield found[start : start + size]

    async def get_afresh(self, path: str) -> Manifest:
        """Behind the one address several servers may answer in turn."""
        await self._asked("get", path)
        answers = self.behind_the_address or [self.objects[path]]
        self.fresh_connections += 1
        return copy.deepcopy(answers[self.fresh_connections % len(answers)])

    async def get_from(self, server: str, path: str) -> Manifest:
        await self._asked("get", server + path)
        return copy.deepcopy(self.objects[server + path])

    async def create(self, path: str, body: Manifest) -> Manifest:
        await self._asked("create", path, body)
        name = (body.get("metadata") or {}).get("name")
        if name is None:
            return {"status": {"allowed": True}}
        if f"{path}/{name}" in self.objects:
            raise ConflictError(f"{name} already exists", status=409)
        return self.put(f"{path}/{name}", body)

    async def replace(self, path: str, body: Manifest) -> Manifest:
        await self._asked("replace", path, body)
        live = self.objects.get(path)
        if live is None:
            raise NotFoundError(path, status=404)
        if live["metadata"]["resourceVersion"] != body["metadata"].get("resourceVersion"):
            raise ConflictError(f"{path} was changed", status=409)
        return self.put(path, body)

    async def merge(self, path: str, body: Manifest) -> Manifest:
        await self._asked("merge", path, body)
        for key in [key for key, value in (body.get("status") or {}).items() if value is None]:
            self.words_of_others.pop(key, None)
        return dict(body)

    async def apply(self, path: str, body: Manifest) -> Manifest:
        await self._asked("apply", path, body)
        if "status" not in body:
            return dict(body)
        return {**body, "status": {**body["status"], **copy.deepcopy(self.words_of_others)}}

    async def delete(self, path: str, *, uid: str | None = None) -> None:
        await self._asked("delete", path, uid)
        self.drop(path)

    async def versions(self, path: str, name: str) -> AsyncIterator[str]:
        await self._asked("watch", f"{path}/{name}")
        told = None
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(WATCH_S):
                while True:
                    changed, live = self._changed, self.objects.get(f"{path}/{name}")
                    version = live["metadata"]["resourceVersion"] if live is not None else None
                    if version != told:
                        told = version
                        yield version or str(self.serial)
                    await changed.wait()

    async def _asked(self, verb: str, path: str, body: Any = None) -> None:
        self.requests.append((verb, path))
        if body is not None:
            self.bodies.append((verb, path, copy.deepcopy(body)))
        if self.delay:
            await asyncio.sleep(self.delay)
        if (error := self.fault(verb, path)) is not None:
            raise error


def _has_label(item: Manifest, key: str, value: str | None) -> bool:
    """Whether it has the label, with that value unless any will do."""
    labels = item["metadata"].get("labels") or {}
    return key in labels and value in (None, labels[key])
