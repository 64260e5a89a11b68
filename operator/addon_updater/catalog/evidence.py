"""What is known about a pair of addon version and Kubernetes minor."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from addon_updater.api.catalog import EvidenceLevel
from addon_updater.api.release import MinEvidence
from addon_updater.api.versions import VersionRange


class Standing(IntEnum):
    """How a version stands with a minor, from worst to best."""

    REFUSED = 0
    """A hard fact speaks against it: the minor does not serve what the version needs."""
    UNKNOWN = 1
    """Nobody says anything. Never the same as fine."""
    ASSUMED = 2
    """The APIs it needs are served, or a vendor ships its own build of it."""
    DECLARED = 3
    """Somebody supports the pair by name."""
    TESTED = 4
    """Somebody ships or tests exactly this pair."""

    @classmethod
    def of(cls, level: EvidenceLevel) -> Standing:
        """The standing that a statement of this level gives."""
        return cls[level.name]

    def meets(self, floor: MinEvidence) -> bool:
        """Whether this is enough for the floor. Not even a floor of None admits a refused pair."""
        return self >= (Standing.UNKNOWN if floor is MinEvidence.NONE else Standing[floor.name])

    def __str__(self) -> str:
        return self.name.capitalize()


@dataclass(frozen=True, slots=True)
class Judgement:
    """A standing with its reason.

    `source` is a key of the addon's `sources`, or empty when nobody is behind it; `message` is one sentence.
    """

    standing: Standing
    source: str
    message: str


@dataclass(frozen=True, slots=True)
class Testimony:
    """One statement about a release: on these minors it stands so."""

    minors: VersionRange
    standing: Standing
    source: str
    note: str | None


@dataclass(frozen=True, slots=True)
class Bound:
    """A hard fact: the listed versions run on these minors only."""

    versions: VersionRange
    minors: VersionRange
    because: str
    source: str
