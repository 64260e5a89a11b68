"""The part of an API server that ownership and preconditions are made of, in memory.

Objects are kept flat: one value per managedFields path. That makes server-side apply what it is on a real server:
fields that a manager applied and leaves out later vanish unless somebody else owns them, a merge patch takes what
it changes, a repeated write without a difference changes nothing, not even the resourceVersion.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from addon_updater.errors import ConflictError, InvalidError, NotFoundError

Manifest = dict[str, Any]
Path = tuple[str, ...]
Flat = dict[Path, Any]
_KEYED = frozenset({"containers", "volumes"})


@dataclass(frozen=True)
class Write:
    """One successful change of an object: what it was before and after, path by path."""

    at: datetime
    manager: str
    verb: str
    kind: str
    name: str
    before: Flat
    after: Flat

    @property
    def changed(self) -> set[Path]:
        """The paths whose value differs."""
        return {
            path
            for path in self.before.keys() | self.after.keys()
            if self.before.get(path) != self.after.get(path)
        }


@dataclass
class Stored:
    """An object: identity, values, and who owns which path since when."""

    kind: str
    name: str
    uid: str
    resource_version: int
    generation: int
    created_at: datetime
    fields: Flat
    owners: dict[tuple[str, str], dict[Path, Any]] = field(default_factory=dict)
    times: dict[tuple[str, str], datetime] = field(default_factory=dict)
    status: Manifest = field(default_factory=dict)
    read: tuple[int, Manifest] = (-1, {})
    """The manifest of a resourceVersion, kept because it is read more often than written."""


@dataclass
class ApiServer:
    """Deployments, ConfigMaps and ControllerRevisions of one namespace, and the log of every write."""

    clock: Callable[[], datetime]
    objects: dict[tuple[str, str], Stored] = field(default_factory=dict)
    log: list[Write] = field(default_factory=list)
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def get(self, kind: str, name: str) -> Manifest | None:
        """The object as a client reads it."""
        stored = self.objects.get((kind, name))
        return None if stored is None else _manifest(stored)

    def list(self, kind: str, label: str, value: str) -> list[Manifest]:
        """The objects of a kind with that label."""
        path = ("f:metadata", "f:labels", f"f:{label}")
        return [
            _manifest(stored)
            for (of, _), stored in sorted(self.objects.items())
            if of == kind and stored.fields.get(path) == value
        ]

    def create(self, kind: str, manifest: Mapping[str, Any], manager: str) -> None:
        """Create, or a conflict when the name is taken."""
        name = manifest["metadata"]["name"]
        if (kind, name) in self.objects:
            raise ConflictError(f"{kind} {name} already exists", status=409)
        number, now, fields = next(self._numbers), self.clock(), flatten(_content(manifest))
        stored = Stored(kind, name, f"uid-{number}", number, 1, now, fields)
        stored.owners[manager, "Update"], stored.times[manager, "Update"] = dict(fields), now
        self.objects[kind, name] = stored
        self.log.append(Write(now, manager, "create", kind, name, {}, dict(fields)))

    def merge(self, kind: str, name: str, patch: Mapping[str, Any], manager: str) -> None:
        """A JSON merge patch with the preconditions that its metadata carries."""
        stored = self._checked(kind, name, patch.get("metadata") or {})
        content = _content(_merged(_manifest(stored), patch))
        self._put(stored, flatten(content), manager, "patch")

    def overlay(self, kind: str, name: str, manifest: Mapping[str, Any], manager: str) -> None:
        """What a client-side apply does: set every field of the manifest, leave all others."""
        stored = self._checked(kind, name, {})
        self._put(stored, stored.fields | flatten(_content(manifest)), manager, "patch")

    def apply(self, kind: str, name: str, body: Mapping[str, Any], manager: str) -> None:
        """A forced server-side apply."""
        metadata = body.get("metadata") or {}
        if (kind, name) not in self.objects and "uid" in metadata:
            raise ConflictError("uid mismatch: no existing object was found", status=409)
        stored = self._checked(kind, name, metadata)
        key, wanted = (manager, "Apply"), flatten(_content(body))
        others = {path for owner, paths in stored.owners.items() if owner != key for path in paths}
        left = {p for p in stored.owners.get(key, {}) if p not in wanted and p not in others}
        after = {path: value for path, value in stored.fields.items() if path not in left} | wanted
        self._put(stored, after, manager, "apply", owned=wanted)

    def delete(self, kind: str, name: str, manager: str) -> None:
        """Delete; a missing object is fine, as the operator's client sees it."""
        stored = self.objects.pop((kind, name), None)
        if stored is not None:
            self.log.append(Write(self.clock(), manager, "delete", kind, name, dict(stored.fields), {}))

    def _checked(self, kind: str, name: str, metadata: Mapping[str, Any]) -> Stored:
        stored = self.objects.get((kind, name))
        if stored is None:
            raise NotFoundError(f"{kind} {name} does not exist", status=404)
        if metadata.get("uid", stored.uid) != stored.uid:
            raise ConflictError(f"{kind} {name} has another uid", status=409)
        if str(metadata.get("resourceVersion", stored.resource_version)) != str(stored.resource_version):
            raise ConflictError(f"{kind} {name} has been modified", status=409)
        return stored

    def _put(
        self, stored: Stored, after: Flat, manager: str, verb: str, *, owned: Flat | None = None
    ) -> None:
        before, key = stored.fields, (manager, "Update" if owned is None else "Apply")
        if stored.kind == "ControllerRevision" and any(
            before.get(path) != after.get(path) for path in before if path[0] == "f:data"
        ):
            raise InvalidError("data of a ControllerRevision is immutable", status=422)
        changed = {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}
        mine = (
            dict(owned)
            if owned is not None
            else stored.owners.get(key, {}) | {path: after[path] for path in changed if path in after}
        )
        if not changed and stored.owners.get(key, {}) == mine:
            return
        for owner, paths in stored.owners.items():
            if owner != key:
                stored.owners[owner] = {p: v for p, v in paths.items() if p not in changed}
        stored.owners[key] = {path: value for path, value in mine.items() if path in after}
        stored.times[key] = self.clock()
        stored.fields, stored.resource_version = after, next(self._numbers)
        stored.generation += any(path[0] == "f:spec" for path in changed)
        self.log.append(Write(self.clock(), manager, verb, stored.kind, stored.name, before, dict(after)))

    def touch(self, kind: str, name: str) -> None:
        """Somebody writes something that does not matter here; only the resourceVersion moves."""
        if stored := self.objects.get((kind, name)):
            stored.resource_version = next(self._numbers)


def flatten(node: Any, path: Path = ()) -> Flat:
    """One value per leaf; containers and volumes by name, every other list whole."""
    if isinstance(node, Mapping) and node:
        return {p: v for key, child in node.items() for p, v in flatten(child, (*path, f"f:{key}")).items()}
    if isinstance(node, list) and path and path[-1][2:] in _KEYED:
        flat: Flat = {}
        for item in node:
            flat |= flatten(item, (*path, f"k:{json.dumps({'name': item['name']}, separators=(',', ':'))}"))
        return flat
    return {path: node}


def unflatten(flat: Mapping[Path, Any]) -> Manifest:
    """The manifest that `flatten` was given."""
    root: Manifest = {}
    for path, value in flat.items():
        node = root
        for part in path[:-1]:
            node = node.setdefault(part, {})
        node[path[-1]] = value
    return _named(root)


def _named(node: Any) -> Any:
    if not isinstance(node, dict):
        return node
    if any(key.startswith("k:") for key in node):
        return [_named(child) for child in node.values()]
    if any(not key.startswith("f:") for key in node):
        return node
    return {key[2:]: _named(child) for key, child in node.items()}


def _content(manifest: Mapping[str, Any]) -> Manifest:
    metadata = manifest.get("metadata") or {}
    kept = {key: metadata[key] for key in ("labels", "annotations") if metadata.get(key)}
    content = {key: manifest[key] for key in ("spec", "data", "revision") if key in manifest}
    return content | ({"metadata": kept} if kept else {})


def _merged(target: Any, patch: Any) -> Any:
    if not isinstance(patch, Mapping):
        return patch
    result = dict(target) if isinstance(target, Mapping) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = _merged(result.get(key), value)
    return result


def _manifest(stored: Stored) -> Manifest:
    if stored.read[0] != stored.resource_version:
        stored.read = (stored.resource_version, _rendered(stored))
    return stored.read[1] | {"status": stored.status}


def _rendered(stored: Stored) -> Manifest:
    content = unflatten(stored.fields)
    metadata = content.pop("metadata", {}) | {
        "name": stored.name,
        "namespace": "kube-system",
        "uid": stored.uid,
        "resourceVersion": str(stored.resource_version),
        "generation": stored.generation,
        "creationTimestamp": stored.created_at.isoformat(),
        "managedFields": [
            {
                "manager": manager,
                "operation": operation,
                "time": stored.times[manager, operation].isoformat(),
                "fieldsV1": _fields_v1(paths),
            }
            for (manager, operation), paths in sorted(stored.owners.items())
            if paths
        ],
    }
    return {"metadata": metadata} | content


def _fields_v1(paths: Mapping[Path, Any]) -> Manifest:
    root: Manifest = {}
    for path in paths:
        node = root
        for part in path:
            node = node.setdefault(part, {})
    return root
