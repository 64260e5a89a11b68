"""One release in full: everything that its status tells."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from rich.console import Group, RenderableType

from addon_updater.api.meta import format_duration
from addon_updater.api.release_status import AddonReleaseStatus
from addon_updater.cli.advice import advice
from addon_updater.cli.output import plain
from addon_updater.cli.releases import ReleaseView
from addon_updater.cli.render import parts, planned, security

_GATE_STYLES = {"Pass": "green", "Fail": "bold red", "Unknown": "yellow", "Skipped": "dim"}
_OUTCOME_STYLES = {
    "Promoted": "green",
    "Adopted": "cyan",
    "RolledBack": "yellow",
    "Failed": "red",
    "RollbackFailed": "bold red",
}


def detail(view: ReleaseView, now: datetime) -> RenderableType:
    """The whole picture."""
    return Group(*_sections(view, now))


def _sections(view: ReleaseView, now: datetime) -> Iterator[RenderableType]:
    status = view.status
    minor = status.observed_kubernetes_minor
    yield parts.heading(
        view, f"addon {view.addon}", f"Kubernetes {minor}" if minor else "Kubernetes not known"
    )
    if view.problem is not None:
        yield parts.section("Status", plain(view.problem, "yellow"))
        return
    yield from security.flaws(view)
    yield parts.section("Status", parts.pairs(_facts(view, now)))
    if advices := advice(view):
        yield parts.section("What you can do", parts.advised(advices))
    if status.attempt is not None:
        yield parts.section("Attempt", parts.pairs(_attempt(status, now)))
    if status.gates:
        yield parts.section("Gates", _gates(status))
    if status.plan is not None:
        yield parts.section(f"Plan {status.plan.hash}", planned.hops(status.plan))
        yield parts.section("Findings", planned.findings(status.plan))
    if status.quarantined:
        yield parts.section("Quarantined", _quarantined(status, now))
    if status.candidates:
        yield parts.section(
            "Candidates, the newest 10 (kubectl addons why explains them)",
            parts.candidates(status.candidates),
        )
    if status.history:
        yield parts.section("History, the last 10 (kubectl addons history shows more)", _history(status, now))


def _facts(view: ReleaseView, now: datetime) -> Iterator[tuple[str, RenderableType]]:
    status, effective = view.status, view.status.effective
    yield "Version", parts.version_way(view)
    if status.current is not None and status.current.image:
        yield "Image", plain(status.current.image)
    if effective is not None and effective.workload:
        yield "Workload", plain(effective.workload)
    if status.observed_generation is None:
        yield "Operator", plain("has not looked at this release yet", "yellow")
        return
    if not view.is_seen:
        yield "Operator", plain(f"has yet to see generation {view.generation} of the spec", "yellow")
    yield from parts.conditions(view)
    if status.last_handled is not None:
        heard = status.last_handled.to_wire().items()
        yield "Heard", plain(", ".join(f"{word} {value}" for word, value in heard))
    if status.owners:
        yield "Owners", plain(", ".join(status.owners))
    if status.cluster is not None:
        yield "Cluster", plain(parts.cluster_in_short(status.cluster))
        if status.cluster.owner_because is not None:
            yield "", plain(status.cluster.owner_because, "dim")
    yield from planned.window(status, now)
    yield from planned.in_force(effective)


def _attempt(status: AddonReleaseStatus, now: datetime) -> Iterator[tuple[str, RenderableType]]:
    attempt = status.attempt
    if attempt is None:
        return
    elapsed = format_duration(max(now - attempt.started_at, timedelta(0)))
    yield "Step", plain(attempt.step, "cyan")
    yield "Running for", plain(f"{elapsed} (since {attempt.started_at:%Y-%m-%d %H:%M:%S} UTC)")
    yield "Hop", plain(attempt.hop)
    yield "Id", plain(attempt.id)


def _gates(status: AddonReleaseStatus) -> RenderableType:
    made = parts.table("GATE", "OUTCOME", "LAST ANSWER")
    for gate in status.gates or ():
        made.add_row(
            plain(gate.name),
            plain(gate.outcome, _GATE_STYLES.get(gate.outcome, "")),
            plain(gate.message, "dim"),
        )
    return made


def _quarantined(status: AddonReleaseStatus, now: datetime) -> RenderableType:
    made = parts.table("VERSION", "AGE", "REASON", "MESSAGE")
    for held in status.quarantined or ():
        made.add_row(
            plain(held.version),
            parts.age(now - held.since),
            plain(held.reason, "yellow"),
            plain(held.message, "dim"),
        )
    return made


def _history(status: AddonReleaseStatus, now: datetime) -> RenderableType:
    made = parts.table("AGE", "VERSION", "OUTCOME", "MESSAGE")
    for past in status.history or ():
        made.add_row(
            parts.age(now - past.finished_at),
            plain(past.version),
            plain(past.outcome, _OUTCOME_STYLES.get(past.outcome, "")),
            plain(past.message, "dim"),
        )
    return made
