"""The answers as documents for programs. Every key is always there; docs/cli.md lists them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from addon_updater.api.meta import Condition, KubeModel
from addon_updater.api.release_status import CandidateStatus
from addon_updater.cli.advice import Advice, advice, approval
from addon_updater.cli.narration import next_step
from addon_updater.cli.preview import Change, Preview
from addon_updater.cli.releases import ReleaseView
from addon_updater.reasons import ConditionType

Document = dict[str, Any]


def status_document(view: ReleaseView, now: datetime) -> Document:
    """What is known about one release."""
    status = view.status
    return {
        **_identity(view),
        "generation": view.generation,
        "observedGeneration": status.observed_generation,
        "kubernetes": status.observed_kubernetes_minor,
        "problem": view.problem,
        "current": _one(status.current),
        "target": _one(status.target),
        **_conditions(view),
        "attempt": _attempt(view, now),
        "plan": _one(status.plan),
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
    view, minors = preview.view, preview.servers.minors
    return {
        **_identity(view),
        "kubernetes": {
            "settled": str(minors.settled) if minors.settled else None,
            "servers": [str(minor) for minor in sorted(minors.servers)],
        },
        "current": _one(view.status.current),
        "target": _one(view.status.target),
        **_conditions(view),
        "next": next_step(preview.decision),
        "plan": _one(view.status.plan),
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


def _identity(view: ReleaseView) -> Document:
    return {"namespace": view.namespace, "name": view.name, "addon": view.addon}


def _conditions(view: ReleaseView) -> Document:
    return {
        "ready": _condition(view.condition(ConditionType.READY)),
        "update": _condition(view.condition(ConditionType.UPDATE_AVAILABLE)),
        "reconciling": _condition(view.condition(ConditionType.RECONCILING)),
        "stalled": _condition(view.condition(ConditionType.STALLED)),
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
