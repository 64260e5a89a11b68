"""What switches together: image, arguments, configuration text, pace. A revision is one immutable content."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True, slots=True)
class ConfigItem:
    """One entry of a volume's `items`: a key of the ConfigMap and the file it becomes."""

    key: str
    path: str
    mode: int | None = None

    def to_wire(self) -> dict[str, Any]:
        """As it stands in a pod template."""
        wire: dict[str, Any] = {"key": self.key, "path": self.path}
        return wire if self.mode is None else wire | {"mode": self.mode}


@dataclass(frozen=True, slots=True)
class ConfigContent:
    """Where the configuration lies and what it says.

    `key` is the ConfigMap key that the pods of this revision mount, `input_key` the one that people, kubeadm and
    Git write, `input_hash` the hash of what stood there when this text was made from it.
    """

    config_map: str
    volume: str
    items: tuple[ConfigItem, ...]
    key: str
    text: str
    input_key: str
    input_hash: str

    @property
    def is_own_key(self) -> bool:
        """Whether the pods mount a key of ours instead of the people's one."""
        return self.key != self.input_key

    def moved_to(self, key: str) -> ConfigContent:
        """The same text under another key of the same ConfigMap."""
        if key == self.key:
            return self
        items = tuple(replace(item, key=key) if item.key == self.key else item for item in self.items)
        return replace(self, key=key, items=items)

    def with_text(self, text: str) -> ConfigContent:
        """Another text, under the key of ours that only this text has."""
        return replace(self.moved_to(f"{self.input_key}-{text_hash(text)}"), text=text)


@dataclass(frozen=True, slots=True)
class Content:
    """Everything of a workload that a revision governs. `version` is the addon's, without vendor prefix.

    `recreate` asks for the strategy Recreate of a Deployment: what holds a volume alone cannot roll. It is set
    before the switch and stays; the pods of a revision are the same without it.
    """

    version: str
    container: str
    image: str
    args: tuple[str, ...] | None
    min_ready_seconds: int
    config: ConfigContent | None
    recreate: bool = False

    def switches_like(self, other: Content) -> bool:
        """Whether the pods of both run the same, whatever people wrote meanwhile for a next revision.

        Which key carries the text makes no difference to a pod.
        """
        return self._switch() == other._switch()

    def with_min_ready_seconds(self, seconds: int) -> Content:
        """The same content at another pace."""
        return replace(self, min_ready_seconds=seconds)

    def with_input_hash(self, input_hash: str) -> Content:
        """The same content, made from that input."""
        return (
            self if self.config is None else replace(self, config=replace(self.config, input_hash=input_hash))
        )

    def _switch(self) -> tuple[object, ...]:
        config = self.config and self.config.moved_to(self.config.input_key)
        mounted = config and (config.config_map, config.volume, config.items, config.text)
        return (self.container, self.image, self.args, self.min_ready_seconds, mounted)

    @property
    def digest(self) -> str:
        """Sixteen hex digits that two contents share exactly when they are equal."""
        canonical = json.dumps(self.to_json(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()[:16]

    def to_json(self) -> dict[str, Any]:
        """As stored in the data of a ControllerRevision."""
        data: dict[str, Any] = {
            "version": self.version,
            "container": self.container,
            "image": self.image,
            "minReadySeconds": self.min_ready_seconds,
        }
        if self.args is not None:
            data["args"] = list(self.args)
        if self.recreate:
            data["recreate"] = True
        if self.config is not None:
            data["config"] = {
                "configMap": self.config.config_map,
                "volume": self.config.volume,
                "items": [item.to_wire() for item in self.config.items],
                "key": self.config.key,
                "text": self.config.text,
                "inputKey": self.config.input_key,
                "inputHash": self.config.input_hash,
            }
        return data


def content_from_json(data: Mapping[str, Any]) -> Content:
    """Read back what `Content.to_json` wrote.

    Raises:
        KeyError, TypeError: the data is not ours; the caller leaves such a revision out.
    """
    config = data.get("config")
    args = data.get("args")
    return Content(
        version=str(data["version"]),
        container=str(data["container"]),
        image=str(data["image"]),
        args=None if args is None else tuple(str(arg) for arg in args),
        min_ready_seconds=int(data["minReadySeconds"]),
        config=None
        if config is None
        else ConfigContent(
            config_map=str(config["configMap"]),
            volume=str(config["volume"]),
            items=tuple(
                ConfigItem(key=str(item["key"]), path=str(item["path"]), mode=item.get("mode"))
                for item in config["items"]
            ),
            key=str(config["key"]),
            text=str(config["text"]),
            input_key=str(config["inputKey"]),
            input_hash=str(config["inputHash"]),
        ),
        recreate=bool(data.get("recreate")),
    )


def text_hash(text: str) -> str:
    """Twelve hex digits of a configuration text: the suffix of its key."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]
