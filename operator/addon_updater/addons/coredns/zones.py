"""What a server block's addresses mean: the transport, zone and port that CoreDNS listens for.

Source: core/dnsserver/register.go, plugin/normalize.go and plugin/pkg/{parse,cidr} of github.com/coredns/coredns.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import Final

from addon_updater.api.versions import Version

_DEFAULT_PORTS: Final = {
    "dns": "53",
    "tls": "853",
    "quic": "853",
    "grpc": "443",
    "https": "443",
    "https3": "443",
}
_MAX_NAME: Final = 255
_MAX_LABEL: Final = 63
_IPV4_BOUNDARY: Final = 8
_IPV6_BOUNDARY: Final = 4
NORMALIZED_SINCE: Final = Version.parse("1.14.7")
"""From this release on, zones of server blocks are compared in lower case (coredns/coredns pull request 8320)."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One thing a server block answers for. `zone` is fully qualified."""

    transport: str
    zone: str
    port: str

    def __str__(self) -> str:
        return f"{self.transport}://{self.zone}:{self.port}"


class AddressError(ValueError):
    """An address that no CoreDNS accepts."""


def endpoints(address: str, version: Version) -> tuple[Endpoint, ...]:
    """What `address` stands for in that release; several for a reverse zone off the octet boundary.

    Raises:
        AddressError: the address is no zone.
    """
    transport, rest = _split_transport(address)
    zone, port = _split_port(rest)
    if not _is_name(zone):
        raise AddressError(f"'{address}' is not a valid zone")
    zones = _reverse_zones(zone) or (zone,)
    if version >= NORMALIZED_SINCE:
        zones = tuple(name.lower() for name in zones)
    return tuple(
        Endpoint(transport, name if name.endswith(".") else f"{name}.", port or _DEFAULT_PORTS[transport])
        for name in zones
    )


def transport_of(address: str) -> str:
    """The transport that an address of a server block asks for; dns where it names none."""
    return _split_transport(address)[0]


def plain_zone(address: str) -> str:
    """The zone of an address in lower case without the final dot; empty for the root."""
    return _split_port(_split_transport(address)[1])[0].lower().rstrip(".")


def _split_transport(address: str) -> tuple[str, str]:
    scheme, separator, rest = address.partition("://")
    return (scheme, rest) if separator and scheme in _DEFAULT_PORTS else ("dns", address)


def _split_port(rest: str) -> tuple[str, str]:
    zone, colon, port = rest.rpartition(":")
    if not colon:
        return rest, ""
    if not port:
        raise AddressError(f"'{rest}' ends with a colon but names no port")
    return (zone, str(int(port))) if port.isascii() and port.isdigit() and len(port) <= 9 else (rest, "")


def _is_name(zone: str) -> bool:
    if len(zone) > _MAX_NAME:
        return False
    if zone in {"", "."}:
        return True
    labels = zone.removesuffix(".").split(".")
    return all(0 < len(label) <= _MAX_LABEL for label in labels)


def _reverse_zones(zone: str) -> tuple[str, ...]:
    if "/" not in zone:
        return ()
    try:
        network = ipaddress.ip_network(zone, strict=False)
    except ValueError:
        return ()
    boundary = _IPV4_BOUNDARY if network.version == 4 else _IPV6_BOUNDARY
    prefix = -(-network.prefixlen // boundary) * boundary
    kept = prefix // boundary
    return tuple(
        ".".join(subnet.network_address.reverse_pointer.split(".")[-2 - kept :])
        for subnet in network.subnets(new_prefix=prefix)
    )
