"""The end state of an upgrade as a value that two runs can share: times, uids and attempt ids left out."""

import json

from node.raw_api import Manifest
from node.stage import GROUP, Stage

_UID_OF_THE_RELEASE = f"{GROUP}/baseline-release"
_OF_ONE_RUN = frozenset({"id", "startedAt", "at", "baseline", "workload"})


def end_state(stage: Stage, name: str = "") -> Manifest:
    """Everything an upgrade leaves behind in workload, ConfigMap, revisions and status."""
    deployment, status = stage.deployment(), stage.status(name)
    return {
        "governed": stage.governed(),
        "spec": deployment["spec"],
        "labels": deployment["metadata"]["labels"],
        "revision": deployment["metadata"]["annotations"][f"{GROUP}/revision"],
        "revisions": [_revision(item) for item in stage.revisions(name)],
        "current": status["current"],
        "history": [{**entry, "finishedAt": ""} for entry in status["history"]],
        "conditions": [(item["type"], item["status"], item["reason"]) for item in status["conditions"]],
        "rehearsals": stage.rehearsals(),
    }


def _revision(item: Manifest) -> Manifest:
    metadata = item["metadata"]
    annotations = {
        key: "" if key == _UID_OF_THE_RELEASE else _masked(text)
        for key, text in metadata["annotations"].items()
    }
    return {
        "name": metadata["name"],
        "labels": metadata["labels"],
        "annotations": annotations,
        "data": item["data"],
    }


def _masked(text: str) -> object:
    try:
        content = json.loads(text)
    except ValueError:
        return text
    if not isinstance(content, dict):
        return content
    return {key: "" if key in _OF_ONE_RUN else value for key, value in content.items()}
