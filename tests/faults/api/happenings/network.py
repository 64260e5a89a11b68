"""The line between a replica and the API server."""

from __future__ import annotations

from faults.api.registry import happening
from faults.api.world import World


@happening("partition")
def partition(world: World, *, seconds: float, replica: str = "replica-a") -> None:
    """Nothing comes through, open watches included, and nobody hears of it; then a new line."""
    proxy = world.replicas[replica].proxy
    proxy.blackhole = True
    world.sleep(seconds)
    proxy.blackhole = False
    proxy.cut()


@happening("line-cut")
def line_cut(world: World, *, replica: str = "replica-a") -> None:
    """Every open connection breaks at once."""
    world.replicas[replica].proxy.cut()
