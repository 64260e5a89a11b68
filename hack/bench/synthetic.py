"""An addon with ten thousand releases, which no real one has; the schema of a catalog ends at 512."""

from datetime import UTC, datetime
from itertools import product

from addon_updater.api.catalog import AddonEntry, Release
from addon_updater.api.versions import Minor, Version, VersionRange
from addon_updater.catalog import AddonEntryIndex
from addon_updater.catalog.index import index_addon
from addon_updater.resolve import Candidate, ClusterMinors, Wish, resolve

RANGE = ">=2.3 <9.5 !=8.1.3 || 10.2.x"
PYTHON_RANGES = (">=2.3,<9.5,!=8.1.3", "==10.2.*")
"""The same for `packaging`, which knows no or."""
INSTALLED = Version.parse("3.4.5")
SHOWN = 10
"""Verdicts that a status shows."""

_MAJORS, _LINES, _PATCHES = range(1, 11), range(20), range(50)
_NOW = datetime(2026, 11, 25, tzinfo=UTC)
_SOURCE = {"us": {"title": "The benchmark", "url": "https://example.com/bench"}}


def version_texts() -> list[str]:
    """All versions, newest first."""
    every = product(reversed(_MAJORS), reversed(_LINES), reversed(_PATCHES))
    return [f"{major}.{minor}.{patch}" for major, minor, patch in every]


def addon() -> AddonEntryIndex:
    """The first patch of each line is declared for two minors, majors break, and 5.19 is a required stop."""
    entry = AddonEntry.model_validate(
        {
            "name": "synthetic",
            "risk": "Isolated",
            "evidenceFloor": "Assumed",
            "target": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web", "container": "web"},
            "image": {"repository": "registry.example/web", "tag": "v{version}"},
            "sources": _SOURCE,
            "kubernetes": [{"minor": "1.35"}, {"minor": "1.34"}],
            "stops": [
                {"id": "five", "at": "5.19.x", "when": "Now", "because": "it migrates", "source": "us"}
            ],
        }
    )
    releases = tuple(Release.model_validate(_release(text)) for text in version_texts())
    return index_addon(entry.model_copy(update={"releases": releases}), where="benchmark")


def choose(entry: AddonEntryIndex) -> list[Candidate]:
    """Resolve one addon in the middle of an upgrade of the cluster, and make the verdicts that a status shows."""
    resolution = resolve(
        addon=entry,
        wish=Wish(range=VersionRange.parse(RANGE)),
        minors=ClusterMinors(frozenset({Minor(1, 34), Minor(1, 35)}), Minor(1, 34)),
        installed=INSTALLED,
        quarantined={},
        now=_NOW,
    )
    if str(resolution.target) != "10.2.49" or len(resolution.hops) != 2:
        raise AssertionError(f"the benchmark chose {resolution.target}: {resolution.message}")
    return resolution.candidates.worth_telling(SHOWN)


def _release(text: str) -> dict[str, object]:
    first_of_line, first_of_major = text.endswith(".0"), text.endswith(".0.0")
    declared = {"kubernetes": "1.30 - 1.35", "level": "Declared", "source": "us"}
    return {
        "version": text,
        "evidence": [declared] if first_of_line else [],
        "breaking": {"reason": "a new major", "source": "us"} if first_of_major else None,
    }
