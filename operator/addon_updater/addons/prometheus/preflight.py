"""Everything that is said about an update of Prometheus before it starts."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Final

from addon_updater.addons.podtemplate import mounted_config, pod_of
from addon_updater.addons.prometheus.argument_migration import Change, migrate_arguments
from addon_updater.addons.prometheus.arguments import read_arguments
from addon_updater.addons.prometheus.check_arguments import check_arguments, check_command
from addon_updater.addons.prometheus.check_config import Hop, check_config, intervals_of, sends
from addon_updater.addons.prometheus.check_workload import check_workload
from addon_updater.addons.prometheus.command_line import IMAGE_ARGS, CommandLine, command_line
from addon_updater.addons.prometheus.config_document import ANY, ConfigDocument, find, read_config
from addon_updater.addons.prometheus.config_migration import (
    HISTOGRAMS_BY_CONFIG,
    NATIVE_HISTOGRAMS,
    ConfigMigration,
    migrate_config,
)
from addon_updater.addons.prometheus.rules import check_rules
from addon_updater.addons.prometheus.versions import V3
from addon_updater.addons.reading import whole_mount
from addon_updater.api.versions import Version
from addon_updater.rollout.addon import NetworkFacts
from addon_updater.rollout.content import Content
from addon_updater.rollout.finding import Finding, Severity
from addon_updater.rollout.workload import Workload

_REPAIRED: Final = "nothing: arguments, configuration and image switch together, and go back together"
_BY_HAND: Final = "write the value plainly, without escapes or YAML's short forms, so that it can be edited"


def preflight(
    workload: Workload,
    current: Content,
    desired: Content,
    *,
    input_text: str | None,
    data: Mapping[str, str],
    facts: NetworkFacts,
) -> tuple[Finding, ...]:
    """All findings of one hop. `data` is everything in the ConfigMap that carries the configuration.

    Raises:
        PrometheusConfigError: the configuration is none.
    """
    hop = Hop(Version.parse(current.version), Version.parse(desired.version))
    line = command_line(workload.template, current.container)
    document = read_config(desired.config.text) if desired.config else None
    after = command_line(workload.template, current.container, args=desired.args)
    migrated = migrate_arguments(line.arguments, hop.running, hop.target)
    found = [
        *check_command(line, hop),
        *_repairs(migrated.changes),
        *_hidden_flags(line, migrated.words, after, current, hop),
        *check_arguments(after.arguments, document, hop),
        *check_workload(workload, current.container, line.arguments, hop),
    ]
    if document is None:
        found.append(_no_config(line, hop))
    else:
        if input_text is not None:
            features = line.arguments.features
            found += _config_changes(
                migrate_config(input_text, running=hop.running, target=hop.target, features=features)
            )
        found += check_config(document, hop, line.arguments.features)
        found += whole_mount("PrometheusWholeMount", current, desired)
        found += _discovery(workload, document, facts)
        found += _rule_files(workload, document, hop, line=line, current=current, data=data)
    return tuple(dict.fromkeys(found))


def rehearsal_harm(document: ConfigDocument) -> str | None:
    """Why a second server with this configuration would do harm; None when it would only scrape."""
    setting = sends(document)
    return setting and f"{setting} would send everything twice while a throw-away pod runs"


def _repairs(changes: tuple[Change, ...]) -> Iterator[Finding]:
    for change in changes:
        yield Finding(change.rule, Severity.REPAIR, change.message, _REPAIRED)


def _hidden_flags(
    line: CommandLine, wanted: tuple[str, ...], after: CommandLine, current: Content, hop: Hop
) -> Iterator[Finding]:
    """What must change, or decides about a change, but stands in a variable out of reach of args."""
    if line.in_command:
        return
    hidden = [word for word in after.arguments.words if word not in wanted][:1]
    if hop.passes(HISTOGRAMS_BY_CONFIG):
        written = read_arguments(current.args if current.args is not None else IMAGE_ARGS).features
        hidden += [NATIVE_HISTOGRAMS] * (NATIVE_HISTOGRAMS in {*line.arguments.features} - {*written})
    for word in hidden:
        yield Finding(
            "PrometheusHiddenFlag",
            Severity.BLOCK,
            f"{word!r} matters to the update, but comes from a variable of the container",
            "write the flag out in args",
        )


def _config_changes(migration: ConfigMigration) -> Iterator[Finding]:
    yield from _repairs(migration.changes)
    for obstacle in migration.obstacles:
        message = f"{obstacle.message}; the text cannot be edited safely"
        yield Finding(obstacle.rule, Severity.BLOCK, message, _BY_HAND)


def _no_config(line: CommandLine, hop: Hop) -> Finding:
    return Finding(
        "PrometheusConfigElsewhere",
        Severity.BLOCK if hop.passes(V3) else Severity.WARN,
        f"{line.config_path} does not come from a ConfigMap, so the configuration is neither checked nor migrated",
        "mount it from a ConfigMap by items",
    )


def _discovery(workload: Workload, document: ConfigDocument, facts: NetworkFacts) -> Iterator[Finding]:
    """Without the right to list, discovery finds nothing while the pod is ready."""
    if facts.endpoint_slices_allowed is not False:
        return
    for discovery in document.items("scrape_configs", ANY, "kubernetes_sd_configs"):
        role = find(discovery, "role")
        if role is not None and role.text == "endpointslice" and find(discovery, "namespaces") is None:
            account = pod_of(workload.template).get("serviceAccountName") or "default"
            yield Finding(
                "PrometheusEndpointSlicesForbidden",
                Severity.WARN,
                f"line {role.line}: ServiceAccount {workload.namespace}/{account} may not list and watch endpointslices, "
                "so this job has no targets",
                "add endpointslices of discovery.k8s.io, list and watch, to its role",
            )


def _rule_files(
    workload: Workload,
    document: ConfigDocument,
    hop: Hop,
    *,
    line: CommandLine,
    current: Content,
    data: Mapping[str, str],
) -> Iterator[Finding]:
    """Judge the rule files that lie beside the configuration, and name those that do not."""
    known = _mounted_files(workload, current, line, data)
    files: dict[str, str] = {}
    for key in ("rule_files", "scrape_config_files"):
        entry = document.entry(key)
        for pattern in entry.words if entry else ():
            path = posixpath.normpath(posixpath.join(posixpath.dirname(line.config_path), pattern))
            matching = {file: text for file, text in known.items() if fnmatchcase(file, path)}
            if matching and key == "rule_files":
                files |= matching
            else:
                yield Finding(
                    "PrometheusFileNotChecked",
                    Severity.INFO,
                    f"{key} {pattern}: its files are not in the ConfigMap of the configuration and were not read",
                    "promtool of the target checks them before the update, where their volume can be shared",
                )
    names = {posixpath.basename(file): text for file, text in files.items()}
    yield from check_rules(names, running=hop.running, target=hop.target, intervals=intervals_of(document))


def _mounted_files(
    workload: Workload, current: Content, line: CommandLine, data: Mapping[str, str]
) -> dict[str, str]:
    """The files that the container sees of that ConfigMap, path to text, without the configuration itself."""
    if current.config is None:
        return {}
    directory = posixpath.dirname(line.config_path)
    names = [item.path for item in current.config.items] or list(data)
    found = {}
    for name in names:
        path = posixpath.join(directory, name)
        source = mounted_config(workload.template, current.container, path)
        if source and source.config_map == current.config.config_map and source.key in data:
            found[path] = data[source.key]
    found.pop(line.config_path, None)
    return found
