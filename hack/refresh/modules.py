"""Asks the Go module proxy, through the go command and outside of any module."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Iterable, Mapping

from refresh.errors import RefreshError

TIMEOUT = 120
"""Seconds for one question."""


def tags_of(module: str) -> list[str]:
    """Every version of the module that the proxy lists.

    Raises:
        RefreshError: there is no go command, or the proxy does not answer.
    """
    return _go_list("-versions", module).split()[1:]


def days_of(module: str, tags: Iterable[str]) -> Mapping[str, str]:
    """By tag the day (UTC) of the commit that it names.

    Raises:
        RefreshError: as above.
    """
    asked = [f"{module}@{tag}" for tag in tags]
    if not asked:
        return {}
    rest, days = _go_list("-json=Version,Time", *asked), {}
    decoder = json.JSONDecoder()
    while rest := rest.lstrip():
        one, end = decoder.raw_decode(rest)
        if "Time" in one:
            days[one["Version"]] = one["Time"][:10]
        rest = rest[end:]
    return days


def _go_list(*arguments: str) -> str:
    command = ["go", "list", "-m", *arguments]
    with tempfile.TemporaryDirectory() as nowhere:
        try:
            done = subprocess.run(
                command,
                cwd=nowhere,
                env={**os.environ, "GO111MODULE": "on", "GOFLAGS": "", "GOWORK": "off"},
                capture_output=True,
                text=True,
                check=True,
                timeout=TIMEOUT,
            )
        except FileNotFoundError as error:
            raise RefreshError("there is no go command; install Go and put it on PATH") from error
        except subprocess.TimeoutExpired as error:
            raise RefreshError(f"{' '.join(command)}: no answer in {TIMEOUT} s; try again later") from error
        except subprocess.CalledProcessError as error:
            raise RefreshError(f"{' '.join(command)}: {error.stderr.strip()}; check GOPROXY") from error
    return done.stdout
