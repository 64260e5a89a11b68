import asyncio
import functools
from collections.abc import AsyncIterator

import kopf
import pytest
from kopf._cogs.clients import watching

from addon_updater.cluster import watch
from addon_updater.cluster.queue import Key
from addon_updater.cluster.store import Store
from addon_updater.cluster.watch import Watch
from unit.cluster.releases import release

ALL = "everybody"
DNS = Key("kube-system", "dns")


def hearing() -> tuple[Watch, list[object]]:
    woken: list[object] = []
    return Watch(None, Store(), woken.append, lambda: woken.append(ALL)), woken


def workload(**labels: str) -> dict:
    return {"metadata": {"namespace": "kube-system", "name": "coredns", "labels": labels}}


@pytest.mark.parametrize(
    ("handler", "events", "woken"),
    [
        pytest.param("_release", [(None, release())], [DNS], id="a release at the start"),
        pytest.param(
            "_release",
            [("ADDED", release()), ("MODIFIED", release(status={"observedGeneration": 1}))],
            [DNS],
            id="a status of ours",
        ),
        pytest.param(
            "_release",
            [("ADDED", release()), ("DELETED", release())],
            [DNS, DNS, ALL],
            id="a deleted release, which has to be let go, and others that may have waited for its workload",
        ),
        pytest.param(
            "_workload",
            [("MODIFIED", workload(**{"addon-updater.dev/release": "dns"}))],
            [DNS],
            id="a governed workload",
        ),
        pytest.param("_workload", [("MODIFIED", workload(app="x"))], [], id="a workload of nobody"),
        pytest.param(
            "_catalog",
            [("ADDED", {"metadata": {"name": "x"}}), ("DELETED", {"metadata": {"name": "x"}})],
            [ALL, ALL],
            id="a catalog",
        ),
    ],
)
async def test_an_event_wakes_whom_it_concerns(handler, events, woken):
    watch, heard = hearing()
    for kind, manifest in events:
        await getattr(watch, handler)(event={"type": kind, "object": manifest})
    assert heard == woken


async def streamed(*events: dict, **_: object) -> AsyncIterator[dict]:
    for event in events:
        yield event


def error(**status: object) -> dict:
    return {"type": "ERROR", "object": {"kind": "Status", **status}}


@pytest.mark.parametrize("status", [{"code": 500}, {"code": 429}, {"code": 504}, {}, {"code": 410}])
async def test_every_error_of_a_watch_is_told_to_kopf_as_one_after_which_it_lists_anew(
    monkeypatch: pytest.MonkeyPatch, status: dict
) -> None:
    monkeypatch.setattr(watch, "_AFTER_ERROR_S", 0.0)
    added = {"type": "ADDED", "object": {"metadata": {"name": "x"}}}
    forgiving = watch.survive_errors(functools.partial(streamed, added, error(**status)))
    assert [event async for event in forgiving()] == [added, error(**status | {"code": 410})]


async def test_kopf_lists_anew_after_an_error_that_would_have_ended_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(watch, "_AFTER_ERROR_S", 0.0)
    monkeypatch.setattr(
        watching, "watch_objs", watch.survive_errors(functools.partial(streamed, error(code=500)))
    )
    monkeypatch.setattr(watching.fetching, "fetch_objs", lambda **_: streamed())
    settings, resource = kopf.OperatorSettings(), kopf.Resource(group="", version="v1", plural="pods")
    waiter = asyncio.get_running_loop().create_future()
    events = watching.continuous_watch(
        settings=settings, resource=resource, namespace=None, operator_pause_waiter=waiter
    )
    assert [event async for event in events] == [watching.Bookmark.LISTED]
