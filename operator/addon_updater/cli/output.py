"""How an answer reaches the terminal, a pipe or a program."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import IO, Any

import yaml
from rich.console import Console, RenderableType
from rich.text import Text

from addon_updater.cli.arguments import Output

_PIPE_WIDTH = 120
"""Columns when nobody is looking: no terminal says how wide it is."""


def console_on(stream: IO[str], *, width: int | None = None) -> Console:
    """A console on a stream: colors on a terminal only and never with NO_COLOR, no markup in foreign text."""
    if width is None and not stream.isatty() and not os.environ.get("COLUMNS"):
        width = _PIPE_WIDTH
    return Console(file=stream, width=width, highlight=False, markup=False, emoji=False)


def show(console: Console, content: RenderableType) -> None:
    """Print; without a terminal the blanks go that only fill lines."""
    if console.is_terminal:
        console.print(content)
    else:
        console.file.write(rendered(console, content))


def rendered(console: Console, content: RenderableType) -> str:
    """The text of what would be printed, without blanks at the ends of its lines."""
    with console.capture() as captured:
        console.print(content)
    return "".join(f"{line.rstrip()}\n" for line in captured.get().splitlines())


def dump(document: Mapping[str, Any], output: Output) -> str:
    """The document as JSON or YAML, ending with a newline."""
    if output is Output.JSON:
        return json.dumps(document, indent=2) + "\n"
    return yaml.safe_dump(document, sort_keys=False, width=110)


def plain(content: object, style: str = "") -> Text:
    """Text from the cluster, made harmless: a message must not move the cursor or fake another line."""
    return Text(visible(str(content)), style=style)


def visible(content: str) -> str:
    """The text with every character that a terminal would obey replaced by a blank."""
    return "".join(one if one.isprintable() else " " for one in content)
