import pytest

from addon_updater.cluster.queue import Key
from addon_updater.cluster.store import Store
from addon_updater.cluster.watch import Watch
from unit.cluster.releases import release

ALL = "everybody"
DNS = Key("kube-system", "dns")


def watching() -> tuple[Watch, list[object]]:
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
    watch, heard = watching()
    for kind, manifest in events:
        await getattr(watch, handler)(event={"type": kind, "object": manifest})
    assert heard == woken
