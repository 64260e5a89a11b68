"""The Job that lets the target's own promtool judge the new configuration, with the files it will find."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from typing import Any, Final

from addon_updater.addons.podtemplate import Template, container_of, entries, pod_of
from addon_updater.addons.prometheus.command_line import command_line
from addon_updater.addons.prometheus.config_document import ANY, ConfigDocument
from addon_updater.rollout.addon import Stage, Task
from addon_updater.rollout.content import Content

_PROMTOOL: Final = "/bin/promtool"
_FILE_SOURCES: Final = ("configMap", "secret", "projected", "downwardAPI")
"""Volumes that hold the same files for every pod, and that the admission policy lets a Job have. Never the data."""
_OF_THE_POD: Final = (
    "serviceAccountName",
    "automountServiceAccountToken",
    "securityContext",
    "imagePullSecrets",
    "nodeSelector",
    "tolerations",
    "hostUsers",
)
_PROMTOOL_FEATURES: Final = frozenset(
    {
        "promql-binop-fill-modifiers",
        "promql-delayed-name-removal",
        "promql-duration-expr",
        "promql-experimental-functions",
        "promql-extended-range-selectors",
    }
)
"""The features of the server that promtool knows too."""
_RESOURCES: Final = {
    "requests": {"cpu": "10m", "memory": "64Mi"},
    "limits": {"memory": "512Mi"},
}


def check_job(template: Template, desired: Content, document: ConfigDocument) -> Task:
    """`promtool check config` of the target's image on the new text. Its exit code is the verdict."""
    holder = container_of(template, desired.container)
    volumes = {volume["name"]: volume for volume in entries(pod_of(template), "volumes")}
    shared = {name for name, volume in volumes.items() if any(kind in volume for kind in _FILE_SOURCES)}
    mounts = entries(holder, "volumeMounts")
    line = command_line(template, desired.container, args=desired.args)
    missing = [mount["mountPath"] for mount in mounts if mount.get("name") not in shared]
    unseen = next(_files_below(document, missing, posixpath.dirname(line.config_path)), None)
    features = [name for name in line.arguments.features if name in _PROMTOOL_FEATURES]
    args = ["check", "config"]
    args += ["--agent"] if line.arguments.is_on("agent") else []
    args += ["--syntax-only"] if unseen else []
    args += [f"--enable-feature={','.join(features)}"] if features else []
    container: dict[str, Any] = {
        "name": "promtool",
        "image": desired.image,
        "command": [_PROMTOOL],
        "args": [*args, line.config_path],
        "volumeMounts": [mount for mount in mounts if mount.get("name") in shared],
        "resources": _RESOURCES,
    }
    for key in ("imagePullPolicy", "securityContext", "workingDir"):
        if key in holder:
            container[key] = holder[key]
    pod = {key: pod_of(template)[key] for key in _OF_THE_POD if key in pod_of(template)}
    names = {mount["name"] for mount in container["volumeMounts"]}
    pod |= {
        "containers": [container],
        "volumes": [_volume(volumes[name], desired) for name in sorted(names)],
    }
    limits = f", its syntax only: {unseen} comes from elsewhere" if unseen else ""
    purpose = f"promtool of {desired.version} reads the configuration{limits}"
    return Task(name="check-config", stage=Stage.CHECK, purpose=purpose, pod=pod, blames=True)


def _files_below(document: ConfigDocument, folders: list[str], directory: str) -> Iterator[str]:
    """The files that the configuration names inside folders which a Job does not have."""
    listed = [
        word
        for key in ("rule_files", "scrape_config_files")
        for entry in document.entries(key)
        for word in entry.words
    ]
    absolute = [scalar.value for scalar in document.scalars() if scalar.value.startswith("/")]
    jobs = {entry.text for entry in document.entries("scrape_configs", ANY, "metrics_path")}
    for path in (*listed, *(path for path in absolute if path not in jobs)):
        file = posixpath.normpath(posixpath.join(directory, path))
        if any(file.startswith(f"{folder.rstrip('/')}/") for folder in folders):
            yield path


def _volume(volume: Mapping[str, Any], desired: Content) -> dict[str, Any]:
    config = desired.config
    if config is None or not config.items or volume["name"] != config.volume:
        return dict(volume)
    source = {**volume["configMap"], "items": [item.to_wire() for item in config.items]}
    return {**volume, "configMap": source}
