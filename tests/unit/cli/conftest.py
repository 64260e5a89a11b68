from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from rich.console import RenderableType

from addon_updater.cli.output import console_on, show
from addon_updater.cluster import clock
from unit.cli import examples

Lines = Callable[..., list[str]]


@pytest.fixture(autouse=True)
def _now(monkeypatch):
    """Windows, ages and freezes are the same whenever the tests run."""
    monkeypatch.setattr(clock, "now", lambda: examples.NOW)


@pytest.fixture
def lines() -> Lines:
    """What a pipe of that width gets."""

    def draw(content: RenderableType, width: int = 100) -> list[str]:
        stream = io.StringIO()
        show(console_on(stream, width=width), content)
        return stream.getvalue().splitlines()

    return draw
