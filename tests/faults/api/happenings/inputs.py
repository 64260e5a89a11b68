"""Input that is wrong, huge or both, while an update of somebody else runs."""

from __future__ import annotations

from cluster.bad_inputs import BAD_INPUTS, SIDE, make_side_workload
from cluster.invalid_releases import INVALID_RELEASES
from faults.api.registry import happening
from faults.api.world import World
from node.admission.request import JSON, Request
from node.stage import CATALOGS, DEPLOYMENTS, RELEASES

ODD = "odd"
_BESIDE = {case.name: case for case in BAD_INPUTS if case.spec.get("targetRef", {}).get("name") == SIDE}


@happening("invalid-releases")
def invalid_releases(world: World) -> None:
    """Somebody tries to create every release that nobody may create."""
    for row in INVALID_RELEASES:
        answer = world.api.ask(
            Request("POST", f"{row.collection}?fieldValidation=Strict", row.manifest, JSON)
        )
        assert answer.status in (400, 422), f"{row.name}: {answer}"


@happening("bad-release-beside")
def bad_release_beside(world: World, *, case: str) -> None:
    """A release that only the operator can judge is there, is told what is wrong, is mended, and goes again."""
    bad = _BESIDE[case]
    world.afterwards(lambda: _clear(world))
    bad.spoil(world.stage)
    world.stage.declare(ODD, **bad.spec)
    world.wait(lambda: world.stage.reason("Stalled", ODD) == bad.reason, f"{bad.reason} of {ODD}")
    bad.mend(world.stage)
    world.wait(lambda: world.stage.reason("Stalled", ODD) == "", f"{ODD} to go on")


@happening("huge-release-beside")
def huge_release_beside(world: World, *, kilobytes: int) -> None:
    """A release as large as its annotations may make it, of a workload that nobody else governs."""
    world.afterwards(lambda: _clear(world))
    make_side_workload(world.stage)
    case = next(iter(_BESIDE.values()))
    world.stage.declare(ODD, **{**case.spec, "addon": "coredns"})
    notes = {f"example.com/note-{number}": "ü" * 512 for number in range(kilobytes)}
    world.api.merge(f"{RELEASES}/{ODD}", {"metadata": {"annotations": notes}})
    world.wait(lambda: world.stage.reason("UpdateAvailable", ODD) == "PlanOnly", f"{ODD} to be planned")


def _clear(world: World) -> None:
    for path in (f"{RELEASES}/{ODD}", f"{DEPLOYMENTS}/{SIDE}", f"{CATALOGS}/trial-dns"):
        world.api.delete(path)
