"""What becomes of the API server and its storage while the operator works."""

from __future__ import annotations

import json
import urllib.request
from typing import Any

from faults.api.registry import happening
from faults.api.world import World
from node.raw_api import Manifest

CONTROLLERS = "kube-controller-manager"
_CLIENTS = (CONTROLLERS, "kube-scheduler", "kwok")
_LEASE_OF_A_NODE_S = 40.0


@happening("api-server-away")
def api_server_away(world: World, *, seconds: float) -> None:
    """Killed; back after so many seconds.

    A controller-manager that hears nothing for as long as a node's Lease lasts would call the node dead the moment
    the server is back, and its pods unready; a kubelet would mend that, kwok does not. And after that time all three
    that make pods ready would wait up to a minute before they watch again, which is no matter of the operator. So they
    share the machine.
    """
    shares_the_machine = seconds >= _LEASE_OF_A_NODE_S / 2
    names = ["kube-apiserver", *(_CLIENTS if shares_the_machine else ())]
    for name in names:
        world.cluster.component(name).kill()
    world.sleep(seconds)
    for name in names:
        world.cluster.component(name).start()
        await_server(world)


@happening("lose-history")
def lose_history(world: World, *, spec: Manifest) -> None:
    """While the watches of replica-a are cut, the release changes, etcd forgets the past, the server starts anew.

    A server keeps some past of its own for watches; only one that has just started has none, and answers 410.
    """
    world.first.proxy.blackhole = True
    world.first.proxy.cut()
    world.stage.change(**spec)
    world.sleep(1.0)
    compact(world)
    api_server_away(world, seconds=0.0)
    world.first.proxy.blackhole = False
    world.first.proxy.cut()


@happening("compact-etcd")
def compact(world: World) -> None:
    """Everything but the newest version of each key is forgotten."""
    newest = _etcd(world, "range", {"key": "AA=="})["header"]["revision"]
    _etcd(world, "compaction", {"revision": newest, "physical": True})


def await_server(world: World) -> None:
    """Wait until the API server of the lane serves."""
    api = world.cluster.api()
    world.wait(lambda: api.text("/readyz", timeout=2.0) == "ok", "the API server")


def _etcd(world: World, method: str, body: Manifest) -> dict[str, Any]:
    """Ask etcd by its JSON gateway; https://etcd.io/docs/v3.6/dev-guide/api_grpc_gateway/."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{world.cluster.spec.ports.etcd}/v3/kv/{method}", data=json.dumps(body).encode()
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        return dict(json.load(answer))
