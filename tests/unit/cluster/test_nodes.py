import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest

from addon_updater import metrics
from addon_updater.cluster import paths
from addon_updater.cluster.nodes import EVERY_S, FIRST_LOOK_S, KEPT_S, PAGE, NodeWatch
from addon_updater.errors import ForbiddenError, TransientError
from unit.cluster.faketime import in_fake_time
from unit.cluster.memory_api import MemoryApi
from unit.resolve.some_nodes import AKS, EKS, PLAIN, node

DNS = paths.deployment("kube-system", "coredns")
FORBIDDEN = ForbiddenError("nodes is forbidden", status=403)
VALUE = metrics.REGISTRY.get_sample_value


class Scene:
    """A cluster with nodes, and one replica that looks at them."""

    def __init__(self, *nodes: dict[str, Any]) -> None:
        self.api = MemoryApi()
        self.versions = frozenset({"v1.34.2"})
        self.leading = True
        self.wakes = 0
        self.have(*nodes)
        self.watch = NodeWatch(
            self.api,
            versions=lambda: self.versions,
            may_look=lambda: self.leading,
            changed=self._woken,
        )

    def _woken(self) -> None:
        self.wakes += 1

    def have(self, *nodes: dict[str, Any]) -> None:
        for path in [one for one in self.api.objects if one.startswith(paths.NODES)]:
            self.api.drop(path)
        for number, one in enumerate(nodes):
            self.api.put(f"{paths.NODES}/n{number}", one)

    @property
    def vendor(self) -> str:
        return self.watch.facts.recognized.vendor.value

    @property
    def kubelets(self) -> str | None:
        found = self.watch.facts.kubelets
        return str(found) if found is not None else None

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self.watch.run())
        await asyncio.sleep(0.1)
        yield
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def shown(bound: str) -> float | None:
    return VALUE("addon_updater_kubelet_minor", {"bound": bound})


@pytest.fixture(autouse=True)
def no_metrics_of_others():
    metrics.forget_cluster()


@in_fake_time
async def test_one_look_tells_vendor_and_kubelets():
    scene = Scene(AKS, node(kubelet="v1.33.1"))
    async with scene.running():
        assert (scene.vendor, scene.kubelets) == ("aks", "1.33 - 1.34")
        assert VALUE("addon_updater_cluster_info", {"vendor": "aks"}) == 1
        assert (shown("oldest"), shown("newest")) == (33, 34)


@in_fake_time
async def test_it_looks_every_ten_minutes_and_wakes_nobody_while_nothing_has_changed():
    scene = Scene(AKS)
    async with scene.running():
        before = len(scene.api.requests)
        scene.have(AKS, AKS, PLAIN)
        await asyncio.sleep(EVERY_S * 5)
        looks = (len(scene.api.requests) - before) / 2
        assert 5 <= looks <= 7
        assert scene.watch.nodes.minors.total() == 3
        assert scene.wakes == 1
        scene.have(AKS, node(kubelet="v1.33.1"))
        await asyncio.sleep(EVERY_S)
        assert scene.wakes == 2


@in_fake_time
async def test_many_nodes_come_in_pages_and_are_counted_once():
    scene = Scene(*([PLAIN] * (PAGE * 2 + 3)), AKS)
    async with scene.running():
        assert scene.vendor == "aks"
        assert scene.watch.nodes.minors.total() == PAGE * 2 + 4


@pytest.mark.parametrize(
    "managers, vendor", [(["kubeadm", "kubectl-edit"], "kubeadm"), (["kubectl"], "unknown")]
)
@in_fake_time
async def test_who_wrote_coredns_may_tell_the_vendor(managers, vendor):
    scene = Scene(PLAIN)
    scene.api.put(DNS, {"metadata": {"managedFields": [{"manager": one} for one in managers]}})
    async with scene.running():
        assert scene.vendor == vendor


@in_fake_time
async def test_the_version_of_the_api_servers_counts_as_it_is_now():
    scene = Scene()
    async with scene.running():
        assert scene.vendor == "unknown"
        scene.versions = frozenset({"v1.34.1-gke.1"})
        assert scene.vendor == "gke"


@in_fake_time
async def test_a_standby_looks_at_nothing_until_it_leads():
    scene = Scene(EKS)
    scene.leading = False
    async with scene.running():
        await asyncio.sleep(EVERY_S * 2)
        assert scene.api.requests == []
        assert VALUE("addon_updater_cluster_info", {"vendor": "eks"}) is None
        scene.leading = True
        scene.watch.wake()
        await asyncio.sleep(0.1)
        assert scene.vendor == "eks"
        scene.watch.forget()
        assert shown("oldest") is None


@in_fake_time
async def test_who_loses_the_lease_in_the_middle_of_a_look_shows_nothing():
    scene = Scene(EKS)

    def lose(_verb: str, _path: str) -> None:
        scene.leading = False

    scene.api.fault = lose
    async with scene.running():
        assert VALUE("addon_updater_cluster_info", {"vendor": "eks"}) is None
        assert scene.wakes == 0


@pytest.mark.parametrize("failure", [FORBIDDEN, TransientError("no answer")])
@in_fake_time
async def test_nodes_that_cannot_be_read_are_unknown_with_the_reason(failure):
    scene = Scene(AKS)
    scene.api.fault = lambda _verb, _path: failure
    async with scene.running():
        assert scene.watch.nodes is None
        assert scene.watch.problem == f"the nodes cannot be read: {failure}"
        assert (scene.vendor, scene.kubelets) == ("unknown", None)
        scene.api.fault = lambda _verb, _path: None
        await asyncio.sleep(10)
        assert (scene.vendor, scene.kubelets) == ("aks", "1.34")


@in_fake_time
async def test_what_was_seen_counts_for_half_an_hour_of_failing_looks():
    scene = Scene(AKS)
    async with scene.running():
        scene.api.fault = lambda _verb, _path: FORBIDDEN
        await asyncio.sleep(KEPT_S - 60)
        assert (scene.vendor, scene.kubelets) == ("aks", "1.34")
        await asyncio.sleep(EVERY_S)
        assert (scene.vendor, scene.kubelets) == ("unknown", None)


@in_fake_time
async def test_passes_wait_for_the_first_look_but_not_for_ever():
    scene = Scene(AKS)
    scene.api.fault = lambda _verb, _path: FORBIDDEN
    loop = asyncio.get_running_loop()
    async with scene.running():
        began = loop.time()
        await asyncio.gather(scene.watch.first_look(), scene.watch.first_look())
        assert loop.time() - began == pytest.approx(FIRST_LOOK_S, abs=0.5)
        began = loop.time()
        await scene.watch.first_look()
        assert loop.time() == began


@in_fake_time
async def test_passes_go_on_as_soon_as_the_first_look_is_done():
    scene = Scene(AKS)
    scene.api.delay = 0.5
    loop = asyncio.get_running_loop()
    began = loop.time()
    async with scene.running():
        await scene.watch.first_look()
        assert loop.time() - began < 2
