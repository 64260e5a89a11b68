"""Known flaws that the running configuration is open to, in words: what ends each, or what stands against that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from addon_updater.api.catalog_advisories import AdvisorySeverity
from addon_updater.api.versions import Version
from addon_updater.catalog import AddonEntryIndex
from addon_updater.resolve import Resolution, Threat, Verdict
from addon_updater.resolve.security import remedy

_NAMED = 3
"""So many flaws are named in a sentence; the status lists them all."""


@dataclass(frozen=True, slots=True)
class OpenFlaw:
    """A known flaw that is open now. `fixed_in` is the version of the plan that ends it, None when the plan does not."""

    id: str
    severity: AdvisorySeverity
    fixed_in: Version | None
    message: str


def open_flaws(
    found: Sequence[Threat],
    way: Sequence[Version],
    *,
    installed: Version,
    addon: AddonEntryIndex,
    resolution: Resolution,
) -> tuple[OpenFlaw, ...]:
    """The flaws with what becomes of each on the planned way, the gravest first."""
    return tuple(
        OpenFlaw(
            one.id,
            one.severity,
            fixed_in := one.closed_on(way),
            f"{_matter(one)}; {_outlook(one, fixed_in, installed, addon, resolution)}",
        )
        for one in found
    )


def named(found: Sequence[Threat]) -> str:
    """The gravest of the flaws by name, as in "CVE-2026-26018 (High) and 3 more"."""
    names = ", ".join(f"{one.id} ({one.severity})" for one in found[:_NAMED])
    return names if len(found) <= _NAMED else f"{names} and {len(found) - _NAMED} more"


def _matter(one: Threat) -> str:
    """What can be done with it, and where it is opened."""
    because = one.advisory.data.because
    return f"{because} (open by {one.opened_by})" if one.opened_by else because


def _outlook(
    one: Threat,
    fixed_in: Version | None,
    installed: Version,
    addon: AddonEntryIndex,
    resolution: Resolution,
) -> str:
    if fixed_in is not None:
        return f"the plan ends it with {fixed_in}"
    first = remedy(one, addon, installed)
    candidate = resolution.candidates.find(first) if first is not None else None
    if first is None or candidate is None:
        return "no later version of the catalog is free of it"
    if candidate.verdict is not Verdict.REJECTED:
        return f"{first} ends it and is not planned now"
    return f"{first} ends it and is not wished: {candidate.reason}: {candidate.message}; {candidate.remedy}"
