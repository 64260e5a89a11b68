"""The AddonCatalog objects of a cluster, laid over the embedded catalog as far as each of them can be used.

A broken object never replaces a good one, and a serial never goes down. The order in which objects arrive does not
matter, only their last contents do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from pydantic import ValidationError

from addon_updater.api.catalog import AddonCatalogSpec
from addon_updater.catalog.catalog import Catalog
from addon_updater.catalog.documents import shape_problems, under_spec
from addon_updater.catalog.loading import load_embedded
from addon_updater.catalog.merge import merge
from addon_updater.errors import CatalogError


class CatalogReason(StrEnum):
    """Reasons of the conditions Ready and CatalogFresh of an AddonCatalog."""

    IN_FORCE = "InForce"
    """What is written is in force."""
    UNREADABLE = "Unreadable"
    """The spec is not shaped as an AddonCatalog."""
    UNFIT = "Unfit"
    """The spec contradicts itself or what it extends."""
    SERIAL_WENT_DOWN = "SerialWentDown"
    """The serial is lower than one that was in force before."""
    FRESH = "Fresh"
    """What is in force is what is written, and it has not expired."""
    OUTDATED = "Outdated"
    """What is in force is an earlier content of the object, or nothing of it."""
    EXPIRED = "Expired"
    """The last day on which the statements count as fresh is over; they stay in force."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why what is written in an object is not in force. The message names object, path and remedy."""

    reason: CatalogReason
    message: str


@dataclass(frozen=True, slots=True)
class SeenCatalog:
    """One AddonCatalog as last seen, and what became of it."""

    name: str
    uid: str
    generation: int
    status: Mapping[str, Any]
    """Its status as last seen, as the API server has it."""
    written: AddonCatalogSpec | None
    """What it says now; None when that cannot be read."""
    in_force: AddonCatalogSpec | None
    """What counts of it; an earlier content when the present one is refused."""
    accepted_serial: int | None
    """The highest serial that has been in force."""
    refusal: Refusal | None
    shares: str | None
    """Which other object has the same priority and speaks of the same addon, and who has the last word."""


@dataclass(slots=True)
class _Object:
    """What is kept of an object between two looks."""

    uid: str = ""
    generation: int = 0
    status: Mapping[str, Any] = field(default_factory=dict)
    written: AddonCatalogSpec | None = None
    in_force: AddonCatalogSpec | None = None
    accepted: int | None = None
    refusal: Refusal | None = None
    """Why the written content cannot even be tried."""


class CatalogStack:
    """All AddonCatalogs, and the catalog that follows from them."""

    def __init__(self, embedded: Catalog | None = None) -> None:
        self._embedded = embedded or load_embedded()
        self._objects: dict[str, _Object] = {}
        self.catalog = self._embedded
        self.refusals: dict[str, Refusal] = {}
        """Object name to what is wrong with it, for those whose present content is not in force."""

    def put(self, name: str, manifest: Mapping[str, Any]) -> None:
        """Take in an object as it is now."""
        metadata = manifest.get("metadata") or {}
        uid = str(metadata.get("uid") or "")
        kept = self._objects.get(name)
        if kept is None or kept.uid != uid:
            kept = self._objects[name] = _Object(uid)
        kept.generation = int(metadata.get("generation") or 0)
        kept.status = manifest.get("status") or {}
        kept.accepted = _highest(kept.accepted, kept.status.get("acceptedSerial"))
        before = (kept.written, kept.refusal)
        kept.written, kept.refusal = _read(name, manifest.get("spec"), kept.accepted)
        if (kept.written, kept.refusal) != before:
            self._merge()

    def drop(self, name: str) -> None:
        """Forget a deleted object; one that is created anew may begin with any serial."""
        self._objects.pop(name, None)
        self._merge()

    @property
    def lost(self) -> tuple[str, ...]:
        """The objects of which something was in force before and nothing is now: what they denied is not known.

        The last good content is kept in memory alone, so a restart while an edition is refused leads here.
        """
        return tuple(
            sorted(
                name
                for name, kept in self._objects.items()
                if kept.accepted is not None and kept.in_force is None
            )
        )

    def seen(self) -> tuple[SeenCatalog, ...]:
        """Every object by name, with what became of it."""
        return tuple(
            SeenCatalog(
                name=name,
                uid=kept.uid,
                generation=kept.generation,
                status=kept.status,
                written=kept.written,
                in_force=kept.in_force,
                accepted_serial=kept.accepted,
                refusal=self.refusals.get(name),
                shares=self._shares(name, kept.in_force),
            )
            for name, kept in sorted(self._objects.items())
        )

    def _merge(self) -> None:
        """Take the newest of each that fits, else its last good one."""
        offered = {
            name: one.written for name, one in self._objects.items() if one.written and not one.refusal
        }
        earlier = {name: one.in_force for name, one in self._objects.items() if one.in_force}
        taken: dict[str, AddonCatalogSpec] = {}
        unfit = self._take(taken, offered)
        self._take(taken, earlier)
        self.catalog = merge(self._embedded, taken)
        for name, kept in self._objects.items():
            kept.in_force = taken.get(name)
            kept.accepted = _highest(kept.accepted, kept.in_force.serial if kept.in_force else None)
        unread = {name: one.refusal for name, one in self._objects.items() if one.refusal}
        self.refusals = unread | {name: Refusal(CatalogReason.UNFIT, why) for name, why in unfit.items()}

    def _take(
        self, taken: dict[str, AddonCatalogSpec], offered: Mapping[str, AddonCatalogSpec]
    ) -> dict[str, str]:
        """Add every catalog that fits to those taken; the answer says why the others do not.

        A catalog may extend an addon that another one brings, so the refused ones are tried again after each
        success.
        """
        while True:
            refused: dict[str, str] = {}
            before = len(taken)
            for name in sorted(offered.keys() - taken.keys()):
                try:
                    merge(self._embedded, {**taken, name: offered[name]})
                except CatalogError as error:
                    refused[name] = str(error)
                else:
                    taken[name] = offered[name]
            if len(taken) == before or not refused:
                return refused

    def _shares(self, name: str, spec: AddonCatalogSpec | None) -> str | None:
        if spec is None:
            return None
        addons, priority = {one.name for one in spec.addons}, spec.priority or 0
        for other, kept in sorted(self._objects.items()):
            rival = kept.in_force
            if other == name or rival is None or (rival.priority or 0) != priority:
                continue
            if common := sorted(addons & {one.name for one in rival.addons}):
                return (
                    f"AddonCatalog {other} has the same priority {priority} and speaks of {', '.join(common)} too; "
                    f"by name, {max(name, other)} has the last word"
                )
        return None


def _highest(*serials: int | None) -> int | None:
    return max((serial for serial in serials if isinstance(serial, int)), default=None)


def _read(name: str, written: object, accepted: int | None) -> tuple[AddonCatalogSpec | None, Refusal | None]:
    """The content of an object, and what speaks against it before it is laid over anything."""
    try:
        spec = AddonCatalogSpec.model_validate(written)
    except ValidationError as error:
        first, *more = shape_problems(error, written, f"AddonCatalog {name}")
        rest = f" (and {len(more)} more)" if more else ""
        return None, Refusal(CatalogReason.UNREADABLE, f"{under_spec(first)}{rest}")
    if accepted is not None and spec.serial < accepted:
        message = (
            f"AddonCatalog {name}: spec.serial {spec.serial} is lower than {accepted}, which has been in force: a replay "
            f"is refused; write {accepted + 1}, or delete the object and create it anew"
        )
        return spec, Refusal(CatalogReason.SERIAL_WENT_DOWN, message)
    return spec, None
