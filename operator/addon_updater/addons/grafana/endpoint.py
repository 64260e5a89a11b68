"""Where a Grafana server listens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from addon_updater.addons.grafana.settings import Settings
from addon_updater.addons.podtemplate import Template, container_of, entries
from addon_updater.rollout.addon import ServiceAddress

_DEFAULT_PORT: Final = 3000
_ENCRYPTED: Final = frozenset({"https", "h2"})


@dataclass(frozen=True, slots=True)
class Endpoint:
    """The container's port by number and by its names, and the path that everything lies below."""

    scheme: str
    port: int
    names: tuple[str, ...]
    prefix: str

    def port_of(self, service: ServiceAddress) -> int | None:
        """The port of the Service that leads here."""
        leads_here = service.port_to(self.port, *self.names)
        if leads_here is None and not service.targets and self.port in service.ports:
            return self.port
        return leads_here


def endpoint_of(template: Template, container: str, settings: Settings) -> Endpoint:
    """Where the server of the container listens; what cannot be seen counts as its default."""
    text = settings.get("server", "http_port").value or ""
    port = int(text) if text.isdecimal() else _DEFAULT_PORT
    names = [
        str(one["name"])
        for one in entries(container_of(template, container), "ports")
        if one.get("containerPort") == port and one.get("name")
    ]
    scheme = "https" if settings.get("server", "protocol").value in _ENCRYPTED else "http"
    return Endpoint(scheme, port, tuple(names), _prefix(settings))


def _prefix(settings: Settings) -> str:
    """The path of root_url, when the server itself serves below it."""
    if not settings.get("server", "serve_from_sub_path").is_true:
        return ""
    root = settings.get("server", "root_url").value
    # Grafana expands %(protocol)s and the like; none of them stands in the path.
    return urlsplit(root.replace("%(", "").replace(")s", "")).path.rstrip("/") if root else ""
