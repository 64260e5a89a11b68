import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from addon_updater import metrics
from addon_updater.cluster import paths
from addon_updater.cluster.lease import NAME, Elector
from addon_updater.cluster.minors import SAMPLES, SETTLING_ANNOTATION, SILENCE_S, MinorWatch
from addon_updater.errors import TransientError
from unit.cluster.faketime import in_fake_time
from unit.cluster.memory_api import MemoryApi

LEASE = f"{paths.leases('addon-updater')}/{NAME}"
SETTLE = timedelta(minutes=10)


class Cluster:
    """API servers at addresses, each with its minor, and one replica that asks them."""

    def __init__(self, **minors: str) -> None:
        self.api = MemoryApi()
        self.wakes = 0
        self.serve(**minors)
        self.restart()

    def restart(self) -> None:
        self.elector = Elector(self.api, namespace="addon-updater", identity="a")
        self.watch = MinorWatch(
            self.api, self.elector, settle_time=SETTLE, poll=timedelta(minutes=1), changed=self._woken
        )

    def _woken(self) -> None:
        self.wakes += 1

    def serve(self, **minors: str) -> None:
        addresses = {f"10.0.0.{number}": minor for number, minor in enumerate(minors.values(), start=1)}
        self.api.put(
            paths.API_ENDPOINTS,
            {"endpoints": [{"addresses": [one]} for one in addresses], "ports": [{"port": 6443}]},
        )
        for address, minor in addresses.items():
            answer = {"major": "1", "minor": minor}
            self.api.put(f"https://{address}:6443{paths.VERSION_INFO}", answer)

    @property
    def settled(self) -> str | None:
        minors = self.watch.minors
        return None if minors is None or minors.settled is None else str(minors.settled)

    @property
    def remembered(self) -> dict:
        return json.loads(self.api.objects[LEASE]["metadata"]["annotations"][SETTLING_ANNOTATION])

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(self.elector.run()), asyncio.create_task(self.watch.run())]
        await asyncio.sleep(0.1)
        yield
        for task in tasks:
            task.cancel()
        ends = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(isinstance(end, asyncio.CancelledError) for end in ends)


@pytest.mark.parametrize(
    ("minors", "settled"),
    [
        ({"first": "34", "second": "34"}, "1.34"),
        ({"first": "34", "second": "35"}, None),
    ],
)
@in_fake_time
async def test_at_the_first_start_a_minor_is_settled_when_all_servers_agree(minors, settled):
    cluster = Cluster(**minors)
    async with cluster.running():
        assert cluster.settled == settled
        assert cluster.wakes == 1


@in_fake_time
async def test_without_listed_endpoints_the_server_behind_the_address_is_asked():
    cluster = Cluster()
    cluster.api.put(paths.VERSION_INFO, {"major": "1", "minor": "33+"})
    async with cluster.running():
        assert cluster.settled == "1.33"


@in_fake_time
async def test_an_address_of_version_six_is_asked_in_brackets():
    cluster = Cluster()
    cluster.api.put(
        paths.API_ENDPOINTS, {"endpoints": [{"addresses": ["fd00::1"]}], "ports": [{"port": 443}]}
    )
    cluster.api.put(f"https://[fd00::1]:443{paths.VERSION_INFO}", {"major": "1", "minor": "34"})
    async with cluster.running():
        assert cluster.settled == "1.34"


@in_fake_time
async def test_a_new_minor_settles_after_the_settle_time_and_a_restart_does_not_start_its_clock_anew():
    cluster = Cluster(first="34")
    async with cluster.running():
        pass
    cluster.serve(first="35")
    cluster.restart()
    async with cluster.running():
        assert cluster.settled == "1.34"
        await asyncio.sleep(SETTLE.total_seconds() / 2)
        assert cluster.remembered["candidate"] == "1.35"
    cluster.restart()
    async with cluster.running():
        assert cluster.settled == "1.34"
        await asyncio.sleep(SETTLE.total_seconds() / 2 + 120)
        assert cluster.settled == "1.35"
        await asyncio.sleep(5)
        assert cluster.remembered == {"settled": "1.35"}


@in_fake_time
async def test_a_settle_time_that_changes_counts_for_the_minor_that_settles():
    cluster = Cluster(first="34")
    async with cluster.running():
        cluster.serve(first="35")
        await asyncio.sleep(120)
        assert cluster.settled == "1.34"
        cluster.watch.settle_time = timedelta(minutes=1)
        await asyncio.sleep(61)
        assert cluster.settled == "1.35"


@in_fake_time
async def test_a_lease_that_cannot_be_read_at_the_start_is_asked_again_before_any_minor_counts():
    cluster = Cluster(first="34")
    async with cluster.running():
        pass
    cluster.serve(first="35")
    cluster.restart()
    cluster.api.fault = lambda _verb, path: TransientError("restarting") if path == LEASE else None
    async with cluster.running():
        await asyncio.sleep(10)
        assert cluster.settled is None
        cluster.api.fault = lambda _verb, _path: None
        await asyncio.sleep(10)
        assert cluster.settled == "1.34"


@pytest.mark.parametrize("memory", ["", "no json", "[]", '{"candidate":"1.34"}', '{"settled":"one"}'])
@in_fake_time
async def test_a_garbled_memory_is_learned_anew(memory):
    cluster = Cluster(first="34")
    cluster.api.put(
        LEASE, {"metadata": {"name": NAME, "annotations": {SETTLING_ANNOTATION: memory}}, "spec": {}}
    )
    async with cluster.running():
        assert cluster.settled == "1.34"


@in_fake_time
async def test_a_server_that_is_silent_for_long_puts_the_settled_minor_in_doubt_until_it_answers():
    cluster = Cluster(first="34", second="34")
    async with cluster.running():
        cluster.api.fault = lambda _verb, path: (
            TransientError("no answer") if path.startswith("https://10.0.0.2") else None
        )
        await asyncio.sleep(SILENCE_S - 1)
        assert cluster.settled == "1.34"
        await asyncio.sleep(61)
        assert cluster.settled is None
        assert metrics.REGISTRY.get_sample_value("addon_updater_kubernetes_settled_minor") == 0
        cluster.api.fault = lambda _verb, _path: None
        await asyncio.sleep(5)
        assert cluster.settled == "1.34"
        assert metrics.REGISTRY.get_sample_value("addon_updater_kubernetes_settled_minor") == 34
        assert cluster.wakes == 3


@pytest.mark.parametrize("answer", [{}, {"major": "1", "minor": ""}, {"message": "<html>"}])
@in_fake_time
async def test_an_answer_without_a_minor_counts_as_silence_and_does_not_end_the_process(answer):
    cluster = Cluster(first="34")
    async with cluster.running():
        cluster.api.put(f"https://10.0.0.1:6443{paths.VERSION_INFO}", answer)
        await asyncio.sleep(SILENCE_S + 61)
        assert cluster.settled is None


def versions(*texts: str) -> list[dict[str, str]]:
    """What servers behind one address answer, in turn."""
    return [{"major": "1", "minor": text.split(".")[1], "gitVersion": f"v{text}"} for text in texts]


@in_fake_time
async def test_servers_behind_one_address_are_found_by_new_connections():
    cluster = Cluster()
    cluster.api.behind_the_address = versions("1.34.2", "1.35.0")
    async with cluster.running():
        assert cluster.api.fresh_connections == SAMPLES
        assert {str(minor) for minor in cluster.watch.minors.servers} == {"1.34", "1.35"}
        assert cluster.settled is None
        assert cluster.watch.versions == {"v1.34.2", "v1.35.0"}


def hide(cluster: Cluster, address: str) -> None:
    cluster.api.fault = lambda _verb, path: (
        TransientError("no route") if path.startswith(f"https://{address}") else None
    )


@in_fake_time
async def test_an_address_that_never_answers_is_made_up_for_by_a_sample():
    cluster = Cluster(first="34", second="34")
    cluster.api.behind_the_address = versions("1.34.2", "1.35.0")
    hide(cluster, "10.0.0.2")
    async with cluster.running():
        assert cluster.watch.minors is None
        await asyncio.sleep(SILENCE_S - 5)
        assert cluster.watch.minors is None
        await asyncio.sleep(10)
        assert {str(minor) for minor in cluster.watch.minors.servers} == {"1.34", "1.35"}
        cluster.api.behind_the_address = versions("1.34.2")
        await asyncio.sleep(SETTLE.total_seconds() + 120)
        assert cluster.settled == "1.34"


@in_fake_time
async def test_a_server_that_has_answered_is_awaited_and_never_replaced_by_a_sample():
    cluster = Cluster(first="34", second="34")
    cluster.api.behind_the_address = versions("1.34.2")
    async with cluster.running():
        hide(cluster, "10.0.0.2")
        await asyncio.sleep(SILENCE_S * 3)
        assert cluster.settled is None
        assert cluster.api.fresh_connections == 0


@in_fake_time
async def test_a_sample_that_fails_is_silence():
    cluster = Cluster()
    cluster.api.behind_the_address = versions("1.34.2")
    async with cluster.running():
        cluster.api.fault = lambda _verb, path: (
            TransientError("no answer") if path == paths.VERSION_INFO else None
        )
        await asyncio.sleep(SILENCE_S + 61)
        assert cluster.settled is None


@in_fake_time
async def test_a_cluster_that_goes_back_is_told_so_and_a_restart_remembers_it():
    cluster = Cluster(first="35")
    async with cluster.running():
        cluster.serve(first="34")
        await asyncio.sleep(61)
        assert cluster.settled == "1.35"
        assert cluster.watch.minors.way_back == "the cluster goes back from Kubernetes 1.35 to 1.34"
        await asyncio.sleep(SETTLE.total_seconds() + 120)
        assert cluster.remembered == {"settled": "1.34", "backFrom": "1.35"}
    cluster.restart()
    async with cluster.running():
        assert cluster.settled == "1.34"
        assert cluster.watch.minors.way_back == "the cluster went back from Kubernetes 1.35 to 1.34"
        cluster.serve(first="35")
        await asyncio.sleep(SETTLE.total_seconds() + 120)
        assert cluster.watch.minors.way_back is None
        assert cluster.remembered == {"settled": "1.35"}
