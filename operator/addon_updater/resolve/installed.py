"""Whether the version that runs may stay."""

from __future__ import annotations

from dataclasses import dataclass

from addon_updater.api.release import MinEvidence
from addon_updater.api.versions import Version
from addon_updater.catalog.evidence import Standing
from addon_updater.resolve.candidates import Filters
from addon_updater.resolve.reasons import Reason


@dataclass(frozen=True, slots=True)
class InstalledJudgement:
    """Whether the installed version satisfies minors and wish. `fits` None means that nobody knows."""

    fits: bool | None
    reason: Reason
    message: str


def judge_installed(version: Version | None, filters: Filters) -> InstalledJudgement:
    """Judge the version that runs.

    It is asked for less than a new one: it must be in the range, not denied, and known to run on the minors. The
    evidence floor, the channel, the versions to skip and the age choose new versions and remove nothing.
    """
    if version is None:
        return InstalledJudgement(None, Reason.NOT_INSTALLED, "no version was found running")
    if filters.wish.range is not None and version not in filters.wish.range:
        message = f"{version} runs, which is not in {str(filters.wish.range)!r} of {filters.wish.range_field}"
        return InstalledJudgement(False, Reason.OUT_OF_RANGE, message)
    release = filters.addon.release(version)
    if release is None:
        message = f"{version} runs, of which the catalog knows nothing"
        return InstalledJudgement(None, Reason.NOT_IN_CATALOG, message)
    if denied := release.data.denied:
        return InstalledJudgement(False, Reason.DENIED, f"{version} runs and is denied: {denied.reason}")
    judgement = filters.weakest(version)
    if judgement.standing is Standing.REFUSED:
        return InstalledJudgement(False, Reason.OUTSIDE_KUBERNETES_BOUNDS, judgement.message)
    if judgement.standing is Standing.UNKNOWN and filters.floor is not MinEvidence.NONE:
        return InstalledJudgement(None, Reason.EVIDENCE_UNKNOWN, judgement.message)
    if not judgement.standing.meets(filters.floor):
        message = f"{judgement.message}; a new version would need at least {filters.floor}"
        return InstalledJudgement(True, Reason.FITS_BELOW_FLOOR, message)
    return InstalledJudgement(True, Reason.FITS, judgement.message)
