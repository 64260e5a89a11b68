"""What a Grafana server is set to, from its arguments, its environment and grafana.ini, in this order.

Source: pkg/setting and packaging/docker/run.sh of Grafana. Values that come from Secrets, or that only the server
itself can expand, are not known here: the setting then says so.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from addon_updater.addons.grafana.ini import Option, find, read_ini
from addon_updater.addons.podtemplate import (
    Environment,
    Template,
    container_of,
    mounted_config,
    variables_of,
    words,
)

DEFAULT_DATA: Final = "/var/lib/grafana"
_DEFAULT_CONFIG: Final = "/etc/grafana/grafana.ini"
_DEFAULT_PROVISIONING: Final = "/etc/grafana/provisioning"
_EXPANDED_LATER: Final = re.compile(r"\$(__\w+)?[{(]")
_TRUE: Final = frozenset({"1", "t", "true", "on", "yes", "y"})
_OVERRIDE: Final = re.compile(r"cfg:(?:default\.)?(?P<section>.+)\.(?P<key>[^.=]+)=(?P<value>.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Setting:
    """One effective setting. `value` is "" when it is not set, None when it is set to something not known here."""

    value: str | None
    origin: str
    """Where it stands, for a person; empty when it does not stand anywhere."""

    @property
    def is_set(self) -> bool:
        """Whether it is set to anything, known or not."""
        return self.value != ""

    @property
    def is_true(self) -> bool:
        """Whether it is known to be on."""
        return self.value is not None and self.value.lower() in _TRUE

    @property
    def is_false(self) -> bool:
        """Whether it is known to be off, and not merely unset."""
        return self.value is not None and self.is_set and not self.is_true


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings of one server as far as they can be seen."""

    options: tuple[Option, ...]
    environment: Environment
    overrides: Mapping[tuple[str, str], str]
    hidden: str | None
    """Where settings may stand that were not seen, for a person; None when all were."""

    def get(self, section: str, key: str) -> Setting:
        """The setting that counts."""
        if (section, key) in self.overrides:
            return _setting(self.overrides[section, key], f"argument cfg:{section}.{key}")
        variable = variable_of(section, key)
        # Grafana passes over an empty variable.
        if given := self.environment.values.get(variable):
            return _setting(given, f"variable {variable}")
        if (
            variable not in self.environment.values
            and {variable, f"{variable}__FILE"} & self.environment.names
        ):
            return Setting(None, f"variable {variable}")
        option = find(self.options, section, key)
        if option is None:
            return Setting("", "")
        return _setting(option.value, f"grafana.ini line {option.line}")

    @property
    def data_directory(self) -> str | None:
        """Where the server keeps its files: the image sets the variable itself, so grafana.ini has no say."""
        for chosen in (self.overrides.get(("paths", "data")), self.environment.values.get("GF_PATHS_DATA")):
            if chosen:
                return None if _EXPANDED_LATER.search(chosen) else chosen.rstrip("/")
        return None if "GF_PATHS_DATA" in self.environment.names else DEFAULT_DATA

    @property
    def provisioning_directory(self) -> str:
        """Where the server finds what it is provisioned with; the default when that cannot be seen."""
        chosen = self.overrides.get(("paths", "provisioning")) or self.environment.values.get(
            "GF_PATHS_PROVISIONING"
        )
        return (chosen or _DEFAULT_PROVISIONING).rstrip("/")


def variable_of(section: str, key: str) -> str:
    """The environment variable that overrides an option."""
    return "GF_" + re.sub(r"[.-]", "_", f"{section}_{key}").upper()


def config_path(template: Template, container: str) -> str:
    """The file that the server reads its settings from."""
    holder = container_of(template, container)
    for word in (*words(holder, "command"), *words(holder, "args")):
        flag, equals, value = word.partition("=")
        if flag.lstrip("-") == "config" and equals:
            return value
    return variables_of(template, container).values.get("GF_PATHS_CONFIG") or _DEFAULT_CONFIG


def settings_of(template: Template, container: str, text: str | None) -> Settings:
    """The settings of the container; `text` is its grafana.ini when that was read."""
    holder, environment = container_of(template, container), variables_of(template, container)
    return Settings(
        options=read_ini(text or ""),
        environment=environment,
        overrides=overrides_in((*words(holder, "command"), *words(holder, "args"))),
        hidden=_hidden(template, container, text, environment),
    )


def overrides_in(arguments: tuple[str, ...]) -> Mapping[tuple[str, str], str]:
    """The settings that a command line makes, as in cfg:server.http_port=3001."""
    found = (_OVERRIDE.fullmatch(word) for word in arguments)
    return {(one["section"], one["key"]): one["value"] for one in found if one}


def _setting(value: str, origin: str) -> Setting:
    return Setting(None if _EXPANDED_LATER.search(value) else value, origin)


def _hidden(template: Template, container: str, text: str | None, environment: Environment) -> str | None:
    path = config_path(template, container)
    if text is None and _is_mounted(template, container, path):
        return f"{path}, which is not from a ConfigMap"
    return None if environment.complete else "envFrom of the container"


def _is_mounted(template: Template, container: str, path: str) -> bool:
    if mounted_config(template, container, path) is not None:
        return True
    mounts = container_of(template, container).get("volumeMounts") or ()
    paths = [str(mount.get("mountPath", "")).rstrip("/") for mount in mounts]
    return any(path == one or path.startswith(f"{one}/") for one in paths if one)
