"""What else is in the namespace: asked once a minute for all of its workloads, and a refusal is a value."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from addon_updater.cluster import paths
from addon_updater.cluster.surroundings import SurroundingsCache
from addon_updater.errors import ApiError, ForbiddenError, TransientError
from addon_updater.rollout.surroundings import Budget, Claim, Limit, Quota, Scope, Surroundings
from unit.cluster.faketime import in_fake_time
from unit.cluster.memory_api import MemoryApi
from unit.rollout.workloads import deployment, recreating

KINDS = {
    "poddisruptionbudgets.policy": paths.budgets("apps"),
    "resourcequotas": paths.quotas("apps"),
    "limitranges": paths.limit_ranges("apps"),
    "persistentvolumeclaims": paths.claims("apps"),
}
OBJECTS: dict[str, dict[str, Any]] = {
    paths.budgets("apps"): {
        "spec": {"selector": {"matchLabels": {"app": "web"}}, "minAvailable": "50%"},
        "status": {"expectedPods": 2},
    },
    paths.quotas("apps"): {
        "spec": {
            "hard": {"pods": "9"},
            "scopes": ["NotTerminating"],
            "scopeSelector": {
                "matchExpressions": [{"scopeName": "PriorityClass", "operator": "In", "values": ["high"]}]
            },
        },
        "status": {"used": {"pods": "3"}},
    },
    paths.limit_ranges("apps"): {
        "spec": {"limits": [{"type": "Container", "max": {"cpu": "1"}}, {"type": "PersistentVolumeClaim"}]}
    },
    paths.claims("apps"): {"spec": {"accessModes": ["ReadWriteOnce"]}},
}
ALL = Surroundings(
    budgets=(Budget("one", {"matchLabels": {"app": "web"}}, "50%", None, 2),),
    quotas=(
        Quota(
            "one",
            {"pods": "9"},
            {"pods": "3"},
            (Scope("NotTerminating"), Scope("PriorityClass", "In", ("high",))),
        ),
    ),
    limits=(Limit("one", "Container", {}, {"cpu": "1"}, {}, {}),),
    claims=(Claim("one", ("ReadWriteOnce",), is_deleting=False),),
)
WEB = recreating(1, "one")


@pytest.fixture
def api() -> MemoryApi:
    made = MemoryApi()
    for path, manifest in OBJECTS.items():
        made.put(f"{path}/one", {"metadata": {"name": "one"}, **manifest})
    return made


def asked(api: MemoryApi) -> list[str]:
    return sorted(path for _, path in api.requests)


@in_fake_time
async def test_everything_of_the_namespace_is_read_and_trimmed(api):
    assert await SurroundingsCache(api).of(WEB) == ALL
    assert asked(api) == sorted(KINDS.values())


@in_fake_time
async def test_claims_are_listed_only_for_a_workload_that_has_any(api):
    found = await SurroundingsCache(api).of(deployment(1))
    assert found.claims == ()
    assert paths.claims("apps") not in asked(api)


@in_fake_time
async def test_a_minute_long_nothing_is_asked_again_for_whatever_workload(api):
    cache = SurroundingsCache(api)
    await cache.of(WEB)
    await asyncio.sleep(59)
    await cache.of(WEB)
    await cache.of(deployment(1))
    assert len(api.requests) == 4
    await asyncio.sleep(2)
    await cache.of(WEB)
    assert len(api.requests) == 8


@in_fake_time
async def test_a_persons_word_asks_anew_once_and_an_answer_counts_for_all_words_before_it(api):
    cache = SurroundingsCache(api)
    await cache.of(WEB)
    for word, requests in (("one", 8), ("one", 8), ("two", 12), ("one", 12), (None, 12)):
        await cache.of(WEB, asked=word)
        assert len(api.requests) == requests, word


@pytest.mark.parametrize("kind", KINDS)
@in_fake_time
async def test_what_may_not_be_listed_is_named_and_the_rest_is_told(api, kind):
    api.fault = lambda _, path: ForbiddenError("no", status=403) if path == KINDS[kind] else None
    cache = SurroundingsCache(api)
    found = await cache.of(WEB)
    assert found.unread == (kind,)
    assert [bool(part) for part in (found.budgets, found.quotas, found.limits, found.claims)].count(True) == 3
    assert (await cache.of(WEB)).unread == (kind,)
    assert len(api.requests) == 4
    api.fault = lambda *_: None
    await asyncio.sleep(6)
    assert await cache.of(WEB) == ALL


@pytest.mark.parametrize("error", [TransientError("busy", status=503), ApiError("gone", status=410)])
@in_fake_time
async def test_any_other_failure_is_one_of_the_whole_look(api, error):
    api.fault = lambda *_: error
    with pytest.raises(ApiError):
        await SurroundingsCache(api).of(WEB)
