"""What each CoreDNS release accepts and changes, read from the data beside this file."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

from addon_updater.addons.coredns.corefile import Plugin, Server
from addon_updater.api.versions import Version
from addon_updater.rollout.finding import Severity
from addon_updater.safe_yaml import read_yaml

_ALWAYS: Final = ".."
RESOLV_CONF: Final = "/etc/resolv.conf"


@dataclass(frozen=True, slots=True)
class Span:
    """The releases from `first` to `last`, both included; None is an open end."""

    first: Version | None
    last: Version | None

    @classmethod
    def parse(cls, text: str) -> Span:
        """Read `FIRST..LAST`."""
        first, _, last = text.partition("..")
        return cls(Version.parse(first) if first else None, Version.parse(last) if last else None)

    def __contains__(self, version: Version) -> bool:
        return not self.begins_after(version) and (self.last is None or version <= self.last)

    def begins_after(self, version: Version) -> bool:
        """Whether `version` is too old for the span."""
        return self.first is not None and version < self.first


@dataclass(frozen=True, slots=True)
class PluginFacts:
    """What the stock build of CoreDNS accepts of one plugin. `options` is None where nobody looked into it."""

    versions: Span
    once: Span | None
    options: Mapping[str, Span] | None
    lenient: Span | None
    bare: Span | None

    def refuses_unknown_options(self, version: Version) -> bool:
        """Whether that release refuses an option that is not among `options`."""
        return self.options is not None and (self.lenient is None or version not in self.lenient)


@dataclass(frozen=True, slots=True)
class Change:
    """A difference between releases that concerns Corefiles with certain plugins."""

    rule: str
    crossing: Version | None
    within: Span | None
    plugins: tuple[str, ...]
    together: bool
    option: str | None
    without_arguments: bool
    upstreams: str | None
    severity: Severity
    message: str
    remedy: str

    def lies_between(self, running: Version, target: Version) -> bool:
        """Whether an update from `running` to `target` brings the change."""
        if self.crossing is not None:
            return running < self.crossing <= target
        return self.within is not None and target in self.within and running not in self.within

    def concerns(self, server: Server) -> Plugin | None:
        """The plugin of this server block that the change is about, if any."""
        if self.together and any(not server.named(name) for name in self.plugins):
            return None
        return next((plugin for plugin in server.named(*self.plugins) if self._applies(plugin)), None)

    def _applies(self, plugin: Plugin) -> bool:
        if self.option is not None and plugin.option(self.option) is None:
            return False
        if self.without_arguments and plugin.arguments:
            return False
        upstreams = plugin.arguments[1:]
        if self.upstreams == "names":
            return any(is_name(upstream) for upstream in upstreams)
        if self.upstreams == "files":
            return any(map(is_file, upstreams)) and upstreams != (RESOLV_CONF,)
        return True


def is_file(upstream: str) -> bool:
    """Whether an upstream of forward is a file in the format of resolv.conf."""
    return upstream.startswith(("/", "./"))


def upstream_address(upstream: str) -> tuple[str, str]:
    """Host and port of an upstream such as `tls://1.1.1.1:853`, `[::1]:53` or `10.0.0.10`; no port is empty."""
    address = (upstream.partition("://")[2] or upstream).partition("%")[0]
    if address.startswith("["):
        host, _, port = address[1:].partition("]")
        return host, port.removeprefix(":")
    if address.count(":") == 1:
        host, _, port = address.partition(":")
        return host, port
    return address, ""


def is_name(upstream: str) -> bool:
    """Whether an upstream is neither an address nor a file."""
    try:
        ipaddress.ip_address(upstream_address(upstream)[0])
    except ValueError:
        return not is_file(upstream) and "{" not in upstream
    return False


@cache
def plugin_facts() -> Mapping[str, PluginFacts]:
    """What is known of every plugin that a stock CoreDNS ever had, by name."""
    return {name: _plugin(entry) for name, entry in _data("plugins.yaml")["plugins"].items()}


@cache
def changes() -> tuple[Change, ...]:
    """The changes of behavior, in the order of the data."""
    return tuple(_change(entry) for entry in _data("changes.yaml")["changes"])


def _data(name: str) -> Any:  # noqa: ANN401 - YAML is untyped until it is read below
    return read_yaml(files(__package__).joinpath(name).read_text("utf-8"))


def _plugin(entry: Mapping[str, Any]) -> PluginFacts:
    options = entry.get("options")
    return PluginFacts(
        versions=Span.parse(entry.get("versions", _ALWAYS)),
        once=Span.parse(entry["once"]) if "once" in entry else None,
        options=None if options is None else {name: Span.parse(span) for name, span in options.items()},
        lenient=Span.parse(entry["lenient"]) if "lenient" in entry else None,
        bare=Span.parse(entry["bare"]) if "bare" in entry else None,
    )


def _change(entry: Mapping[str, Any]) -> Change:
    return Change(
        rule=entry["rule"],
        crossing=Version.parse(entry["crossing"]) if "crossing" in entry else None,
        within=Span.parse(entry["within"]) if "within" in entry else None,
        plugins=tuple(entry["plugins"]),
        together=entry.get("together", False),
        option=entry.get("option"),
        without_arguments=entry.get("arguments") == "none",
        upstreams=entry.get("upstreams"),
        severity=Severity(entry["severity"]),
        message=entry["message"],
        remedy=entry["remedy"],
    )
