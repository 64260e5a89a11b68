"""The verdict on every release: range, channel, deny and skip and quarantine, evidence, age, in this order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum

from addon_updater.api.reach import Reach
from addon_updater.api.release import Channel, MinEvidence
from addon_updater.api.version_keys import just_above
from addon_updater.api.versions import Minor, Version
from addon_updater.catalog.evidence import Judgement, Standing
from addon_updater.catalog.index import AddonEntryIndex, CatalogRelease
from addon_updater.resolve.reasons import Reason
from addon_updater.resolve.wish import Wish

FILTER_ORDER = (
    Reason.OUT_OF_RANGE,
    Reason.BEYOND_CHANNEL,
    Reason.DENIED,
    Reason.SKIPPED,
    Reason.QUARANTINED,
    Reason.OUTSIDE_KUBERNETES_BOUNDS,
    Reason.EVIDENCE_UNKNOWN,
    Reason.EVIDENCE_TOO_WEAK,
    Reason.TOO_YOUNG,
)
"""The objections in the order of the filters: the later one comes, the closer the version was."""

CATALOG = "catalog"
"""The source of what no source of an addon says: that nobody knows."""


class Verdict(StrEnum):
    """What became of a candidate."""

    TARGET = "Target"
    """The version to run, and not the one that runs."""
    INSTALLED = "Installed"
    """The version to run, and it runs."""
    ELIGIBLE = "Eligible"
    """Passes every filter, but another one is taken."""
    REJECTED = "Rejected"
    """A filter stopped it; the reason says which."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One release and what became of it.

    `evidence` is its weakest standing over all required minors. `source` says who is behind the reason: a key of
    the addon's `sources`, a field of the AddonRelease, "quarantine", or "catalog" for its floor and for what it does
    not know. `remedy` says all that a person must do to have this version; empty when it is had already.
    """

    version: Version
    release: CatalogRelease
    verdict: Verdict
    reason: Reason
    message: str
    evidence: Standing
    source: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Ceiling:
    """The newest version that channel Default follows."""

    version: Version
    minor: Minor
    source: str
    installed: Version | None = None
    """The installed version where it is newer than the ceiling: newer patches of its line are let through as well,
    or a flaw of it could only be left by going back."""

    def admits(self, version: Version) -> bool:
        """Whether the channel lets the version through."""
        if version.key <= self.version.key:
            return True
        line = self.installed
        if line is None or version.key < line.key:
            return False
        return (version.major, version.minor) == (line.major, line.minor)

    @property
    def reach(self) -> Reach:
        """Everything that it lets through."""
        followed = Reach.between(high=just_above(self.version.key))
        line = self.installed
        if line is None:
            return followed
        return followed.joined_with(Reach.between(line.key, (line.major, line.minor + 1)))


@dataclass(frozen=True, slots=True)
class Filters:
    """Everything that the filters look at, prepared once for all releases."""

    addon: AddonEntryIndex
    wish: Wish
    minors: tuple[Minor, ...]
    """All minors to fit, ascending; never empty."""
    floor: MinEvidence
    ceiling: Ceiling | None
    quarantined: Mapping[Version, str]
    now: datetime

    @property
    def wants_long_term(self) -> bool:
        """Whether only lines with long-term support count; a pin leaves a channel nothing to choose."""
        return self.wish.channel is Channel.LTS and not (self.wish.range and self.wish.range.pin)

    def weakest(self, version: Version) -> Judgement:
        """How the version stands with the minor it fits least."""
        weakest = self.addon.evidence(version, self.minors[0])
        for minor in self.minors[1:]:
            judgement = self.addon.evidence(version, minor)
            if judgement.standing < weakest.standing:
                weakest = judgement
        return weakest


@dataclass(frozen=True, slots=True)
class Objection:
    """Why a filter stops a version, and what would let it through."""

    reason: Reason
    message: str
    source: str
    remedy: str


def channel_ceiling(
    addon: AddonEntryIndex, wish: Wish, minors: tuple[Minor, ...], installed: Version | None
) -> Ceiling | None:
    """How far channel Default goes: the vendor's default of a minor, else the newest Declared there.

    Of several minors the highest ceiling counts, because a version must fit all of them anyway. None: no limit,
    as for channel Latest, for a pin, which leaves a channel nothing to choose, and where nobody declares anything.
    """
    if wish.channel is not Channel.DEFAULT or (wish.range and wish.range.pin):
        return None
    ceilings = [ceiling for minor in minors if (ceiling := _ceiling_of(addon, minor))]
    highest = max(ceilings, key=lambda ceiling: ceiling.version, default=None)
    if highest is None or installed is None or installed <= highest.version:
        return highest
    return replace(highest, installed=installed)


def _ceiling_of(addon: AddonEntryIndex, minor: Minor) -> Ceiling | None:
    if default := addon.default_for(minor):
        return Ceiling(default.version, minor, default.source)
    version = addon.newest_declared(minor)
    return Ceiling(version, minor, addon.evidence(version, minor).source) if version else None


def judge(release: CatalogRelease, filters: Filters) -> Candidate:
    """Let one release pass the filters; the first that objects decides."""
    judgement = filters.weakest(release.version)
    looks = (
        _against_range(release, filters),
        _against_channel(release, filters),
        against_release(release, filters),
        _against_evidence(judgement, filters),
        against_age(release, filters),
    )
    objections = [one for one in looks if one is not None]
    if not objections:
        verdict, reason = Verdict.ELIGIBLE, Reason.OLDER_THAN_TARGET
        message, source = judgement.message, judgement.source or CATALOG
        remedy = f"pin it in {filters.wish.range_field}"
    else:
        first, *further = objections
        verdict, reason = Verdict.REJECTED, first.reason
        message, source, remedy = first.message, first.source, _together(first, further)
    return Candidate(release.version, release, verdict, reason, message, judgement.standing, source, remedy)


def _together(first: Objection, further: Iterable[Objection]) -> str:
    """What helps against every objection: who follows the first remedy alone would meet the next filter."""
    also = (f"; {one.reason} stands against it as well: {one.remedy}" for one in further)
    return first.remedy + "".join(also)


def _against_range(release: CatalogRelease, filters: Filters) -> Objection | None:
    wanted = filters.wish.range
    if wanted is None or release.version in wanted:
        return None
    field = filters.wish.range_field
    message = f"{release.version} is not in {str(wanted)!r} of {field}"
    return Objection(Reason.OUT_OF_RANGE, message, field, f"widen {field} so that it holds this version")


def _against_channel(release: CatalogRelease, filters: Filters) -> Objection | None:
    if filters.wants_long_term:
        return against_short_term(release.version, filters)
    ceiling = filters.ceiling
    if ceiling is None or ceiling.admits(release.version):
        return None
    line = ceiling.installed
    patch = f", and no later patch of the installed {line}" if line is not None else ""
    message = (
        f"{release.version} is newer than {ceiling.version}, which channel Default follows on Kubernetes "
        f"{ceiling.minor}{patch}"
    )
    remedy = f"set {filters.wish.channel_field} to Latest, which considers it"
    return Objection(Reason.BEYOND_CHANNEL, message, ceiling.source, remedy)


def against_short_term(version: Version, filters: Filters) -> Objection | None:
    """The objection of channel LTS: no line with long-term support holds the version today."""
    today = filters.now.astimezone(UTC).date()
    field = filters.wish.channel_field
    remedy = f"set {field} to Default or Latest, which consider lines without it"
    line = next((one for one in filters.addon.lts if version in one.versions), None)
    if line is not None and today <= line.until:
        return None
    if line is not None:
        message = f"the long-term support of {version} ended on {line.until}"
        message = f"{message}; {field} LTS wants a line that has it"
        return Objection(Reason.BEYOND_CHANNEL, message, line.source, remedy)
    current = [f"{one.versions} until {one.until}" for one in filters.addon.lts if today <= one.until]
    lines = ", ".join(current) or "the catalog knows none, so choose Default or Latest"
    message = f"{version} has no long-term support, which {field} LTS wants ({lines})"
    return Objection(Reason.BEYOND_CHANNEL, message, field, remedy)


def against_release(release: CatalogRelease, filters: Filters) -> Objection | None:
    """The objections that hold for stops on the way as well: denied, skipped, quarantined."""
    version = release.version
    if denied := release.data.denied:
        remedy = "nothing but an AddonCatalog with mode Replace lifts a denial"
        return Objection(Reason.DENIED, f"{version} is denied: {denied.reason}", denied.source, remedy)
    if version in filters.wish.skip:
        message = f"{version} is one of spec.policy.skipVersions"
        field = "spec.policy.skipVersions"
        return Objection(Reason.SKIPPED, message, field, f"take it out of {field}")
    if version in filters.quarantined:
        message = f"{version} is in quarantine: {filters.quarantined[version]}"
        remedy = "remove the cause of the failure, then let it be tried again with kubectl addons retry"
        return Objection(Reason.QUARANTINED, message, "quarantine", remedy)
    return None


def _against_evidence(judgement: Judgement, filters: Filters) -> Objection | None:
    if judgement.standing.meets(filters.floor):
        return None
    reasons = {
        Standing.REFUSED: Reason.OUTSIDE_KUBERNETES_BOUNDS,
        Standing.UNKNOWN: Reason.EVIDENCE_UNKNOWN,
    }
    reason = reasons.get(judgement.standing, Reason.EVIDENCE_TOO_WEAK)
    if reason is Reason.OUTSIDE_KUBERNETES_BOUNDS:
        remedy = "nothing but API servers of a minor that it runs on lets it in"
        return Objection(reason, judgement.message, judgement.source, remedy)
    who = "the catalog's floor" if filters.wish.min_evidence is None else "spec.policy.minEvidence"
    message = f"{judgement.message}; {who} asks for at least {filters.floor}"
    lowest = MinEvidence.NONE if reason is Reason.EVIDENCE_UNKNOWN else judgement.standing
    remedy = f"state in an AddonCatalog what you have tested, or set spec.policy.minEvidence to {lowest}"
    return Objection(reason, message, judgement.source or CATALOG, remedy)


def against_age(release: CatalogRelease, filters: Filters) -> Objection | None:
    """The objection of minReleaseAge: the release is too young, or nobody knows its age."""
    least = filters.wish.min_release_age
    if not least:
        return None
    field = "spec.policy.minReleaseAge"
    if release.data.released is None:
        message = f"the catalog does not say when {release.version} was released, which {field} needs to know"
        remedy = f"state its day in an AddonCatalog, or take {field} out"
        return Objection(Reason.TOO_YOUNG, message, field, remedy)
    ripe = datetime.fromisoformat(release.data.released).replace(tzinfo=UTC) + least
    if filters.now >= ripe:
        return None
    message = (
        f"{release.version} was released on {release.data.released} and is as old as {field} asks for on "
        f"{ripe:%Y-%m-%d}"
    )
    return Objection(Reason.TOO_YOUNG, message, field, f"wait, or shorten {field}")
