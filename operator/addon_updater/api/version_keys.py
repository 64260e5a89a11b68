"""Sort keys of versions: plain tuples, so that comparing versions and matching ranges is tuple comparison."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import semver

from addon_updater.errors import VersionError

MAX_TEXT = 256
"""Longest text, in characters, that is read at all."""

Key = tuple[Any, ...]
"""(major, minor, patch, stage, security), or a prefix of it. A prefix sorts before all that it begins."""

RELEASED = (1,)
"""The stage of a release; that of a pre-release begins with 0."""
LOWEST: Key = ()
HIGHEST: Key = (10**10,)

NUMBER = r"[0-9]{1,9}"
SUFFIX = r"[-+_][0-9A-Za-z][0-9A-Za-z.+_-]*"
_PRERELEASE = re.compile(r"-((?:alpha|beta|rc)(?![A-Za-z])[0-9A-Za-z.-]*)")
_SECURITY = re.compile(r"[-+]security-([0-9]{1,9})(?![0-9])")
_SECURITY_BUILD = re.compile(r"security-[0-9]{1,9}(?![0-9])")


@dataclass(frozen=True, slots=True)
class Span:
    """All keys from `low` on and below `high`."""

    low: Key
    high: Key

    def __contains__(self, key: Key) -> bool:
        return self.low <= key < self.high


def refuse(kind: str, text: str, position: int, remedy: str) -> VersionError:
    """The error for a text that cannot be read at the position, counted from 0."""
    shown = text if len(text) <= 48 else text[:45] + "..."
    return VersionError(f"{kind} {shown!r} is not readable at character {position + 1}: {remedy}")


def bounded(kind: str, text: str) -> str:
    """The text, unless it is longer than anything a person would write.

    Raises:
        VersionError: it is longer than MAX_TEXT.
    """
    if len(text) > MAX_TEXT:
        raise refuse(kind, text, MAX_TEXT, f"use at most {MAX_TEXT} characters")
    return text


def split_suffix(suffix: str) -> tuple[str | None, str | None]:
    """The pre-release and the build of a suffix that still has its separator; see `Version` for what is which."""
    announced = _PRERELEASE.match(suffix)
    if announced is None:
        return None, suffix[1:] or None
    return announced[1], suffix[announced.end() + 1 :] or None


def security_build(build: str) -> str | None:
    """Grafana's "security-01" at the beginning of a build; None when upstream made no such build."""
    named = _SECURITY_BUILD.match(build)
    return named[0] if named else None


def version_key(base: str, suffix: str) -> Key:
    """The key of a full version.

    `base` is what SemVer reads ("1.11.3", "1.13.0-rc.1"), `suffix` all that followed the three numbers.

    Raises:
        ValueError: `base` is no SemVer version, for example for a leading zero.
    """
    parsed = semver.Version.parse(base)
    stage = (0, *map(_identifier_key, parsed.prerelease.split("."))) if parsed.prerelease else RELEASED
    security = _SECURITY.search(suffix)
    return (parsed.major, parsed.minor, parsed.patch, stage, int(security[1]) if security else 0)


def release_key(numbers: tuple[int, ...]) -> Key:
    """The key of the first release that begins with these numbers: (1, 11) gives that of 1.11.0."""
    return (*numbers, *(0,) * (3 - len(numbers)), RELEASED, 0)


def just_above(key: Key) -> Key:
    """The lowest key greater than this full key."""
    return (*key, 0)


def _identifier_key(identifier: str) -> Key:
    """SemVer 2.0, section 11: numbers before words, numbers by value."""
    return (0, int(identifier), "") if identifier.isdigit() else (1, 0, identifier)
