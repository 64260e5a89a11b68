"""A bad release of any addon: found in time it displaces nobody who serves, found later it is taken back whole."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Self

import pytest

from localcluster import Node
from node.bad_releases import FLAWS, GOOD_PATCH, Flaw
from node.contenders import Contender, three_addons
from node.lookups import steady_lookups
from node.operator_under_test import OperatorProcess
from node.raw_api import Manifest, RawApi, eventually
from node.stage import GROUP, Stage

pytestmark = pytest.mark.node

QUARANTINED_WITHIN_S = 300.0
RECOVERED_WITHIN_S = 60.0
"""From the decision to go back until the old version serves again; a restart of every pod takes some seconds."""


@pytest.fixture(scope="module")
def contenders(
    monitored: Node, api: RawApi, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Contender, ...]]:
    """All three under one operator, for the whole module: what fails must leave no trace for the next one."""
    operator = OperatorProcess(monitored, tmp_path_factory.mktemp("operator"), resync="10m")
    with three_addons(monitored, api) as contenders:
        operator.start()
        for one in contenders:
            one.declare()
        yield contenders
        operator.kill()


@dataclass(frozen=True)
class Before:
    """An addon as it is before a release fails."""

    governed: Manifest
    spec: Manifest
    serving: dict[str, int]
    events: int

    @classmethod
    def of(cls, stage: Stage) -> Self:
        return cls(stage.governed(), stage.deployment()["spec"], stage.serving(), len(stage.events()))


@pytest.mark.parametrize("flaw", FLAWS, ids=lambda flaw: flaw.name)
def test_the_old_version_serves_on_when_a_release(
    contenders: tuple[Contender, ...], flaw: Flaw, tmp_path: Path
) -> None:
    stage = contenders[0].stage
    before = {one: Before.of(one.stage) for one in contenders}
    trail = stage.trail()
    with steady_lookups(stage.node, tmp_path / "lookups") as counted:
        for one in contenders:
            one.at_pace(**flaw.rollout)
        for one in contenders:
            one.offer(flaw.patch)
        for one in contenders:
            is_held_back(one, flaw)
            one.stage.await_version(one.old)

    changes = trail.changes()
    for one in contenders:
        is_as_it_was(one.stage, before[one])
        nobody_was_displaced_before_its_time(one, before[one], flaw)
        warned = [event["reason"] for event in one.stage.events()[before[one].events :]]
        assert warned == [flaw.signs[one.addon].reason]
        assert changes.count(f"patch deployments {one.addon} 200") == 2 * flaw.switches
    assert trail.refused() == []
    if flaw.switches == 0:
        assert counted["failed"] == 0
    if flaw.is_seen_in_time:
        assert counted["silent"] == 0


def is_held_back(one: Contender, flaw: Flaw) -> None:
    version, sign = one.version(flaw.patch), flaw.signs[one.addon]

    def found() -> list[Manifest]:
        held = one.stage.status().get("quarantined") or []
        return [entry for entry in held if entry["version"] == version]

    (entry,) = eventually(found, f"the quarantine of {one.addon} {version}", QUARANTINED_WITHIN_S)
    assert entry["reason"] == sign.reason, entry
    assert re.search(sign.told, entry["message"]), entry


def is_as_it_was(stage: Stage, before: Before) -> None:
    """Image, arguments and configuration to the byte; a text of the failed one is tidied away within moments."""
    eventually(lambda: stage.governed() == before.governed, f"{stage.subject.addon} as it was before")
    assert stage.deployment()["spec"] == before.spec
    assert stage.condition("Ready")["status"] == "True"


def nobody_was_displaced_before_its_time(one: Contender, before: Before, flaw: Flaw) -> None:
    """By their uids: who serves now has served all the while."""
    after = one.stage.serving()
    if flaw.switches == 0:
        assert after == before.serving
    elif flaw.is_seen_in_time:
        stayed = before.serving.keys() & after.keys()
        assert len(stayed) >= len(before.serving) - let_go_at_once(before.spec)
    else:
        assert len(after) == len(before.serving)
        assert 0 < recovery_seconds(one.stage, one.version(flaw.patch)) < RECOVERED_WITHIN_S


def let_go_at_once(spec: Manifest) -> int:
    """How many pods a Deployment's own strategy gives away before a new one is available; kubeadm's gives one."""
    allowed = spec["strategy"]["rollingUpdate"]["maxUnavailable"]
    if isinstance(allowed, int):
        return allowed
    return int(spec["replicas"]) * int(str(allowed).removesuffix("%")) // 100


def recovery_seconds(stage: Stage, version: str) -> float:
    """From the decision to go back to the word that the old version serves again."""
    revision = next(item for item in stage.revisions() if item["data"]["version"] == version)
    decided, ended = (
        datetime.fromisoformat(json.loads(revision["metadata"]["annotations"][f"{GROUP}/{key}"])["at"])
        for key in ("decision", "outcome")
    )
    return (ended - decided).total_seconds()


def test_then_the_next_release_is_taken_whatever_has_failed_before(contenders: tuple[Contender, ...]) -> None:
    held = [one.stage.status().get("quarantined") for one in contenders]
    for one in contenders:
        one.at_pace()
    for one in contenders:
        one.offer(GOOD_PATCH)
    for one in contenders:
        one.stage.await_version(one.version(GOOD_PATCH))
    assert [one.stage.status()["history"][0]["outcome"] for one in contenders] == ["Promoted"] * 3
    assert [one.stage.status().get("quarantined") for one in contenders] == held
