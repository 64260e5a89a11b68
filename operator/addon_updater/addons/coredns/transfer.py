"""Moves the `transfer to` options of kubernetes, file and auto into the transfer plugin (CoreDNS 1.8.0)."""

from __future__ import annotations

from typing import Final

from addon_updater.addons.coredns.corefile import Option, Plugin, Server
from addon_updater.addons.coredns.edit import Edit, indentation, line_ending, remove

_WORDS_BEFORE_ZONES: Final = {"kubernetes": 1, "auto": 1, "file": 2}
"""How many words stand before the zones on the line of each plugin that could transfer."""


def move_transfer(text: str, server: Server, plugin: Plugin, option: Option) -> tuple[Edit, ...]:
    """The edits that move one option; the first of a plugin also writes the stanza with all its `to` lists.

    Empty when the block already has settings with which these would have to be merged.
    """
    movable = _movable(server, plugin)
    if option not in movable or plugin.closing is None:
        return ()
    removal = remove(text, option.tokens[0].start, option.tokens[-1].end)
    if option is not movable[0]:
        return (removal,)
    return removal, Edit(plugin.closing.end, plugin.closing.end, _stanza(text, plugin, movable))


def _stanza(text: str, plugin: Plugin, options: tuple[Option, ...]) -> str:
    # The words are taken as they are written, quotes and variables included.
    zones = [text[token.start : token.end] for token in plugin.tokens[_WORDS_BEFORE_ZONES[plugin.name] :]]
    servers = [text[token.start : token.end] for option in options for token in option.tokens[2:]]
    outer = indentation(text, plugin.tokens[0].start)
    inner = indentation(text, options[0].tokens[0].start)
    if len(inner) <= len(outer):
        inner = outer + "    "
    lines = [
        "",
        f"{outer}{' '.join(['transfer', *zones, '{'])}",
        f"{inner}to {' '.join(dict.fromkeys(servers))}",
        f"{outer}}}",
    ]
    return line_ending(text).join(lines)


def _movable(server: Server, plugin: Plugin) -> tuple[Option, ...]:
    """The plugin's `transfer` options, if none of them has to be merged with anything else."""
    if server.named("transfer") or server.opaque:
        return ()
    zones = [
        tuple(word.lower() for word in other.arguments[_WORDS_BEFORE_ZONES[other.name] - 1 :])
        for other in server.named(*_WORDS_BEFORE_ZONES)
        if other.option("transfer")
    ]
    if len(set(zones)) < len(zones):
        return ()
    options = tuple(option for option in plugin.options if option.name == "transfer")
    if all(
        plugin.owns(option) and len(option.tokens) > 2 and option.arguments[0] == "to" for option in options
    ):
        return options
    return ()
