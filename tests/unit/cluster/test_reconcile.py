import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from addon_updater import metrics
from addon_updater.api.operator_settings import OperatorSettings
from addon_updater.cluster import paths, reconcile
from addon_updater.cluster.breaker import BreakerKeeper
from addon_updater.cluster.facts import FactsCache
from addon_updater.cluster.gather import Whereabouts
from addon_updater.cluster.queue import Key
from addon_updater.cluster.reconcile import AT_ONCE, DENIED_FOR, REFUSED_RETRY, Reconciler
from addon_updater.cluster.store import Store
from addon_updater.cluster.telling import Teller
from addon_updater.errors import (
    ApiError,
    ConflictError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    TransientError,
)
from addon_updater.reasons import Reason
from addon_updater.rollout.actions import ClaimWorkload, DeleteRevision
from addon_updater.rollout.decision import FALSE, TRUE, Decision, EventNote, EventType, stopped
from addon_updater.rollout.decision import ready as ready_condition
from addon_updater.rollout.decision import reconciling as reconciling_condition
from addon_updater.rollout.decision import update as update_condition
from unit.cluster.faketime import in_fake_time
from unit.cluster.memory_api import MemoryApi
from unit.cluster.releases import release
from unit.metrics.standings import stands
from unit.rollout.manifests import PLAIN, config_map, deployment

DNS = Key("kube-system", "dns")
STATUS = f"{paths.release(*DNS)}/status"
EVENTS = paths.events(DNS.namespace)
DEPLOYMENT = paths.deployment(DNS.namespace, "coredns")
CLAIM = ClaimWorkload("w1", "9", "dns")
POLICY = "ValidatingAdmissionPolicy 'addon-updater' denied request: not listed"
NOTE = EventNote(EventType.NORMAL, Reason.IN_PROGRESS, "1.11.3 to 1.12.1", "attempt-1")

HEALTHY = Decision(
    ready=ready_condition(TRUE, Reason.VERSION_FITS, "it fits"),
    update=update_condition(FALSE, Reason.UP_TO_DATE),
    reconciling=reconciling_condition(Reason.IDLE),
    requeue_after=timedelta(minutes=5),
)
STALLED = stopped(Reason.WORKLOAD_NOT_FOUND, "it does not exist")


class _Minors:
    minors = None


@dataclass
class _Configs:
    followed: dict[Key, tuple[str | None, str | None]] = field(default_factory=dict)

    def follow(self, key: Key, name: str | None, version: str | None = None) -> None:
        self.followed[key] = (name, version)


@dataclass
class _Settings:
    settings: OperatorSettings = field(default_factory=OperatorSettings)
    problem: str | None = None


class Stage:
    """The real pass over objects in memory; what it decides is dictated."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *decisions: Decision) -> None:
        self.api = MemoryApi()
        self.configs = _Configs()
        self.settings = _Settings()
        self.leads = True
        self.store = Store()
        self.decisions = list(decisions)
        self.store.put_release(release())
        self.woken: list[Key] = []
        self.teller = Teller(
            self.api,
            self.store,
            self.settings,
            "addon-updater-1",
            may_write=lambda: self.leads,
            wake=self.woken.append,
        )
        self.reconciler = Reconciler(
            client=self.api,
            store=self.store,
            facts=FactsCache(self.api),
            minors=_Minors(),
            addons=_Addon,
            probe=_no_probes,
            configs=self.configs,
            here=Whereabouts("addon-updater", "addon-updater-1"),
            settings=self.settings,
            breaker=BreakerKeeper(
                self.api, self.store, settings=lambda: self.settings.settings, changed=lambda: None
            ),
            teller=self.teller,
            may_write=lambda: self.leads,
        )
        monkeypatch.setattr(reconcile, "decide", self._decide)

    def _decide(self, *_: object) -> Decision:
        return self.decisions[0] if len(self.decisions) == 1 else self.decisions.pop(0)

    async def go(self) -> timedelta | None:
        return await self.reconciler(DNS)

    def told(self) -> list[dict[str, Any]]:
        """The statuses that were written."""
        return [body["status"] for verb, path, body in self.api.bodies if (verb, path) == ("apply", STATUS)]

    def events(self) -> list[dict[str, Any]]:
        return [item for path, item in self.api.objects.items() if path.startswith(EVENTS)]

    def hear_own_status(self, **metadata: Any) -> None:
        """The watch brings back what was written, as JSON."""
        self.store.put_release(release(status=json.loads(json.dumps(self.told()[-1])), metadata=metadata))

    def refuse(self, verb: str, path: str, error: ApiError | None) -> None:
        self.api.fault = lambda asked, at: error if asked == verb and at.startswith(path) else None


class _Addon:
    def __init__(self, name: str) -> None:
        self.name = name
        self.has_tasks = False
        self.gates_on_others = frozenset[str]()

    def config_map_of(self, *_: object) -> str:
        return "coredns"


async def _no_probes(_: object) -> tuple[()]:
    return ()


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Stage]:
    return lambda *decisions: Stage(monkeypatch, *decisions)


def put_workload(stage: Stage) -> None:
    workload = deployment("1.11.3")
    workload["metadata"] |= {"namespace": "kube-system", "uid": "w1"}
    config = config_map(PLAIN)
    config["metadata"]["uid"] = "c1"
    stage.api.put(DEPLOYMENT, workload)
    stage.api.put(paths.config_map("kube-system", "coredns"), config)


@in_fake_time
async def test_a_pass_without_an_action_writes_the_status_and_says_when_to_look_again(stage):
    scene = stage(HEALTHY)
    assert await scene.go() == HEALTHY.requeue_after
    assert scene.api.writes() == [("apply", STATUS)]
    assert scene.api.bodies[-1][2]["metadata"] == {
        "name": "dns",
        "namespace": "kube-system",
        "uid": "uid-dns",
    }


@in_fake_time
async def test_a_pass_with_an_action_writes_that_alone_and_looks_again_at_once(stage):
    scene = stage(HEALTHY.but(action=CLAIM))
    assert await scene.go() == AT_ONCE
    assert scene.api.writes() == [("merge", DEPLOYMENT)]


@in_fake_time
async def test_the_event_of_an_action_comes_after_it_once_although_the_pass_is_repeated(stage):
    scene = stage(HEALTHY.but(action=CLAIM, event=NOTE), HEALTHY.but(action=DeleteRevision("x"), event=NOTE))
    await scene.go()
    await scene.go()
    assert [verb for verb, _ in scene.api.writes()] == ["merge", "create", "delete", "create"]
    (event,) = scene.events()
    assert (event["reason"], event["note"]) == (NOTE.reason.value, NOTE.message)


@in_fake_time
async def test_a_status_that_is_as_it_was_is_not_written_again(stage):
    scene = stage(STALLED)
    await scene.go()
    scene.hear_own_status()
    for _ in range(5):
        await asyncio.sleep(61.5)
        await scene.go()
    assert len(scene.told()) == 1


@in_fake_time
async def test_a_transition_time_moves_only_with_its_condition(stage):
    scene = stage(HEALTHY, STALLED, STALLED)
    await scene.go()
    scene.hear_own_status()
    await asyncio.sleep(10)
    await scene.go()
    first, second = ({item["type"]: item for item in status["conditions"]} for status in scene.told())
    moved = {
        kind for kind in first if first[kind]["lastTransitionTime"] != second[kind]["lastTransitionTime"]
    }
    assert moved == {kind for kind in first if first[kind]["status"] != second[kind]["status"]}
    assert "Ready" in moved
    assert "Reconciling" not in moved


@in_fake_time
async def test_what_wants_a_person_is_one_warning_and_one_more_for_every_new_generation(stage):
    scene = stage(STALLED)
    for _ in range(3):
        await scene.go()
    scene.hear_own_status()
    await scene.go()
    assert [event["type"] for event in scene.events()] == ["Warning"]
    scene.store.put_release(release(metadata={"generation": 2}))
    await scene.go()
    assert len(scene.events()) == 2


@pytest.mark.parametrize("error", [ForbiddenError("no", status=403), InvalidError("too long", status=422)])
@in_fake_time
async def test_an_event_that_is_refused_does_not_keep_back_the_status(stage, error):
    scene = stage(STALLED)
    scene.refuse("create", EVENTS, error)
    await scene.go()
    assert len(scene.told()) == 1


@pytest.mark.parametrize("message", ["ä" * 1024, "x" * 1025, "€" * 342])
@in_fake_time
async def test_the_note_of_an_event_fits_its_limit_in_bytes(stage, message):
    scene = stage(STALLED.but(stalled=stopped(Reason.WORKLOAD_NOT_FOUND, message).stalled))
    await scene.go()
    (event,) = scene.events()
    assert len(event["note"].encode()) <= 1024
    assert event["note"].rstrip("…") in message


REFUSALS = [
    (ForbiddenError(POLICY, status=403), Reason.ADMISSION_DENIED),
    (ForbiddenError('pods "x" is forbidden: exceeded quota: few', status=403), Reason.ADMISSION_DENIED),
    (
        ForbiddenError('pods "x" is forbidden: violates PodSecurity "restricted:latest"', status=403),
        Reason.ADMISSION_DENIED,
    ),
    (
        ForbiddenError('admission webhook "kyverno" denied the request: no', status=403),
        Reason.ADMISSION_DENIED,
    ),
    (InvalidError("spec.x: FieldValueInvalid", status=422), Reason.WRITE_REFUSED),
]


@pytest.mark.parametrize(("error", "reason"), REFUSALS)
@in_fake_time
async def test_a_write_that_the_server_refuses_for_good_is_told_at_once_and_tried_again_later(
    stage, error, reason
):
    scene = stage(HEALTHY.but(action=CLAIM))
    scene.refuse("merge", DEPLOYMENT, error)
    assert await scene.go() == REFUSED_RETRY
    conditions = {item["type"]: item for item in scene.told()[-1]["conditions"]}
    assert conditions["Stalled"]["reason"] == reason
    assert conditions["UpdateAvailable"]["reason"] == Reason.BLOCKED


@pytest.mark.parametrize(
    ("verb", "path"), [("merge", DEPLOYMENT), ("get", DEPLOYMENT)], ids=["writing", "reading"]
)
@in_fake_time
async def test_a_missing_role_is_believed_only_when_it_lasts_and_forgotten_when_it_is_there(
    stage, verb, path, monkeypatch
):
    scene = stage(HEALTHY.but(action=CLAIM))
    if verb == "get":
        monkeypatch.setattr(
            reconcile,
            "decide",
            lambda _release, observed, *_: (
                HEALTHY if observed.denied is None else stopped(Reason.RBAC_MISSING, "no")
            ),
        )
    scene.refuse(verb, path, ForbiddenError("may not", status=403))
    for _ in range(3):
        with pytest.raises(TransientError):
            await scene.go()
        await asyncio.sleep(DENIED_FOR.total_seconds() / 3 + 0.01)
    assert scene.told() == []
    await scene.go()
    conditions = {item["type"]: item for item in scene.told()[-1]["conditions"]}
    assert conditions["Stalled"]["reason"] == Reason.RBAC_MISSING
    scene.refuse(verb, path, None)
    await scene.go()
    scene.refuse(verb, path, ForbiddenError("may not", status=403))
    with pytest.raises(TransientError):
        await scene.go()


@pytest.mark.parametrize(
    "error",
    [
        ConflictError("somebody wrote", status=409),
        TransientError("no answer"),
        NotFoundError("gone", status=404),
    ],
)
@in_fake_time
async def test_any_other_failure_of_a_write_ends_the_pass_without_a_word(stage, error):
    scene = stage(HEALTHY.but(action=CLAIM, event=NOTE))
    scene.refuse("merge", DEPLOYMENT, error)
    with pytest.raises(type(error)):
        await scene.go()
    assert scene.told() == []
    assert scene.events() == []


@in_fake_time
async def test_a_write_that_is_accepted_and_changes_nothing_slows_down_instead_of_spinning(stage):
    scene = stage(HEALTHY.but(action=CLAIM))
    await scene.go()
    for _ in range(3):
        with pytest.raises(ConflictError, match="changed nothing"):
            await scene.go()
    scene.decisions = [HEALTHY, HEALTHY.but(action=CLAIM)]
    await scene.go()
    assert await scene.go() == AT_ONCE


@pytest.mark.parametrize("decision", [HEALTHY, HEALTHY.but(action=CLAIM)], ids=["status", "action"])
@in_fake_time
async def test_a_replica_that_lost_the_lease_during_its_pass_writes_nothing(stage, decision):
    scene = stage(decision)
    scene.leads = False
    with pytest.raises(TransientError, match="Lease"):
        await scene.go()
    assert scene.api.writes() == []


@in_fake_time
async def test_the_config_map_that_was_read_is_followed_from_the_version_that_was_read(stage):
    scene = stage(HEALTHY)
    put_workload(scene)
    await scene.go()
    version = scene.api.objects[paths.config_map("kube-system", "coredns")]["metadata"]["resourceVersion"]
    assert scene.configs.followed[DNS] == ("coredns", version)


@in_fake_time
async def test_the_last_pass_over_a_deleted_release_lets_go_of_everything(stage):
    scene = stage(STALLED)
    put_workload(scene)
    await scene.go()
    scene.store.drop_release(*DNS)
    metrics.show_release(stands(DNS.name))
    assert await scene.go() is None
    assert scene.configs.followed[DNS] == (None, None)
    assert scene.reconciler.memories == {}
    assert b'name="dns"' not in metrics.exposition()


@in_fake_time
async def test_a_deleted_release_is_asked_nothing_and_written_nothing(stage):
    scene = stage(HEALTHY.but(action=CLAIM))
    put_workload(scene)
    before = scene.api.objects.copy()
    scene.store.drop_release(*DNS)
    assert await scene.go() is None
    assert scene.api.requests == []
    assert scene.api.objects == before


@in_fake_time
async def test_a_spec_that_cannot_be_read_is_told_and_nothing_else_is_asked(stage):
    scene = stage()
    scene.store.put_release(release(spec={"addon": "coredns", "verison": "1"}))
    assert await scene.go() is None
    assert {verb for verb, _ in scene.api.requests} == {"create", "apply"}
    conditions = {item["type"]: item for item in scene.told()[-1]["conditions"]}
    assert conditions["Stalled"]["reason"] == Reason.INVALID_SPEC
    assert conditions["Stalled"]["message"].startswith("spec.verison")


@pytest.mark.parametrize(
    ("decision", "reason"),
    [(HEALTHY, Reason.SETTINGS_BROKEN), (STALLED, Reason.WORKLOAD_NOT_FOUND)],
    ids=["nothing worse", "something worse"],
)
@in_fake_time
async def test_broken_settings_are_told_where_nothing_worse_is(stage, decision, reason):
    scene = stage(decision)
    scene.settings.problem = "settings.yaml: windows[0].schedule: write five cron fields"
    await scene.go()
    conditions = {item["type"]: item for item in scene.told()[-1]["conditions"]}
    assert conditions["Stalled"]["reason"] == reason


@pytest.mark.parametrize(
    ("decision", "reason"),
    [(HEALTHY, Reason.CATALOG_BROKEN), (STALLED, Reason.WORKLOAD_NOT_FOUND)],
    ids=["nothing worse", "something worse"],
)
@in_fake_time
async def test_a_broken_catalog_is_told_where_nothing_worse_is(stage, decision, reason):
    scene = stage(decision)
    scene.store.put_catalog("bad", {"spec": None})
    await scene.go()
    conditions = {item["type"]: item for item in scene.told()[-1]["conditions"]}
    assert conditions["Stalled"]["reason"] == reason


@in_fake_time
async def test_a_defect_is_told_once_beside_all_that_was_told_before_and_without_its_own_words(stage):
    scene = stage(HEALTHY)
    await scene.go()
    before = scene.told()[-1]
    scene.hear_own_status()
    await scene.teller.confess(DNS, ValueError("password=hunter2"))
    told = scene.told()[-1]
    conditions = {item["type"]: item for item in told["conditions"]}
    assert conditions.pop("Stalled")["reason"] == Reason.DEFECT
    assert list(conditions.values()) == json.loads(json.dumps(before["conditions"]))
    assert {**told, "conditions": None} == {**json.loads(json.dumps(before)), "conditions": None}
    assert "hunter2" not in str(told)
    scene.hear_own_status()
    await scene.teller.confess(DNS, ValueError("password=hunter3"))
    assert len(scene.told()) == 2
    await scene.go()
    assert "Stalled" not in {item["type"] for item in scene.told()[-1]["conditions"]}


@pytest.mark.parametrize("gone", ["release", "Lease"])
@in_fake_time
async def test_a_defect_is_told_to_nobody_once_the_release_or_the_lease_is_gone(stage, gone):
    scene = stage(HEALTHY)
    if gone == "release":
        scene.store.drop_release(*DNS)
    else:
        scene.leads = False
    await scene.teller.confess(DNS, ValueError("x"))
    assert scene.api.requests == []


@in_fake_time
async def test_what_others_wrote_into_a_status_is_taken_out_and_the_status_written_anew(stage):
    scene = stage(HEALTHY)
    scene.api.words_of_others = {"attempt": {"id": "0123456789"}, "quarantined": []}
    await scene.go()
    assert scene.api.writes() == [("apply", STATUS), ("merge", STATUS), ("apply", STATUS)]
    (taken_out,) = [body for verb, _, body in scene.api.bodies if verb == "merge"]
    assert taken_out["status"] == {"attempt": None, "quarantined": None}
    assert taken_out["metadata"]["uid"] == scene.api.bodies[-1][2]["metadata"]["uid"]
    assert scene.store.releases[DNS].status == scene.told()[-1]


@in_fake_time
async def test_a_status_that_does_not_go_with_words_of_others_is_written_without_them(stage):
    scene = stage(HEALTHY)
    noisy = release(status={"attempt": {"hop": "noise"}})
    scene.api.put(paths.release(*DNS), noisy)

    def fault(verb: str, _: str) -> InvalidError | None:
        untouched = not [one for one in scene.api.bodies if one[0] == "merge"]
        return InvalidError("status.attempt: wrong", status=422) if verb == "apply" and untouched else None

    scene.api.fault = fault
    await scene.go()
    assert [verb for verb, _ in scene.api.writes()] == ["apply", "merge", "apply"]
    assert scene.api.bodies[1][2]["status"] == {"attempt": None}


@in_fake_time
async def test_a_status_that_is_wrong_in_itself_is_a_defect_that_is_told(stage):
    scene = stage(HEALTHY)
    scene.api.put(paths.release(*DNS), release())
    scene.refuse("apply", STATUS, InvalidError("status.attempt: wrong", status=422))
    with pytest.raises(InvalidError):
        await scene.go()
    assert [verb for verb, _ in scene.api.writes()] == ["apply"]
