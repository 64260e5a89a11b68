"""How the process is started: flags and environment, read once, refused as a whole when one is unknown."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import NoReturn

from pydantic import BaseModel, ConfigDict

from addon_updater import __version__
from addon_updater.api.meta import parse_duration
from addon_updater.errors import UsageError

SQLITE_BACKUP = "sqlite-backup"
"""The command that a backup Job gives to this image. addons/grafana writes the same word."""
ENVIRONMENT_PREFIX = "ADDON_UPDATER_"


class Settings(BaseModel):
    """The frozen settings of one process."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kubeconfig: str | None
    """A kubeconfig file; None inside a pod."""
    namespace: str
    """The namespace of the operator itself: Lease and settings live there."""
    pod: str
    """The name of this pod; identity in the Lease and in Events."""
    settle_time: timedelta
    """How long all API servers must answer the same new minor."""
    minor_poll: timedelta
    """How often every API server is asked for its version."""
    resync: timedelta
    """How often every release gets a pass although nothing was heard."""
    workers: int
    """How many releases are worked on at the same time."""
    tools_image: str | None
    """The image that carries the operator's own tools, for Jobs that keep data; None: such Jobs cannot run."""
    credentials: Path | None
    """A folder with one file per release, named <namespace>.<release>, that holds its bearer token."""
    port: int
    """The port of /livez, /readyz and /metrics."""
    log_level: str
    """One of debug, info, warning, error."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(message)


def read_settings(arguments: Sequence[str], environment: Mapping[str, str]) -> Settings:
    """Read `run`'s flags and the environment.

    Raises:
        UsageError: a flag or an ADDON_UPDATER_ variable is unknown or cannot be read.
    """
    strangers = sorted(name for name in environment if name.startswith(ENVIRONMENT_PREFIX))
    if strangers:
        raise UsageError(
            f"environment variable {strangers[0]} is not known; the operator is set by flags, see --help"
        )
    parsed = _parser().parse_args(list(arguments))
    namespace = parsed.namespace or environment.get("POD_NAMESPACE") or "addon-updater"
    pod = parsed.identity or environment.get("POD_NAME") or environment.get("HOSTNAME") or "addon-updater"
    return Settings(
        kubeconfig=parsed.kubeconfig,
        namespace=namespace,
        pod=pod,
        settle_time=parsed.settle_time,
        minor_poll=parsed.minor_poll,
        resync=parsed.resync,
        workers=parsed.workers,
        tools_image=parsed.tools_image or None,
        credentials=parsed.credentials,
        port=parsed.port,
        log_level=parsed.log_level,
    )


def _duration(text: str) -> timedelta:
    try:
        return parse_duration(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _count(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is no number between 1 and 65535")
    return int(text)


def _parser() -> _Parser:
    parser = _Parser(
        prog="addon-updater", description="Keeps the addons of this cluster on versions that fit its minor."
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(dest="command", required=True, parser_class=_Parser)
    commands.add_parser(
        SQLITE_BACKUP, help="copy a SQLite database and prove the copy; run by Jobs", add_help=False
    )
    run = commands.add_parser("run", help="run the operator")
    run.add_argument("--kubeconfig", help="kubeconfig file; unset: the pod's ServiceAccount")
    run.add_argument("--namespace", help="the operator's own namespace; unset: POD_NAMESPACE")
    run.add_argument("--identity", help="name in the Lease; unset: POD_NAME")
    run.add_argument("--settle-time", type=_duration, default=timedelta(minutes=10), help="unset: 10m")
    run.add_argument("--minor-poll", type=_duration, default=timedelta(minutes=1), help="unset: 1m")
    run.add_argument("--resync", type=_duration, default=timedelta(minutes=10), help="unset: 10m")
    run.add_argument("--workers", type=_count, default=4, help="unset: 4")
    run.add_argument("--tools-image", help="image of this operator, for its Jobs; unset: no backups")
    run.add_argument("--credentials", type=Path, help="folder of <namespace>.<release> bearer tokens")
    run.add_argument("--port", type=_count, default=8080, help="unset: 8080")
    run.add_argument("--log-level", choices=("debug", "info", "warning", "error"), default="info")
    return parser
