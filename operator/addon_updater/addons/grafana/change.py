"""One update of a Grafana workload as the preflight rules see it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from addon_updater.addons.grafana.settings import Settings
from addon_updater.addons.grafana.storage import Storage
from addon_updater.api.versions import Version
from addon_updater.rollout.workload import Manifest, Workload

V10: Final = Version.parse("10.0.0")
V11: Final = Version.parse("11.0.0")
V12: Final = Version.parse("12.0.0")
V12_4: Final = Version.parse("12.4.0")
V13: Final = Version.parse("13.0.0")
V13_2: Final = Version.parse("13.2.0")

DOORS: Final = (
    (V10, "API keys become service account tokens and RBAC is always on"),
    (V11, "legacy alerting and its tables are gone"),
    (V12, "the annotation table is rewritten"),
    (V12_4, "playlists, and on small instances dashboards, move to unified storage"),
    (V13, "every folder and dashboard moves to unified storage"),
)
"""Releases after which an older one no longer reads the database. Source: Grafana's breaking changes by version."""


@dataclass(frozen=True, slots=True)
class Change:
    """From what to what, and everything the rules look at."""

    workload: Workload
    container: str
    running: Version
    target: Version
    image: str
    edited: bool
    """Whether the configuration changes too."""
    settings: Settings
    storage: Storage

    @property
    def holder(self) -> Manifest:
        """The container that runs Grafana."""
        return self.workload.container(self.container) or {}

    def reaches(self, since: Version) -> bool:
        """Whether what holds from that release on can meet this workload for the first time."""
        return self.target >= since and (self.running < since or self.edited)

    @property
    def doors(self) -> tuple[tuple[Version, str], ...]:
        """The one-way doors on the way, oldest first."""
        return tuple(door for door in DOORS if self.running < door[0] <= self.target)
