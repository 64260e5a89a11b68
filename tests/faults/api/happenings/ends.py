"""How a plan may end otherwise than its story would have ended without it."""

from __future__ import annotations

import json
from typing import Any

from faults.api.registry import expectation
from faults.api.world import World
from node.stage import GROUP


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
        status = world.stage.status()
        reasons = {item["type"]: item["reason"] for item in status.get("conditions") or ()}
        told: dict[str, Any] = {
            "version": world.stage.image().rpartition(":")[2].removeprefix("v"),
            **{kind: reasons.get(kind, "") for kind in ("Ready", "Reconciling", "Stalled", "UpdateAvailable")},
            "history": [f"{one['outcome']} {one['version']}" for one in status.get("history") or ()],
            "quarantined": [one["version"] for one in status.get("quarantined") or ()],
        }
        return {key: told[key] for key in wanted}

    world.wait(lambda: found() == wanted, _Otherwise(wanted, found), timeout=within)
    written = world.stage.texts() if texts else {}
    missing = {key: words for key, words in (texts or {}).items() if words not in written.get(key, "")}
    assert missing == {}, f"the ConfigMap lacks {missing}"


class _Otherwise:
    """What was awaited, told with what is there instead."""

    def __init__(self, wanted: dict[str, Any], found: Any) -> None:
        self._wanted, self._found = wanted, found

    def __str__(self) -> str:
        return f"{json.dumps(self._wanted)}; it is {json.dumps(self._found())}"


@expectation("release-gone")
def release_gone(world: World, *, version: str) -> None:
    """The release is gone, and what it governed stays: the workload at that version, serving, its revisions kept."""
    assert world.api.get(world.stage.release()) is None
    workload = world.stage.deployment()
    assert world.stage.image().endswith(version), world.stage.image()
    assert workload["status"].get("availableReplicas") == workload["spec"]["replicas"], workload["status"]
    assert world.stage.revisions() != []
    assert f"{GROUP}/revision" in workload["metadata"]["annotations"]


@expectation("namespace-gone")
def namespace_gone(world: World) -> None:
    """The namespace is gone, and nobody made it, or anything in it, again."""
    assert world.api.get(f"/api/v1/namespaces/{world.stage.subject.namespace}") is None
    world.wait(lambda: world.first.is_running, "the operator to go on")
