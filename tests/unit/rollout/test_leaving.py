"""Deleting an AddonRelease leaves the addon as it is: nothing that stays belongs to it, and nothing waits for anybody."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from addon_updater.rollout.actions import CreateRehearsal, CreateTask
from unit.rollout.kubelet import TURNS_BAD
from unit.rollout.manifests import SHORT_HEADER
from unit.rollout.scenes import books
from unit.rollout.world import World


def updated() -> World:
    return World("1.12.1", SHORT_HEADER, "1.35").run()


def rolled_back() -> World:
    world = World()
    world.run(until=lambda w: w.step_is("Soaking"))
    world.behave("1.12.1", TURNS_BAD)
    return world.run()


def with_jobs() -> World:
    return World("1.0.0", scene=books()).run()


STORIES = (updated, rolled_back, with_jobs)


@pytest.mark.parametrize("story", STORIES)
def test_what_stays_has_neither_an_owner_nor_a_finalizer(story: Callable[[], World]):
    world = story()
    kinds = {kind for kind, _ in world.api.objects}
    assert {"ConfigMap", "ControllerRevision", world.scene.kind} <= kinds
    for kind, name in world.api.objects:
        assert _ties(world.api.get(kind, name) or {}) == (None, None), (kind, name)


@pytest.mark.parametrize("story", STORIES)
def test_only_what_is_thrown_away_goes_with_the_release_and_holds_nothing_up(story: Callable[[], World]):
    world = story()
    owner = {
        "apiVersion": "addon-updater.dev/v1alpha1",
        "kind": "AddonRelease",
        "name": world.scene.release,
        "uid": world.release_uid,
    }
    made = [
        deed.action.manifest for deed in world.deeds if isinstance(deed.action, CreateRehearsal | CreateTask)
    ]
    assert made
    assert [_ties(manifest) for manifest in made] == [([owner], None)] * len(made)


def _ties(manifest: Any) -> tuple[Any, Any]:
    metadata = manifest["metadata"]
    return metadata.get("ownerReferences"), metadata.get("finalizers")
