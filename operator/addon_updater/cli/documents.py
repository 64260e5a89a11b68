"""The answers as documents for programs. Every key is always there; docs/cli.md lists them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from addon_updater.api.meta import Condition, KubeModel
from addon_updater.api.release_status import CandidateStatus
from addon_updater.cli.advice import Advice, advice, approval
from addon_updater.cli.narration import next_step
from addon_updater.cli.past import Entry
from addon_updater.cli.preview import Change, Preview
from addon_updater.cli.reasoning import after_approval, holding, sources, worth_telling
from addon_updater.cli.releases import ReleaseView
from addon_updater.cli.story import Story
from addon_updater.reasons import ConditionType
from addon_updater.rollout.status import candidate_status

Document = dict[str, Any]


def status_document(view: ReleaseView, now: datetime) -> Document:
    """What is known about one release."""
    status = view.status
    return {
        **_identity(view),
        "generation": view.generation,
        "observedGeneration": status.observed_generation,
        "kubernetes": status.observed_kubernetes_minor,
        "cluster": _one(status.cluster),
        "problem": view.problem,
        "current": _one(status.current),
        "target": _one(status.target),
        **_conditions(view),
        "attempt": _attempt(view, now),
        "lastHandled": _one(status.last_handled),
        "plan": _one(status.plan),
        "security": _many(status.security),
        "nextWindow": _one(status.next_window),
        "effective": _one(status.effective),
        "gates": _many(status.gates),
        "quarantined": _many(status.quarantined),
        "candidates": _many(status.candidates),
        "history": _many(status.history),
        "owners": list(status.owners or ()),
        "advice": _advice(advice(view)),
    }


def list_document(views: Sequence[ReleaseView], now: datetime) -> Document:
    """Several releases."""
    return {"releases": [status_document(view, now) for view in views]}


def plan_document(preview: Preview, candidates: Iterable[CandidateStatus]) -> Document:
    """What the operator would do next."""
    view = preview.view
    return {
        **_identity(view),
        "kubernetes": _minors(preview),
        "cluster": _one(view.status.cluster),
        "current": _one(view.status.current),
        "target": _one(view.status.target),
        **_conditions(view),
        "next": next_step(preview.decision),
        "plan": _one(view.status.plan),
        "security": _many(view.status.security),
        "nextWindow": _one(view.status.next_window),
        "effective": _one(view.status.effective),
        "planHash": preview.plan_hash,
        "approved": preview.approved,
        "running": preview.is_running,
        "approveWith": approval(view.namespace, view.name, preview.plan_hash) if preview.plan_hash else None,
        "operatorPlanHash": preview.told.plan.hash if preview.told.plan else None,
        "change": _change(preview.change) if preview.change else None,
        "candidates": [candidate.to_wire() for candidate in candidates],
        "skipped": list(preview.skipped),
        "advice": _advice(advice(view)),
    }


def why_document(seen: Preview, told: Story | None) -> Document:
    """What holds an update, the verdicts that are worth telling, and the story of one version."""
    view, resolution = seen.view, seen.decision.resolution
    candidates = worth_telling(seen)
    keys = [one.source for one in candidates] + [fact.source for fact in (told.facts if told else ())]
    keys += [seen.observed.vendor_owner.source] if seen.observed.vendor_owner else []
    return {
        **_identity(view),
        "kubernetes": _minors(seen),
        "cluster": _one(view.status.cluster),
        "current": _one(view.status.current),
        "target": _one(view.status.target),
        "because": resolution.message if resolution else None,
        "holding": [{"reason": one.reason, "message": one.message} for one in holding(seen)],
        "afterApproval": after_approval(seen),
        "security": _many(view.status.security),
        "next": next_step(seen.decision),
        "planHash": seen.plan_hash,
        "version": _story(told) if told else None,
        "candidates": [candidate_status(one).to_wire() for one in candidates],
        "sources": [{"key": key, **source.to_wire()} for key, source in sources(seen.entry, keys).items()],
        "skipped": list(seen.skipped),
        "advice": _advice(advice(view)),
    }


def history_document(view: ReleaseView, entries: Iterable[Entry]) -> Document:
    """The recorded revisions, newest first."""
    return {**_identity(view), "revisions": [_entry(one) for one in entries]}


def _entry(one: Entry) -> Document:
    attempt, duration = one.revision.attempt, one.duration
    return {
        "number": one.revision.number,
        "name": one.revision.name,
        "version": one.revision.content.version,
        "image": one.revision.content.image,
        "result": one.result,
        "reason": one.reason,
        "message": one.message,
        "at": one.at.isoformat() if one.at else None,
        "durationSeconds": int(duration.total_seconds()) if duration is not None else None,
        "attempt": attempt.id if attempt else None,
        "planHash": attempt.plan if attempt else None,
        "previous": attempt.previous if attempt else None,
        "baselineMinor": one.baseline_minor,
        "by": one.who,
        "current": one.is_current,
        "quarantined": one.is_held,
    }


def _story(told: Story) -> Document:
    return {
        "version": told.version,
        "verdict": told.candidate.verdict.value if told.candidate else None,
        "answer": told.answer,
        "facts": [{"what": one.what, "text": one.text, "source": one.source} for one in told.facts],
    }


def _minors(seen: Preview) -> Document:
    minors = seen.servers.minors
    return {
        "settled": str(minors.settled) if minors.settled else None,
        "servers": [str(minor) for minor in sorted(minors.servers)],
    }


def _identity(view: ReleaseView) -> Document:
    return {"namespace": view.namespace, "name": view.name, "addon": view.addon}


def _conditions(view: ReleaseView) -> Document:
    return {
        "ready": _condition(view.condition(ConditionType.READY)),
        "update": _condition(view.condition(ConditionType.UPDATE_AVAILABLE)),
        "reconciling": _condition(view.condition(ConditionType.RECONCILING)),
        "stalled": _condition(view.condition(ConditionType.STALLED)),
        "circuitBreaker": _condition(view.condition(ConditionType.CIRCUIT_BREAKER_OPEN)),
    }


def _condition(condition: Condition | None) -> Document | None:
    if condition is None:
        return None
    since = condition.last_transition_time
    return {
        "status": condition.status.value,
        "reason": condition.reason,
        "message": condition.message,
        "since": since.isoformat() if since else None,
    }


def _attempt(view: ReleaseView, now: datetime) -> Document | None:
    attempt = view.status.attempt
    if attempt is None:
        return None
    return {**attempt.to_wire(), "elapsedSeconds": int((now - attempt.started_at).total_seconds())}


def _change(change: Change) -> Document:
    before, after = change.before, change.after
    return {
        "image": {"from": before.image, "to": after.image},
        "args": {"from": _listed(before.args), "to": _listed(after.args)},
        "minReadySeconds": {"from": before.min_ready_seconds, "to": after.min_ready_seconds},
        "configMap": after.config.config_map if after.config else None,
        "configKey": {
            "from": before.config.key if before.config else None,
            "to": after.config.key if after.config else None,
        },
        "difference": change.difference,
    }


def _advice(advised: Iterable[Advice]) -> list[Document]:
    return [{"text": one.text, "command": one.command} for one in advised]


def _listed(args: tuple[str, ...] | None) -> list[str] | None:
    return list(args) if args is not None else None


def _one(part: KubeModel | None) -> Document | None:
    return part.to_wire() if part is not None else None


def _many(parts: Iterable[KubeModel] | None) -> list[Document]:
    return [part.to_wire() for part in parts or ()]
