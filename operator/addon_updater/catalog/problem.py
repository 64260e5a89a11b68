"""A mistake in a catalog document, as a value."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake: where it is, what it is, what to do.

    Only a fatal one makes the entry unusable; the others are statements without effect or hard to review.
    """

    where: str
    path: str
    message: str
    remedy: str
    fatal: bool = True

    def __str__(self) -> str:
        return f"{self.where}: {self.path}: {self.message}; {self.remedy}"
