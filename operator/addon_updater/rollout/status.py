"""The projection of a decision into the status of an AddonRelease. Rebuildable at any time, never read back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from addon_updater.api.meta import Condition, format_duration, merge_conditions, read_moment
from addon_updater.api.release import (
    KEPT_BACKUPS,
    BreakingChanges,
    Policy,
    RestoreData,
    Rollback,
    Rollout,
    Updates,
    ZeroLoss,
)
from addon_updater.api.release_status import (
    AddonReleaseStatus,
    AttemptStatus,
    CandidateStatus,
    ClusterStatus,
    CurrentStatus,
    EffectiveStatus,
    FindingStatus,
    GateStatus,
    HistoryStatus,
    HopStatus,
    LastHandledStatus,
    NextWindowStatus,
    PlanStatus,
    QuarantineStatus,
    SecurityStatus,
    TargetStatus,
)
from addon_updater.errors import VersionError
from addon_updater.resolve import Candidate, override_in_force, wish_of
from addon_updater.rollout.admission import Ruling
from addon_updater.rollout.breaker import BREAKER_RESET_ANNOTATION
from addon_updater.rollout.decision import Decision, shorten
from addon_updater.rollout.flaws import OpenFlaw
from addon_updater.rollout.gate import Gate, Outcome
from addon_updater.rollout.observed import Observed, Release, pace_of
from addon_updater.rollout.plan import Plan
from addon_updater.rollout.revision import Revision
from addon_updater.rollout.situation import (
    APPROVE_ANNOTATION,
    REQUESTED_ANNOTATION,
    RESET_ANNOTATION,
    ROLLBACK_ANNOTATION,
)
from addon_updater.rollout.windows import window_state

_ADMITTED = (Ruling.GO, Ruling.WAIT_FOR_WINDOW)
_WAITS_FOR = {
    Ruling.WAIT_FOR_WINDOW: "an open window",
    Ruling.WAIT_FOR_MINOR: "the next Kubernetes minor of the cluster, or approval",
    Ruling.WAIT_FOR_APPROVAL: "approval",
    Ruling.DENIED: "approval: breaking changes are denied",
    Ruling.PLAN_ONLY: "another policy: this one only plans",
}
_CANDIDATES = 10
_HISTORY = 10
_LIST = 32
"""What the API takes of any other list; a status that it refuses would tell nothing at all."""
_WORD = 256


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
        cluster=_cluster(observed),
        effective=_effective(release, observed),
        current=_current(observed, revisions, decision),
        target=TargetStatus(version=str(resolution.target)) if resolution and resolution.target else None,
        plan=_plan(decision.plan, decision.rulings) if decision.plan is not None else None,
        security=security_status(decision.flaws) or None,
        candidates=_candidates(decision),
        attempt=_attempt(running, revisions, decision) if running is not None else None,
        gates=_gates(decision.gates),
        quarantined=_quarantined(decision),
        history=_history(revisions),
        last_handled=_last_handled(release),
        next_window=_next_window(release, observed, now),
        owners=list(decision.owners) or None,
    )


def _cluster(observed: Observed) -> ClusterStatus | None:
    """Nothing in it changes when a node comes or goes, so that this alone writes no status."""
    cluster, owner = observed.cluster, observed.vendor_owner
    if cluster is None:
        return None
    return ClusterStatus(
        vendor=cluster.recognized.vendor.value,
        because=shorten(cluster.recognized.because),
        owner=owner.how.value if owner is not None else None,
        owner_because=owner.because if owner is not None else None,
        kubelets=str(cluster.kubelets) if cluster.kubelets is not None else None,
    )


def _effective(release: Release, observed: Observed) -> EffectiveStatus:
    pace, spec, settings = pace_of(release.spec), release.spec, observed.settings
    policy = spec.policy or Policy()
    rollout, rollback = spec.rollout or Rollout(), spec.rollback or Rollback()
    keep = spec.backup and spec.backup.volume and spec.backup.volume.keep
    updates = settings.updates_at_most(policy.updates or Updates.AUTO)
    breaking = settings.breaking_at_most(policy.breaking_changes or BreakingChanges.WITH_CLUSTER_MINOR)
    return EffectiveStatus(
        workload=shorten(f"{observed.workload.kind}/{observed.workload.name}", _WORD)
        if observed.workload
        else None,
        container=spec.container,
        updates=updates.value,
        breaking_changes=breaking.value,
        min_evidence=policy.min_evidence.value if policy.min_evidence else None,
        progress_deadline=format_duration(pace.progress_deadline),
        soak=format_duration(pace.soak),
        unknown_deadline=format_duration(pace.unknown_deadline),
        min_ready_seconds=pace.min_ready_seconds,
        zero_loss=(rollout.zero_loss or ZeroLoss.ADVISE).value,
        start_jitter=rollout.start_jitter or "0s",
        restore_data=(rollback.restore_data or RestoreData.MANUAL).value,
        kept_backups=keep or KEPT_BACKUPS,
        **_wished(release, observed),
    )


def _wished(release: Release, observed: Observed) -> dict[str, str | None]:
    """What overrides leave of range and channel; what cannot be read is told by a condition."""
    spec, settled = release.spec, observed.minors.settled if observed.minors else None
    try:
        wish, override = wish_of(spec, settled), override_in_force(spec, settled)
    except VersionError:
        return {}
    return {
        "version": str(wish.range) if wish.range else None,
        "channel": wish.channel.value,
        "override": (spec.overrides or [])[override].kubernetes if override is not None else None,
        "min_release_age": format_duration(wish.min_release_age) if wish.min_release_age else None,
    }


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
    return CurrentStatus(version=decision.version, image=image, revision=decision.revision)


def _next_window(release: Release, observed: Observed, now: datetime) -> NextWindowStatus | None:
    """When the windows of release and settings change next; None without any."""
    windows, ceiling = release.spec.windows or (), observed.settings.windows or ()
    if not windows and not ceiling:
        return None
    state = window_state(windows, now, ceiling=ceiling)
    return NextWindowStatus(opens_at=state.opens_at, closes_at=state.closes_at, message=shorten(state.why))


def _last_handled(release: Release) -> LastHandledStatus | None:
    """The words of people as this pass took them in; a pass that writes something tells nothing, so none is echoed early."""

    def word(annotation: str) -> str | None:
        text = release.annotations.get(annotation)
        return None if text is None else shorten(text, _WORD)

    def moment(annotation: str) -> str | None:
        return word(annotation) if read_moment(release.annotations.get(annotation)) is not None else None

    echo = LastHandledStatus(
        approve=word(APPROVE_ANNOTATION),
        reset_at=moment(RESET_ANNOTATION),
        rollback=word(ROLLBACK_ANNOTATION),
        requested_at=word(REQUESTED_ANNOTATION),
        reset_breaker_at=moment(BREAKER_RESET_ANNOTATION),
    )
    return echo if echo.to_wire() else None


def _plan(plan: Plan, rulings: Sequence[Ruling]) -> PlanStatus:
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
                source=hop.source or None,
                rollback_floor=str(hop.floor) if hop.floor else None,
                admitted=ruling in _ADMITTED,
                waits_for=_WAITS_FOR.get(ruling),
            )
            # A new configuration alone has a ruling and no hop.
            for hop, ruling in zip(plan.hops[:_LIST], rulings, strict=False)
        ],
        findings=[
            FindingStatus(
                rule_id=finding.rule,
                severity=finding.severity.value,
                message=shorten(finding.message),
                remedy=shorten(finding.remedy),
            )
            for finding in plan.findings[:_LIST]
        ],
    )


def security_status(flaws: Sequence[OpenFlaw]) -> list[SecurityStatus]:
    """The known flaws that are open, as many as the API takes."""
    return [
        SecurityStatus(
            id=one.id,
            severity=one.severity.value,
            fixed_in=str(one.fixed_in) if one.fixed_in else None,
            message=shorten(one.message),
        )
        for one in flaws[:_LIST]
    ]


def _candidates(decision: Decision) -> list[CandidateStatus] | None:
    if decision.resolution is None:
        return None
    told = decision.resolution.candidates.worth_telling(_CANDIDATES)
    return [candidate_status(candidate) for candidate in told]


def candidate_status(candidate: Candidate) -> CandidateStatus:
    """One release of the catalog and what became of it."""
    return CandidateStatus(
        version=str(candidate.version),
        verdict=candidate.verdict.value,
        reason=candidate.reason.value,
        message=shorten(candidate.message),
        evidence=candidate.evidence.name.capitalize(),
        source=shorten(candidate.source) if candidate.source else None,
        remedy=shorten(candidate.remedy) or None,
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


def _gates(gates: Sequence[Gate]) -> list[GateStatus] | None:
    """As many as the API takes; those that pass give way first."""
    told = sorted(gates, key=lambda gate: gate.outcome in (Outcome.PASS, Outcome.SKIPPED))[:_LIST]
    return [
        GateStatus(name=gate.name, outcome=gate.outcome.value, message=shorten(gate.message))
        for gate in gates
        if gate in told
    ] or None


def _quarantined(decision: Decision) -> list[QuarantineStatus] | None:
    """The quarantines in force; of two for one version the later one."""
    newest = {held.version: held for held in decision.quarantines}
    return [
        QuarantineStatus(
            version=held.version, reason=held.reason, message=shorten(held.message), since=held.at
        )
        for held in list(newest.values())[-_LIST:]
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
