"""Many releases edited many times: what the operator process grows by, once it is warm."""

from __future__ import annotations

import asyncio
import copy
import ssl
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from statistics import median

import aiohttp
import yaml
from prometheus_client.parser import text_string_to_metric_families

from cluster.bad_inputs import make_side_workload
from faults.api.happenings.api_server import await_server
from faults.api.registry import happening
from faults.api.wire import server_of
from faults.api.world import World
from node.admission.request import MERGE, Request
from node.raw_api import ADMIN_MANAGER, Manifest
from node.stage import DEPLOYMENTS, GROUP, RELEASES

LABEL = "example.com/many"
_HANDS = 4
_WARM_AFTER = 1 / 3
"""The part of the rounds in which caches fill and the allocator finds its size."""
_RESYNC = "2m"
"""Short, so that the list of all releases, which takes the most memory at a time, is in the warm-up and after it."""
_FEWEST = 12
"""Rounds below which a trend says nothing."""
_MORE_FILES = 16
"""Four workers ask for a handful of things at a time, each over a connection; a leak would be one for each edit."""
_CALM_S = 120.0
_SLOW_PASS_S = 0.5
"""More than a pass takes on a busy machine."""


@dataclass(frozen=True)
class Size:
    """What a process holds."""

    kilobytes: int
    """Resident memory, VmRSS of proc_pid_status(5)."""
    files: int


@happening("many-releases-are-edited")
def many_releases_are_edited(
    world: World, *, releases: int, rounds: int, seconds: float, grows: float
) -> None:
    """So many releases that only plan, each edited once a round, for so many rounds or, if that is less, seconds.

    They come as fast as the API server takes them, which is faster than the operator looks at them; at the end all
    must have been seen. `grows` is what memory may grow by after the warm-up, as in 0.01.
    """
    _keep_out_of_the_audit_log(world)
    world.first.flags.append(f"--resync={_RESYNC}")
    world.first.kill()
    world.first.start()
    world.afterwards(lambda: _clear(world))
    _create(world, releases)
    _await_seen(world, releases)
    sizes, began = [], time.monotonic()
    for number in range(rounds):
        _edit(world, releases, number)
        sizes.append(_size(world.first.pid))
        if time.monotonic() - began > seconds:
            break
    _await_seen(world, releases)
    statuses = _statuses_written(world)
    world.note(
        f"{statuses:,.0f} statuses written in all: the edits that found the one before still waiting share one"
    )
    _judge(world, releases, rounds, sizes, grows)


def _judge(world: World, releases: int, rounds: int, sizes: Sequence[Size], grows: float) -> None:
    assert len(sizes) >= _FEWEST, f"only {len(sizes)} rounds fit into the time: too few to see a trend"
    warm = sizes[int(len(sizes) * _WARM_AFTER) :]
    growth = trend([size.kilobytes for size in warm])
    wanted = "" if len(sizes) == rounds else f" of {rounds} that were asked for, for lack of time"
    world.note(
        f"{releases} releases x {len(sizes)} edits{wanted}: {warm[0].kilobytes / 1024:.1f} MiB when warm, "
        f"{warm[-1].kilobytes / 1024:.1f} MiB at the end, trend {growth:+.2%} over {len(warm)} rounds; "
        f"{warm[0].files} open files when warm, {warm[-1].files} at the end"
    )
    assert growth < grows, f"memory grows by {growth:.2%}: {[size.kilobytes for size in sizes]}"
    files = [size.files for size in warm]
    assert max(files) <= files[0] + _MORE_FILES, f"open files grow: {files}"


def trend(sizes: Sequence[int]) -> float:
    """What they grow by from the first to the last, as a part of their median: by the median slope of all pairs.

    Theil and Sen's estimate: one round in which a collector came late does not make a leak, and hides none.
    """
    slopes = [(later - earlier) / (j - i) for (i, earlier), (j, later) in combinations(enumerate(sizes), 2)]
    return median(slopes) * (len(sizes) - 1) / median(sizes)


def _keep_out_of_the_audit_log(world: World) -> None:
    """Tens of thousands of edits, and what is read for each, would be gigabytes that no oracle needs."""
    file = world.cluster.layout.config / "audit-policy.yaml"
    policy = yaml.safe_load(file.read_text())
    ours = {"group": GROUP, "resources": ["addonreleases", "addonreleases/status"]}
    events = {"group": "events.k8s.io", "resources": ["events"]}
    rules = [
        {"level": "None", "resources": [ours, events]},
        {"level": "None", "verbs": ["get", "list", "watch"]},
    ]
    file.write_text(yaml.safe_dump({**policy, "rules": [*rules, *policy["rules"]]}))
    world.spoil("its audit log lacks the releases")
    server = world.cluster.component("kube-apiserver")
    server.kill()
    server.start()
    await_server(world)


def _create(world: World, number: int) -> None:
    """Workloads without pods, and a release for each, all made from one."""
    make_side_workload(world.stage)
    pattern = world.api.get(f"{DEPLOYMENTS}/side-dns")
    assert pattern is not None
    world.api.delete(f"{DEPLOYMENTS}/side-dns")
    _with_all_hands(lambda name: _create_one(world, pattern["spec"], name), _names(number))


def _create_one(world: World, spec: Manifest, name: str) -> None:
    metadata = {"name": name, "namespace": "kube-system", "labels": {LABEL: ""}}
    own = copy.deepcopy(spec)
    own["selector"]["matchLabels"] = own["template"]["metadata"]["labels"] = {"app": name}
    world.api.create(
        DEPLOYMENTS, {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": own}
    )
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": name}
    body = {
        "apiVersion": f"{GROUP}/v1alpha1",
        "kind": "AddonRelease",
        "metadata": metadata,
        "spec": {"addon": "coredns", "targetRef": target, "policy": {"updates": "PlanOnly"}},
    }
    world.api.create(RELEASES, body)


def _edit(world: World, number: int, round_: int) -> None:
    policy = {"updates": "PlanOnly", "skipVersions": [f"1.12.{round_ % 4}"]}
    kubeconfig = world.cluster.kubeconfig
    token = yaml.safe_load(kubeconfig.read_text())["users"][0]["user"]["token"]
    asyncio.run(_merge(server_of(kubeconfig), token, _names(number), {"spec": {"policy": policy}}))


async def _merge(
    server: tuple[str, ssl.SSLContext], token: str, names: Sequence[str], body: Manifest
) -> None:
    """Over a few connections that stay open: one for each edit would be most of the work."""
    url, tls = server
    headers = {"Authorization": f"Bearer {token}", "Content-Type": MERGE}
    connector = aiohttp.TCPConnector(limit=_HANDS, ssl=tls)
    async with aiohttp.ClientSession(url, connector=connector, headers=headers) as session:

        async def merge(name: str) -> None:
            path = f"{RELEASES}/{name}?fieldManager={ADMIN_MANAGER}"
            async with session.patch(path, json=body) as answer:
                assert answer.status == 200, f"{name}: {answer.status} {await answer.text()}"

        await asyncio.gather(*map(merge, names))


def _await_seen(world: World, number: int) -> None:
    """One after the other: a list of all, again and again, would be most of what the API server does."""
    waiting = list(_names(number))

    def all_seen() -> bool:
        while waiting and _is_seen(world.api.get(f"{RELEASES}/{waiting[-1]}")):
            waiting.pop()
        return not waiting

    timeout = max(_CALM_S, number * _SLOW_PASS_S)
    world.wait(all_seen, f"the newest edits of {number} releases to be seen", timeout)


def _is_seen(release: Manifest | None) -> bool:
    assert release is not None
    seen: int | None = (release.get("status") or {}).get("observedGeneration")
    return seen == release["metadata"]["generation"]


def _statuses_written(world: World) -> float:
    """By the count of the API server since it was started."""
    families = text_string_to_metric_families(world.api.ask(Request("GET", "/metrics")).message)
    wanted = {"resource": "addonreleases", "subresource": "status", "code": "200"}
    return sum(
        sample.value
        for family in families
        for sample in family.samples
        if sample.name == "apiserver_request_total" and wanted.items() <= sample.labels.items()
    )


def _with_all_hands(do: Callable[[str], object], names: Iterable[str]) -> None:
    with ThreadPoolExecutor(_HANDS) as pool:
        for _ in pool.map(do, names):
            pass


def _names(number: int) -> list[str]:
    return [f"many-{one}" for one in range(number)]


def _size(process: int) -> Size:
    folder = Path(f"/proc/{process}")
    line = next(one for one in (folder / "status").read_text().splitlines() if one.startswith("VmRSS:"))
    return Size(int(line.split()[1]), len(list((folder / "fd").iterdir())))


def _clear(world: World) -> None:
    world.api.delete(f"{RELEASES}?labelSelector={LABEL}")
    world.api.delete(f"{DEPLOYMENTS}?labelSelector={LABEL}&propagationPolicy=Background")
