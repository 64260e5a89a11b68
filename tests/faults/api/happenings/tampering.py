"""Words of the operator that somebody else writes: its status, and its marks on workload and revisions."""

from __future__ import annotations

import random
from typing import Any

from faults.api.registry import happening
from faults.api.world import World
from node.raw_api import Manifest
from node.stage import GROUP

INTRUDER = "kubectl-intruder"
_CONDITION_TYPES = ("Ready", "UpdateAvailable", "Reconciling", "Stalled")
_WORKLOAD_MARKS = ("revision", "attempt", "applied-at")


@happening("status-is-wiped")
def status_is_wiped(world: World) -> None:
    """The whole status is gone."""
    found = world.api.get(world.stage.release())
    assert found is not None
    path = f"{world.stage.release()}/status"
    world.api.replace(path, {**found, "status": {}}, manager=INTRUDER)


@happening("status-lies")
def status_lies(world: World, *, status: dict[str, Any]) -> None:
    """Somebody claims it."""
    world.api.merge(f"{world.stage.release()}/status", {"status": status}, manager=INTRUDER)


@happening("status-is-noise")
def status_is_noise(world: World, *, seed: int, times: int, pause: float = 0.5) -> None:
    """Again and again somebody claims something at random: conditions, versions, attempts, quarantines."""
    dice = random.Random(seed)
    for _ in range(times):
        world.api.merge(f"{world.stage.release()}/status", {"status": _noise(dice)}, manager=INTRUDER)
        world.sleep(pause)


def _noise(dice: random.Random) -> Manifest:
    version = dice.choice(("1.11.3", "1.12.1", "1.13.1", "9.9.9"))
    moment = f"20{dice.randint(20, 39)}-01-01T00:00:00Z"
    conditions = [
        {
            "type": kind,
            "status": dice.choice(("True", "False", "Unknown")),
            "reason": dice.choice(("Promoted", "UpToDate", "RollingBack", "Frozen", "RollbackFailed")),
            "message": "noise",
            "lastTransitionTime": moment,
        }
        for kind in dice.sample(_CONDITION_TYPES, dice.randint(1, 4))
    ]
    claims: Manifest = {
        "conditions": conditions,
        "current": {"version": version},
        "target": {"version": version},
        "observedKubernetesMinor": dice.choice(("1.30", "1.34", "1.99")),
        "quarantined": [{"version": version, "reason": "Crashed", "message": "noise", "since": moment}],
        "attempt": {"id": "0123456789", "hop": "noise", "step": "Soaking", "startedAt": moment},
    }
    return {key: claims[key] for key in dice.sample(sorted(claims), dice.randint(1, len(claims)))}


@happening("workload-marks-are-changed")
def workload_marks_are_changed(world: World, *, marks: dict[str, str | None]) -> None:
    """Somebody rewrites or removes annotations of ours on the workload; the keys come without our domain."""
    annotations = {f"{GROUP}/{key}": text for key, text in marks.items()}
    body = {"metadata": {"annotations": annotations}}
    world.api.merge(world.stage.subject.workload, body, manager=INTRUDER)


@happening("claim-is-removed")
def claim_is_removed(world: World) -> None:
    """Somebody removes the label by which a workload is claimed, and all annotations of ours with it."""
    gone = {f"{GROUP}/{key}": None for key in _WORKLOAD_MARKS}
    body = {"metadata": {"labels": {f"{GROUP}/release": None}, "annotations": gone}}
    world.api.merge(world.stage.subject.workload, body, manager=INTRUDER)


@happening("revision-marks-are-changed")
def revision_marks_are_changed(world: World, *, marks: dict[str, str | None], number: int = -1) -> None:
    """Somebody rewrites or removes annotations of ours on a revision: the newest, unless told otherwise."""
    name = world.stage.revisions()[number]["metadata"]["name"]
    annotations = {f"{GROUP}/{key}": text for key, text in marks.items()}
    body = {"metadata": {"annotations": annotations}}
    world.api.merge(f"{world.stage.subject.revisions}/{name}", body, manager=INTRUDER)


@happening("revision-is-deleted")
def revision_is_deleted(world: World, *, number: int = -1) -> None:
    """Somebody deletes a revision: the newest, unless told otherwise."""
    name = world.stage.revisions()[number]["metadata"]["name"]
    world.api.delete(f"{world.stage.subject.revisions}/{name}")
