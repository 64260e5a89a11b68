"""Passes of several workers side by side: who may start is decided on what no status tells yet."""

import asyncio
from typing import Any

import pytest

from addon_updater.api.operator_settings import OperatorSettings
from addon_updater.cluster import paths, reconcile
from addon_updater.cluster.breaker import BreakerKeeper
from addon_updater.cluster.facts import FactsCache
from addon_updater.cluster.gather import Whereabouts
from addon_updater.cluster.queue import Key
from addon_updater.cluster.reconcile import DENIED_FOR, SOON, Reconciler
from addon_updater.cluster.store import Store
from addon_updater.cluster.telling import Teller
from addon_updater.errors import ForbiddenError, InvalidError, TransientError
from addon_updater.reasons import Reason
from addon_updater.rollout.actions import RecordRevision
from addon_updater.rollout.content import Content
from addon_updater.rollout.decision import FALSE, TRUE, Decision, ProbeRequest, ready, reconciling, update
from addon_updater.rollout.observed import Observed, Purpose, Release
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

ONE, TWO = Key("kube-system", "one"), Key("kube-system", "two")
CONTENT = Content("1.12.1", "coredns", "coredns:v1.12.1", None, 0, None)
AT_REST = Decision(
    ready=ready(TRUE, Reason.VERSION_FITS),
    update=update(FALSE, Reason.UP_TO_DATE),
    reconciling=reconciling(Reason.IDLE),
)


def begin(name: str) -> RecordRevision:
    attempt = Attempt(f"id-{name}", "", "plan", "1.34", faketime.now(), {})
    return RecordRevision(1, CONTENT, {ATTEMPT_ANNOTATION: attempt_json(attempt)})


def starts_alone(release: Release, observed: Observed, *_: object) -> Decision:
    """Start once the baseline is known and nobody else is moving."""
    if observed.denied is not None or any(revision.is_open for revision in observed.revisions):
        return AT_REST
    if any(one.is_moving for one in observed.others):
        return AT_REST.but(update=update(TRUE, Reason.WAITING_FOR_OTHERS))
    if Purpose.BASELINE not in observed.replies:
        return AT_REST.but(probe=ProbeRequest(Purpose.BASELINE, ()))
    return AT_REST.but(action=begin(release.name))


def says_whether_one_runs(_release: Release, observed: Observed, *_: object) -> Decision:
    running = any(revision.is_open for revision in observed.revisions)
    return AT_REST.but(reconciling=reconciling(Reason.PROGRESSING if running else Reason.IDLE))


class _Configs:
    def follow(self, *_: object) -> None:
        return None


class _Addon:
    has_tasks = False
    gates_on_others = frozenset[str]()

    def __init__(self, name: str) -> None:
        self.name = name

    def config_map_of(self, *_: object) -> None:
        return None


async def _slow_probes(*_: object) -> tuple[()]:
    await asyncio.sleep(5)
    return ()


class _Settings:
    settings = OperatorSettings()
    problem = None


class _Minors:
    minors = None


@pytest.fixture
def woken() -> list[Key]:
    """The releases for which somebody else's pass asked for one."""
    return []


@pytest.fixture
def reconciler(monkeypatch: pytest.MonkeyPatch, woken: list[Key]) -> Reconciler:
    monkeypatch.setattr(reconcile, "decide", starts_alone)
    api, store = MemoryApi(), Store()
    for key in (ONE, TWO):
        store.put_release(release(key.name))
    client: Any = api
    made = Reconciler(
        client=client,
        store=store,
        facts=FactsCache(client),
        minors=_Minors(),
        addons=_Addon,
        probe=_slow_probes,
        configs=_Configs(),
        here=Whereabouts("addon-updater", "addon-updater-1"),
        settings=_Settings(),
        breaker=BreakerKeeper(client, store, settings=OperatorSettings, changed=lambda: None),
        teller=Teller(client, store, _Settings(), "addon-updater-1", lambda: True, wake=woken.append),
        may_write=lambda: True,
    )
    made.looked_at |= {ONE, TWO}
    return made


def recorded(reconciler: Reconciler) -> list[str]:
    """The releases for which an attempt was recorded."""
    bodies = reconciler.client.bodies
    revisions = paths.revisions("kube-system")
    return [
        body["metadata"]["labels"]["addon-updater.dev/release"]
        for verb, path, body in bodies
        if (verb, path) == ("create", revisions)
    ]


@in_fake_time
async def test_of_two_passes_that_would_start_at_the_same_time_only_one_does(reconciler):
    await asyncio.gather(reconciler(ONE), reconciler(TWO))
    assert len(recorded(reconciler)) == 1


@in_fake_time
async def test_who_has_begun_counts_as_moving_before_its_status_says_so(reconciler):
    await reconciler(ONE)
    await reconciler(TWO)
    assert recorded(reconciler) == ["one"]
    assert reconciler.moving == {ONE}


WAITS = {
    "conditions": [{"type": "UpdateAvailable", "status": "True", "reason": "WaitingForOthers"}],
    "observedGeneration": 1,
}


@in_fake_time
async def test_who_waits_for_others_is_looked_at_as_soon_as_one_of_them_begins_or_ends(
    reconciler, woken, monkeypatch
):
    monkeypatch.setattr(reconcile, "decide", says_whether_one_runs)
    reconciler.store.put_release(release("two", status=WAITS))
    reconciler.store.put_release(release("three"))
    put_attempt(reconciler, ONE)
    await reconciler(ONE)
    assert woken == [TWO]
    woken.clear()
    await reconciler(ONE)
    assert woken == []
    for path in reconciler.client.objects:
        if path.startswith(paths.revisions("kube-system")):
            annotations = reconciler.client.objects[path]["metadata"]["annotations"]
            verdict = Verdict("GateFailed", "it failed", faketime.now(), Result.ROLLED_BACK)
            annotations[OUTCOME_ANNOTATION] = verdict_json(verdict)
    await reconciler(ONE)
    assert woken == [TWO]
    assert reconciler.moved_at == {ONE: faketime.now()}
    woken.clear()
    await reconciler(ONE)
    assert woken == []


@in_fake_time
async def test_who_waits_for_others_is_looked_at_as_soon_as_one_of_them_is_deleted(reconciler, woken):
    reconciler.store.put_release(release("two", status=WAITS))
    reconciler.store.drop_release(*ONE)
    await reconciler(ONE)
    assert woken == [TWO]


@in_fake_time
async def test_the_other_starts_once_the_attempt_is_gone(reconciler):
    await reconciler(ONE)
    for path in [
        path for path in reconciler.client.objects if path.startswith(paths.revisions("kube-system"))
    ]:
        reconciler.client.drop(path)
    reconciler.store.drop_release(*ONE)
    await reconciler(ONE)
    await reconciler(TWO)
    assert recorded(reconciler) == ["one", "two"]


@pytest.mark.parametrize(
    "status, is_ready",
    [
        ({"observedGeneration": 1}, True),
        ({"observedGeneration": 0}, False),
        ({}, False),
    ],
    ids=["of this spec", "of an earlier spec", "of no spec"],
)
def test_another_release_is_ready_only_by_a_status_that_speaks_of_its_present_spec(status, is_ready):
    store = Store()
    condition = {"type": "Ready", "status": "True", "reason": "VersionFits"}
    store.put_release(release("one", status={**status, "conditions": [condition]}))
    store.put_release(release("two"))
    asking = store.releases[TWO].release
    assert asking is not None
    (other,) = store.others(asking)
    assert other.is_ready is is_ready


def put_attempt(reconciler: Reconciler, key: Key) -> None:
    """The leader before this one has begun an attempt and died before it could tell."""
    action = begin(key.name)
    path = paths.revisions(key.namespace)
    manifest = revision_manifest(
        release=key.name,
        addon="coredns",
        namespace=key.namespace,
        number=action.number,
        content=action.content,
        annotations=action.annotations,
    )
    reconciler.client.put(f"{path}/{manifest['metadata']['name']}", manifest)


@in_fake_time
async def test_after_a_take_over_nothing_starts_before_everybody_was_looked_at(reconciler):
    put_attempt(reconciler, ONE)
    reconciler.looked_at.clear()
    assert await reconciler(TWO) == SOON
    assert reconciler.client.writes() == []
    await reconciler(ONE)
    await reconciler(TWO)
    assert reconciler.moving == {ONE}
    assert recorded(reconciler) == []


@in_fake_time
async def test_after_a_take_over_what_may_start_starts_with_the_second_look(reconciler):
    reconciler.looked_at.clear()
    assert await reconciler(TWO) == SOON
    await reconciler(ONE)
    await reconciler(TWO)
    assert len(recorded(reconciler)) == 1


@pytest.mark.parametrize("on_others, has_to_look", [(frozenset({"targets"}), True), (frozenset(), False)])
def test_after_a_take_over_what_counts_the_pods_of_others_looks_at_the_isolated_ones_as_well(
    reconciler, on_others, has_to_look
):
    addon = _Addon("coredns")
    addon.gates_on_others = on_others
    reconciler.addons = lambda _: addon
    reconciler.store.put_release(release("two", spec={"addon": "grafana"}))
    reconciler.looked_at.discard(TWO)
    asking = reconciler.store.releases[ONE].release
    assert asking is not None
    assert reconciler._has_to_look_first(asking) is has_to_look


@in_fake_time
async def test_a_release_that_cannot_be_looked_at_lets_nobody_wait_for_ever(reconciler):
    reconciler.looked_at.clear()
    reconciler.client.fault = lambda *_: InvalidError("it is broken", status=422)
    with pytest.raises(InvalidError):
        await reconciler(ONE)
    reconciler.client.fault = lambda *_: None
    await reconciler(TWO)
    assert recorded(reconciler) == ["two"]


@in_fake_time
async def test_an_attempt_counts_as_moving_when_its_addon_leaves_the_catalog(reconciler):
    await reconciler(ONE)
    reconciler.store.put_release(release("one", spec={"addon": "gone"}))
    kept = reconciler.store.releases[ONE]
    await reconciler._look(ONE, kept, kept.release)
    assert reconciler.moving == {ONE}


@in_fake_time
async def test_two_workers_that_take_over_together_start_one_at_most(reconciler):
    put_attempt(reconciler, ONE)
    reconciler.looked_at.clear()
    await asyncio.gather(reconciler(ONE), reconciler(TWO))
    await asyncio.gather(reconciler(ONE), reconciler(TWO))
    assert recorded(reconciler) == []


def says(kind: str, status: str) -> dict[str, Any]:
    return {
        "conditions": [{"type": kind, "status": status, "reason": "Progressing"}],
        "observedGeneration": 1,
    }


@pytest.mark.parametrize("status", [says("Reconciling", "False"), says("Ready", "True"), {}])
@in_fake_time
async def test_a_status_that_somebody_wrote_hides_no_attempt(reconciler, status):
    put_attempt(reconciler, ONE)
    await reconciler(ONE)
    reconciler.store.put_release(release("one", status=status))
    await reconciler(TWO)
    assert recorded(reconciler) == []


@in_fake_time
async def test_a_status_that_somebody_wrote_holds_nobody_back(reconciler):
    reconciler.store.put_release(release("one", status=says("Reconciling", "True")))
    await reconciler(TWO)
    assert recorded(reconciler) == ["two"]


@pytest.mark.parametrize("moved", [True, False])
@in_fake_time
async def test_of_whom_nothing_may_be_read_the_last_word_counts(reconciler, moved):
    reconciler.looked_at.clear()
    reconciler.store.put_release(release("one", status=says("Reconciling", str(moved))))
    api = reconciler.client
    api.fault = lambda _, path: (
        ForbiddenError("no", status=403) if path.endswith("/deployments/one") else None
    )
    reconciler.store.put_release(
        release(
            "one",
            status=says("Reconciling", str(moved)),
            spec={
                "addon": "coredns",
                "targetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "one"},
            },
        )
    )
    with pytest.raises(TransientError):
        await reconciler(ONE)
    await reconciler(TWO)
    assert recorded(reconciler) == []
    await asyncio.sleep(DENIED_FOR.total_seconds())
    await reconciler(ONE)
    await reconciler(TWO)
    assert recorded(reconciler) == ([] if moved else ["two"])


@in_fake_time
async def test_a_spec_that_cannot_be_read_keeps_nobody_waiting(reconciler):
    reconciler.looked_at.clear()
    reconciler.store.put_release(release("one", spec={"addon": "coredns", "version": 7}))
    await reconciler(ONE)
    await reconciler(TWO)
    assert recorded(reconciler) == ["two"]


@pytest.mark.parametrize(
    ("settings", "waits"), [({}, False), ({"parallelUpdates": 2}, True)], ids=["not counted", "counted"]
)
@in_fake_time
async def test_addons_of_their_own_users_wait_for_a_look_at_others_only_where_they_are_counted(
    reconciler, settings, waits
):
    reconciler.looked_at.clear()
    reconciler.settings.settings = OperatorSettings.model_validate(settings)
    for key, addon in ((ONE, "prometheus"), (TWO, "grafana")):
        reconciler.store.put_release(release(key.name, spec={"addon": addon}))
    assert (await reconciler(TWO) == SOON) is waits
    assert recorded(reconciler) == ([] if waits else ["two"])


@in_fake_time
async def test_whom_a_release_depends_on_is_looked_at_first(reconciler):
    reconciler.looked_at.clear()
    reconciler.store.put_release(release("one", spec={"addon": "prometheus"}))
    reconciler.store.put_release(release("two", spec={"addon": "grafana", "dependsOn": [{"name": "one"}]}))
    assert await reconciler(TWO) == SOON
    await reconciler(ONE)
    assert await reconciler(TWO) != SOON
