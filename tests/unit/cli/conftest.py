from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from rich.console import RenderableType

from addon_updater.cli.output import console_on, show

Lines = Callable[..., list[str]]


@pytest.fixture
def lines() -> Lines:
    """What a pipe of that width gets."""

    def draw(content: RenderableType, width: int = 100) -> list[str]:
        stream = io.StringIO()
        show(console_on(stream, width=width), content)
        return stream.getvalue().splitlines()

    return draw
