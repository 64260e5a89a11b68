"""What a preflight check has to say about a change, before anything is written."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How much a finding weighs."""

    BLOCK = "Block"
    """The change must not start."""
    REPAIR = "Repair"
    """The same change repairs it; the person is told what will be different."""
    WARN = "Warn"
    """The change goes on; a person should know."""
    INFO = "Info"
    """For the record; nothing is to be done."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One statement of a preflight rule.

    `rule` is the stable id that runbooks and plan hashes refer to, `message` says what was found and where,
    `remedy` what a person can do about it.
    """

    rule: str
    severity: Severity
    message: str
    remedy: str
