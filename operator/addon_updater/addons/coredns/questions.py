"""Which DNS questions prove that a cluster's DNS works, derived from its Corefile."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from addon_updater.addons.coredns.corefile import Corefile, Plugin
from addon_updater.addons.coredns.zones import plain_zone

DEFAULT_DOMAIN: Final = "cluster.local"
_REVERSE_ZONES: Final = ("in-addr.arpa", "ip6.arpa")
# An underscore is legal in a query but not in the name of a Service, so nobody can create this one.
_NO_SUCH_SERVICE: Final = "no_such_service"
_MAX_HOSTS_QUESTIONS: Final = 8
_MAX_ZONE_QUESTIONS: Final = 16


class Expect(StrEnum):
    """How the answer to a question is judged."""

    ADDRESSES = "Addresses"
    """NOERROR with exactly the addresses of the question."""
    NXDOMAIN = "NXDomain"
    """The name must not exist."""
    AS_BEFORE = "AsBefore"
    """The same class of response code as at the baseline: what lies behind it is not CoreDNS's."""


@dataclass(frozen=True, slots=True)
class Question:
    """One query. `id` is stable between runs, so that an answer finds its baseline."""

    id: str
    name: str
    rdtype: str
    tcp: bool
    expect: Expect
    addresses: frozenset[str] = frozenset()


def cluster_domain(corefile: Corefile) -> str:
    """The zone that the kubernetes plugin serves: its first that is no reverse zone."""
    for server, plugin in corefile.plugins("kubernetes"):
        zones = plugin.arguments or tuple(token.text for token in server.addresses)
        for zone in map(plain_zone, zones):
            if zone and not zone.endswith(_REVERSE_ZONES) and "/" not in zone:
                return zone
    return DEFAULT_DOMAIN


def questions(
    corefile: Corefile,
    *,
    cluster_ips: Iterable[str],
    endpoint_ips: Iterable[str] = (),
    names: Iterable[str] = (),
) -> tuple[Question, ...]:
    """The questions for this Corefile, over UDP and TCP, the most telling first.

    `cluster_ips` are the addresses of the Service default/kubernetes, `endpoint_ips` those of its endpoints:
    the Service's record alone does not prove that CoreDNS may watch EndpointSlices. `names` are the user's.
    """
    asked = (
        *_cluster(corefile, tuple(cluster_ips), tuple(endpoint_ips)),
        *_hosts(corefile),
        *_zones(corefile, cluster_domain(corefile)),
        *(("name", _absolute(name), "A", Expect.AS_BEFORE, frozenset[str]()) for name in names),
    )
    return tuple(
        Question(f"{kind}/{name}/{rdtype}/{'tcp' if tcp else 'udp'}", name, rdtype, tcp, expect, addresses)
        for kind, name, rdtype, expect, addresses in dict.fromkeys(asked)
        for tcp in (False, True)
    )


_Asked = tuple[str, str, str, Expect, frozenset[str]]


def _cluster(
    corefile: Corefile, cluster_ips: tuple[str, ...], endpoint_ips: tuple[str, ...]
) -> Iterator[_Asked]:
    """What the kubernetes plugin must answer, as far as its options do not hide it."""
    plugin = next((plugin for _, plugin in corefile.plugins("kubernetes")), None)
    if plugin is None:
        return
    domain = cluster_domain(corefile)
    if not _hides_default_namespace(plugin):
        service = f"kubernetes.default.svc.{domain}."
        for rdtype, addresses in _by_family(cluster_ips):
            yield ("apiserver", service, rdtype, Expect.ADDRESSES, addresses)
        for address in () if plugin.option("noendpoints") else sorted(endpoint_ips):
            dashed = address.replace(".", "-").replace(":", "-")
            for rdtype, addresses in _by_family((address,)):
                yield ("endpoint", f"{dashed}.{service}", rdtype, Expect.ADDRESSES, addresses)
    fallthrough = plugin.option("fallthrough")
    if fallthrough is None or (
        fallthrough.arguments and domain not in map(plain_zone, fallthrough.arguments)
    ):
        yield ("nxdomain", f"{_NO_SUCH_SERVICE}.default.svc.{domain}.", "A", Expect.NXDOMAIN, frozenset())


def _hides_default_namespace(plugin: Plugin) -> bool:
    namespaces = plugin.option("namespaces")
    if namespaces is not None and "default" not in namespaces.arguments:
        return True
    return plugin.option("labels") is not None or plugin.option("namespace_labels") is not None


def _hosts(corefile: Corefile) -> Iterator[_Asked]:
    """Names that a hosts block gives literal addresses, unless a rewrite could stand before it."""
    found: dict[tuple[str, str], set[str]] = {}
    for server, plugin in corefile.plugins("hosts"):
        if server.named("rewrite", "template", "acl") or not _serves_everything(plugin, server.label):
            continue
        for option in plugin.options:
            for rdtype, addresses in _by_family((option.name,)):
                for name in option.arguments:
                    if "{" not in name:
                        found.setdefault((_absolute(name), rdtype), set()).update(addresses)
    for (name, rdtype), known in list(found.items())[:_MAX_HOSTS_QUESTIONS]:
        yield ("hosts", name, rdtype, Expect.ADDRESSES, frozenset(known))


def _serves_everything(plugin: Plugin, label: str) -> bool:
    return not plugin.arguments and label in {".", ".:53"}


def _zones(corefile: Corefile, domain: str) -> Iterator[_Asked]:
    """One question for each zone that is forwarded elsewhere than everything else."""
    zones: dict[str, None] = {}
    for server, plugin in corefile.plugins("forward"):
        sources = plugin.arguments[:1]
        if sources == (".",):
            sources = tuple(token.text for token in server.addresses)
        for zone in map(plain_zone, sources):
            if zone and zone != domain and "/" not in zone and "{" not in zone:
                zones[zone] = None
    for zone in list(zones)[:_MAX_ZONE_QUESTIONS]:
        yield ("zone", f"{zone}.", "SOA", Expect.AS_BEFORE, frozenset())


def _by_family(addresses: Iterable[str]) -> Iterator[tuple[str, frozenset[str]]]:
    families: dict[str, set[str]] = {}
    for text in addresses:
        try:
            address = ipaddress.ip_address(text)
        except ValueError:
            continue
        families.setdefault("A" if address.version == 4 else "AAAA", set()).add(str(address))
    for rdtype in sorted(families):
        yield rdtype, frozenset(families[rdtype])


def _absolute(name: str) -> str:
    return name if name.endswith(".") else f"{name}."
