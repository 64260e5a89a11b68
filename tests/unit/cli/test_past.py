"""The revisions of a release and how each attempt ended."""

from __future__ import annotations

import pytest

from addon_updater.cli.documents import history_document
from addon_updater.cli.past import history
from addon_updater.cli.preview import Preview, preview
from addon_updater.cli.render.past import past
from addon_updater.rollout.revision import Result
from unit.cli import examples
from unit.cli.conftest import Lines
from unit.cli.recorded import ATTEMPT, PLAN, adopted, cluster, ended, running


async def look(reader: examples.FakeReader) -> Preview:
    return await preview(reader, "kube-system", "coredns")


async def test_the_past_is_shown_newest_first_with_current_and_quarantined_marked(lines: Lines):
    seen = await look(cluster(adopted(), ended(Result.ROLLED_BACK, quarantined=True)))
    assert lines(past(seen.view, history(seen), examples.NOW), 80) == [
        "kube-system/coredns  addon coredns, 2 revisions",
        "",
        "1  1.12.1       RolledBack (Crashed)  28d ago, 2026-02-01 01:00 UTC, took 1h",
        "   quarantined  1.12.1: Crashed",
        "                registry.k8s.io/coredns/coredns:v1.12.1",
        "                by addon-updater, attempt 8b10273f99, plan fedcba9876543210,",
        "                baseline 1.34",
        f"                {ended(Result.ROLLED_BACK)['metadata']['name']}",
        "0  1.11.3       Adopted  28d ago, 2026-02-01 00:00 UTC",
        "   current      recorded as found: 1.11.3",
        "                registry.k8s.io/coredns/coredns:v1.11.3",
        "                by others, baseline 1.34",
        f"                {adopted()['metadata']['name']}",
    ]


@pytest.mark.parametrize(
    "revisions, on, expected",
    [
        pytest.param([adopted()], "1.11.3", [(0, "Adopted", True, False)], id="as found"),
        pytest.param(
            [adopted(), ended(Result.PROMOTED, reason="Promoted")],
            "1.12.1",
            [(1, "Promoted", True, False), (0, "Adopted", False, False)],
            id="a promoted update",
        ),
        pytest.param(
            [adopted(), running()],
            "1.12.1",
            [(1, "Running", False, False), (0, "Adopted", False, False)],
            id="a running one, which nothing has proven yet",
        ),
        pytest.param(
            [adopted(), ended(Result.ROLLED_BACK, quarantined=True)],
            "1.11.3",
            [(1, "RolledBack", False, True), (0, "Adopted", True, False)],
            id="one that was taken back",
        ),
        pytest.param(
            [adopted()], "1.12.0", [(0, "Adopted", False, False)], id="what somebody else has changed"
        ),
    ],
)
async def test_the_current_revision_is_the_one_that_runs_and_was_proven(revisions, on, expected):
    seen = await look(cluster(*revisions, on=on, switched=len(revisions) > 1))
    entries = history(seen)
    assert [(one.revision.number, one.result, one.is_current, one.is_held) for one in entries] == expected


async def test_a_quarantine_that_was_cleared_is_not_marked():
    reset = {"addon-updater.dev/resetAt": "2026-02-02T00:00:00Z"}
    failed = ended(Result.ROLLED_BACK, quarantined=True)
    seen = await look(cluster(adopted(), failed, annotations=reset))
    assert [one.is_held for one in history(seen)] == [False, False]


async def test_the_document_has_every_key_of_every_revision():
    seen = await look(cluster(adopted(), ended(Result.ROLLED_BACK, quarantined=True)))
    newest, oldest = history_document(seen.view, history(seen))["revisions"]
    assert newest == {
        "number": 1,
        "name": ended(Result.ROLLED_BACK)["metadata"]["name"],
        "version": "1.12.1",
        "image": f"{examples.IMAGE}:v1.12.1",
        "result": "RolledBack",
        "reason": "Crashed",
        "message": "1.12.1: Crashed",
        "at": "2026-02-01T01:00:00+00:00",
        "durationSeconds": 3600,
        "attempt": ATTEMPT,
        "planHash": PLAN,
        "previous": adopted()["metadata"]["name"],
        "baselineMinor": "1.34",
        "by": "addon-updater",
        "current": False,
        "quarantined": True,
    }
    assert oldest.keys() == newest.keys()
    assert (oldest["by"], oldest["attempt"], oldest["current"]) == ("others", None, True)


async def test_a_release_without_a_past_says_so(lines: Lines):
    seen = await look(cluster())
    assert lines(past(seen.view, history(seen), examples.NOW))[-1] == "no revision is recorded yet"
