"""Engines that are broken on purpose, in the process of a played operator. The product knows nothing of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from addon_updater.cluster import store
from addon_updater.rollout.revision import Quarantine
from addon_updater.rollout.situation import Situation
from faults.model.mutations import MUTATIONS, Break


def break_engine(name: str) -> None:
    """Put a mutation in for the rest of this process.

    Raises:
        KeyError: there is none of that name.
    """
    BREAKS[name](pytest.MonkeyPatch())


def _trusts_the_status(patch: pytest.MonkeyPatch) -> None:
    """The model tells its own world what the status says; here it is what the watch of the releases brings."""
    read, recorded = store._read, Situation.quarantines.fget
    assert recorded is not None
    shown: dict[str, set[str]] = {}

    def reads(manifest: Mapping[str, Any]) -> store.Kept:
        held = (manifest.get("status") or {}).get("quarantined") or ()
        shown[manifest["metadata"]["uid"]] = {str(one["version"]) for one in held}
        return read(manifest)

    def as_told(situation: Situation) -> tuple[Quarantine, ...]:
        told = shown.get(situation.release.uid, set())
        return tuple(held for held in recorded(situation) if held.version in told)

    patch.setattr(store, "_read", reads)
    patch.setattr(Situation, "quarantines", property(as_told))


BREAKS: Mapping[str, Break] = {
    **{mutation.name: mutation.put_in for mutation in MUTATIONS},
    "trusts the status": _trusts_the_status,
}
"""Name -> what puts it in."""
