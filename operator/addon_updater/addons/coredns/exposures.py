"""Which features of a Corefile open a known flaw. The names are those of api/catalog_advisories.py. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import permutations
from typing import Final

from addon_updater.addons.coredns.corefile import Corefile, CorefileError, Plugin, Server
from addon_updater.addons.coredns.lexer import Token, environment_references
from addon_updater.addons.coredns.parser import parse
from addon_updater.addons.coredns.zones import AddressError, plain_zone, transport_of
from addon_updater.api.catalog_advisories import FEATURES

_BY_NAME: Final = ("cache", "etcd", "forward", "kubernetes", "loop")
_BY_TRANSPORT: Final = ("grpc", "https", "https3", "quic")
_PLAIN: Final = "dns"
_ENCRYPTED: Final = ("tls", *_BY_TRANSPORT)


def exposures(text: str, environment: Mapping[str, str]) -> dict[str, str]:
    """The features in use and where each stands; where something is hidden, all of them with what hides it.

    `environment` are the variables of the container whose values are known.
    """
    try:
        corefile = parse(text, environment=environment)
    except CorefileError as error:
        return all_features(str(error))
    if (hidden := _hidden(corefile)) is not None:
        return all_features(hidden)
    found: dict[str, str] = {}
    for server in corefile.servers:
        for feature, where in _features(server):
            found.setdefault(feature, where)
    return found


def all_features(why: str) -> dict[str, str]:
    """Every feature, because none can be ruled out."""
    return dict.fromkeys(FEATURES["coredns"], why)


def _hidden(corefile: Corefile) -> str | None:
    """What keeps the Corefile from telling all: an imported file, or a variable where a name should stand."""
    for token in corefile.file_imports:
        return f"Corefile line {token.line} imports a file, which is not read"
    names = [address for server in corefile.servers for address in server.addresses]
    names += [plugin.tokens[0] for _, plugin in corefile.plugins()]
    unknown = next((token for token in names if _is_variable(token)), None)
    return f"Corefile line {unknown.line} has a variable whose value is not known" if unknown else None


def _is_variable(token: Token) -> bool:
    return next(iter(environment_references(token.text)), None) is not None


def _features(server: Server) -> Iterator[tuple[str, str]]:
    encrypted: str | None = None
    for address in server.addresses:
        transport = transport_of(address.text)
        if transport != _PLAIN:
            encrypted = f"Corefile line {address.line}: {address.text}"
            yield "transport/encrypted", encrypted
        if transport in _BY_TRANSPORT:
            yield f"server/{transport}", f"Corefile line {address.line}: {address.text}"
    for plugin in server.plugins:
        yield from _of_plugin(plugin, encrypted)
    if server.named("acl") and (rewrites := server.named("rewrite")):
        yield "plugin/acl+rewrite", _where(rewrites[0])
    if (inner := _inner_transfer(server)) is not None:
        yield "transfer/overlapping", _where(inner)


def _of_plugin(plugin: Plugin, encrypted: str | None) -> Iterator[tuple[str, str]]:
    if plugin.name in _BY_NAME:
        yield f"plugin/{plugin.name}", _where(plugin)
    if plugin.name == "kubernetes" and plugin.option("kubeconfig") is not None:
        yield "kubernetes/kubeconfig", _where(plugin)
    if plugin.name == "tsig" and encrypted is not None:
        yield "tsig/encrypted", encrypted
    if plugin.name == "grpc" or (plugin.name == "forward" and any(map(_may_encrypt, plugin.tokens[2:]))):
        yield "transport/encrypted", _where(plugin)


def _may_encrypt(upstream: Token) -> bool:
    return upstream.text.partition("://")[0] in _ENCRYPTED or _is_variable(upstream)


def _inner_transfer(server: Server) -> Plugin | None:
    """A transfer stanza for a zone that lies inside the zone of another one of the same block."""
    stanzas = [(plugin, zone) for plugin in server.named("transfer") for zone in _zones(server, plugin)]
    for (inner, zone), (outer, other) in permutations(stanzas, 2):
        if inner is not outer and zone != other and (not other or zone.endswith(f".{other}")):
            return inner
    return None


def _zones(server: Server, plugin: Plugin) -> Iterator[str]:
    for zone in plugin.arguments or tuple(address.text for address in server.addresses):
        try:
            yield plain_zone(zone)
        except AddressError:
            continue


def _where(plugin: Plugin) -> str:
    return f"Corefile line {plugin.line}: {plugin.name}"
