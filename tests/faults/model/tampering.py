"""What people may do to the operator's own marks, revisions and keys. Each is a happening by name."""

from __future__ import annotations

from addon_updater.rollout.revision import (
    ATTEMPT_ANNOTATION,
    BASELINE_ANNOTATION,
    DECISION_ANNOTATION,
    OUTCOME_ANNOTATION,
    QUARANTINE_ANNOTATION,
    RELEASE_LABEL,
    REVISION_ANNOTATION,
)
from faults.model.plays import Happening
from unit.rollout.world import World

_REVISION = "ControllerRevision"
_GARBAGE = {"is removed": None, "is garbled": "{"}
_APPLIED_AT = "addon-updater.dev/applied-at"
_OF_THE_WORKLOAD = (REVISION_ANNOTATION, ATTEMPT_ANNOTATION, _APPLIED_AT)
_OF_A_REVISION = (
    ATTEMPT_ANNOTATION,
    DECISION_ANNOTATION,
    OUTCOME_ANNOTATION,
    QUARANTINE_ANNOTATION,
    BASELINE_ANNOTATION,
)
_WHICH = {"newest": -1, "oldest": 0}


def _of_the_workload(annotation: str, value: str | None) -> Happening:
    patch = {"metadata": {"annotations": {annotation: value}}}
    return lambda world: world.tamper(world.scene.kind, world.scene.name, patch)


def _of_a_revision(place: int, annotation: str, value: str | None) -> Happening:
    def tamper(world: World) -> None:
        if revisions := world.revisions():
            patch = {"metadata": {"annotations": {annotation: value}}}
            world.tamper(_REVISION, revisions[place].name, patch)

    return tamper


def _delete_revision(place: int) -> Happening:
    def delete(world: World) -> None:
        if revisions := world.revisions():
            world.epoch += 1
            world.tampering += 1
            world.api.delete(_REVISION, revisions[place].name, "kubectl-delete")

    return delete


def _claim(value: str | None) -> Happening:
    patch = {"metadata": {"labels": {RELEASE_LABEL: value}}}
    return lambda world: world.tamper(world.scene.kind, world.scene.name, patch)


def _own_keys(text: str | None) -> Happening:
    """Somebody writes or removes what stands under keys of ours, mounted or not."""

    def write(world: World) -> None:
        keys = [key for key in world.data if key != world.scene.key]
        if keys:
            world.tamper("ConfigMap", world.scene.name, {"data": dict.fromkeys(keys, text)})

    return write


TAMPERING: dict[str, Happening] = {
    **{
        f"{mark.partition('/')[2]} of the workload {what}": _of_the_workload(mark, value)
        for mark in _OF_THE_WORKLOAD
        for what, value in _GARBAGE.items()
    },
    **{
        f"{mark.partition('/')[2]} of the {which} revision {what}": _of_a_revision(place, mark, value)
        for which, place in _WHICH.items()
        for mark in _OF_A_REVISION
        for what, value in _GARBAGE.items()
    },
    **{f"the {which} revision is deleted": _delete_revision(place) for which, place in _WHICH.items()},
    "the claim is removed": _claim(None),
    "the claim is another one": _claim("somebody"),
    "keys of ours are removed": _own_keys(None),
    "keys of ours are overwritten": _own_keys("# overwritten\n"),
}
