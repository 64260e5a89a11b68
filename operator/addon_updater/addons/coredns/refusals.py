"""What a CoreDNS release refuses to start with. Pure; each refusal names the place in the text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from addon_updater.addons.coredns.corefile import Corefile, Option, Plugin, Server
from addon_updater.addons.coredns.facts import PluginFacts, plugin_facts
from addon_updater.addons.coredns.lexer import Token
from addon_updater.addons.coredns.zones import AddressError, endpoints
from addon_updater.api.versions import Version

_SECONDARY_NEEDS_TRANSFER: Final = Version.parse("1.12.2")
_PATTERNS_LIMITED: Final = Version.parse("1.14.0")
_MAX_PATTERN: Final = 10_000
_PATTERN_PLUGINS: Final = ("auto", "errors", "rewrite", "template")
_DNS64_PREFIXES_LIMITED: Final = Version.parse("1.15.0")
_DNS64_PREFIXES: Final = ("32", "40", "48", "56", "64", "96")


@dataclass(frozen=True, slots=True)
class Refusal:
    """One thing that keeps a CoreDNS release from starting. `token` is where it stands."""

    rule: str
    token: Token
    message: str
    remedy: str
    server: Server
    plugin: Plugin | None = None
    option: Option | None = None


def refusals(corefile: Corefile, version: Version) -> tuple[Refusal, ...]:
    """Everything in `corefile` that this release refuses, in the order of the text's blocks."""
    found = [*_repeated_servers(corefile, version)]
    for server in corefile.servers:
        found += _repeated_plugins(server, version)
        for plugin in server.plugins:
            found += _plugin(server, plugin, version)
    return tuple(found)


def _repeated_servers(corefile: Corefile, version: Version) -> Iterator[Refusal]:
    """Addresses that two blocks claim. Blocks that differ by `bind` or `view` may share one."""
    claimed: dict[str, Token] = {}
    for server in corefile.servers:
        distinguished = bool(server.named("bind", "view")) or server.opaque
        for address in server.addresses:
            try:
                spelled = endpoints(address.text, version)
            except AddressError as error:
                remedy = "write a DNS zone, with a port if it is not the default"
                yield Refusal("CoreDNSInvalidAddress", address, str(error), remedy, server)
                continue
            for endpoint in map(str, spelled):
                first = claimed.get(endpoint)
                if first is not None:
                    message = f"{endpoint} is served here and on line {first.line}"
                    remedy = "merge the two server blocks"
                    yield Refusal("CoreDNSServerRepeated", address, message, remedy, server)
                elif not distinguished:
                    claimed[endpoint] = address


def _repeated_plugins(server: Server, version: Version) -> Iterator[Refusal]:
    seen: Counter[str] = Counter()
    for plugin in server.plugins:
        facts = plugin_facts().get(plugin.name)
        seen[plugin.name] += 1
        if seen[plugin.name] > 1 and facts and facts.once and version in facts.once:
            message = f"plugin '{plugin.name}' may stand only once in a server block of CoreDNS {version}"
            remedy = f"merge the {plugin.name} lines of server block '{server.label}', or split the block"
            yield Refusal("CoreDNSPluginRepeated", plugin.tokens[0], message, remedy, server, plugin)


def _plugin(server: Server, plugin: Plugin, version: Version) -> Iterator[Refusal]:
    facts = plugin_facts().get(plugin.name)
    if facts is None or version not in facts.versions:
        yield _missing_plugin(server, plugin, version, facts)
        return
    if facts.bare and version in facts.bare and plugin.arguments:
        message = f"plugin '{plugin.name}' takes no arguments"
        remedy = f"write '{plugin.name}' alone"
        yield Refusal("CoreDNSUnexpectedArgument", plugin.tokens[1], message, remedy, server, plugin)
    if facts.refuses_unknown_options(version):
        for option in plugin.options:
            yield from _option(server, plugin, option, version)
    yield from _values(server, plugin, version)


def _missing_plugin(server: Server, plugin: Plugin, version: Version, facts: PluginFacts | None) -> Refusal:
    name = plugin.name
    if facts is None:
        rule, message = "CoreDNSUnknownPlugin", f"no CoreDNS release has a plugin '{name}'"
        remedy = (
            "the stock image cannot run it: correct the name, or exclude this addon if it is a custom build"
        )
    elif facts.versions.begins_after(version):
        rule, message = "CoreDNSPluginTooNew", f"plugin '{name}' exists only from {facts.versions.first} on"
        remedy = f"remove it, or choose {facts.versions.first} or newer"
    else:
        rule, message = "CoreDNSPluginRemoved", f"plugin '{name}' is gone since {facts.versions.last}"
        remedy = "replace it by hand: its settings have no safe automatic translation"
    return Refusal(rule, plugin.tokens[0], message, remedy, server, plugin)


def _option(server: Server, plugin: Plugin, option: Option, version: Version) -> Iterator[Refusal]:
    known = (plugin_facts()[plugin.name].options or {}).get(option.name)
    if known is not None and version in known:
        return
    what = f"'{option.name}' of plugin '{plugin.name}'"
    if known is None:
        rule, message = "CoreDNSUnknownOption", f"CoreDNS {version} knows no option {what}"
        remedy = "remove or correct it"
    elif known.begins_after(version):
        rule, message = "CoreDNSOptionTooNew", f"option {what} exists only from {known.first} on"
        remedy = f"remove it, or choose {known.first} or newer"
    else:
        rule, message = "CoreDNSOptionRemoved", f"option {what} is refused after {known.last}"
        remedy = "remove or replace it"
    yield Refusal(rule, option.tokens[0], message, remedy, server, plugin, option)


def _values(server: Server, plugin: Plugin, version: Version) -> Iterator[Refusal]:
    if (
        plugin.name == "secondary"
        and version >= _SECONDARY_NEEDS_TRANSFER
        and plugin.option("transfer") is None
        and not plugin.opaque
    ):
        message = f"plugin 'secondary' needs 'transfer from' since {_SECONDARY_NEEDS_TRANSFER}"
        remedy = "name the server that the zone is copied from"
        yield Refusal("CoreDNSSecondaryWithoutTransfer", plugin.tokens[0], message, remedy, server, plugin)
    if plugin.name in _PATTERN_PLUGINS and version >= _PATTERNS_LIMITED:
        words = plugin.tokens + tuple(word for option in plugin.options for word in option.tokens)
        for word in words:
            if len(word.text.encode()) > _MAX_PATTERN:
                message = f"a pattern of {len(word.text)} characters is longer than {_MAX_PATTERN}"
                yield Refusal("CoreDNSPatternTooLong", word, message, "split the rule", server, plugin)
    if plugin.name == "dns64" and version >= _DNS64_PREFIXES_LIMITED:
        for word in _dns64_prefixes(plugin):
            if "/" in word.text and word.text.rpartition("/")[2] not in _DNS64_PREFIXES:
                message = f"dns64 prefix '{word.text}' has a length that RFC 6052 does not know"
                remedy = f"use a length of {', '.join(_DNS64_PREFIXES)}"
                yield Refusal("CoreDNSDNS64Prefix", word, message, remedy, server, plugin)


def _dns64_prefixes(plugin: Plugin) -> Iterator[Token]:
    yield from plugin.tokens[1:]
    for option in plugin.options:
        if option.name == "prefix":
            yield from option.tokens[1:]
