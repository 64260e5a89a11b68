"""What the operator's settings allow at most, whatever a release asks for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from addon_updater.api.release import BreakingChanges, Updates
from addon_updater.api.windows import Window

_STRICTNESS_OF_UPDATES = (Updates.PLAN_ONLY, Updates.MANUAL, Updates.AUTO_PATCH, Updates.AUTO)
_STRICTNESS_OF_BREAKING = (BreakingChanges.DENY, BreakingChanges.WITH_CLUSTER_MINOR, BreakingChanges.ALLOW)


@dataclass(frozen=True, slots=True)
class Limits:
    """The ceilings of this cluster. The defaults limit nothing."""

    freeze: str | None = None
    """Why nothing may start, in a person's words; None without a freeze."""
    frozen_until: datetime | None = None
    """When the freeze ends by itself; None: when a person lifts it."""
    windows: tuple[Window, ...] = ()
    repositories: tuple[str, ...] = ()
    """Prefixes of image repositories; none allows all."""
    updates: Updates | None = None
    breaking_changes: BreakingChanges | None = None

    def frozen_at(self, now: datetime) -> str | None:
        """Why nothing may start at that moment; None when no freeze holds."""
        if self.freeze is None or (self.frozen_until is not None and now >= self.frozen_until):
            return None
        return self.freeze

    def updates_of(self, wanted: Updates | None) -> Updates:
        """The stricter one of what a release wants and what is allowed."""
        both = {wanted or Updates.AUTO, self.updates or Updates.AUTO}
        return next(one for one in _STRICTNESS_OF_UPDATES if one in both)

    def breaking_changes_of(self, wanted: BreakingChanges | None) -> BreakingChanges:
        """The stricter one of what a release wants and what is allowed."""
        both = {wanted or BreakingChanges.WITH_CLUSTER_MINOR, self.breaking_changes or BreakingChanges.ALLOW}
        return next(one for one in _STRICTNESS_OF_BREAKING if one in both)


UNLIMITED = Limits()
