"""More than one operator: who holds the Lease, who loses it, who is paused and does not know it."""

from __future__ import annotations

from typing import Any

from addon_updater.cluster.lease import DURATION_S
from faults.api.plan import Fault, Match
from faults.api.registry import happening
from faults.api.world import World
from node.operator_under_test import LEASE
from node.raw_api import Manifest

STANDBY = "replica-b"


@happening("second-operator")
def second_operator(world: World) -> None:
    """Another replica starts."""
    world.add_replica(STANDBY).start()


@happening("leader-dies")
def leader_dies(world: World) -> None:
    """The holder of the Lease is killed and does not come back."""
    replica = world.replicas[holder(world)]
    replica.restarts = False
    replica.kill()


@happening("leader-pauses")
def leader_pauses(world: World, *, seconds: float) -> None:
    """SIGSTOP to the holder of the Lease, SIGCONT after so many seconds; another one has taken over meanwhile."""
    paused = holder(world)
    replica = world.replicas[paused]
    replica.pause()
    world.afterwards(replica.resume)
    world.sleep(seconds)
    assert holder(world) != paused, f"{paused} is paused and holds the Lease all the same"
    replica.resume()


@happening("lease-passes-to")
def lease_passes_to(world: World, *, holder: str) -> None:
    """Somebody writes another holder into the Lease; one who does not exist never renews it."""
    world.api.merge(LEASE, {"spec": {"holderIdentity": holder, "leaseDurationSeconds": DURATION_S}})


@happening("lease-is-deleted")
def lease_is_deleted(world: World) -> None:
    """The Lease is gone, and what it remembers with it."""
    world.api.delete(LEASE)


def lease(world: World) -> Manifest:
    """What the Lease says; nothing while there is none."""
    spec: dict[str, Any] = (world.api.get(LEASE) or {}).get("spec") or {}
    return spec


def holder(world: World) -> str:
    """The replica that holds the Lease."""
    return str(world.wait(lambda: lease(world).get("holderIdentity"), "a holder of the Lease"))


@happening("leader-pauses-with-a-write-in-hand")
def leader_pauses_with_a_write_in_hand(
    world: World, *, arrives: float, seconds: float, wish: str = ""
) -> None:
    """The holder of the Lease is stopped right after it sent the switch, which arrives so many seconds later.

    By then another one holds the Lease and has gone on, or has ended the attempt for another `wish`, a range of
    versions; only the precondition of the write can stop it.
    """
    replica = world.replicas[holder(world)]
    switch = Match(verb="patch", resource="deployments", path="force=true")
    late = Fault(request=switch, do="delay", seconds=arrives, replica=replica.name)
    replica.proxy.add(late)
    world.wait(lambda: late not in replica.proxy.rules.never_fired, "the switch to be sent")
    replica.pause()
    world.afterwards(replica.resume)
    if wish:
        world.stage.change(version=wish)
    world.sleep(seconds)
    assert holder(world) != replica.name, f"{replica.name} is paused and holds the Lease all the same"
    replica.resume()
    answers = [one.code for one in replica.proxy.exchanges if one.fault == "delay"]
    assert answers == [409], f"the write of the paused leader was answered {answers}, not refused with 409"
