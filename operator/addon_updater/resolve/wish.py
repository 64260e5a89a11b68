"""What a platform team asks for, as far as choosing a version goes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from addon_updater.api.release import Channel, MinEvidence
from addon_updater.api.versions import Version, VersionRange


@dataclass(frozen=True, slots=True)
class Wish:
    """The version part of an AddonRelease; the defaults are those of an empty spec."""

    range: VersionRange | None = None
    """None: any version."""
    channel: Channel = Channel.DEFAULT
    min_evidence: MinEvidence | None = None
    """None: the catalog's floor for the addon."""
    skip: frozenset[Version] = frozenset()
    min_release_age: timedelta | None = None
    approved_downgrade: bool = False
    """Whether a person has approved going back to an older version."""
