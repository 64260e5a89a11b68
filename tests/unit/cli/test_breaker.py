"""The circuit breaker on the command line: how it is shown, and the words that lift it for one release or for all."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from addon_updater.api.operator_settings import CircuitBreaker
from addon_updater.cli.advice import advice
from addon_updater.cli.approve import approval
from addon_updater.cli.failures import SeenFailures
from addon_updater.cli.preview import Preview, preview
from addon_updater.cli.releases import read_release
from addon_updater.cli.render.detail import detail
from addon_updater.cli.reset_breaker import reset
from addon_updater.cli.retry import retry
from addon_updater.cluster import paths
from addon_updater.errors import RefusedError
from addon_updater.rollout.breaker import BREAKER_RESET_ANNOTATION, CLOSED
from addon_updater.rollout.revision import RELEASE_LABEL, Result
from addon_updater.rollout.situation import APPROVE_ANNOTATION, REQUESTED_ANNOTATION, RESET_ANNOTATION
from unit.cli import examples
from unit.cli.conftest import Lines
from unit.cli.recorded import adopted, cluster, ended
from unit.cli.test_commands import Run, run

__all__ = ["run"]

AUTO = {"channel": "Latest", "policy": {"minEvidence": "Assumed", "breakingChanges": "Allow"}}
FIRST, SECOND = examples.NOW - timedelta(minutes=20), examples.NOW - timedelta(minutes=10)
OPEN_SINCE = "the circuit breaker has been open since 2026-03-01 11:50 UTC, because of these failures:"


def elsewhere(name: str, at: datetime) -> tuple[dict[str, Any], dict[str, Any]]:
    """A release in the namespace monitoring, and the revision that tells of its failure."""
    release = examples.release(name, spec={"addon": name})
    release["metadata"]["namespace"] = "monitoring"
    revision = ended(Result.ROLLED_BACK, reason="GateFailed", quarantined=True, at=at)
    revision["metadata"] |= {"name": f"addon-updater-{name}-1-x", "labels": {RELEASE_LABEL: name}}
    return release, revision


def broken(**changes: Any) -> examples.FakeReader:
    """A cluster with an update to be had, in which two other addons have failed."""
    reader = cluster(adopted(), **{"spec": AUTO, **changes})
    failed = [elsewhere("prometheus", FIRST), elsewhere("grafana", SECOND)]
    reader.all_releases += [release for release, _ in failed]
    reader.lists[paths.revisions("monitoring")] = [revision for _, revision in failed]
    return reader


async def look(reader: examples.FakeReader) -> Preview:
    return await preview(reader, "kube-system", "coredns")


async def test_a_plan_says_what_pauses_it():
    seen = await look(broken())
    assert seen.decision.update.reason == "CircuitBroken"
    assert "paused because monitoring/prometheus, monitoring/grafana failed" in seen.decision.update.message
    assert "monitoring/prometheus (1.12.1 GateFailed, 2026-03-01 11:40 UTC)" in seen.decision.circuit.message
    assert [one.command for one in advice(seen.view)] == [
        "kubectl addons reset-breaker",
        f"kubectl addons approve coredns {seen.plan_hash} -n kube-system",
    ]


async def test_an_approval_lifts_it_for_that_plan():
    seen = await look(broken())
    word = approval(seen, seen.plan_hash)
    assert (word.annotation, word.value) == (APPROVE_ANNOTATION, seen.plan_hash)
    assert word.said[1] == "the operator starts it with its next pass"


async def test_a_retry_lifts_it_for_that_release():
    word = retry(await look(broken()))
    assert (word.annotation, word.value) == (RESET_ANNOTATION, examples.NOW.isoformat())
    assert word.said[1] == "cleared: the pause of all updates (2026-03-01 11:50 UTC), for this release alone"
    assert word.said[2].startswith("next is the update to ")
    assert word.said[2].endswith("the operator starts it with its next pass")


async def test_a_retry_is_never_older_than_the_failure_that_opened_it():
    reader = broken()
    later = examples.NOW + timedelta(minutes=5)
    release, revision = elsewhere("grafana", later)
    reader.all_releases[-1] = release
    reader.lists[paths.revisions("monitoring")][-1] = revision
    assert retry(await look(reader)).value == later.isoformat()


async def test_failures_that_may_not_be_read_are_named_and_open_nothing():
    reader = broken()
    reader.forbidden.add(paths.revisions("monitoring"))
    seen = await look(reader)
    assert seen.decision.update.reason != "CircuitBroken"
    right = "list controllerrevisions.apps in namespace monitoring"
    assert f"failures that could pause all updates: you may not {right}" in seen.skipped


@pytest.mark.parametrize(
    "words, carrier",
    [
        (["reset-breaker"], "monitoring/grafana"),
        (["reset-breaker", "coredns"], "kube-system/coredns"),
        (["reset-breaker", "-n", "monitoring", "prometheus"], "monitoring/prometheus"),
    ],
    ids=["what failed last", "a release of the own namespace", "another one"],
)
def test_a_reset_names_the_failures_and_the_moment_of_the_newest(
    words, carrier, run: Run, capsys, monkeypatch
):
    monkeypatch.setenv("COLUMNS", "120")
    reader = broken()
    assert run(reader, *words) == 0
    assert (reader.written_to, reader.written) == (
        [carrier],
        [(BREAKER_RESET_ANNOTATION, SECOND.isoformat())],
    )
    assert capsys.readouterr().out.splitlines() == [
        OPEN_SINCE,
        "  monitoring/prometheus  1.12.1  GateFailed  2026-03-01 11:40 UTC",
        "  monitoring/grafana  1.12.1  GateFailed  2026-03-01 11:50 UTC",
        "they count no more for it, and updates start by themselves again",
        "the versions that failed stay held back; kubectl addons retry NAME lets one be tried again",
        f"{carrier} carries the word: addon-updater.dev/resetBreakerAt: 2026-03-01T11:50:00+00:00",
    ]


@pytest.mark.parametrize(
    "reader, said",
    [
        pytest.param(cluster(adopted()), "the circuit breaker is closed", id="nothing has failed"),
        pytest.param(
            broken(annotations={BREAKER_RESET_ANNOTATION: SECOND.isoformat()}),
            "the circuit breaker is closed",
            id="it was reset before",
        ),
        pytest.param(
            broken(settings="circuitBreaker: {enabled: false}"),
            "the settings of the operator switch the circuit breaker off",
            id="it is switched off",
        ),
    ],
)
def test_a_reset_of_what_is_closed_writes_nothing(reader, said, *, run: Run, capsys):
    assert run(reader, "reset-breaker") == 0
    assert capsys.readouterr().out == f"{said}; nothing was written\n"
    assert reader.written == []


@pytest.mark.parametrize(
    "forbidden, why",
    [
        (paths.revisions("monitoring"), "you may not list controllerrevisions.apps in namespace monitoring"),
        (paths.releases(None), "AddonReleases of other namespaces: you may not list them"),
        (
            paths.config_map("addon-updater", "addon-updater-settings"),
            "the settings of the operator: you may not get configmaps in namespace addon-updater",
        ),
    ],
    ids=["the revisions", "the releases", "the settings"],
)
def test_a_reset_is_refused_where_it_cannot_be_told_whether_it_is_open(forbidden, why, run: Run, capsys):
    reader = broken(annotations={BREAKER_RESET_ANNOTATION: SECOND.isoformat()})
    reader.forbidden.add(forbidden)
    assert run(reader, "reset-breaker") == 1
    error = capsys.readouterr().err
    assert error.startswith("error: whether the circuit breaker is open cannot be told from here: ")
    assert why in error
    assert reader.written == []


def test_a_reset_is_carried_only_by_a_release_that_exists(run: Run, capsys):
    assert run(broken(), "reset-breaker", "nobody") == 1
    assert "no AddonRelease 'nobody' in namespace kube-system; there are: coredns" in capsys.readouterr().err


def test_what_is_switched_off_is_not_refused_although_not_everything_can_be_seen():
    word = reset(SeenFailures(CLOSED, ("something",)), CircuitBreaker(enabled=False))
    assert word.annotation is None
    with pytest.raises(RefusedError):
        reset(SeenFailures(CLOSED, ("something",)), CircuitBreaker())


def test_a_refresh_is_a_word_of_its_own_with_the_moment(run: Run, capsys):
    reader = cluster(adopted())
    assert run(reader, "refresh", "coredns") == 0
    assert reader.written == [(REQUESTED_ANNOTATION, examples.NOW.isoformat())]
    asked, done = capsys.readouterr().out.splitlines()
    assert asked == "kube-system/coredns: the operator is asked to look at everything anew"
    assert done == "it has done so once status.lastHandled.requestedAt is 2026-03-01T12:00:00+00:00"


def test_a_refresh_of_what_does_not_exist_is_refused(run: Run, capsys):
    assert run(cluster(adopted()), "refresh", "nobody") == 1
    assert "there are: coredns" in capsys.readouterr().err


def test_one_release_in_full_shows_the_breaker_and_the_words_that_were_taken_in(lines: Lines):
    told = examples.healthy()
    told["status"]["conditions"].append(
        examples.condition("CircuitBreakerOpen", "True", "CircuitBroken", "two have failed")
    )
    told["status"]["lastHandled"] = {"approve": examples.HASH, "resetAt": "2026-03-01T11:00:00Z"}
    shown = lines(detail(read_release(told), examples.NOW))
    assert "  Breaker open  True  CircuitBroken  two have failed" in shown
    assert f"  Heard         approve {examples.HASH}, resetAt 2026-03-01T11:00:00Z" in shown
