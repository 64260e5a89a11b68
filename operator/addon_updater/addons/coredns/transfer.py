"""Moves the `transfer to` options of kubernetes, file and auto into the transfer plugin (CoreDNS 1.8.0)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from addon_updater.addons.coredns.corefile import Corefile, Option, Plugin, Server
from addon_updater.addons.coredns.lexer import Token
from addon_updater.addons.edit import Edit, indentation, line_ending, remove

_WORDS_BEFORE_ZONES: Final = {"kubernetes": 1, "auto": 1, "file": 2}
"""How many words stand before the zones on the line of each plugin that could transfer."""


def transfer_moves(corefile: Corefile) -> Mapping[int, tuple[Edit, ...]]:
    """The edits that move each `transfer` option, by its offset.

    The first option of a plugin also brings the stanza with all the plugin's `to` lists. An option is missing
    when it would have to be merged with other settings, which is a person's decision.
    """
    moves: dict[int, tuple[Edit, ...]] = {}
    for server in corefile.servers:
        for plugin in _movable_plugins(server):
            moves |= _moves(corefile.text, plugin)
    return moves


def _movable_plugins(server: Server) -> Iterator[Plugin]:
    if server.named("transfer") or server.opaque:
        return
    plugins = [plugin for plugin in server.named(*_WORDS_BEFORE_ZONES) if plugin.option("transfer")]
    zones = {tuple(token.text.lower() for token in _zones(plugin)) for plugin in plugins}
    if len(zones) == len(plugins):
        yield from plugins


def _moves(text: str, plugin: Plugin) -> dict[int, tuple[Edit, ...]]:
    options = tuple(option for option in plugin.options if option.name == "transfer")
    if plugin.closing is None or not all(_is_plain(plugin, option) for option in options):
        return {}
    moves: dict[int, tuple[Edit, ...]] = {
        option.tokens[0].start: (remove(text, option.tokens[0].start, option.tokens[-1].end),)
        for option in options
    }
    stanza = Edit(plugin.closing.end, plugin.closing.end, _stanza(text, plugin, options))
    moves[options[0].tokens[0].start] += (stanza,)
    return moves


def _is_plain(plugin: Plugin, option: Option) -> bool:
    return plugin.owns(option) and len(option.tokens) > 2 and option.arguments[0] == "to" and not option.body


def _zones(plugin: Plugin) -> tuple[Token, ...]:
    return plugin.tokens[_WORDS_BEFORE_ZONES[plugin.name] :]


def _stanza(text: str, plugin: Plugin, options: tuple[Option, ...]) -> str:
    # The words are taken as they are written, quotes and variables included.
    zones = [text[token.start : token.end] for token in _zones(plugin)]
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
