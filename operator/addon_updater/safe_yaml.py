"""Reads the YAML data of the package with libyaml where it is built in: about ten times as fast as pure Python."""

from __future__ import annotations

from typing import Any

import yaml

# A PyYAML built from source without libyaml's headers has no CSafeLoader. Neither of them makes Python objects.
LOADER: type[yaml.SafeLoader | yaml.CSafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TEXT_LOADER: type[yaml.BaseLoader | yaml.CBaseLoader] = getattr(yaml, "CBaseLoader", yaml.BaseLoader)

_TEXT, _MAP, _LIST = (f"tag:yaml.org,2002:{name}" for name in ("str", "map", "seq"))


def read_yaml(text: str) -> Any:  # noqa: ANN401 - YAML is untyped until its reader gives it a type
    """The one document of `text` as plain data.

    Raises:
        yaml.YAMLError: it is no YAML.
        RecursionError: it is nested more deeply than Python can follow.
    """
    loader = LOADER(text)
    try:
        node = loader.get_single_node()
        return None if node is None else _plain(loader, node, {})
    finally:
        loader.dispose()


def read_texts(text: str) -> Any:  # noqa: ANN401 - as above
    """The one document of `text` with every scalar as the text that it is, for a reader that knows its types itself.

    Telling numbers, days and booleans from texts takes PyYAML a third of its time.

    Raises:
        yaml.YAMLError: it is no YAML.
    """
    loader = _TEXT_LOADER(text)
    try:
        node = loader.get_single_node()
        return None if node is None else _texts(node)
    finally:
        loader.dispose()


def _texts(node: yaml.Node) -> Any:  # noqa: ANN401 - as above
    if isinstance(node, yaml.MappingNode):
        return {key.value: _texts(value) for key, value in node.value}
    return [_texts(item) for item in node.value] if isinstance(node, yaml.SequenceNode) else node.value


def _plain(loader: Any, node: yaml.Node, made: dict[int, Any]) -> Any:  # noqa: ANN401 - as above
    """What a node stands for.

    PyYAML's own constructor would take half of the time for its generality, which texts, lists and mappings do not
    need; everything else is left to it.
    """
    if node.tag == _TEXT and isinstance(node, yaml.ScalarNode):
        return node.value
    if id(node) not in made:
        if node.tag == _LIST and isinstance(node, yaml.SequenceNode):
            made[id(node)] = [_plain(loader, item, made) for item in node.value]
        elif node.tag == _MAP and isinstance(node, yaml.MappingNode) and _has_plain_keys(node):
            made[id(node)] = {key.value: _plain(loader, value, made) for key, value in node.value}
        else:
            made[id(node)] = _constructed(loader, node)
    return made[id(node)]


def _constructed(loader: Any, node: yaml.Node) -> Any:  # noqa: ANN401 - as above
    """What PyYAML makes of a node; the 30th of February and their like it meets with whatever error Python has."""
    try:
        return loader.construct_object(node, deep=True)
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        kind = node.tag.rpartition(":")[2]
        raise yaml.constructor.ConstructorError(
            None, None, f"this is no {kind}: {error}", node.start_mark
        ) from error


def _has_plain_keys(node: yaml.MappingNode) -> bool:
    return all(key.tag == _TEXT and isinstance(key, yaml.ScalarNode) for key, _ in node.value)
