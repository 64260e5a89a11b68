"""What the leader knows of failures anywhere in the cluster, how it learns it, and whom it tells."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest

from addon_updater import metrics
from addon_updater.api.operator_settings import OperatorSettings
from addon_updater.cluster import paths
from addon_updater.cluster.breaker import REFUSED_S, BreakerKeeper
from addon_updater.cluster.queue import Key
from addon_updater.cluster.store import Store
from addon_updater.errors import ForbiddenError, TransientError
from addon_updater.rollout.breaker import BREAKER_RESET_ANNOTATION
from addon_updater.rollout.content import Content
from addon_updater.rollout.revision import (
    OUTCOME_ANNOTATION,
    Result,
    Revision,
    Verdict,
    read_revision,
    revision_manifest,
    verdict_json,
)
from unit.cluster import faketime
from unit.cluster.faketime import in_fake_time
from unit.cluster.memory_api import MemoryApi
from unit.cluster.releases import release

DNS, WEB, APP = Key("kube-system", "dns"), Key("web", "web"), Key("web", "app")
CONTENT = Content("1.13.0", "dns", "dns:v1.13.0", None, 0, None)


def recorded(key: Key, *, at: datetime, result: Result = Result.ROLLED_BACK) -> dict[str, Any]:
    verdict = Verdict("GateFailed", "it failed", at, result)
    return revision_manifest(
        release=key.name,
        addon="coredns",
        namespace=key.namespace,
        number=1,
        content=CONTENT,
        annotations={OUTCOME_ANNOTATION: verdict_json(verdict)},
    )


class Scene:
    """Releases and their revisions on a server, and a replica that begins to lead."""

    def __init__(self, *keys: Key) -> None:
        self.api: Any = MemoryApi()
        self.store = Store()
        self.settings = OperatorSettings()
        self.woken = 0
        self.keeper = BreakerKeeper(self.api, self.store, settings=lambda: self.settings, changed=self._wake)
        for key in keys:
            self.declare(key)

    def _wake(self) -> None:
        self.woken += 1

    def declare(self, key: Key, **annotations: str) -> None:
        metadata = {"namespace": key.namespace, "uid": f"uid-{key.name}", "annotations": annotations}
        manifest = release(key.name, metadata=metadata)
        # Where a list of all namespaces looks.
        self.api.put(f"{paths.releases()}/{key.namespace}.{key.name}", manifest)
        self.store.put_release(manifest)

    def fail(self, key: Key, **ago: float) -> None:
        """The release has failed that long ago, as its recorded revision says."""
        manifest = recorded(key, at=faketime.now() - timedelta(**ago))
        self.api.put(paths.revision(key.namespace, manifest["metadata"]["name"]), manifest)

    def revisions(self, key: Key) -> list[Revision]:
        """What a pass over the release reads."""
        found = [
            read_revision(one)
            for path, one in self.api.objects.items()
            if path.startswith(f"{paths.revisions(key.namespace)}/addon-updater-{key.name}-")
        ]
        return [one for one in found if one is not None]

    def is_open(self) -> bool | None:
        breaker = self.keeper.look()
        return None if breaker is None else breaker.is_open


def shown() -> float | None:
    return metrics.REGISTRY.get_sample_value("addon_updater_circuit_breaker_open")


@in_fake_time
async def test_before_anything_was_read_nobody_knows_how_it_stands():
    scene = Scene(DNS)
    assert scene.is_open() is None
    assert scene.api.requests == []


@in_fake_time
async def test_who_begins_to_lead_reads_every_namespace_with_a_release_once():
    scene = Scene(DNS, WEB, APP)
    scene.fail(DNS, hours=2)
    scene.fail(WEB, hours=1)
    await asyncio.gather(*(scene.keeper.learn() for _ in range(4)))
    await scene.keeper.learn()
    assert scene.is_open()
    assert scene.api.requests == [
        ("list", paths.releases()),
        ("list", paths.revisions("kube-system")),
        ("list", paths.revisions("web")),
    ]
    assert (scene.woken, shown()) == (1, 1)


@in_fake_time
async def test_the_revisions_of_others_and_of_releases_that_are_gone_count_for_nothing():
    scene = Scene(DNS)
    scene.fail(DNS)
    scene.fail(Key("kube-system", "gone"))
    scene.api.put(paths.revision("kube-system", "kube-proxy-1"), {"metadata": {"name": "kube-proxy-1"}})
    garbled = {"metadata": {"name": "x", "labels": {"addon-updater.dev/release": "dns"}}}
    scene.api.put(paths.revision("kube-system", "x"), garbled)
    await scene.keeper.learn()
    assert scene.is_open() is False


@in_fake_time
async def test_a_failure_counts_from_the_pass_that_reads_it_without_another_request():
    scene = Scene(DNS, WEB)
    await scene.keeper.learn()
    asked = len(scene.api.requests)
    for key in (DNS, WEB):
        scene.fail(key)
        scene.keeper.keep(key, scene.revisions(key))
    assert scene.is_open()
    assert len(scene.api.requests) == asked


@in_fake_time
async def test_everybody_is_woken_when_it_opens_or_closes_or_names_another_failure_and_only_then():
    scene = Scene(DNS, WEB, APP)
    await scene.keeper.learn()
    woken = []
    for key in (DNS, WEB, APP):
        scene.fail(key)
        scene.keeper.keep(key, scene.revisions(key))
        for _ in range(3):
            scene.keeper.look()
        woken.append(scene.woken)
    scene.declare(DNS, **{BREAKER_RESET_ANNOTATION: faketime.now().isoformat()})
    scene.keeper.look()
    assert [*woken, scene.woken] == [0, 1, 2, 3]
    assert shown() == 0


@in_fake_time
async def test_it_closes_by_itself_and_wakes_everybody_then():
    scene = Scene(DNS, WEB)
    scene.fail(DNS, hours=23)
    scene.fail(WEB, hours=1)
    await scene.keeper.learn()
    assert scene.is_open()
    await asyncio.sleep(3590)
    assert (scene.woken, shown()) == (1, 1)
    await asyncio.sleep(20)
    assert (scene.woken, shown()) == (2, 0)


@in_fake_time
async def test_the_settings_count_as_they_are_now():
    scene = Scene(DNS, WEB)
    scene.fail(DNS)
    scene.fail(WEB)
    await scene.keeper.learn()
    scene.settings = OperatorSettings.model_validate({"circuitBreaker": {"failures": 3}})
    assert scene.is_open() is False
    scene.settings = OperatorSettings()
    assert scene.is_open()
    scene.keeper.forget()


@in_fake_time
async def test_the_failures_of_a_release_that_is_deleted_count_no_more():
    scene = Scene(DNS, WEB)
    scene.fail(DNS)
    scene.fail(WEB)
    await scene.keeper.learn()
    assert scene.is_open()
    scene.keeper.drop(WEB)
    assert (scene.woken, shown()) == (2, 0)


@in_fake_time
async def test_who_leads_no_more_shows_nothing_and_who_leads_again_reads_anew():
    scene = Scene(DNS, WEB)
    scene.fail(DNS)
    scene.fail(WEB)
    await scene.keeper.learn()
    assert scene.is_open()
    scene.keeper.forget()
    assert (scene.is_open(), shown()) == (None, 0)
    await scene.keeper.learn()
    assert scene.is_open()
    assert scene.api.requests.count(("list", paths.revisions("web"))) == 2
    scene.keeper.forget()


@in_fake_time
async def test_what_the_server_does_not_answer_is_asked_again_with_the_next_pass():
    scene = Scene(DNS)
    scene.api.fault = lambda *_: TransientError("no answer")
    await scene.keeper.learn()
    assert scene.is_open() is None
    scene.api.fault = lambda *_: None
    await scene.keeper.learn()
    assert scene.is_open() is False


@pytest.mark.parametrize("waits, known", [(0.0, None), (REFUSED_S / 2, None), (REFUSED_S, True)])
@in_fake_time
async def test_a_namespace_that_refuses_us_is_believed_when_that_lasts_and_holds_up_no_other(waits, known):
    scene = Scene(DNS, WEB, APP)
    scene.fail(WEB)
    scene.fail(APP)
    refused = paths.revisions("kube-system")
    scene.api.fault = lambda _, path: ForbiddenError("no", status=403) if path == refused else None
    await scene.keeper.learn()
    assert scene.is_open() is None
    await asyncio.sleep(waits)
    await scene.keeper.learn()
    assert scene.is_open() is known
    scene.keeper.forget()


@in_fake_time
async def test_while_one_pass_reads_the_others_go_on_without_knowing():
    scene = Scene(DNS)
    scene.api.delay = 5.0
    reading = asyncio.create_task(scene.keeper.learn())
    await asyncio.sleep(1)
    began = asyncio.get_running_loop().time()
    await scene.keeper.learn()
    assert asyncio.get_running_loop().time() == began
    assert scene.is_open() is None
    await reading
    assert scene.is_open() is False


@in_fake_time
async def test_what_a_pass_reads_meanwhile_is_newer_than_what_is_being_learned():
    scene = Scene(DNS, WEB)
    scene.fail(WEB)
    scene.api.delay = 5.0
    reading = asyncio.create_task(scene.keeper.learn())
    await asyncio.sleep(12)
    scene.fail(DNS)
    scene.keeper.keep(DNS, scene.revisions(DNS))
    await reading
    assert scene.is_open()
    scene.keeper.forget()


@in_fake_time
async def test_what_was_being_read_when_another_replica_took_over_counts_for_nothing():
    scene = Scene(DNS)
    scene.api.delay = 5.0
    reading = asyncio.create_task(scene.keeper.learn())
    await asyncio.sleep(1)
    scene.keeper.forget()
    await reading
    assert scene.is_open() is None
