"""What a story leaves behind when nobody disturbs it: the measure of every plan that should end the same."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

from faults.api.audit import Write
from faults.api.exchange import Exchange
from faults.api.stories import Story
from node.raw_api import Manifest
from node.stage import GROUP, Stage

_OF_ONE_RUN = (
    (re.compile(r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"), "<uid>"),
    (re.compile(r"\b10\.244\.\d+\.\d+\b"), "<address>"),
    (re.compile(r"\b(\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d))"), "<time>"),
    (re.compile(r"\b((?:coredns|prometheus|grafana)-[0-9a-f]{6,10})-[a-z0-9]{5}\b"), r"\1-<pod>"),
    (re.compile(r"\b(rehearsal|backup|check-config|attempt)([ -])[0-9a-f]{10}\b"), r"\1\2<attempt>"),
)
"""What differs between two runs of the same story, and what stands for it."""
_FIELDS_OF_ONE_RUN = frozenset({"id", "startedAt", "at", "baseline"})
"""Of what the operator writes as JSON into the annotations of a revision."""
_UID_OF_THE_RELEASE = f"{GROUP}/baseline-release"


@dataclass(frozen=True)
class Reference:
    """One undisturbed run."""

    state: str
    changes: Counter[str]
    telling: Counter[str]
    exchanges: tuple[Exchange, ...]
    writes: tuple[Write, ...]


class References:
    """One per story, made when it is first asked for."""

    def __init__(self) -> None:
        self._made: dict[str, Reference] = {}
        self._locks: dict[str, Lock] = {}
        self._lock = Lock()

    def of(self, story: Story, make: Callable[[], Reference]) -> Reference:
        """The reference of a story; `make` runs it, once however many ask at the same time."""
        with self._lock:
            lock = self._locks.setdefault(story.name, Lock())
        with lock:
            if story.name not in self._made:
                self._made[story.name] = make()
            return self._made[story.name]


def masked_state(stage: Stage) -> str:
    """Everything that an update leaves behind in the cluster, as text, without what differs from run to run."""
    workload, status = stage.deployment(), stage.status()
    metadata = workload["metadata"]
    return mask(
        {
            "governed": stage.governed(),
            "spec": workload["spec"],
            "labels": metadata["labels"],
            "revision": metadata["annotations"].get(f"{GROUP}/revision"),
            "revisions": [_revision(one) for one in stage.revisions()],
            "current": status["current"],
            "quarantined": [(one["version"], one["reason"]) for one in status.get("quarantined") or ()],
            "history": [{**one, "finishedAt": ""} for one in status.get("history") or ()],
            "conditions": [(one["type"], one["status"], one["reason"]) for one in status["conditions"]],
            "rehearsals": stage.rehearsals(),
            "tasks": len(stage.tasks()),
        }
    )


def mask(state: Manifest) -> str:
    """A state as text, one field a line."""
    text = json.dumps(state, indent=1, sort_keys=True, default=str)
    for pattern, stand_in in _OF_ONE_RUN:
        text = pattern.sub(stand_in, text)
    return text


def difference(expected: str, found: str) -> str:
    """The lines that differ, a few of them; empty when none does."""
    gone = [f"- {line.strip()}" for line in expected.splitlines() if line not in found.splitlines()]
    new = [f"+ {line.strip()}" for line in found.splitlines() if line not in expected.splitlines()]
    if not gone and not new and expected != found:
        return "the same lines in another order"
    return "; ".join((*gone[:4], *new[:4]))


def _revision(revision: Manifest) -> Manifest:
    metadata = revision["metadata"]
    kept = {
        key: _without_fields_of_one_run(text)
        for key, text in (metadata.get("annotations") or {}).items()
        if key != _UID_OF_THE_RELEASE
    }
    return {
        "name": metadata["name"],
        "labels": metadata["labels"],
        "annotations": kept,
        "data": revision["data"],
    }


def _without_fields_of_one_run(text: str) -> object:
    try:
        document = json.loads(text)
    except ValueError:
        return text
    if not isinstance(document, dict):
        return document
    return {key: value for key, value in document.items() if key not in _FIELDS_OF_ONE_RUN}
