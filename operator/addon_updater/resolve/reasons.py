"""Why a version is chosen or not; every value is stable and appears in status, Events and metrics."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """Reasons of a resolution, of its candidates and of the installed version."""

    # The outcome of a resolution.
    UP_TO_DATE = "UpToDate"
    """The installed version is the one to run."""
    UPDATE_FOUND = "UpdateFound"
    """A newer version fits all minors and the wish."""
    NO_CANDIDATE = "NoCandidate"
    """No version fits all minors and the wish."""
    PIN_DOES_NOT_FIT = "PinDoesNotFit"
    """The one version that is asked for cannot be had."""
    MINOR_UNKNOWN = "MinorUnknown"
    """No API server has said which minor it serves."""
    DOWNGRADE_NEEDS_APPROVAL = "DowngradeNeedsApproval"
    """Only an older version fits, and nobody has approved going back."""
    DOWNGRADE_APPROVED = "DowngradeApproved"
    """Only an older version fits, and going back is approved."""
    BELOW_ROLLBACK_FLOOR = "BelowRollbackFloor"
    """The older version cannot read what the installed one has written."""
    WAY_FORWARD = "WayForward"
    """The channel leaves it out, and it is the nearest newer version where the installed one may not stay."""
    STOP_UNAVAILABLE = "StopUnavailable"
    """The way to the target needs a stop, and no release that serves as this stop can be used."""

    # A candidate that is used, or could be.
    BEST_FIT = "BestFit"
    """The newest version that passes every filter."""
    OLDER_THAN_TARGET = "OlderThanTarget"
    """It passes every filter, and so does a newer one."""
    INSTALLED = "Installed"
    """It runs already and is kept."""

    # A candidate that is not, in the order of the filters.
    OUT_OF_RANGE = "OutOfRange"
    """spec.version, or the override in force, does not hold it."""
    BEYOND_CHANNEL = "BeyondChannel"
    """The channel leaves it out: it is newer than what Default follows, or in no line that LTS may choose from."""
    DENIED = "Denied"
    """The catalog says never to use it."""
    SKIPPED = "Skipped"
    """spec.policy.skipVersions names it."""
    QUARANTINED = "Quarantined"
    """It has failed in this cluster."""
    OUTSIDE_KUBERNETES_BOUNDS = "OutsideKubernetesBounds"
    """A minor does not serve what it needs."""
    EVIDENCE_UNKNOWN = "EvidenceUnknown"
    """Nobody says whether it runs on a minor."""
    EVIDENCE_TOO_WEAK = "EvidenceTooWeak"
    """What is known is less than the floor asks for."""
    TOO_YOUNG = "TooYoung"
    """It is younger than spec.policy.minReleaseAge, or of unknown age."""

    # The installed version.
    FITS = "Fits"
    """It satisfies the minors and the wish."""
    FITS_BELOW_FLOOR = "FitsBelowFloor"
    """It runs on the minors, on weaker evidence than a new version would need."""
    NOT_IN_CATALOG = "NotInCatalog"
    """Nothing is known about it."""
    NOT_INSTALLED = "NotInstalled"
    """No version was found running."""
