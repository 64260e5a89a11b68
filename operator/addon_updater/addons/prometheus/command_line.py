"""The command line that a container of a pod template runs, as far as it can be known from outside."""

from __future__ import annotations

import posixpath
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from addon_updater.addons.podtemplate import Template, container_of, variables_of, words
from addon_updater.addons.prometheus.arguments import Arguments, expand, read_arguments

IMAGE_ARGS: Final = ("--config.file=/etc/prometheus/prometheus.yml", "--storage.tsdb.path=/prometheus")
"""What the image passes when the container names neither command nor args (CMD of the Dockerfile)."""
_WORKING_DIRECTORY: Final = "/prometheus"
_DEFAULT_CONFIG: Final = "prometheus.yml"
_DEFAULT_PORT: Final = 9090
_LOOPBACK: Final = ("127.", "localhost", "[::1]")


@dataclass(frozen=True, slots=True)
class CommandLine:
    """The flags of the running program, variables replaced.

    `in_command` are the words that the container's `command` holds beside the program: an update cannot change
    them. `riddle` says why the flags cannot be known, if they cannot.
    """

    arguments: Arguments
    in_command: tuple[str, ...]
    config_path: str
    riddle: str | None


def command_line(template: Template, container: str, *, args: Sequence[str] | None = None) -> CommandLine:
    """What the container starts Prometheus with; with other `args` than it has, if they are given."""
    holder = container_of(template, container)
    command, args = words(holder, "command"), words(holder, "args") if args is None else tuple(args)
    if not command and not args:
        args = IMAGE_ARGS
    variables = variables_of(template, container)
    # A value that refers to another variable is not followed: then the flag is a riddle, not a guess.
    values = {name: value for name, value in variables.values.items() if "$(" not in value}
    expanded = [expand(word, values) for word in (*command[1:], *args)]
    arguments = read_arguments([word for word, _ in expanded])
    unknown = next((word for word, known in expanded if not known), None)
    directory = holder.get("workingDir") or _WORKING_DIRECTORY
    return CommandLine(
        arguments=arguments,
        in_command=command[1:],
        config_path=posixpath.join(directory, arguments.value("config.file") or _DEFAULT_CONFIG),
        riddle=_riddle(command, arguments, unknown),
    )


def _riddle(command: Sequence[str], arguments: Arguments, unknown: str | None) -> str | None:
    if command and posixpath.basename(command[0]) != "prometheus":
        return f"command {command[0]!r} is not prometheus itself"
    if unknown is not None:
        return f"{unknown!r} refers to a variable whose value is not in the pod template"
    word = next(iter(arguments.unread), None)
    if word is None:
        return None
    return (
        f"{word!r} {'takes arguments from a file' if word.startswith('@') else 'is no flag with its value'}"
    )


@dataclass(frozen=True, slots=True)
class Address:
    """Where the HTTP API is. `prefix` begins with a slash or is empty."""

    port: int
    prefix: str


def api_address(arguments: Arguments) -> Address | str:
    """Where the API answers, or the sentence why nobody can ask it from another pod.

    Source: web.listen-address, web.route-prefix and web.external-url in cmd/prometheus/main.go.
    """
    if arguments.value("web.config.file"):
        return "--web.config.file may ask for TLS or a password, which this operator has not"
    listen = arguments.value("web.listen-address") or f":{_DEFAULT_PORT}"
    if listen.startswith(_LOOPBACK):
        return f"it listens on {listen} only"
    port = listen.rpartition(":")[2]
    if not (port.isascii() and port.isdigit()):
        return f"--web.listen-address {listen!r} names no port"
    prefix = arguments.value("web.route-prefix")
    if prefix is None:
        prefix = urlsplit(arguments.value("web.external-url") or "").path
    return Address(int(port), f"/{prefix.strip('/')}" if prefix.strip("/") else "")
