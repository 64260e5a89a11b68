"""The safety properties S1 to S9 of the design, asserted on everything that the operator wrote in a World.

They are written down a second time here, without the engine's own words, from what it saw when it wrote, and where
another process may have written since, from what was recorded on the server. S9, that neither status nor marks are
believed, is that all of them hold while people tamper with those; status is not even handed to a decision.
The liveness properties L1 to L4 are about time and stand in faults/model.
"""

from __future__ import annotations

import re
from collections import Counter

from addon_updater.rollout.actions import (
    AnnotateRevision,
    ApplyWorkload,
    DeleteStuckPod,
    RecordRevision,
    WriteConfig,
)
from addon_updater.rollout.revision import ATTEMPT_ANNOTATION
from unit.rollout.apiserver import Path, Write
from unit.rollout.reading_deeds import attempt_of, is_forward, target_of
from unit.rollout.safe_endings import ends_for_a_reason, keeps_configuration, stuck_on_the_way_back
from unit.rollout.safe_starts import (
    breaks_with_a_minor_only,
    started_in_order,
    started_in_time,
    started_with_the_circuit_closed,
)
from unit.rollout.safe_switches import safe_forward, safe_in_any_case, safe_on_the_way_back
from unit.rollout.world import Deed, World

_OURS = (
    re.compile(r'f:spec f:template f:spec f:containers k:\{"name":"(coredns|ledger)"\} f:(image|args)'),
    re.compile(
        r'f:spec f:template f:spec f:volumes k:\{"name":"(config-volume|config)"\} f:configMap f:items'
    ),
    re.compile(r"f:spec f:minReadySeconds"),
    re.compile(r"f:spec f:strategy( f:type| f:rollingUpdate.*)?"),
    re.compile(r"f:metadata f:(labels|annotations) f:addon-updater\.dev/.+"),
)
_OUR_NAMES = {
    "Deployment": re.compile("coredns|ledger"),
    "StatefulSet": re.compile("ledger"),
    "ConfigMap": re.compile("coredns|ledger"),
    "ControllerRevision": re.compile(r"addon-updater-(dns|books)-\d+-[0-9a-f]{10}"),
    "Pod": re.compile(r"addon-updater-rehearsal-[0-9a-f]{10}|ledger-\d"),
    "Job": re.compile(r"addon-updater-(check-config|backup)-[0-9a-f]{10}"),
}


def assert_safe(world: World) -> None:
    """S1 to S9. S6's availability is `assert_served`, for stories in which nothing but a rollout takes pods away."""
    applies = [deed for deed in world.deeds if isinstance(deed.action, ApplyWorkload)]
    no_flip_flop(applies)
    one_in_flight(applies)
    for deed in applies:
        safe_in_any_case(deed)
        (safe_forward if is_forward(deed) else safe_on_the_way_back)(deed, world.scene)
    for deed in world.deeds:
        match deed.action:
            case WriteConfig():
                keeps_configuration(deed, world.scene.key)
            case RecordRevision() if ATTEMPT_ANNOTATION in deed.action.annotations:
                started_in_time(deed)
                started_in_order(deed, world.scene)
                started_with_the_circuit_closed(deed)
                breaks_with_a_minor_only(deed, world.scene)
            case AnnotateRevision():
                ends_for_a_reason(deed)
            case DeleteStuckPod():
                stuck_on_the_way_back(deed, deed.action)
    for write in world.writes:
        listed(write)


def assert_served(world: World) -> None:
    """S6: never fewer pods served than the rollout strategy allows."""
    assert_safe(world)
    assert not world.controller.lost


def no_flip_flop(applies: list[Deed]) -> None:
    """S1: at most one way back in an attempt, and no content twice without an input in between.

    Who tampers with the marks of an attempt gives an input as well.
    """
    forward = Counter((deed.tampering, target_of(deed).name) for deed in applies if is_forward(deed))
    assert max(forward.values(), default=0) <= 1, forward
    back = Counter((deed.tampering, attempt_of(deed).name) for deed in applies if not is_forward(deed))
    assert max(back.values(), default=0) <= 1, back
    contents = Counter(
        (deed.epoch, revision.content.image, revision.content.config and revision.content.config.text)
        for deed in applies
        if is_forward(deed) and (revision := target_of(deed))
    )
    assert max(contents.values(), default=0) <= 1, contents


def one_in_flight(applies: list[Deed]) -> None:
    """S5: each switch is one of an attempt that still runs on the server, and only one is under way at a time.

    What the operator had seen does not count here: a process that was paused may have seen what is long over.
    """
    under_way = ""
    for deed in applies:
        if deed.tampering:
            continue
        open_now = {revision.name for revision in deed.recorded if revision.is_open}
        attempt = attempt_of(deed).name
        assert attempt in open_now, f"{attempt} was over when the workload was switched for it"
        assert under_way in {"", attempt} or under_way not in open_now, f"{under_way} was not over"
        under_way = attempt


def listed(write: Write) -> None:
    """S8: only listed objects, and of them only listed fields."""
    assert _OUR_NAMES[write.kind].fullmatch(write.name), write
    if write.kind in {"Deployment", "StatefulSet"}:
        assert write.verb in {"patch", "apply"}
        for path in write.changed:
            assert _is_ours(path), path
    if write.kind == "ConfigMap":
        assert write.verb == "patch"
        assert all(path[0] == "f:data" for path in write.changed)


def _is_ours(path: Path) -> bool:
    return any(pattern.fullmatch(" ".join(path)) for pattern in _OURS)
