"""What an AddonCatalog object is told about itself in its status."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from addon_updater.api.catalog_status import AddonCatalogStatus
from addon_updater.api.meta import Condition, ConditionStatus, merge_conditions
from addon_updater.catalog.stack import CatalogReason, SeenCatalog

_LONGEST = 1024
READY = "Ready"
"""Condition: what is written is in force."""
CATALOG_FRESH = "CatalogFresh"
"""Condition: what is in force is neither older than what is written nor expired."""


def is_fresh(seen: SeenCatalog, now: datetime) -> bool:
    """Whether the present content is in force and has not expired."""
    return seen.refusal is None and not _is_expired(seen, now)


def catalog_status(seen: SeenCatalog, now: datetime) -> AddonCatalogStatus:
    """The status of an object; the conditions that it has so far give the times."""
    conditions = (_ready(seen), _fresh(seen, now))
    return AddonCatalogStatus(
        observed_generation=seen.generation,
        accepted_serial=seen.accepted_serial,
        conditions=list(merge_conditions(_earlier(seen), conditions, now=now, generation=seen.generation)),
    )


def _ready(seen: SeenCatalog) -> Condition:
    if seen.refusal is not None:
        return _condition(
            READY, ConditionStatus.FALSE, seen.refusal.reason, f"{seen.refusal.message}; {_rest(seen)}"
        )
    serial = f"serial {seen.accepted_serial} is in force"
    message = f"{serial}; {seen.shares}" if seen.shares else serial
    return _condition(READY, ConditionStatus.TRUE, CatalogReason.IN_FORCE, message)


def _fresh(seen: SeenCatalog, now: datetime) -> Condition:
    if seen.refusal is not None:
        return _condition(CATALOG_FRESH, ConditionStatus.FALSE, CatalogReason.OUTDATED, _rest(seen))
    expires = seen.in_force.expires if seen.in_force else None
    if _is_expired(seen, now):
        message = f"the statements were good until {expires} and stay in force; write a newer edition"
        return _condition(CATALOG_FRESH, ConditionStatus.FALSE, CatalogReason.EXPIRED, message)
    message = f"good until {expires}" if expires else ""
    return _condition(CATALOG_FRESH, ConditionStatus.TRUE, CatalogReason.FRESH, message)


def _rest(seen: SeenCatalog) -> str:
    """What counts instead of a refused content."""
    if seen.in_force is None:
        return "nothing of this object is in force"
    return f"serial {seen.in_force.serial} stays in force"


def _is_expired(seen: SeenCatalog, now: datetime) -> bool:
    if seen.in_force is None or seen.in_force.expires is None:
        return False
    last_day = datetime.fromisoformat(seen.in_force.expires).replace(tzinfo=UTC)
    return now >= last_day + timedelta(days=1)


def _condition(type_: str, status: ConditionStatus, reason: CatalogReason, message: str) -> Condition:
    return Condition(type=type_, status=status, reason=reason.value, message=message[:_LONGEST])


def _earlier(seen: SeenCatalog) -> tuple[Condition, ...]:
    try:
        return tuple(AddonCatalogStatus.model_validate(seen.status).conditions or ())
    except ValueError:
        return ()
