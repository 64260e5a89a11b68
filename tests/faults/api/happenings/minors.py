"""The minor of the cluster in truth: API servers of several minors on one etcd, and a cluster that goes down again."""

from __future__ import annotations

import subprocess
from functools import partial
from pathlib import Path

from cluster.ports import free_port
from faults.api.happenings.api_server import await_server
from faults.api.registry import happening, perform
from faults.api.world import MinorChange, World, now
from localcluster.api import ApiReader
from localcluster.components import VERSIONED, components
from localcluster.spec import write_spec

_SERVER = "kube-apiserver"
_TURN_S = 0.5
"""Shorter than any minor takes to settle."""
_KNOWN_AFTER_S = 3.0
"""A replica asks every second."""
_SETTLED_AFTER_S = 1.0
"""What the oracle takes for settled must be so a little before the operator can think it."""


@happening("second-api-server")
def second_api_server(world: World, *, minor: str, turns: list[float]) -> None:
    """Another server of that minor on the same etcd. Replica-a gets it and the first in turn, then the first for good.

    `turns` are the seconds of each turn; the second server has the first of them.
    """
    servers = [(_start_server(world, minor), minor), (world.cluster.kubeconfig, world.cluster.kubernetes)]
    for number, seconds in enumerate(turns):
        kubeconfig, spoken = servers[number % 2]
        _ask(world, kubeconfig, spoken)
        world.sleep(seconds)
    _ask(world, world.cluster.kubeconfig, world.cluster.kubernetes)


@happening("servers-in-turn")
def servers_in_turn(world: World, *, minor: str, seconds: float, meanwhile: str) -> None:
    """For so long a server of that minor and one of the cluster's share an address: they answer in turn.

    `meanwhile` is another happening, as soon as everybody must know of the two.
    """
    settled = world.minors[-1].minor
    own = world.cluster.api().document("/version") or {}
    other = {**own, "emulationMinor": minor.partition(".")[2]}
    for replica in world.replicas.values():
        replica.proxy.answer_in_turn("/version", [other, own])
    world.sleep(_KNOWN_AFTER_S)
    for number in range(round(seconds / _TURN_S)):
        if number == 1:
            perform(world, meanwhile, {})
        world.minors.append(MinorChange(now(), (minor, settled)[number % 2]))
        world.sleep(_TURN_S)
    if world.minors[-1].minor != settled:
        world.minors.append(MinorChange(now(), settled))
    world.sleep(_SETTLED_AFTER_S)
    for replica in world.replicas.values():
        replica.proxy.answer("/version", None)


def _ask(world: World, kubeconfig: Path, minor: str) -> None:
    if minor != world.minors[-1].minor:
        world.minors.append(MinorChange(now(), minor))
    world.first.proxy.send_to(kubeconfig)
    world.first.proxy.cut()


@happening("cluster-moves-to")
def cluster_moves_to(world: World, *, minor: str) -> None:
    """The whole control plane goes to another minor, up or down: the server first, then the rest."""
    world.spoil(f"it was moved to {minor}")
    cluster = world.cluster
    write_spec(cluster.layout.spec, cluster.spec.speaking(minor))
    for name in VERSIONED:
        cluster.component(name).kill()
        cluster.component(name).start()
        if name == _SERVER:
            await_server(world)
            world.wait(lambda: cluster.api().minor() == minor, f"the API server of {minor}")
            # From here on the operator may know, whatever the rest of the control plane still does.
            world.says_minor(None)


def _start_server(world: World, minor: str) -> Path:
    """The kubeconfig of a running server of that minor; it ends with the plan."""
    cluster, port = world.cluster, free_port()
    table = components(cluster.layout, cluster.spec.speaking(minor))
    own = {"--secure-port": f"--secure-port={port}"}
    argv = [own.get(argument.partition("=")[0], argument) for argument in table[_SERVER].argv]
    with (cluster.layout.logs / f"{_SERVER}-{minor}.log").open("ab") as log:
        process = cluster.popen(argv, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
    world.afterwards(partial(_end, process))
    kubeconfig = world.folder / f"{minor}-kubeconfig"
    first = cluster.api().server
    kubeconfig.touch(mode=0o600)
    kubeconfig.write_text(cluster.kubeconfig.read_text().replace(first, f"https://127.0.0.1:{port}"))
    api = ApiReader(kubeconfig)
    world.wait(lambda: api.text("/readyz", timeout=2.0) == "ok", f"the API server of {minor}")
    return kubeconfig


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait(timeout=10)
