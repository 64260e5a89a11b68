"""What the pod template means for a target release.

Source: Grafana's upgrade guides for 12.0 to 13.3, and the issues named beside single rules.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from addon_updater.addons.grafana.change import V12, V12_4, V13, V13_2, Change
from addon_updater.addons.grafana.config_rules import plugins_of
from addon_updater.addons.grafana.quantity import mebibytes
from addon_updater.addons.podtemplate import entries, pod_of, words
from addon_updater.rollout.finding import Finding, Severity

_REMOVED_PROGRAM: Final = re.compile(r"\bgrafana-(?:server|cli)\b")
_PLUGIN_VARIABLE: Final = re.compile(r"(?:AWS|AZURE|GOOGLE)_|HTTPS?_PROXY$", re.IGNORECASE)
_BUNDLED_PLUGINS: Final = "/usr/share/grafana/data/plugins-bundled"
_MIGRATION_SECONDS: Final = 300
_LEAST_MEMORY_MIB: Final = 512


def pod_rules(change: Change) -> Iterator[Finding]:
    """What image, commands, variables, probes and resources say about the change."""
    yield from _owner(change)
    yield from _repository(change)
    yield from _programs(change)
    yield from _plugin_variables(change)
    yield from _bundled_plugins(change)
    yield from _impatient_probe(change)
    yield from _memory(change)


def _owner(change: Change) -> Iterator[Finding]:
    for kind, name in change.workload.owners:
        if kind == "Grafana":
            yield Finding(
                "GrafanaOwnedByOperator",
                Severity.BLOCK,
                f"{change.workload.name} is made by grafana-operator from Grafana {name}, which undoes the change",
                f"set spec.version of Grafana {name} to {change.target}, and delivery: Observe here",
            )


def _repository(change: Change) -> Iterator[Finding]:
    repository = change.image.partition("@")[0]
    if change.reaches(V12_4) and re.search(r"(?:^|/)grafana-oss(?::|$)", repository):
        yield Finding(
            "GrafanaImageFrozen",
            Severity.BLOCK,
            f"{repository} does not exist: grafana-oss gets no tags from 12.4.0 on",
            f"run grafana/grafana:{change.running} first; it is the same image",
        )


def _programs(change: Change) -> Iterator[Finding]:
    pod = pod_of(change.workload.template)
    for container in (*entries(pod, "initContainers"), *entries(pod, "containers")):
        said = " ".join((*words(container, "command"), *words(container, "args")))
        if change.reaches(V13) and (found := _REMOVED_PROGRAM.search(said)):
            yield Finding(
                "GrafanaRemovedProgram",
                Severity.BLOCK,
                f"container {container['name']} calls {found[0]}, which Grafana {change.target} does not have",
                f"call '{found[0].replace('-', ' ')}' with --homepath /usr/share/grafana",
            )


def _plugin_variables(change: Change) -> Iterator[Finding]:
    environment = change.settings.environment
    installed = environment.values.get("GF_INSTALL_PLUGINS", "")
    if change.reaches(V12_4) and "http" in installed:
        yield Finding(
            "GrafanaPluginUrl",
            Severity.BLOCK,
            f"GF_INSTALL_PLUGINS names a URL, which Grafana {change.target} takes for the id of a plugin and ends",
            "write id@version@url in GF_PLUGINS_PREINSTALL_SYNC instead",
        )
    elif change.reaches(V12) and "GF_INSTALL_PLUGINS" in environment.names:
        yield _warn(
            "GrafanaPluginsByVariable",
            f"GF_INSTALL_PLUGINS is deprecated: Grafana {change.target} hands it to the preinstaller",
            "write id@version in GF_PLUGINS_PREINSTALL_SYNC instead",
        )
    given = sorted(name for name in environment.names if _PLUGIN_VARIABLE.match(name))
    if change.reaches(V12_4) and given and plugins_of(change):
        yield _warn(
            "GrafanaPluginEnvironment",
            f"{', '.join(given)}: plugin processes of Grafana {change.target} do not inherit variables",
            "configure forwarding for the plugins that need them, [plugins] forward_host_env_vars",
        )


def _bundled_plugins(change: Change) -> Iterator[Finding]:
    """grafana/grafana#132528: a read-only directory of bundled plugins; and #131490: a volume over it."""
    if not (change.reaches(V13) or change.reaches(V13_2)):
        return
    mounts = [str(mount.get("mountPath", "")).rstrip("/") for mount in entries(change.holder, "volumeMounts")]
    over = [path for path in mounts if path and f"{_BUNDLED_PLUGINS}/".startswith(f"{path}/")]
    context = change.holder.get("securityContext") or {}
    updates = change.settings.get("plugins", "preinstall_auto_update")
    if over and over[0] != _BUNDLED_PLUGINS:
        yield _warn(
            "GrafanaBundledPluginsHidden",
            f"a volume lies over {over[0]}, which hides the data sources that Grafana {change.target} brings along",
            "mount it elsewhere",
        )
    if context.get("readOnlyRootFilesystem") and not updates.is_false and not over:
        yield _warn(
            "GrafanaBundledPluginsReadOnly",
            f"the root file system is read-only, and Grafana {change.target} updates bundled data sources in place: "
            "Loki, Prometheus and others vanish",
            "set [plugins] preinstall_auto_update = false",
        )


def _impatient_probe(change: Change) -> Iterator[Finding]:
    """grafana/grafana#13084: the server listens only when its migrations are done."""
    probe = change.holder.get("livenessProbe")
    if not change.doors or not change.storage.stays or not probe or change.holder.get("startupProbe"):
        return
    delay, period = probe.get("initialDelaySeconds") or 0, probe.get("periodSeconds") or 10
    patience = delay + period * (probe.get("failureThreshold") or 3)
    if patience < _MIGRATION_SECONDS:
        yield _warn(
            "GrafanaProbeImpatient",
            f"the liveness probe ends the server after {patience} s, which may be in the middle of a migration",
            "add a startupProbe on /api/health with periodSeconds 10 and failureThreshold 60",
        )


def _memory(change: Change) -> Iterator[Finding]:
    if not change.reaches(V13_2):
        return
    limit = ((change.holder.get("resources") or {}).get("limits") or {}).get("memory")
    size = mebibytes(str(limit)) if limit else None
    tight = size is not None and size < _LEAST_MEMORY_MIB
    if tight or "GOMEMLIMIT" in change.settings.environment.names:
        what = f"a memory limit of {limit}" if tight else "GOMEMLIMIT, which plugins do not inherit"
        yield _warn(
            "GrafanaMemory",
            f"{what}: Prometheus and other data sources of Grafana {change.target} are processes of their own",
            f"give the container {_LEAST_MEMORY_MIB}Mi or more",
        )


def _warn(rule: str, message: str, remedy: str) -> Finding:
    return Finding(rule, Severity.WARN, message, remedy)
