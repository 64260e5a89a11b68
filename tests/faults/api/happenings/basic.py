"""The happenings that the stories themselves need, and the simplest of all."""

from __future__ import annotations

from faults.api.registry import happening
from faults.api.world import World


@happening("minor")
def minor(world: World, *, minor: str) -> None:
    """All API servers answer another minor from now on."""
    world.says_minor(minor)


@happening("kill")
def kill(world: World, *, replica: str = "replica-a") -> None:
    """SIGKILL; the process is back at once, as a container is."""
    world.replicas[replica].kill()
    world.replicas[replica].start()
