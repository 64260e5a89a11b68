"""What is asked around a workload is kept for a minute, and asked anew when a person wants it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from addon_updater.cluster.facts import FactsCache
from addon_updater.rollout.workload import Workload, read_workload
from unit.cluster.faketime import in_fake_time
from unit.cluster.memory_api import MemoryApi
from unit.rollout.manifests import deployment


def workload(uid: str = "w1") -> Workload:
    manifest = deployment("1.11.3")
    manifest["metadata"] |= {"namespace": "kube-system", "uid": uid, "resourceVersion": "1"}
    return read_workload(manifest)


@pytest.mark.parametrize(
    ("words", "later", "rounds"),
    [
        pytest.param((None, None), 59, 1, id="within a minute"),
        pytest.param((None, None), 60, 2, id="after a minute"),
        pytest.param(("a", "a"), 1, 1, id="the same word twice"),
        pytest.param((None, "a"), 1, 2, id="a first word"),
        pytest.param(("a", "b"), 1, 2, id="another word"),
        pytest.param(("a", "b", "b"), 1, 2, id="another word, seen twice"),
    ],
)
@in_fake_time
async def test_the_server_is_asked_again_only_after_a_minute_or_a_new_word(words, later, rounds):
    api: Any = MemoryApi()
    cache = FactsCache(api)
    await cache.of(workload(), asked=words[0])
    once = len(api.requests)
    for word in words[1:]:
        await asyncio.sleep(later)
        await cache.of(workload(), asked=word)
    assert len(api.requests) == once * rounds


@in_fake_time
async def test_a_word_about_one_workload_leaves_the_facts_of_others():
    api: Any = MemoryApi()
    cache = FactsCache(api)
    for uid in ("w1", "w2"):
        await cache.of(workload(uid))
    await cache.of(workload("w1"), asked="a")
    asked = len(api.requests)
    await cache.of(workload("w2"))
    assert len(api.requests) == asked
