"""What a person should know about a Corefile before an update, although the target loads it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from addon_updater.addons.coredns.corefile import Corefile, Plugin, Server
from addon_updater.addons.coredns.facts import Span, changes
from addon_updater.api.versions import Version
from addon_updater.rollout.finding import Finding, Severity

_RELATIVE_PATHS_MOVED: Final = Span.parse("1.11.0..1.11.3")
_PATH_PLUGINS: Final = ("file", "auto", "hosts", "tls")


def notices(corefile: Corefile, *, running: Version, target: Version) -> tuple[Finding, ...]:
    """Changes of behavior between the two releases, and weaknesses that an update brings to light."""
    return (
        *_changes(corefile, running, target),
        *_imports(corefile),
        *_forwarding_without_loop(corefile),
        *_readiness(corefile),
        *_reload(corefile),
        *_relative_paths(corefile, running, target),
    )


def _changes(corefile: Corefile, running: Version, target: Version) -> Iterator[Finding]:
    for change in changes():
        if not change.lies_between(running, target):
            continue
        concerned = [plugin for plugin in map(change.concerns, corefile.servers) if plugin]
        if concerned:
            lines = ", ".join(str(line) for line in sorted({plugin.line for plugin in concerned}))
            message = f"Corefile line {lines}, plugin '{concerned[0].name}': {change.message}"
            yield Finding(change.rule, change.severity, message, change.remedy)


def _imports(corefile: Corefile) -> Iterator[Finding]:
    for pattern in corefile.file_imports:
        yield Finding(
            "CoreDNSImportOpaque",
            Severity.WARN,
            f"Corefile line {pattern.line}: the files of 'import {pattern.text}' are not part of the Corefile and were not checked",
            "check them against the release notes, or move their content into the Corefile",
        )


def _forwarding_without_loop(corefile: Corefile) -> Iterator[Finding]:
    for server in corefile.servers:
        forwards = [plugin for plugin in server.named("forward") if plugin.arguments[:1] == (".",)]
        if forwards and not server.named("loop") and not server.opaque:
            yield _warn(
                "CoreDNSNoLoopDetection",
                forwards[0],
                f"server block '{server.label}' forwards everything but has no loop plugin",
                "add 'loop', so that a forwarding loop stops at start instead of eating the node's CPU",
            )


def _readiness(corefile: Corefile) -> Iterator[Finding]:
    for server, plugin in corefile.plugins("kubernetes"):
        if not server.named("ready") and not server.opaque:
            yield _warn(
                "CoreDNSReadyElsewhere",
                plugin,
                "the server block of kubernetes has no ready plugin, so readiness does not wait for its records",
                "move 'ready' into this server block",
            )


def _reload(corefile: Corefile) -> Iterator[Finding]:
    servers: tuple[Server, ...] = corefile.servers
    if servers and not any(server.named("reload") or server.opaque for server in servers):
        yield Finding(
            "CoreDNSNoReload",
            Severity.WARN,
            "the Corefile has no reload plugin: a change of it alone reaches no running pod",
            "add 'reload', or restart the Deployment after each change",
        )


def _relative_paths(corefile: Corefile, running: Version, target: Version) -> Iterator[Finding]:
    if target not in _RELATIVE_PATHS_MOVED or running in _RELATIVE_PATHS_MOVED:
        return
    for server, plugin in corefile.plugins(*_PATH_PLUGINS):
        directory = plugin.option("directory")
        paths = directory.arguments[:1] if directory else plugin.arguments[: 2 if plugin.name == "tls" else 1]
        if not server.named("root") and any(not path.startswith(("/", "{")) for path in paths):
            yield _warn(
                "CoreDNSRelativePath",
                plugin,
                "1.11.0 to 1.11.3 start in another working directory, so a relative path names another file",
                "write an absolute path, or choose 1.11.4 or newer",
            )


def _warn(rule: str, plugin: Plugin, message: str, remedy: str) -> Finding:
    return Finding(rule, Severity.WARN, f"Corefile line {plugin.line}: {message}", remedy)
