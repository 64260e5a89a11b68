"""Which dashboards lie in which folder: short enough for a baseline, and telling enough for a comparison.

A uid is kept as five letters of its hash: among 5,000 dashboards the chance that two share them is one in a hundred.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

MAX_FINGERPRINT: Final = 16 * 1024
"""Bytes of one fingerprint. Source: rollout.addon.Addon.fingerprint."""

_LETTERS: Final = 5
_ROOT: Final = "-"


@dataclass(frozen=True, slots=True)
class Inventory:
    """The objects of a server by group: dashboards by folder, or all data sources as one group.

    `groups` None when only their number is known.
    """

    total: int
    groups: Mapping[str, frozenset[str]] | None

    @property
    def members(self) -> frozenset[str]:
        """All short hashes."""
        return frozenset().union(*(self.groups or {}).values())

    def to_text(self) -> str:
        """The fingerprint: the number, and the groups as long as they fit."""
        grouped = "".join(
            f" {group}:{''.join(sorted(uids))}" for group, uids in sorted((self.groups or {}).items())
        )
        text = f"{self.total}{grouped}"
        return text if len(text) <= MAX_FINGERPRINT else str(self.total)

    @classmethod
    def from_text(cls, text: str) -> Inventory:
        """Read what `to_text` wrote."""
        total, *groups = text.split(" ")
        known = {group: _split(uids) for group, _, uids in (one.partition(":") for one in groups)}
        return cls(int(total), known if groups or total == "0" else None)


def read_inventory(body: str) -> Inventory | None:
    """The objects in a JSON list with uids and, when they lie in one, the uid of their folder; None for others."""
    try:
        listed = json.loads(body)
    except ValueError:
        return None
    if not isinstance(listed, list) or not all(isinstance(one, dict) and one.get("uid") for one in listed):
        return None
    return _grouped((str(one.get("folderUid") or ""), str(one["uid"])) for one in listed)


def _grouped(pairs: Iterable[tuple[str, str]]) -> Inventory:
    groups: dict[str, set[str]] = {}
    total = 0
    for folder, uid in pairs:
        groups.setdefault(_short(folder) if folder else _ROOT, set()).add(_short(uid))
        total += 1
    return Inventory(total, {group: frozenset(uids) for group, uids in groups.items()})


def _short(uid: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(uid.encode()).digest())[:_LETTERS].decode()


def _split(uids: str) -> frozenset[str]:
    return frozenset(uids[start : start + _LETTERS] for start in range(0, len(uids), _LETTERS))
