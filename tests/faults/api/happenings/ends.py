"""How a plan may end otherwise than its story would have ended without it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from addon_updater.rollout.revision import OUTCOME_ANNOTATION
from faults.api.audit import Write
from faults.api.history import WORKLOADS
from faults.api.registry import expectation
from faults.api.world import World

_ON_ITS_WAY = timedelta(seconds=1)
"""A write that was sent before something happened may arrive after it."""


@expectation("stands")
def stands(
    world: World,
    *,
    version: str,
    ready: str = "VersionFits",
    update: str | None = None,
    stalled: str = "",
    history: list[str] | None = None,
    quarantined: list[str] | None = None,
    texts: dict[str, str] | None = None,
    within: float = 60.0,
) -> None:
    """The release says this of itself, and the workload runs that version.

    `history` is the outcome of each finished attempt with its version, newest first; `quarantined` the versions held;
    `texts` maps a key of the ConfigMap to words that it must contain; `within` are seconds.
    """
    wanted: dict[str, Any] = {"version": version, "Ready": ready, "Reconciling": "Idle", "Stalled": stalled}
    optional = {"UpdateAvailable": update, "history": history, "quarantined": quarantined}
    wanted |= {key: value for key, value in optional.items() if value is not None}

    def found() -> dict[str, Any]:
        told = _told(world)
        return {key: told[key] for key in wanted}

    world.wait(lambda: found() == wanted, _Otherwise(wanted, lambda: _told(world)), timeout=within)
    written = world.stage.texts() if texts else {}
    missing = {key: words for key, words in (texts or {}).items() if words not in written.get(key, "")}
    assert missing == {}, f"the ConfigMap lacks {missing}"


@expectation("not-fought")
def not_fought(
    world: World,
    *,
    version: str,
    stalled: str,
    manager: str,
    update: str | None = None,
    ready: str = "VersionFits",
) -> None:
    """The last word on the workload is another manager's, it is named, and nothing of ours came after it."""
    stands(world, version=version, ready=ready, stalled=stalled, update=update)
    writes = world.trail.writes()
    last = max(write.at for write in writes if write.is_persons and write.resource in WORKLOADS)
    again = [str(write) for write in _changes_after(writes, last) if write.resource in WORKLOADS]
    assert again == [], f"the workload was written after {manager} had the last word: {again}"
    if stalled:
        told = world.stage.condition("Stalled")["message"]
        assert manager in told, f"{manager} is not named: {told}"


@expectation("soaked")
def soaked(world: World, *, version: str, seconds: float) -> None:
    """Promoted, and not before the soak had lasted so long in truth."""
    stands(world, version=version, within=seconds + 60)
    writes = world.trail.writes()
    switch = max(write.at for write in writes if write.is_operators and write.resource in WORKLOADS)
    ends = [write.at for write in writes if write.is_operators and OUTCOME_ANNOTATION in write.annotations]
    lasted = (max(ends) - switch).total_seconds()
    assert lasted >= seconds, f"promoted {lasted:.1f} s after the switch, {seconds:g} s were to be soaked"


@expectation("release-gone")
def release_gone(world: World, *, version: str) -> None:
    """The release is gone and nothing was changed after it; what it governed serves on, its revisions are kept."""
    world.wait(lambda: world.api.get(world.stage.release()) is None, "the release to be gone", timeout=30)
    world.sleep(_ON_ITS_WAY.total_seconds())
    writes = world.trail.writes()
    deleted = max(write.at for write in writes if write.is_persons and write.resource == "addonreleases")
    late = [str(write) for write in _changes_after(writes, deleted + _ON_ITS_WAY)]
    assert late == [], f"written for a release that was gone: {late}"
    world.wait(lambda: _serves(world, version), f"{version} to serve")
    assert world.stage.revisions() != []


@expectation("namespace-gone")
def namespace_gone(world: World) -> None:
    """The namespace is gone, nobody made it or anything in it again, and whoever should run runs."""
    path = f"/api/v1/namespaces/{world.stage.subject.namespace}"
    world.wait(lambda: world.api.get(path) is None, "the namespace to be gone", timeout=30)
    world.wait(lambda: world.first.is_running or not world.first.restarts, "the operator to go on")


def _told(world: World) -> dict[str, Any]:
    status = world.stage.status()
    reasons = {item["type"]: item["reason"] for item in status.get("conditions") or ()}
    return {
        "version": world.stage.image().rpartition(":")[2].removeprefix("v"),
        **{kind: reasons.get(kind, "") for kind in ("Ready", "Reconciling", "Stalled", "UpdateAvailable")},
        "history": [f"{one['outcome']} {one['version']}" for one in status.get("history") or ()],
        "quarantined": [one["version"] for one in status.get("quarantined") or ()],
    }


def _changes_after(writes: list[Write], moment: datetime) -> list[Write]:
    """What the operator changed later than that."""
    return [one for one in writes if one.is_operators and one.was_done and one.is_change and one.at > moment]


def _serves(world: World, version: str) -> bool:
    workload = world.stage.deployment()
    tag = workload["spec"]["template"]["spec"]["containers"][0]["image"].rpartition(":")[2]
    available = workload["status"].get("availableReplicas") == workload["spec"]["replicas"]
    return available and tag.removeprefix("v") == version


class _Otherwise:
    """What was awaited, told with what is there instead."""

    def __init__(self, wanted: dict[str, Any], found: Callable[[], dict[str, Any]]) -> None:
        self._wanted, self._found = wanted, found

    def __str__(self) -> str:
        return f"{json.dumps(self._wanted)}; it is {json.dumps(self._found())}"
