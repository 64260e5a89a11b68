"""The projection of a decision into the status of an AddonRelease. Rebuildable at any time, never read back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from addon_updater.api.meta import Condition, format_duration, merge_conditions
from addon_updater.api.release import Channel, Updates
from addon_updater.api.release_status import (
    AddonReleaseStatus,
    AttemptStatus,
    CandidateStatus,
    CurrentStatus,
    EffectiveStatus,
    FindingStatus,
    GateStatus,
    HistoryStatus,
    HopStatus,
    PlanStatus,
    QuarantineStatus,
    TargetStatus,
)
from addon_updater.resolve import Candidate
from addon_updater.resolve import Reason as Left
from addon_updater.rollout.decision import Decision, shorten
from addon_updater.rollout.observed import Observed, Release, pace_of
from addon_updater.rollout.plan import Plan
from addon_updater.rollout.revision import Revision

_CANDIDATES = 10
_HISTORY = 10


def project(
    release: Release,
    observed: Observed,
    decision: Decision,
    previous_conditions: Sequence[Condition],
    now: datetime,
) -> AddonReleaseStatus:
    """The whole status of this pass. Previous conditions only lend their transition times."""
    minors = observed.minors
    revisions = sorted(observed.revisions, key=lambda revision: revision.number)
    running = next((revision for revision in reversed(revisions) if revision.is_open), None)
    resolution = decision.resolution
    return AddonReleaseStatus(
        observed_generation=release.generation,
        observed_kubernetes_minor=str(minors.settled) if minors and minors.settled else None,
        conditions=list(
            merge_conditions(previous_conditions, decision.conditions, now=now, generation=release.generation)
        ),
        effective=_effective(release, observed),
        current=_current(observed, revisions, decision),
        target=TargetStatus(version=str(resolution.target)) if resolution and resolution.target else None,
        plan=_plan(decision.plan) if decision.plan is not None else None,
        candidates=_candidates(decision),
        attempt=_attempt(running, revisions, decision) if running is not None else None,
        gates=[
            GateStatus(name=gate.name, outcome=gate.outcome.value, message=shorten(gate.message))
            for gate in decision.gates
        ]
        or None,
        quarantined=_quarantined(decision),
        history=_history(revisions),
        owners=list(decision.owners) or None,
    )


def _effective(release: Release, observed: Observed) -> EffectiveStatus:
    pace, spec = pace_of(release.spec), release.spec
    policy = spec.policy
    return EffectiveStatus(
        workload=f"{observed.workload.kind}/{observed.workload.name}" if observed.workload else None,
        container=spec.container,
        channel=(spec.channel or Channel.DEFAULT).value,
        updates=((policy.updates if policy else None) or Updates.AUTO).value,
        min_evidence=policy.min_evidence.value if policy and policy.min_evidence else None,
        progress_deadline=format_duration(pace.progress_deadline),
        soak=format_duration(pace.soak),
        unknown_deadline=format_duration(pace.unknown_deadline),
        min_ready_seconds=pace.min_ready_seconds,
    )


def _current(observed: Observed, revisions: Sequence[Revision], decision: Decision) -> CurrentStatus | None:
    if decision.resolution is None or observed.workload is None:
        return None
    image = next(
        (
            container["image"]
            for container in observed.workload.template["spec"]["containers"]
            if any(revision.content.container == container["name"] for revision in revisions[-1:])
        ),
        None,
    )
    match = next(
        (
            revision.name
            for revision in reversed(revisions)
            if revision.content.image == image and not revision.is_open
        ),
        None,
    )
    return CurrentStatus(version=decision.version, image=image, revision=match)


def _plan(plan: Plan) -> PlanStatus:
    return PlanStatus(
        hash=plan.hash,
        hops=[
            HopStatus(
                from_=str(hop.start),
                to=str(hop.to),
                when=hop.when.value,
                breaking=bool(hop.breaking),
                reversible=hop.reversible,
                reason=shorten(hop.reason),
            )
            for hop in plan.hops
        ],
        findings=[
            FindingStatus(
                rule_id=finding.rule,
                severity=finding.severity.value,
                message=shorten(finding.message),
                remedy=shorten(finding.remedy),
            )
            for finding in plan.findings[:32]
        ],
    )


def _candidates(decision: Decision) -> list[CandidateStatus] | None:
    if decision.resolution is None:
        return None
    told = _worth_telling(decision.resolution.candidates)
    return [candidate_status(candidate) for candidate in told]


def _worth_telling(candidates: Sequence[Candidate]) -> list[Candidate]:
    """The newest ones, newest first; those that only the channel leaves out give way to the others."""
    ordered = sorted(candidates, key=lambda candidate: candidate.reason is Left.BEYOND_CHANNEL)
    chosen = {candidate.version for candidate in ordered[:_CANDIDATES]}
    return [candidate for candidate in candidates if candidate.version in chosen]


def candidate_status(candidate: Candidate) -> CandidateStatus:
    """One release of the catalog and what became of it."""
    return CandidateStatus(
        version=str(candidate.version),
        verdict=candidate.verdict.value,
        reason=candidate.reason.value,
        message=shorten(candidate.message),
        evidence=candidate.evidence.name.capitalize(),
        source=candidate.source,
    )


def _attempt(running: Revision, revisions: Sequence[Revision], decision: Decision) -> AttemptStatus | None:
    attempt = running.attempt
    if attempt is None:
        return None
    previous = next((one.content.version for one in revisions if one.name == attempt.previous), "unknown")
    return AttemptStatus(
        id=attempt.id,
        hop=f"{previous} to {running.content.version}",
        step=decision.reconciling.reason,
        started_at=attempt.started_at,
    )


def _quarantined(decision: Decision) -> list[QuarantineStatus] | None:
    """The quarantines in force; of two for one version the later one."""
    newest = {held.version: held for held in decision.quarantines}
    return [
        QuarantineStatus(
            version=held.version, reason=held.reason, message=shorten(held.message), since=held.at
        )
        for held in newest.values()
    ] or None


def _history(revisions: Sequence[Revision]) -> list[HistoryStatus] | None:
    finished = [(revision, revision.outcome) for revision in revisions if revision.outcome is not None]
    return [
        HistoryStatus(
            revision=revision.name,
            version=revision.content.version,
            outcome=outcome.result.value if outcome.result else outcome.reason,
            message=shorten(outcome.message),
            finished_at=outcome.at,
        )
        for revision, outcome in reversed(finished[-_HISTORY:])
    ] or None
