import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest

from addon_updater import metrics
from addon_updater.api.operator_settings import OperatorSettings
from addon_updater.api.readiness import UpgradeReadinessStatus
from addon_updater.api.vendors import Vendor
from addon_updater.api.versions import Minor
from addon_updater.cluster import paths
from addon_updater.cluster.readiness import EVERY_S, LOOK_AGAIN_S, ReadinessKeeper
from addon_updater.cluster.store import Store
from addon_updater.errors import ForbiddenError, TransientError
from addon_updater.resolve import ClusterMinors
from addon_updater.resolve.nodes import Nodes
from unit.catalog.entries import wire
from unit.cluster.faketime import in_fake_time
from unit.cluster.memory_api import Manifest, MemoryApi
from unit.cluster.releases import release

PATH = paths.readiness("kubernetes-1.35")


class _Api(MemoryApi):
    """Keeps a status as the server does, which has no list where an empty one was applied."""

    async def apply(self, path: str, body: Manifest) -> Manifest:
        await super().apply(path, body)
        live = self.objects[path.removesuffix("/status")]
        assert body["metadata"]["uid"] == live["metadata"]["uid"]
        status = {name: value for name, value in body["status"].items() if value != []}
        return self.put(path.removesuffix("/status"), {**live, "status": status})


class Scene:
    """A cluster on 1.34 with one CoreDNS, and a keeper beside it."""

    def __init__(self, **status: Any) -> None:
        self.api = _Api()
        self.store = Store()
        self.settings = OperatorSettings()
        self.minors: ClusterMinors | None = None
        self.leading = True
        self.nodes: Nodes | None = Nodes(minors={Minor(1, 34): 3})
        self.serve("1.34")
        self.keeper = ReadinessKeeper(
            self.api,
            self.store,
            minors=lambda: self.minors,
            nodes=lambda: (self.nodes, "the nodes cannot be read: forbidden"),
            vendor=lambda: Vendor.UNKNOWN,
            settings=lambda: self.settings,
            may_write=lambda: self.leading,
        )
        self.see(**({"current": {"version": "1.12.1"}} | status))

    def serve(self, minor: str | None) -> None:
        settled = Minor.parse(minor) if minor else None
        self.minors = ClusterMinors(frozenset({settled or Minor(1, 34)}), settled)

    def see(self, name: str = "dns", spec: Any = None, **status: Any) -> None:
        self.store.put_release(release(name, status=status, **({"spec": spec} if spec else {})))

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self.keeper.run())
        await asyncio.sleep(EVERY_S + 0.1)
        yield
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    async def wake(self) -> None:
        self.keeper.wake()
        await asyncio.sleep(EVERY_S + 0.1)

    @property
    def names(self) -> list[str]:
        """The minors that have an object."""
        return [path.rpartition("-")[2] for path in self.api.objects]

    @property
    def status(self) -> dict[str, Any]:
        status: dict[str, Any] = self.api.objects[PATH]["status"]
        return status

    @property
    def finding(self) -> dict[str, Any]:
        found: dict[str, Any] = self.status["findings"][0]
        return found


def shown(minor: str = "1.35") -> float | None:
    return metrics.REGISTRY.get_sample_value(
        "addon_updater_minor_readiness", {"minor": minor, "addon": "coredns"}
    )


@pytest.fixture(autouse=True)
def no_metrics_of_others():
    metrics.forget_readiness("1.35")
    metrics.forget_readiness("1.36")


@in_fake_time
async def test_the_next_minor_has_an_object_that_says_how_the_addons_stand():
    scene = Scene()
    async with scene.running():
        assert scene.names == ["1.35"]
        assert scene.api.objects[PATH]["spec"] == {"minor": "1.35"}
        assert scene.status["verdict"] == "Passing"
        assert scene.status["observedKubernetesMinor"] == "1.34"
        assert scene.status["addons"] == [
            {"addon": "coredns", "verdict": "Passing", "releases": 1},
            {"addon": "kubelet", "verdict": "Passing", "releases": 0},
        ]
        assert shown() == 3


@in_fake_time
async def test_after_a_start_nothing_is_said_before_the_watches_have_brought_the_releases():
    scene = Scene()
    scene.store.drop_release("kube-system", "dns")
    task = asyncio.create_task(scene.keeper.run())
    await asyncio.sleep(EVERY_S / 2)
    scene.see(current={"version": "1.12.1"})
    await asyncio.sleep(EVERY_S)
    assert [verb for verb, _ in scene.api.writes()] == ["create", "apply"]
    assert scene.status["verdict"] == "Passing"
    task.cancel()


@in_fake_time
async def test_it_is_written_only_when_what_it_says_has_changed():
    scene = Scene()
    async with scene.running():
        for _ in range(3):
            await scene.wake()
        await asyncio.sleep(LOOK_AGAIN_S * 2)
        assert [verb for verb, _ in scene.api.writes()] == ["create", "apply"]
        scene.see(current={"version": "9.9.9"})
        await scene.wake()
        assert [verb for verb, _ in scene.api.writes()] == ["create", "apply", "apply"]
        assert scene.status["verdict"] == "Unknown"
        assert shown() == 1


def test_no_list_of_a_report_is_required_because_the_server_drops_empty_ones():
    required = UpgradeReadinessStatus.model_json_schema(by_alias=True)["required"]

    assert {"addons", "findings"}.isdisjoint(required)


@in_fake_time
async def test_however_much_happens_it_looks_once_in_ten_seconds():
    scene = Scene()
    async with scene.running():
        for _ in range(95):
            scene.keeper.wake()
            await asyncio.sleep(1)
        assert len(scene.api.requests) - len(scene.api.writes()) == 10


@pytest.mark.parametrize("by", ["upgraded", "went back"])
@in_fake_time
async def test_an_object_of_a_minor_that_is_no_longer_next_goes(by):
    scene = Scene()
    if by == "went back":
        scene.serve("1.35")
    async with scene.running():
        scene.serve("1.35" if by == "upgraded" else "1.34")
        await scene.wake()
        assert scene.names == (["1.36"] if by == "upgraded" else ["1.35"])
        assert shown("1.36" if by == "upgraded" else "1.35") is not None
        assert shown("1.35" if by == "upgraded" else "1.36") is None


@in_fake_time
async def test_while_the_minor_is_not_settled_nothing_is_said_anew():
    scene = Scene()
    async with scene.running():
        before = len(scene.api.requests)
        scene.serve(None)
        scene.see(current={"version": "9.9.9"})
        await scene.wake()
        assert len(scene.api.requests) == before


@in_fake_time
async def test_an_object_that_somebody_deletes_is_back_with_the_next_look():
    scene = Scene()
    async with scene.running():
        scene.api.drop(PATH)
        await scene.wake()
        assert scene.status["verdict"] == "Passing"


@in_fake_time
async def test_a_standby_neither_writes_nor_shows_anything_and_takes_over():
    scene = Scene()
    scene.leading = False
    async with scene.running():
        assert scene.api.requests == []
        assert shown() is None
        scene.leading = True
        await scene.wake()
        assert scene.names == ["1.35"]
        scene.keeper.forget()
        assert shown() is None


@in_fake_time
async def test_who_loses_the_lease_in_the_middle_of_a_look_shows_and_writes_nothing():
    scene = Scene()

    def lose(_verb: str, _path: str) -> None:
        scene.leading = False

    scene.api.fault = lose
    async with scene.running():
        assert scene.api.writes() == []
        assert shown() is None


@pytest.mark.parametrize("failure", [ForbiddenError("no", status=403), TransientError("no answer")])
@in_fake_time
async def test_a_look_that_fails_is_repeated(failure):
    scene = Scene()
    scene.api.fault = lambda _verb, _path: failure
    async with scene.running():
        await asyncio.sleep(EVERY_S * 3)
        assert scene.names == []
        scene.api.fault = lambda _verb, _path: None
        await asyncio.sleep(EVERY_S)
        assert scene.names == ["1.35"]


@in_fake_time
async def test_a_defect_in_the_report_ends_neither_it_nor_the_process(monkeypatch):
    scene = Scene()
    with monkeypatch.context() as broken:
        broken.setattr(scene.store.catalogs, "catalog", None)
        async with scene.running():
            await asyncio.sleep(EVERY_S * 2)
            assert scene.names == []
            broken.undo()
            await asyncio.sleep(EVERY_S)
            assert scene.names == ["1.35"]


@pytest.mark.parametrize(
    ("status", "rule", "message"),
    [
        ({"current": None}, "NotSeen", "the operator has not looked at it yet"),
        ({"current": {"version": "latest"}}, "NotSeen", "the operator has not looked at it yet"),
        (
            {
                "current": {},
                "conditions": [
                    {"type": "Ready", "status": "False", "reason": "X", "message": "it is not ready"},
                    {"type": "Stalled", "status": "True", "reason": "X", "message": "there is no Deployment"},
                ],
            },
            "NotSeen",
            "there is no Deployment",
        ),
    ],
)
@in_fake_time
async def test_a_release_whose_version_nobody_knows_is_unknown_with_the_reason(status, rule, message):
    scene = Scene(**status)
    async with scene.running():
        assert (scene.finding["rule"], scene.finding["message"]) == (rule, message)
        assert scene.finding["releases"] == ["kube-system/dns"]


@in_fake_time
async def test_a_spec_that_cannot_be_read_is_told():
    scene = Scene()
    scene.see(spec={"addon": "coredns", "colour": "red"}, current={"version": "1.12.1"})
    async with scene.running():
        assert scene.finding["message"].startswith("spec.colour: ")


@in_fake_time
async def test_an_addon_that_this_cluster_need_not_have_does_not_count():
    scene = Scene()
    absent = {"type": "Ready", "status": "True", "reason": "WorkloadAbsent"}
    scene.see("other", current=None, conditions=[absent])
    async with scene.running():
        assert scene.status["message"] == "Kubernetes 1.35, by release: 1 Passing; kubelets: Passing"


@pytest.mark.parametrize(
    ("policy", "ceiling", "remedy"),
    [
        ({}, {}, "wait until they are done"),
        ({"updates": "Manual"}, {}, "the approval of its plan"),
        ({}, {"updates": "Manual"}, "the approval of its plan"),
        ({"updates": "Manual"}, {"updates": "Auto"}, "the approval of its plan"),
        ({"breakingChanges": "Deny"}, {}, "wait until they are done"),
    ],
)
@in_fake_time
async def test_what_a_hop_waits_for_follows_from_the_spec_under_the_ceiling_of_the_settings(
    policy, ceiling, remedy
):
    scene = Scene()
    scene.settings = OperatorSettings.model_validate({"policy": ceiling})
    bound = {"kubernetes": "<=1.34", "because": "its API is gone", "source": "us"}
    tested = {"kubernetes": "1.34 - 1.35", "level": "Tested", "source": "us"}
    entry = wire(
        kubernetes=[{"minor": "1.35"}],
        releases=[{"version": "2.0.0", "evidence": [tested]}, {"version": "1.0.0", "kubernetes": bound}],
    )
    scene.store.put_catalog("web", {"spec": {"mode": "Extend", "serial": 1, "addons": [entry]}})
    scene.see(spec={"addon": "web", "policy": policy}, current={"version": "1.0.0"})
    async with scene.running():
        assert scene.finding["rule"] == "HopsFirst"
        assert scene.finding["remedy"].endswith(remedy)
        scene.see(
            spec={"addon": "web", "policy": policy},
            current={"version": "1.0.0"},
            quarantined=[{"version": "2.0.0", "message": "a gate failed"}, {"version": "garbled"}],
        )
        await scene.wake()
        assert scene.finding["rule"] == "NothingFits"


@pytest.mark.parametrize(
    ("nodes", "verdict", "rule", "code"),
    [
        (Nodes(minors={Minor(1, 34): 3}), "Passing", None, 3),
        (Nodes(minors={Minor(1, 34): 3, Minor(1, 31): 2}), "Warning", "KubeletsFirst", 2),
        (None, "Unknown", "KubeletsNotSeen", 1),
    ],
)
@in_fake_time
async def test_the_kubelets_of_the_nodes_decide_as_well(nodes, verdict, rule, code):
    scene = Scene()
    scene.nodes = nodes
    async with scene.running():
        assert scene.status["verdict"] == verdict
        assert [one["rule"] for one in scene.status.get("findings", [])] == ([rule] if rule else [])
        shown_for_nodes = metrics.REGISTRY.get_sample_value(
            "addon_updater_minor_readiness", {"minor": "1.35", "addon": "kubelet"}
        )
        assert shown_for_nodes == code
