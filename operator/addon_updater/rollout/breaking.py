"""The breaking baseline: changes that break users travel with a minor of the cluster."""

from __future__ import annotations

from dataclasses import replace

from addon_updater.api.catalog import StopTime
from addon_updater.api.release import BreakingChanges, Updates
from addon_updater.api.versions import Minor, Version
from addon_updater.catalog import AddonEntryIndex
from addon_updater.errors import VersionError
from addon_updater.reasons import Reason
from addon_updater.resolve import Hop, Resolution, Verdict, minors_of
from addon_updater.resolve import Reason as Standing
from addon_updater.rollout.actions import AnnotateRevision
from addon_updater.rollout.admission import Case, HopKind, Ruling, admit
from addon_updater.rollout.decision import TRUE, Decision
from addon_updater.rollout.revision import BASELINE_ANNOTATION, BASELINE_RELEASE_ANNOTATION, Revision
from addon_updater.rollout.situation import Situation


def baseline_of(situation: Situation) -> Minor | None:
    """The minor up to which breaking hops have been let in; None before anything is recorded.

    What somebody garbled, and what was recorded for a release that is gone, counts as the settled minor, so that
    nothing breaking starts on its word.
    """
    latest, minors = situation.latest_serving, situation.observed.minors
    if latest is None:
        return None
    return _recorded(situation, latest) or (minors.settled if minors is not None else None)


def baseline_annotations(situation: Situation, settled: str) -> dict[str, str]:
    """The baseline as a new revision carries it on; the settled minor when there is none yet."""
    return {
        BASELINE_ANNOTATION: str(baseline_of(situation) or settled),
        BASELINE_RELEASE_ANNOTATION: situation.release.uid,
    }


def mended_baseline(situation: Situation, current: Revision) -> AnnotateRevision | None:
    """The write that puts a baseline in place of one that counts for nothing."""
    if situation.settled is None or _recorded(situation, current) is not None:
        return None
    annotations = baseline_annotations(situation, situation.settled)
    return AnnotateRevision(current.name, current.resource_version, annotations)


def _recorded(situation: Situation, revision: Revision) -> Minor | None:
    """What the revision says, if it can be read and speaks of this very release."""
    uid = situation.release.uid
    if revision.annotations.get(BASELINE_RELEASE_ANNOTATION, uid) != uid:
        return None
    try:
        return Minor.parse(revision.annotations.get(BASELINE_ANNOTATION, ""))
    except VersionError:
        return None


def is_open(situation: Situation) -> bool:
    """Whether the cluster has settled on a newer minor than the baseline."""
    minors, baseline = situation.observed.minors, baseline_of(situation)
    return (
        minors is not None
        and minors.settled is not None
        and baseline is not None
        and (minors.settled > baseline)
    )


def risen_baseline(situation: Situation, healthy: Decision) -> AnnotateRevision | None:
    """The write that closes the baseline: the version fits, and nothing is left that it has let in.

    A hop that cannot even be planned is left: once it can, it goes.
    """
    current, minors = situation.current, situation.observed.minors
    if current is None or minors is None or not minors.is_settled or not is_open(situation):
        return None
    if healthy.ready.status is not TRUE or healthy.update.reason == Reason.BLOCKED:
        return None
    return AnnotateRevision(
        current.name, current.resource_version, {BASELINE_ANNOTATION: str(minors.settled)}
    )


def kind_of(start: Version, to: Version, breaking: bool) -> HopKind:  # noqa: FBT001 - a private predicate's word
    """What a step between two versions changes."""
    if breaking:
        return HopKind.BREAKING
    same = (start.major, start.minor) == (to.major, to.minor)
    return HopKind.PATCH if same else HopKind.FEATURE


def rule(
    situation: Situation,
    resolution: Resolution,
    hop: Hop | None,
    *,
    approved: bool,
    window_open: bool,
) -> Ruling:
    """The ruling on a hop; None is a new configuration alone."""
    kind = HopKind.PATCH if hop is None else kind_of(hop.start, hop.to, bool(hop.breaking))
    need = _needed_up_to(situation, resolution)
    needed = need is not None and all(change.version <= need for change in (hop.breaking if hop else ()))
    let_in = is_open(situation) or needed or (hop is not None and _prepares(situation, hop))
    case = _case(situation, kind, approved=approved, window_open=window_open, let_in=let_in)
    if hop is not None and hop.to < hop.start and case.updates is not Updates.PLAN_ONLY:
        # Going back is never anybody's automatism.
        case = replace(case, updates=Updates.MANUAL)
    return admit(case)


def held_back(situation: Situation, resolution: Resolution, entry: AddonEntryIndex) -> dict[Version, str]:
    """The versions that nobody lets in yet, so that what breaks nothing can be found below them."""
    installed = Version.parse(situation.live.version)
    let_in, need = is_open(situation), _needed_up_to(situation, resolution)
    rulings = {
        (kind, let_in): admit(_case(situation, kind, approved=False, window_open=True, let_in=let_in))
        for kind in HopKind
        for let_in in (True, False)
    }
    held: dict[Version, str] = {}
    breaking = False
    for release in reversed(entry.releases):
        version = release.version
        if version <= installed:
            continue
        breaks = release.data.breaking is not None
        breaking = breaking or breaks
        if need is not None and version > need and breaks:
            need = None
        kind = kind_of(installed, version, breaking)
        ruling = rulings[kind, let_in or need is not None]
        if ruling in (Ruling.WAIT_FOR_MINOR, Ruling.DENIED):
            held[version] = f"{kind} step from {installed}: {ruling}"
    return held


def _case(situation: Situation, kind: HopKind, *, approved: bool, window_open: bool, let_in: bool) -> Case:
    policy, settings = situation.release.spec.policy, situation.observed.settings
    return Case(
        updates=settings.updates_at_most((policy and policy.updates) or Updates.AUTO),
        breaking_changes=settings.breaking_at_most(
            (policy and policy.breaking_changes) or BreakingChanges.WITH_CLUSTER_MINOR
        ),
        kind=kind,
        let_in=let_in,
        approved=approved,
        window_open=window_open,
    )


def _needed_up_to(situation: Situation, resolution: Resolution) -> Version | None:
    """The first version that would do where the installed one does not; need lets in no change that comes after it."""
    if not _is_needed(situation, resolution):
        return None
    installed = Version.parse(situation.live.version)
    newer = (one for one in reversed(resolution.candidates) if one.version > installed)
    return next((one.version for one in newer if one.verdict in (Verdict.TARGET, Verdict.ELIGIBLE)), None)


def _is_needed(situation: Situation, resolution: Resolution) -> bool:
    """Whether the installed version does not run on a current server, or is not known to on the prepared minor."""
    if resolution.installed.reason is Standing.OUTSIDE_KUBERNETES_BOUNDS:
        return True
    return _prepares_at_all(situation) and resolution.installed.fits is not True


def _prepares(situation: Situation, hop: Hop) -> bool:
    """Whether the hop must come before the minor of spec.prepareFor."""
    return hop.when is StopTime.BEFORE_CLUSTER_UPGRADE and _prepares_at_all(situation)


def _prepares_at_all(situation: Situation) -> bool:
    observed = situation.observed.minors
    return observed is not None and minors_of(situation.release.spec, observed).prepare is not None
