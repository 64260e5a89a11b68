"""Addresses of Services of the cluster, the only ones that a health check may ask."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from addon_updater.api.text_rules import Written
from addon_updater.errors import ParseError

_LABEL = "[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?"
# Under any other domain whoever writes an AddonRelease could lead the operator out of the cluster; where the cluster's
# own is another one, the search list of the operator's pod completes the short form.
_PATTERN = (
    f"https?://{_LABEL}[.]{_LABEL}[.]svc([.]cluster[.]local)?"
    "(:([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]))?(/[!-~]*)?"
)
_REMEDY = "write the address of a Service of this cluster as in http://prometheus.monitoring.svc:9090"
_PARTS = re.compile(
    r"(?P<scheme>https?)://(?P<service>[^.]+)[.](?P<namespace>[^.]+)[.]svc(?P<domain>[^:/]*)"
    r"(:(?P<port>[0-9]+))?(?P<path>/.*)?"
)

ServiceUrlText = Annotated[str, Written(_PATTERN, _REMEDY), Field(max_length=256)]


@dataclass(frozen=True, slots=True)
class ServiceUrl:
    """The parts of such an address."""

    scheme: str
    service: str
    namespace: str
    domain: str
    """cluster.local, or empty where it is left out."""
    port: int
    path: str
    """Begins with a slash; query and all."""

    @classmethod
    def parse(cls, text: str) -> ServiceUrl:
        """Read an address.

        Raises:
            ParseError: it is not that of a Service.
        """
        parts = _PARTS.fullmatch(text)
        if parts is None or re.fullmatch(_PATTERN, text) is None:
            raise ParseError(f"{text!r}: {_REMEDY}")
        scheme = parts["scheme"]
        port = int(parts["port"]) if parts["port"] else {"http": 80, "https": 443}[scheme]
        domain = parts["domain"].removeprefix(".")
        return cls(scheme, parts["service"], parts["namespace"], domain, port, parts["path"] or "/")
