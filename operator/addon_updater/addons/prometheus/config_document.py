"""prometheus.yml as a tree that knows where everything stands in the text, so that an edit keeps the rest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import yaml

from addon_updater.addons.edit import Edit
from addon_updater.safe_yaml import LOADER

_BYTE_ORDER_MARK: Final = "\ufeff"
_MERGE: Final = "tag:yaml.org,2002:merge"
_MAX_DEPTH: Final = 64
ANY: Final = "*"
"""A path's step that stands for every item of a list or every value of a mapping."""


class PrometheusConfigError(ValueError):
    """A text that no Prometheus reads; the message has line and remedy."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One key of a mapping and its value."""

    key: yaml.ScalarNode
    value: yaml.Node

    @property
    def line(self) -> int:
        """Where the key stands, counted from 1."""
        return int(self.key.start_mark.line) + 1

    @property
    def text(self) -> str | None:
        """The value when it is one word, number or sentence."""
        return self.value.value if isinstance(self.value, yaml.ScalarNode) else None

    @property
    def words(self) -> tuple[str, ...]:
        """The items of a list that are one word, number or sentence; none when the value is no list."""
        items = self.value.value if isinstance(self.value, yaml.SequenceNode) else ()
        return tuple(item.value for item in items if isinstance(item, yaml.ScalarNode))

    @property
    def is_set(self) -> bool:
        """Whether the value says anything: a list or mapping that is empty, or null, does not."""
        if isinstance(self.value, yaml.ScalarNode):
            return self.value.value not in {"", "~", "null"}
        return bool(self.value.value)


@dataclass(frozen=True, slots=True)
class ConfigDocument:
    """A configuration file. `root` is None for an empty one."""

    text: str
    root: yaml.MappingNode | None
    shift: int
    """Characters before the YAML begins: the byte order mark, which the parser does not count."""

    def entries(self, *path: str) -> Iterator[Entry]:
        """Every entry at a path such as ("scrape_configs", ANY, "job_name"), in the order of the text."""
        if self.root is not None and path:
            yield from entries_at(self.root, *path)

    def entry(self, *path: str) -> Entry | None:
        """The first entry at a path."""
        return next(self.entries(*path), None)

    def items(self, *path: str) -> Iterator[yaml.MappingNode]:
        """Every mapping in the lists at a path."""
        if self.root is not None:
            yield from mappings_at(self.root, *path)

    def scalars(self) -> Iterator[yaml.ScalarNode]:
        """Every value of the document that is no list and no mapping."""
        if self.root is not None:
            yield from _scalars(self.root, set())

    def source(self, node: yaml.Node) -> str:
        """How a node is written."""
        return self.text[self._start(node) : self._end(node)]

    def rewrite(self, node: yaml.ScalarNode, old: str, new: str) -> Edit | None:
        """Replace `old` everywhere in a word as it is written; None when it is not written that way.

        A quoted word may say with an escape what stands nowhere in the text.
        """
        written = self.source(node)
        if written.count(old) != node.value.count(old):
            return None
        return Edit(self._start(node), self._end(node), written.replace(old, new))

    def insert_before(self, node: yaml.Node, lines: str) -> Edit:
        """Put text in front of a node."""
        start = self._start(node)
        return Edit(start, start, lines)

    def _start(self, node: yaml.Node) -> int:
        return int(node.start_mark.index) + self.shift

    def _end(self, node: yaml.Node) -> int:
        return int(node.end_mark.index) + self.shift


def read_config(text: str) -> ConfigDocument:
    """Read a configuration file.

    Raises:
        PrometheusConfigError: it is no YAML, or no mapping.
    """
    shift = len(text) - len(text.removeprefix(_BYTE_ORDER_MARK))
    try:
        root = yaml.compose(text[shift:], LOADER)
    except yaml.YAMLError as error:
        raise PrometheusConfigError(f"correct the YAML: {' '.join(str(error).split())}") from error
    except RecursionError as error:
        raise PrometheusConfigError("nested too deeply for a configuration of Prometheus") from error
    if root is None or (isinstance(root, yaml.ScalarNode) and not root.value):
        return ConfigDocument(text, None, shift)
    if not isinstance(root, yaml.MappingNode):
        raise PrometheusConfigError("the top level is no mapping; see the configuration of Prometheus")
    return ConfigDocument(text, root, shift)


def entries_of(mapping: yaml.MappingNode, depth: int = 0) -> Iterator[Entry]:
    """The entries of a mapping; those it merges from elsewhere (`<<`) come last, as they count least."""
    merged: list[yaml.Node] = []
    for key, value in mapping.value:
        if key.tag == _MERGE:
            merged += value.value if isinstance(value, yaml.SequenceNode) else [value]
        elif isinstance(key, yaml.ScalarNode):
            yield Entry(key, value)
    for node in merged:
        if isinstance(node, yaml.MappingNode) and depth < _MAX_DEPTH:
            yield from entries_of(node, depth + 1)


def find(mapping: yaml.MappingNode, *path: str) -> Entry | None:
    """The first entry at a path below a mapping."""
    return next(entries_at(mapping, *path), None)


def mappings_at(mapping: yaml.MappingNode, *path: str) -> Iterator[yaml.MappingNode]:
    """Every mapping in the lists at a path below a mapping."""
    for entry in entries_at(mapping, *path):
        if isinstance(entry.value, yaml.SequenceNode):
            yield from (item for item in entry.value.value if isinstance(item, yaml.MappingNode))


def entries_at(node: yaml.Node, *path: str) -> Iterator[Entry]:
    """Every entry at a path below a node."""
    step, rest = path[0], path[1:]
    if step == ANY and isinstance(node, yaml.SequenceNode) and rest:
        for item in node.value:
            yield from entries_at(item, *rest)
    elif isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for entry in entries_of(node):
            if step not in (ANY, entry.key.value) or entry.key.value in seen:
                continue
            seen.add(entry.key.value)
            if rest:
                yield from entries_at(entry.value, *rest)
            else:
                yield entry


def _scalars(node: yaml.Node, seen: set[int]) -> Iterator[yaml.ScalarNode]:
    if id(node) in seen:
        return
    # An alias is the same node again; following each would take for ever where aliases nest.
    seen.add(id(node))
    if isinstance(node, yaml.ScalarNode):
        yield node
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _scalars(item, seen)
    elif isinstance(node, yaml.MappingNode):
        for _, value in node.value:
            yield from _scalars(value, seen)
