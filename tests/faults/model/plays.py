"""What may happen to each addon in the random interleavings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from addon_updater.api.operator_settings import OperatorSettings
from addon_updater.rollout.breaker import Failure
from addon_updater.rollout.observed import OtherRelease
from addon_updater.rollout.revision import Attempt
from unit.rollout.jobs import DONE, HANGS, REFUSED, UNPULLABLE, Errand
from unit.rollout.kubelet import CRASHES, GOOD, NEVER_READY, NO_IMAGE, TURNS_BAD, WRONG, Behavior
from unit.rollout.ledger import BACKUP, CHECK, NEW_TEXT, OLD_TEXT, Ledger
from unit.rollout.manifests import PLAIN, SHORT_HEADER, STUB_ZONE
from unit.rollout.scenes import Scene, books, coredns
from unit.rollout.shelves import doors, steps
from unit.rollout.world import World

Happening = Callable[[World], None]
PACE = {"soak": "8s", "progressDeadline": "30s", "unknownDeadline": "30s"}
CLOSED = [{"kind": "Allow", "schedule": "0 2 1 1 *", "duration": "1h", "timeZone": "UTC"}]
"""One hour of the year, which no run sees."""
FROZEN = OperatorSettings.model_validate({"freeze": {"reason": "not now"}})
MINORS = ("1.34", "1.35")
BEHAVIORS = {
    "serves": GOOD,
    "crashes": CRASHES,
    "is never ready": NEVER_READY,
    "cannot be pulled": NO_IMAGE,
    "serves and then fails": TURNS_BAD,
    "answers wrongly": WRONG,
}


@dataclass(frozen=True)
class Play:
    """An addon, how it may be found, and everything that may happen to it."""

    scene: Callable[[], Scene]
    starts: tuple[str, ...]
    versions: tuple[str, ...]
    texts: tuple[str, ...]
    edits: tuple[str, ...]
    behaviors: Mapping[str, Behavior]
    happenings: Mapping[str, Happening]
    steps: tuple[str, ...] = ("Rehearsing", "Progressing", "Soaking", "Idle")
    minor: str = "1.35"
    world: Mapping[str, Any] = field(default_factory=dict)

    def begin(self, version: str, text: str, pace: int) -> World:
        """The world in which it begins."""
        rollout = PACE | {"minReadySeconds": pace}
        return World(
            version, text, self.minor, scene=self.scene(), spec={"rollout": rollout}, **dict(self.world)
        )

    def calm(self, world: World, rest: Callable[[], None], *, minor: str) -> None:
        """Everything that is broken is mended, and what failed for lack of a backup is tried again.

        `rest` is called for the operator to come to rest; `minor` is what all API servers answer in the end.
        """
        world.kubelet.behaviors.clear()
        world.jobs.errands.clear()
        world.settings = OperatorSettings()
        world.others, world.failures = (), ()
        world.settle_minor(minor)
        world.change_spec(delivery="Direct", suspend=False, container=None, windows=None)
        world.edit(world.scene.kind, {"spec": {"paused": None}})
        rest()
        if world.condition("UpdateAvailable") == ("True", "BackupFailed"):
            world.tick(660)
            rest()


def _edit(patch: dict[str, Any], manager: str = "kubectl-edit") -> Happening:
    return lambda world: world.edit(world.scene.kind, patch, manager)


def _spec(**spec: Any) -> Happening:
    return lambda world: world.change_spec(**spec)


def _set(name: str, value: object) -> Happening:
    return lambda world: setattr(world, name, value)


def _errand(task: str, errand: Errand) -> Happening:
    return lambda world: world.jobs.errands.update({task: errand})


def _delete_rehearsals(world: World) -> None:
    world.kubelet.pods = [pod for pod in world.kubelet.pods if pod.template]


def _approve(world: World) -> None:
    if world.decision is not None and world.decision.plan is not None:
        world.annotate(approve=world.decision.plan.hash)


def _running(world: World) -> Attempt | None:
    return next((revision.attempt for revision in world.revisions() if revision.is_open), None)


def _take_back(world: World) -> None:
    if (attempt := _running(world)) is not None:
        world.annotate(rollback=attempt.id)


def _keep(world: World) -> None:
    if (attempt := _running(world)) is not None:
        world.annotate(approve=attempt.id)


def _let_be(world: World) -> None:
    if (attempt := _running(world)) is not None:
        world.annotate(approve=attempt.way_back)


_OTHER = OtherRelease("kube-system", "metrics", "metrics-server", is_ready=True, is_moving=True)


def _another_moves(world: World) -> None:
    world.others = (_OTHER,)


def _the_other_has_moved(world: World) -> None:
    world.others = (replace(_OTHER, is_moving=False, moved_at=world.now),)


def _another_fails(world: World) -> None:
    world.failures = (Failure("kube-system", "metrics", "0.8.0", "GateFailed", world.now),)


EVERYWHERE: dict[str, Happening] = {
    **{f"one server answers {minor}": lambda world, m=minor: world.begin_minor(m) for minor in MINORS},
    **{f"all servers answer {minor}": lambda world, m=minor: world.settle_minor(m) for minor in MINORS},
    "the old manifest is applied": lambda world: world.apply_original(),
    "the old manifest is delivered": lambda world: world.apply_original("argocd-controller"),
    "suspend": _spec(suspend=True),
    "resume": _spec(suspend=False),
    "observe": _spec(delivery="Observe"),
    "deliver": _spec(delivery="Direct"),
    "manual": _spec(policy={"updates": "Manual"}),
    "the plan is approved": _approve,
    "the attempt is taken back": _take_back,
    "the attempt is kept": _keep,
    "the way back is ended": _let_be,
    "no window is open": _spec(windows=CLOSED),
    "there are no windows": _spec(windows=None),
    "the settings freeze": _set("settings", FROZEN),
    "the settings thaw": _set("settings", OperatorSettings()),
    "any version": _spec(version=None),
    "failures are forgotten": lambda world: world.annotate(resetAt=world.now.isoformat()),
    "the rehearsal is deleted": _delete_rehearsals,
    "another addon of everybody moves": _another_moves,
    "the other addon has moved": _the_other_has_moved,
    "another addon has failed": _another_fails,
    "the other failure counts no more": _set("failures", ()),
    "the spec names a container that is none": _spec(container="nobody"),
    "the spec names the right container": _spec(container=None),
    "the release is deleted": lambda world: world.delete_release(),
    "the release is created again": lambda world: world.recreate_release(),
}


def _images(*versions: str) -> dict[str, Happening]:
    return {f"somebody sets {version}": lambda world, v=version: world.set_image(v) for version in versions}


def _scaling(*numbers: int) -> dict[str, Happening]:
    return {f"{n} replicas": _edit({"spec": {"replicas": n}}, "kubectl-scale") for n in numbers}


PAUSING: dict[str, Happening] = {
    "the workload is paused": _edit({"spec": {"paused": True}}),
    "the workload goes on": _edit({"spec": {"paused": None}}),
}
JOBS: dict[str, Happening] = {
    **{
        f"the {task} {word}": _errand(task, errand)
        for task in (CHECK, BACKUP)
        for word, errand in (
            ("succeeds", DONE),
            ("fails", REFUSED),
            ("hangs", HANGS),
            ("cannot be pulled", UNPULLABLE),
        )
    },
    "somebody deletes the check": lambda world: world.jobs.delete(CHECK),
    "somebody deletes the backup": lambda world: world.jobs.delete(BACKUP),
}

CLUSTER_DNS = Play(
    scene=coredns,
    starts=("1.12.1", "1.11.3"),
    versions=("1.13.1", "1.12.4", "1.11.3"),
    texts=(SHORT_HEADER, PLAIN, STUB_ZONE),
    edits=(PLAIN, SHORT_HEADER, STUB_ZONE, PLAIN.replace("cache 30", "cache 31")),
    behaviors=BEHAVIORS | {"knows no new address": Behavior(knows_new_endpoints=False)},
    happenings={
        **EVERYWHERE,
        **_images("1.11.3", "1.12.1", "1.12.4", "1.13.1"),
        **_scaling(1, 3),
        **PAUSING,
        "the API servers move": _set("endpoints", ("192.168.1.11",)),
        "weak evidence is enough": _spec(policy={"minEvidence": "Assumed"}),
        "a range": _spec(version="<1.13"),
    },
)
DEPLOYMENT = Play(
    scene=lambda: books(steps()),
    starts=("1.0.0", "1.0.1"),
    versions=("1.0.0", "1.1.0", "2.0.0", "3.0.0"),
    texts=(OLD_TEXT,),
    edits=(OLD_TEXT, OLD_TEXT + "color = red\n", NEW_TEXT),
    behaviors=BEHAVIORS | {"is silent": Behavior(silent=True)},
    happenings={
        **EVERYWHERE,
        **JOBS,
        **PAUSING,
        **_images("1.0.0", "1.1.0", "2.0.0"),
        "patches only": _spec(policy={"updates": "AutoPatch"}),
        "breaking changes are denied": _spec(policy={"breakingChanges": "Deny"}),
    },
    steps=("Checking", "BackingUp", "Rehearsing", "Progressing", "Soaking", "Idle"),
    minor="1.34",
    world={"breaking": "WithClusterMinor"},
)
STATEFUL_SET = Play(
    scene=lambda: books(steps("StatefulSet"), kind="StatefulSet"),
    starts=DEPLOYMENT.starts,
    versions=DEPLOYMENT.versions,
    texts=DEPLOYMENT.texts,
    edits=DEPLOYMENT.edits,
    behaviors=DEPLOYMENT.behaviors,
    happenings={
        **{name: it for name, it in DEPLOYMENT.happenings.items() if name not in PAUSING},
        **_scaling(1, 3),
        "a pod is deleted": lambda world: world.kubelet.pods.pop() if world.kubelet.pods else None,
    },
    steps=DEPLOYMENT.steps,
    minor="1.34",
    world={"breaking": "WithClusterMinor"},
)
COUNTING_OTHERS = Play(
    scene=lambda: books(doors(), Ledger(recreates=True, gates_on_others=frozenset({"page"}))),
    starts=DEPLOYMENT.starts,
    versions=("1.0.0", "1.1.0", "2.0.0"),
    texts=DEPLOYMENT.texts,
    edits=DEPLOYMENT.edits,
    behaviors=DEPLOYMENT.behaviors,
    happenings={
        **DEPLOYMENT.happenings,
        "breaking changes are allowed": _spec(policy={"breakingChanges": "Allow"}),
    },
    steps=DEPLOYMENT.steps,
    minor="1.34",
    world={"breaking": "WithClusterMinor"},
)
"""Its gate counts the pods of others, and its last hop has no way back."""
