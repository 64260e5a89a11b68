from __future__ import annotations

import io

import pytest

from addon_updater.cli.output import console_on, plain, show, visible


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    "stream, no_color, colored",
    [
        pytest.param(Terminal(), "", True, id="a terminal"),
        pytest.param(Terminal(), "1", False, id="a terminal with NO_COLOR"),
        pytest.param(io.StringIO(), "", False, id="a pipe"),
    ],
)
def test_colors_are_for_terminals_that_want_them(stream, no_color, colored, monkeypatch):
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("NO_COLOR", no_color)
    for name in ("FORCE_COLOR", "TTY_COMPATIBLE", "COLORTERM"):
        monkeypatch.delenv(name, raising=False)
    show(console_on(stream, width=40), plain("Stalled", "red"))
    assert ("\x1b[31m" in stream.getvalue()) is colored
    assert "Stalled" in stream.getvalue()


@pytest.mark.parametrize(
    "columns, width",
    [pytest.param(None, 120, id="nobody says"), pytest.param("90", 90, id="COLUMNS says")],
)
def test_a_pipe_has_a_width_of_its_own(columns, width, monkeypatch):
    monkeypatch.delenv("COLUMNS", raising=False)
    if columns is not None:
        monkeypatch.setenv("COLUMNS", columns)
    assert console_on(io.StringIO()).width == width


@pytest.mark.parametrize(
    "text, shown",
    [
        ("plain -> text", "plain -> text"),
        ("two\nlines", "two lines"),
        ("\x1b]0;title\x07", " ]0;title "),
        ("left\u202eright", "left right"),
        ("caf\u00e9 \u2026", "caf\u00e9 \u2026"),
    ],
)
def test_what_a_terminal_would_obey_becomes_a_blank(text: str, shown: str):
    assert visible(text) == shown
