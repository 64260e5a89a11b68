"""The circuit breaker across passes: a failure of one release holds another one from the moment it is recorded."""

from __future__ import annotations

import json
from typing import Any

import pytest

from addon_updater.api.operator_settings import OperatorSettings
from addon_updater.cluster import paths, reconcile
from addon_updater.cluster.breaker import BreakerKeeper
from addon_updater.cluster.facts import FactsCache
from addon_updater.cluster.gather import Whereabouts
from addon_updater.cluster.queue import Key
from addon_updater.cluster.reconcile import Reconciler
from addon_updater.cluster.store import Store
from addon_updater.cluster.telling import Teller
from addon_updater.reasons import Reason
from addon_updater.rollout.actions import AnnotateRevision
from addon_updater.rollout.content import Content
from addon_updater.rollout.decision import FALSE, TRUE, Decision, ready, reconciling, update
from addon_updater.rollout.observed import Observed, Release
from addon_updater.rollout.revision import (
    ATTEMPT_ANNOTATION,
    OUTCOME_ANNOTATION,
    Attempt,
    Result,
    Verdict,
    attempt_json,
    revision_manifest,
    verdict_json,
)
from unit.cluster import faketime
from unit.cluster.faketime import in_fake_time
from unit.cluster.memory_api import MemoryApi
from unit.cluster.releases import release

DNS, WEB, APP = (Key("kube-system", name) for name in ("dns", "web", "app"))
CONTENT = Content("1.13.0", "dns", "dns:v1.13.0", None, 0, None)
AT_REST = Decision(
    ready=ready(TRUE, Reason.VERSION_FITS),
    update=update(FALSE, Reason.UP_TO_DATE),
    reconciling=reconciling(Reason.IDLE),
)


def ends_what_runs(_release: Release, observed: Observed, *_: object) -> Decision:
    """Roll back whatever attempt is found running."""
    running = next((one for one in observed.revisions if one.is_open), None)
    if running is None:
        return AT_REST
    verdict = Verdict("GateFailed", "it failed", faketime.now(), Result.ROLLED_BACK)
    annotations = {OUTCOME_ANNOTATION: verdict_json(verdict)}
    return AT_REST.but(action=AnnotateRevision(running.name, running.resource_version, annotations))


class _Named:
    has_tasks = False
    gates_on_others = frozenset[str]()

    def __init__(self, name: str) -> None:
        self.name = name

    def config_map_of(self, *_: object) -> None:
        return None


class _Configs:
    def follow(self, *_: object) -> None:
        return None


class _Settings:
    settings = OperatorSettings()
    problem = None


class _Minors:
    minors = None


class Scene:
    """Three releases, each with an attempt that runs."""

    def __init__(self) -> None:
        self.api: Any = MemoryApi()
        self.store = Store()
        self.woken = 0
        for key in (DNS, WEB, APP):
            self.store.put_release(release(key.name))
            self.api.put(f"{paths.releases()}/{key.name}", release(key.name))
            self._begin(key)
        self.reconcile = Reconciler(
            client=self.api,
            store=self.store,
            facts=FactsCache(self.api),
            minors=_Minors(),
            addons=_Named,
            probe=_no_probes,
            configs=_Configs(),
            here=Whereabouts("addon-updater", "addon-updater-1"),
            settings=_Settings(),
            breaker=BreakerKeeper(self.api, self.store, settings=OperatorSettings, changed=self._wake),
            teller=Teller(
                self.api, self.store, _Settings(), "addon-updater-1", lambda: True, wake=lambda _: None
            ),
            may_write=lambda: True,
        )

    def _wake(self) -> None:
        self.woken += 1

    def _begin(self, key: Key) -> None:
        attempt = Attempt(f"id-{key.name}", "", "plan", "1.34", faketime.START, {})
        manifest = revision_manifest(
            release=key.name,
            addon="coredns",
            namespace=key.namespace,
            number=1,
            content=CONTENT,
            annotations={ATTEMPT_ANNOTATION: attempt_json(attempt)},
        )
        self.api.put(paths.revision(key.namespace, manifest["metadata"]["name"]), manifest)

    def told(self, key: Key) -> dict[str, dict[str, Any]]:
        """The conditions that were written last."""
        path = f"{paths.release(*key)}/status"
        bodies = [body for verb, at, body in self.api.bodies if (verb, at) == ("apply", path)]
        return {one["type"]: one for one in json.loads(json.dumps(bodies[-1]))["status"]["conditions"]}


async def _no_probes(*_: object) -> tuple[()]:
    return ()


@pytest.fixture
def scene(monkeypatch: pytest.MonkeyPatch) -> Scene:
    monkeypatch.setattr(reconcile, "decide", ends_what_runs)
    return Scene()


@in_fake_time
async def test_the_second_failure_holds_everybody_as_soon_as_it_is_written(scene):
    await scene.reconcile(DNS)
    assert scene.woken == 0
    await scene.reconcile(WEB)
    assert scene.woken == 1
    breaker = scene.reconcile.breaker.look()
    assert breaker is not None
    assert [one.release for one in breaker.failures] == ["dns", "web"]
    scene.reconcile.breaker.forget()


@in_fake_time
async def test_a_release_whose_spec_cannot_be_read_shows_the_condition_too(scene):
    for key in (DNS, WEB):
        await scene.reconcile(key)
    scene.store.put_release(release("app", spec={"addon": "coredns", "verison": "1"}))
    await scene.reconcile(APP)
    conditions = scene.told(APP)
    assert conditions["Stalled"]["reason"] == "InvalidSpec"
    assert conditions["CircuitBreakerOpen"]["status"] == "True"
    assert conditions["CircuitBreakerOpen"]["reason"] == "CircuitBroken"
    scene.reconcile.breaker.forget()


@in_fake_time
async def test_a_release_that_is_deleted_takes_its_failure_with_it(scene):
    for key in (DNS, WEB):
        await scene.reconcile(key)
    scene.store.drop_release(*WEB)
    await scene.reconcile(WEB)
    breaker = scene.reconcile.breaker.look()
    assert breaker is not None
    assert not breaker.is_open
    scene.reconcile.breaker.forget()


@in_fake_time
async def test_passes_read_nothing_of_others_once_that_is_known(scene, monkeypatch):
    monkeypatch.setattr(reconcile, "decide", lambda *_: AT_REST)
    await scene.reconcile(DNS)
    scene.api.requests.clear()
    for _ in range(3):
        await scene.reconcile(DNS)
    assert ("list", paths.releases()) not in scene.api.requests
    assert scene.api.requests.count(("list", paths.revisions("kube-system"))) == 3
