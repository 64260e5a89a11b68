"""Known flaws of the installed version that the running configuration is open to. They choose no version: they hurry.

A flaw overrides no window, approval, freeze, range, channel or rule for breaking changes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import dropwhile

from addon_updater.api.catalog_advisories import AdvisorySeverity
from addon_updater.api.versions import Version
from addon_updater.catalog.facts import CatalogAdvisory
from addon_updater.catalog.index import AddonEntryIndex


@dataclass(frozen=True, slots=True)
class Threat:
    """A flaw that the installed version has and that the running configuration is open to."""

    advisory: CatalogAdvisory
    opened_by: str
    """Where the feature stands that opens it, or why nobody can rule it out; empty when every configuration does."""

    @property
    def id(self) -> str:
        """The name of the advisory."""
        return self.advisory.data.id

    @property
    def severity(self) -> AdvisorySeverity:
        """How grave it is."""
        return self.advisory.data.severity

    def closed_on(self, way: Iterable[Version]) -> Version | None:
        """The version of the way from which on none has the flaw; None when the way ends with it, or leads nowhere."""
        safe: Version | None = None
        for version in way:
            if self.advisory.concerns(version):
                safe = None
            elif safe is None:
                safe = version
        return safe


def threats(
    addon: AddonEntryIndex, installed: Version | None, exposures: Mapping[str, str]
) -> tuple[Threat, ...]:
    """The flaws of the installed version that are open, the gravest first.

    `exposures` has the features in use and where each stands; what cannot be seen is among them.
    """
    if installed is None:
        return ()
    return tuple(
        Threat(one, opened_by)
        for one in addon.advisories
        if one.concerns(installed) and (opened_by := _opened_by(one, exposures)) is not None
    )


def closed(found: Sequence[Threat], way: Sequence[Version]) -> tuple[Threat, ...]:
    """Those of the threats that the way closes."""
    return tuple(one for one in found if one.closed_on(way) is not None)


def urgency(found: Iterable[Threat]) -> int:
    """How much the gravest of them hurries: greater is more urgent, 0 nothing."""
    return max((one.severity.gravity for one in found), default=0)


def remedy(threat: Threat, addon: AddonEntryIndex, installed: Version) -> Version | None:
    """The first release after the installed one that is free of the flaw and not denied, whatever the wish says."""
    later = dropwhile(lambda one: one.version <= installed, reversed(addon.releases))
    return next(
        (
            one.version
            for one in later
            if one.data.denied is None and not threat.advisory.concerns(one.version)
        ),
        None,
    )


def _opened_by(one: CatalogAdvisory, exposures: Mapping[str, str]) -> str | None:
    if not one.data.exposed_when:
        return ""
    return next((exposures[feature] for feature in one.data.exposed_when if feature in exposures), None)
