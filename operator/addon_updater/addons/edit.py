"""Edits of a text by offsets, so that everything outside them stays byte for byte."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Edit:
    """Replace `text[start:end]` by `replacement`."""

    start: int
    end: int
    replacement: str


def apply(text: str, edits: Iterable[Edit]) -> str:
    """The text with all edits made; equal ones count once.

    Raises:
        ValueError: two different edits touch the same characters.
    """
    pieces: list[str] = []
    position = 0
    for edit in sorted(set(edits)):
        if edit.start < position:
            raise ValueError(f"edits overlap at offset {edit.start}")
        pieces += [text[position : edit.start], edit.replacement]
        position = edit.end
    return "".join([*pieces, text[position:]])


def remove(text: str, start: int, end: int) -> Edit:
    """Remove `text[start:end]` and the line it leaves empty; a comment on that line stays."""
    line_start = text.rfind("\n", 0, start) + 1
    line_end = text.find("\n", end)
    line_end = len(text) if line_end < 0 else line_end + 1
    before, after = text[line_start:start], text[end:line_end]
    if not before.strip(" \t\r") and not after.strip():
        return Edit(line_start, line_end, "")
    padding = len(after) - len(after.lstrip(" \t"))
    if before.strip():
        # The word before keeps its line; what separated it from the removed part goes.
        return Edit(line_start + len(before.rstrip(" \t")), end, "")
    return Edit(start, end + padding, "")


def indentation(text: str, offset: int) -> str:
    """The white space that begins the line of `offset`."""
    line_start = text.rfind("\n", 0, offset) + 1
    line = text[line_start:offset]
    return line[: len(line) - len(line.lstrip(" \t"))]


def line_ending(text: str) -> str:
    """The line ending that the text uses."""
    return "\r\n" if "\r\n" in text else "\n"
